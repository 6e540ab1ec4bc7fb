/**
 * `timeout`: a limit for what is written in its body. The rules are those of Python's `asyncio.timeout`; contract items
 * N1 to N5.
 *
 * @module
 */
import type { Clock, Timer } from "../../clock.js";
import { InvalidArgumentError, InvalidStateError, TimeoutError } from "../../errors.js";
import { cancelledBy } from "../../futures/future.js";
import { checkClock, checkFunction, checkOptionNames, checkSignal } from "../../validate.js";
import { checkLimit } from "./awaitable.js";
import { cancellationOf } from "./cancellation.js";
import { currentClock, currentScope, runWithin, Scope } from "./scope.js";
import { withSignal } from "./with-signal.js";

/** Options of {@link timeout} and {@link timeoutAt}. */
export interface TimeoutOptions {
  /** Cancels the body when it aborts: the call fails with a `CancelledError`, whose `cause` is the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Source of time; for tests. Default: that of the scope around it. */
  readonly clock?: Clock | undefined;
}

/** The limit of a {@link timeout}, as its body sees it. */
export interface Timeout {
  /** When the time is up, on the clock's scale (`performance.now()`); `null` when there is no limit. */
  when(): number | null;
  /** Whether the time was up before the body had ended. */
  expired(): boolean;
  /**
   * Sets another limit.
   * @param when - on the clock's scale: `performance.now() + 5_000`; past times are up at once; `null` for none.
   * @throws InvalidStateError when the time is up or the body has ended.
   */
  reschedule(when: number | null): void;
  /** Aborts when the time is up, or the scope around is cancelled, as `currentSignal()` in the body. */
  readonly signal: AbortSignal;
}

/**
 * Runs a function with a limit of time. When the time is up, what waits in it by a function of `ungil/asyncio` fails
 * with a `CancelledError` and `currentSignal()` in it aborts; when the function has ended by that, the call fails with
 * a `TimeoutError`. So nothing of it goes on after the call: a function that does not heed the limit is waited for.
 *
 * *Cancellation*: of the scope around it, or by `signal`, reaches the function too, and is never taken for the limit.
 *
 * *Errors*: `TimeoutError` with the `CancelledError` as `cause`; what the function throws, also while it is stopped.
 * `InvalidArgumentError`, thrown from the call, for a bad limit or a missing function.
 *
 * @param ms - limit in ms; one of 0 or less is up at the first wait; `null` for none.
 * @param body - gets the {@link Timeout}, to look at or to reschedule.
 * @returns what the function returns.
 * @example
 * const page = await timeout(5_000, async () => {
 *   const response = await fetch(url, { signal: currentSignal() });
 *   return response.text();
 * });
 */
export function timeout<R>(
  ms: number | null,
  body: (timeout: Timeout) => R,
  options: TimeoutOptions = {},
): Promise<Awaited<R>> {
  checkLimit("ms", ms);
  const time = checkRest(body, options);
  const when = ms === null ? null : time.now() + ms;
  return withSignal(options.signal, () => new ActiveTimeout(time, when, ms).run(body));
}

/**
 * {@link timeout} with the time at which it is up.
 * @param when - on the clock's scale (`performance.now()`); a past one is up at the first wait; `null` for none.
 * @example
 * const deadline = performance.now() + 10_000;
 * await timeoutAt(deadline, () => first());
 * await timeoutAt(deadline, () => second());
 */
export function timeoutAt<R>(
  when: number | null,
  body: (timeout: Timeout) => R,
  options: TimeoutOptions = {},
): Promise<Awaited<R>> {
  checkLimit("when", when);
  const time = checkRest(body, options);
  return withSignal(options.signal, () => new ActiveTimeout(time, when, null).run(body));
}

function checkRest(body: unknown, options: TimeoutOptions): Clock {
  checkFunction("body", body);
  checkTimeoutOptions(options);
  return currentClock(options.clock);
}

/** @throws InvalidArgumentError for a bad option. */
export function checkTimeoutOptions(options: TimeoutOptions): void {
  checkOptionNames("options", options, ["clock", "signal"]);
  if (options.clock !== undefined) checkClock(options.clock);
  if (options.signal !== undefined) checkSignal("signal", options.signal);
}

