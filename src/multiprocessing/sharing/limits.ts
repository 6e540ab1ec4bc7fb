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
import type { Outcome } from "./messages.js";

/** @throws InvalidArgumentError naming the option. */
export function checkWait(options: WaitOptions | undefined): void {
  if (options !== undefined) checkWaitOptions(options);
}

/** The way to an object: its owner's own, or a connection. */
export interface Line {
  /** Makes a call. @returns its number. */
  call(ended: (outcome: Outcome) => void): number;
  giveUp(call: number): void;
}

/** What a handle makes of the end of a call. */
export interface Ending {
  /** Of its answer. */
  readonly answered?: ((value: unknown) => unknown) | undefined;
  /** Called first, however it ends. */
  readonly ended?: (() => void) | undefined;
  /** Of an error. */
  failed(error: unknown): unknown;
}

/**
 * Makes a call within limits. Where they end it, what has become of it is the owner's to say (rule 6).
 * @param what - how messages call it.
 */
export function callWithin<R>(what: string, wait: WaitOptions, line: Line, ending: Ending): Promise<R> {
  const { timeout = Number.POSITIVE_INFINITY, signal } = wait;
  const ambient = ambientSignal();
  const isLimited = timeout !== Number.POSITIVE_INFINITY || signal !== undefined || ambient !== undefined;
  if (isLimited) return callLimited(what, timeout, [signal, ambient], line, ending);
  return new Promise<R>((resolve, reject) => {
    line.call((outcome) => settle(outcome, ending, undefined, resolve, reject));
  });
}

function callLimited<R>(
  what: string,
  timeout: number,
  given: readonly (AbortSignal | undefined)[],
  line: Line,
  ending: Ending,
): Promise<R> {
  const signals = given.filter((each) => each !== undefined);
  const aborted = signals.find((each) => each.aborted);
  if (aborted) {
    ending.ended?.();
    return Promise.reject(cancelledBy(aborted.reason, `${what} was cancelled`));
  }
  return new Promise<R>((resolve, reject) => {
    let why: Error | undefined;
    let isOver = false;
    const limits: (() => void)[] = [];
    const call = line.call((outcome) => {
      isOver = true;
      for (const lift of limits) lift();
      settle(outcome, ending, why, resolve, reject);
    });
    const end = (error: () => Error): void => {
      if (why) return;
      why = error();
      line.giveUp(call);
    };
    if (isOver) return;
    for (const each of signals)
      limits.push(onAbort(each, () => end(() => cancelledBy(each.reason, `${what} was cancelled`))));
    const late = (): void => end(() => new TimeoutError(`${what} took longer than ${timeout} ms`));
    if (timeout === 0) late();
    else if (timeout !== Number.POSITIVE_INFINITY) {
      const timer = systemClock.setTimer(late, timeout, true);
      limits.push(() => timer.cancel());
    }
  });
}

/** @param why - the call was given up. */
function settle(
  outcome: Outcome,
  { answered, ended, failed }: Ending,
  why: Error | undefined,
  resolve: (value: never) => void,
  reject: (error: unknown) => void,
): void {
  ended?.();
  try {
    if (outcome.kind === "given up") reject(failed(why));
    else if (outcome.kind === "answer") {
      const value = uncarried(outcome.value);
      resolve((answered ? answered(value) : value) as never);
    } else {
      // it may take modules to make the error
      Promise.resolve(uncarried(outcome.error)).then((error) => reject(failed(error)), reject);
    }
  } catch (error) {
    reject(error);
  }
}
