/**
 * How long a call is waited for.
 *
 * @module
 */
import { onAbort } from "../../abort.js";
import { systemClock } from "../../clock.js";
import { TimeoutError } from "../../errors.js";
import { ambientSignal } from "../../sync/ambient.js";
import { cancelledBy, checkWaitOptions, type WaitOptions } from "../../sync/wait-options.js";
import { uncarried } from "./carried.js";
import type { Asker, Outcome } from "./messages.js";

/** The options as they count. @throws InvalidArgumentError naming the option. */
export function checkWait(options: WaitOptions | undefined): WaitOptions | undefined {
  return options === undefined ? undefined : checkWaitOptions(options);
}

/** One call to an object: its owner's own, or by a connection. */
export interface Line {
  /** Makes it. */
  call(asker: Asker): void;
  giveUp(): void;
}

/** What a handle makes of the end of a call. */
export interface Ending {
  /** How messages call the call. */
  readonly what: string;
  /** Of its answer. */
  readonly answered?: ((value: unknown) => unknown) | undefined;
  /** Called first, however it ends. */
  readonly ended?: (() => void) | undefined;
  /** Of an error. */
  failed(error: unknown): unknown;
}

/** Makes a call within limits. Where they end it, what has become of it is the owner's to say (rule 6). */
export function callWithin<R>(wait: WaitOptions | undefined, line: Line, ending: Ending): Promise<R> {
  const ambient = ambientSignal();
  if (wait === undefined && ambient === undefined)
    return new Promise<R>((resolve, reject) => line.call(new Awaited(ending, resolve, reject)));
  const { timeout = Number.POSITIVE_INFINITY, signal } = wait ?? {};
  return callLimited(timeout, [signal, ambient], line, ending);
}

/** A promise of the answer of a call. */
class Awaited<R> implements Asker {
  /** The call was given up. */
  why: Error | undefined = undefined;
  isOver = false;
  readonly #ending: Ending;
  readonly #resolve: (value: R) => void;
  readonly #reject: (error: unknown) => void;

  constructor(ending: Ending, resolve: (value: R) => void, reject: (error: unknown) => void) {
    this.#ending = ending;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  ended(outcome: Outcome): void {
    this.isOver = true;
    const ending = this.#ending;
    ending.ended?.();
    try {
      if (outcome.kind === "given up") this.#reject(ending.failed(this.why));
      else if (outcome.kind === "answer") {
        const value = uncarried(outcome.value);
        this.#resolve((ending.answered ? ending.answered(value) : value) as R);
      } else {
        // it may take modules to make the error
        Promise.resolve(uncarried(outcome.error)).then(
          (error) => this.#reject(ending.failed(error)),
          this.#reject,
        );
      }
    } catch (error) {
      this.#reject(error);
    }
  }
}

/** The same within limits, which are lifted when it has ended. */
class LimitedCall<R> extends Awaited<R> {
  readonly limits: (() => void)[] = [];

  override ended(outcome: Outcome): void {
    for (const lift of this.limits) lift();
    super.ended(outcome);
  }
}

function callLimited<R>(
  timeout: number,
  given: readonly (AbortSignal | undefined)[],
  line: Line,
  ending: Ending,
): Promise<R> {
  const signals = given.filter((each) => each !== undefined);
  const aborted = signals.find((each) => each.aborted);
  if (aborted) {
    ending.ended?.();
    return Promise.reject(cancelledBy(aborted.reason, `${ending.what} was cancelled`));
  }
  return new Promise<R>((resolve, reject) => {
    const call = new LimitedCall<R>(ending, resolve, reject);
    line.call(call);
    if (call.isOver) return;
    const end = (error: () => Error): void => {
      if (call.why) return;
      call.why = error();
      line.giveUp();
    };
    for (const each of signals) {
      const cancel = (): void => end(() => cancelledBy(each.reason, `${ending.what} was cancelled`));
      call.limits.push(onAbort(each, cancel));
    }
    const late = (): void => end(() => new TimeoutError(`${ending.what} took longer than ${timeout} ms`));
    if (timeout === 0) late();
    else if (timeout !== Number.POSITIVE_INFINITY) {
      const timer = systemClock.setTimer(late, timeout, true);
      call.limits.push(() => timer.cancel());
    }
  });
}