/** Timeouts by the scopes of their bodies. */
const limits = new WeakMap<Scope, ActiveTimeout>();

class ActiveTimeout implements Timeout {
  readonly #clock: Clock;
  readonly #scope: Scope;
  /** The limit as it was given, for messages. */
  readonly #ms: number | null;
  #when: number | null;
  #timer: Timer | undefined;
  #state: "active" | "expiring" | "expired" | "finished" = "active";

  constructor(clock: Clock, when: number | null, ms: number | null) {
    this.#clock = clock;
    this.#ms = ms;
    this.#scope = new Scope({ parent: currentScope(), clock });
    limits.set(this.#scope, this);
    this.#when = when;
  }

  when(): number | null {
    return this.#when;
  }

  expired(): boolean {
    return this.#state === "expiring" || this.#state === "expired";
  }

  reschedule(when: number | null): void {
    if (when !== null && (typeof when !== "number" || Number.isNaN(when))) {
      throw new InvalidArgumentError("when", when, "a time on the clock's scale, or null for no limit");
    }
    if (this.#state !== "active") {
      throw new InvalidStateError(`the limit of a timeout that is ${this.#state} can't be changed`);
    }
    this.#when = when;
    this.#arm();
  }

  get signal(): AbortSignal {
    return this.#scope.signal;
  }

  async run<R>(body: (timeout: Timeout) => R): Promise<Awaited<R>> {
    this.#arm();
    let value: Awaited<R>;
    try {
      value = await runWithin(this.#scope, () => body(this));
    } catch (error) {
      this.#end(cancellationOf(error, true) !== undefined);
      // N5: what another scope is to end with is not ours to change
      if (this.#state !== "expired" || !cancellationOf(error, true) || this.#scope.requestedAround())
        throw error;
      throw this.#error(error);
    }
    const armed = this.#end(false);
    if (armed && !armed.told && !this.#scope.requestedAround()) throw this.#error(armed.error);
    return value;
  }

  #arm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#when === null) return;
    const left = this.#when - this.#clock.now();
    if (left <= 0) this.#expire();
    else this.#timer = this.#clock.setTimer(() => this.#expire(), left, true);
  }

  /** N5: limits that are up together cancel together, so that none interrupts what cleans up after another. */
  #expire(): void {
    if (this.#state !== "active") return;
    for (const limit of this.#withSameLimit()) {
      limit.#state = "expiring";
      limit.#timer?.cancel();
      limit.#timer = undefined;
      limit.#scope.cancel(cancelledBy(undefined, limit.#message()));
    }
  }

  /** Those of the same task, from the outermost inwards, that are up when this one is: it is one of them. */
  #withSameLimit(): ActiveTimeout[] {
    const isSame = (limit: ActiveTimeout | undefined): limit is ActiveTimeout =>
      limit !== undefined &&
      limit.#state === "active" &&
      limit.#when === this.#when &&
      limit.#clock === this.#clock;
    let outermost = this.#scope;
    for (let { parent } = outermost; parent; { parent } = parent)
      if (isSame(limits.get(parent))) outermost = parent;
    return outermost
      .withInner()
      .map((scope) => limits.get(scope))
      .filter(isSame);
  }

  /** @param cancelled - whether the body ended by a cancellation. */
  #end(cancelled: boolean): ReturnType<Scope["close"]> {
    this.#timer?.cancel();
    this.#timer = undefined;
    // N5: a scope around had the same limit, and its timer came first
    const late =
      cancelled &&
      this.#when !== null &&
      this.#when <= this.#clock.now() &&
      this.#scope.requestedAround() !== undefined;
    this.#state = this.#state === "expiring" || late ? "expired" : "finished";
    return this.#scope.close();
  }

  #message(): string {
    return this.#ms === null ? "the time is up" : `the time limit of ${this.#ms} ms passed`;
  }

  #error(cause: unknown): TimeoutError {
    return new TimeoutError(this.#message(), { cause });
  }
}
