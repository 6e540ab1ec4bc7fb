/**
 * `Future`: a result that some executor is going to deliver. States and rules follow Python's
 * `concurrent.futures.Future`; contract items A1 to A12 are the specification.
 *
 * ```text
 *             start()                 resolve / reject
 *   pending ───────────▶ running ───────────────────────▶ finished
 *      │ ▲                 │ │
 *      │ └──── requeue() ──┘ │ cancelRunning()
 *      │ cancel()            ▼
 *      └──────────────▶ cancelled
 * ```
 *
 * Nothing leaves `finished` or `cancelled`. `requeue` is an executor's: an attempt did not count.
 *
 * @module
 */
import { type InspectOptions, inspect } from "node:util";
import { type Clock, systemClock } from "../clock.js";
import { CancelledError, InvalidStateError, TimeoutError } from "../errors.js";
import { checkFunction, checkOptions, checkSignal, checkTime } from "../validate.js";
import { ProgressFeed } from "./progress.js";
import { type PendingReport, type UnobservedFailures, unownedFailures, warn } from "./unobserved.js";

/** Where a future is in its life. */
export type FutureState = "pending" | "running" | "cancelled" | "finished";

/** How long, and until which signal, a call waits. */
export interface WaitOptions {
  /** Limit of the wait in ms; the work itself goes on. Default: none. */
  readonly timeout?: number | undefined;
  /** Ends the wait with a `CancelledError` whose `cause` is the signal's reason; the work itself goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** One consistent look at a future. */
export interface FutureSnapshot<T> {
  readonly state: FutureState;
  readonly done: boolean;
  readonly cancelled: boolean;
  /** The value of a future that finished well. */
  readonly result: T | undefined;
  /** What a failed or cancelled future threw; `null` where there is none. */
  readonly exception: unknown;
}

/** What an executor tells a future of itself. */
export interface FutureOptions {
  /** Name shown by `inspect` and in messages. */
  readonly name?: string;
  /** Called when a pending future is cancelled, before its callbacks: the executor takes the task off its queue. */
  readonly onCancel?: (reason: unknown) => void;
  /** Called when a running future is aborted. The executor settles it later. Without it, abort settles at once. */
  readonly onAbort?: (reason: unknown) => void;
  /** Receives the failure if nobody observes it. */
  readonly unobserved?: UnobservedFailures;
  /** Source of time for waits with a timeout. */
  readonly clock?: Clock;
}

/** The settling side of a future, for executors and tests. */
export interface FutureResolvers<T> {
  readonly future: Future<T>;
  /** pending → running: true. Already cancelled: false, the work must not start. */
  start(this: void): boolean;
  /** running → pending: the attempt did not count and another will follow. */
  requeue(this: void): void;
  /** Settles with a value. @throws InvalidStateError when already settled; the first outcome is kept. */
  resolve(this: void, value: T): void;
  /** Settles with an error. @throws InvalidStateError when already settled; the first outcome is kept. */
  reject(this: void, error: unknown): void;
  /** Settles a pending or running future as cancelled. @throws InvalidStateError when already settled. */
  cancelRunning(this: void, error: CancelledError): void;
  /** Hands a progress report to whoever iterates `future.progress`. */
  report(this: void, progress: unknown): void;
}

/** How a future ended. A cancelled one failed with its `CancelledError`. */
export type Outcome<T> =
  | { readonly failed: false; readonly value: T }
  | { readonly failed: true; readonly cancelled: boolean; readonly error: unknown };

/** Marks a future's failure as observed, as `wait` and `asCompleted` do. */
export let observe: (future: Future<unknown>) => void;

/** Takes back a callback given to `onDone`; nothing happens when it is not there. */
export let removeCallback: <T>(future: Future<T>, callback: (future: Future<T>) => void) => void;

/** How a future ended; undefined while it is not done. Does not count as observing a failure. */
export let outcomeOf: <T>(future: Future<T>) => Outcome<T> | undefined;

/**
 * A callback of `onDone`. Its parameter is bivariant, as of every method, so that a `Future<number>` is a
 * `Future<unknown>` although it holds callbacks.
 */
type DoneCallback<T> = { call(future: Future<T>): void }["call"];

/**
 * A result that is going to be there. Await it, or look at it with `state`, `done()`, `result()`.
 * Executors make futures; {@link Future.withResolvers} is for those who write an executor or a test.
 *
 * A future that fails while nobody observes it does not crash the process: it is reported once, through
 * the executor's `onUnobserved` or as a process warning. `await`, `then`, `result`, `exception`, `wait`
 * and `asCompleted` count as observing.
 *
 * @example
 * const future = pool.submit(fib, 40);
 * future.onDone((done) => console.log(done.state));
 * const value = await future;
 */
export class Future<T> implements PromiseLike<T> {
  #state: FutureState = "pending";
  #value: T | undefined;
  #error: unknown;
  #failed = false;
  #options: FutureOptions | undefined;
  #callbacks: DoneCallback<T>[] | undefined;
  #promise: Promise<T> | undefined;
  #observed = false;
  #report: PendingReport | undefined;
  #progress: ProgressFeed | undefined;

  private constructor(options: FutureOptions) {
    this.#options = options;
    this.#name = options.name;
    this.#clock = options.clock ?? systemClock;
  }

  readonly #name: string | undefined;
  readonly #clock: Clock;

  /**
   * A future together with its settling side. For executors and tests; users get futures from executors.
   * @param options - name, hooks and clock of the future.
   */
  static withResolvers<T>(options: FutureOptions = {}): FutureResolvers<T> {
    const future = new Future<T>(options);
    return {
      future,
      start: () => future.#start(),
      requeue: () => future.#requeue(),
      resolve: (value) => future.#settle("finished", value, undefined, false),
      reject: (error) => future.#settle("finished", undefined, error, true),
      cancelRunning: (error) => future.#settle("cancelled", undefined, error, true),
      report: (progress) => future.#progress?.push(progress),
    };
  }

  /** Where the future is in its life. */
  get state(): FutureState {
    return this.#state;
  }

  /** Whether it was cancelled. */
  cancelled(): boolean {
    return this.#state === "cancelled";
  }

  /** Whether a worker has it in hand. */
  running(): boolean {
    return this.#state === "running";
  }

  /** Whether it is settled: finished or cancelled. */
  done(): boolean {
    return this.#state === "finished" || this.#state === "cancelled";
  }

  /**
   * Takes the task back before it starts.
   * @param reason - becomes the `cause` of the `CancelledError`.
   * @returns true when the future is cancelled, now or already; false when it runs or has finished.
   */
  cancel(reason?: unknown): boolean {
    if (this.#state === "cancelled") return true;
    if (this.#state !== "pending") return false;
    const onCancel = this.#options?.onCancel;
    this.#settle("cancelled", undefined, cancelledBy(reason), true, () => onCancel?.(reason));
    return true;
  }

  /**
   * Stops the task, running or not: a pending one is cancelled; a running one is asked through its signal,
   * and after the executor's `grace` its worker is ended. The future settles when the work has really stopped.
   * @param reason - becomes the `cause` of the `CancelledError`.
   */
  abort(reason?: unknown): void {
    if (this.cancel(reason) || this.#state !== "running") return;
    const onAbort = this.#options?.onAbort;
    if (onAbort) onAbort(reason);
    else this.#settle("cancelled", undefined, cancelledBy(reason), true);
  }

  /**
   * The value, once it is there.
   * @param options - limit of this wait; the task itself goes on.
   * @throws The task's own error; `CancelledError`; `TimeoutError` when the wait took longer than `timeout`.
   */
  result(options: WaitOptions = {}): Promise<T> {
    return this.#waitFor(options, () => {
      if (this.#failed) throw this.#error;
      return this.#value as T;
    });
  }

  /**
   * What the task threw, or `null` when it finished well.
   * @param options - limit of this wait; the task itself goes on.
   * @throws `CancelledError` when it was cancelled; `TimeoutError` when the wait took longer than `timeout`.
   */
  exception(options: WaitOptions = {}): Promise<unknown> {
    return this.#waitFor(options, () => {
      if (this.#state === "cancelled") throw this.#error;
      return this.#failed ? this.#error : null;
    });
  }

  /**
   * Calls `callback` with this future when it is done: at once if it is already, else in the order of adding.
   * A callback that throws becomes a process warning; the others still run.
   */
  onDone(callback: (future: Future<T>) => void): void {
    checkFunction("callback", callback);
    if (this.done()) this.#call(callback);
    else (this.#callbacks ??= []).push(callback);
  }

  /** What the task reports with `currentTask().report(…)`, from the start of the iteration on; ends with the task. */
  get progress(): AsyncIterable<unknown> {
    return {
      [Symbol.asyncIterator]: () => {
        this.#progress ??= new ProgressFeed(this.done());
        return this.#progress.listen();
      },
    };
  }

  /** State, value and error in one consistent look. Does not count as observing a failure. */
  snapshot(): FutureSnapshot<T> {
    return Object.freeze({
      state: this.#state,
      done: this.done(),
      cancelled: this.cancelled(),
      result: this.#value,
      exception: this.#failed ? this.#error : null,
    });
  }

  // oxlint-disable-next-line no-thenable
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#asPromise().then(onFulfilled, onRejected);
  }

  /** As of a promise. */
  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.#asPromise().catch(onRejected);
  }

  /** As of a promise. */
  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.#asPromise().finally(onFinally);
  }

  /** `<Future fib state=finished returned number>`: the story so far, as Python's repr tells it. */
  toString(): string {
    const name = this.#name ? ` ${this.#name}` : "";
    let outcome = "";
    if (this.#state === "finished") {
      outcome = this.#failed ? ` raised ${kindOf(this.#error)}` : ` returned ${kindOf(this.#value)}`;
    }
    return `<Future${name} state=${this.#state}${outcome}>`;
  }

  [inspect.custom](
    _depth: number,
    options: InspectOptions & { stylize?: (text: string, style: "special") => string },
  ): string {
    return options.stylize ? options.stylize(this.toString(), "special") : this.toString();
  }

  get [Symbol.toStringTag](): string {
    return "Future";
  }

  /** A future used as a value is a forgotten `await`. */
  [Symbol.toPrimitive](): never {
    throw new TypeError(`A Future is not its value; use \`await future\` (${this.toString()})`);
  }

  #start(): boolean {
    if (this.#state === "cancelled") return false;
    if (this.#state !== "pending")
      throw new InvalidStateError(`Future in unexpected state: ${this.toString()}`);
    this.#state = "running";
    return true;
  }

  #requeue(): void {
    if (this.#state !== "running")
      throw new InvalidStateError(`Future in unexpected state: ${this.toString()}`);
    this.#state = "pending";
  }

  #settle(
    state: "finished" | "cancelled",
    value: T | undefined,
    error: unknown,
    failed: boolean,
    beforeCallbacks?: () => void,
  ): void {
    if (this.done()) {
      throw new InvalidStateError(`${this.#state.toUpperCase()}: ${this.toString()}`);
    }
    this.#state = state;
    this.#value = value;
    this.#error = error;
    this.#failed = failed;
    const unobserved = this.#options?.unobserved ?? unownedFailures;
    // the hooks reach the executor and the task's arguments: nothing of a done task may be retained
    this.#options = undefined;
    try {
      beforeCallbacks?.();
    } finally {
      // a hook that throws is its executor's bug; whoever waits for this future is woken all the same
      this.#progress?.end();
      const callbacks = this.#callbacks;
      this.#callbacks = undefined;
      if (callbacks) for (const callback of callbacks) this.#call(callback);
      if (state === "finished" && failed && !this.#observed) {
        this.#report = unobserved.track(this, { error, name: this.#name ?? "(unnamed)" });
      }
    }
  }

  #call(callback: (future: Future<T>) => void): void {
    try {
      callback(this);
    } catch (error) {
      warn(`a callback of ${this.toString()} threw`, error);
    }
  }

  #observe(): void {
    this.#observed = true;
    this.#report?.observe();
    this.#report = undefined;
  }

  #asPromise(): Promise<T> {
    this.#observe();
    this.#promise ??= new Promise<T>((resolve, reject) => {
      this.onDone(() => {
        if (this.#failed) reject(this.#error);
        else resolve(this.#value as T);
      });
    });
    return this.#promise;
  }

  #waitFor<R>(options: WaitOptions, read: () => R): Promise<R> {
    checkOptions("options", options);
    const { timeout, signal } = options;
    if (timeout !== undefined) checkTime("timeout", timeout);
    if (signal !== undefined) checkSignal("signal", signal);
    return new Promise<R>((resolve, reject) => {
      const settle = (): void => {
        // only now: a wait that ran out of time has not seen the failure
        this.#observe();
        try {
          resolve(read());
        } catch (error) {
          reject(error);
        }
      };
      if (this.done()) return settle();
      if (signal?.aborted) return reject(cancelledBy(signal.reason));
      if (timeout === 0) return reject(new TimeoutError(`${this.toString()} was not done yet`));
      const stop = (): void => {
        timer?.cancel();
        signal?.removeEventListener("abort", onAbort);
        const at = this.#callbacks?.indexOf(onDone) ?? -1;
        if (at >= 0) this.#callbacks?.splice(at, 1);
      };
      const onDone = (): void => {
        stop();
        settle();
      };
      const onAbort = (): void => {
        stop();
        reject(cancelledBy(signal?.reason));
      };
      const timer =
        timeout === undefined
          ? undefined
          : this.#clock.setTimer(
              () => {
                stop();
                reject(new TimeoutError(`${this.toString()} was not done within ${timeout} ms`));
              },
              timeout,
              true,
            );
      signal?.addEventListener("abort", onAbort, { once: true });
      this.onDone(onDone);
    });
  }

  static {
    observe = (future) => future.#observe();
    removeCallback = (future, callback) => {
      const at = future.#callbacks?.indexOf(callback) ?? -1;
      if (at >= 0) future.#callbacks?.splice(at, 1);
    };
    outcomeOf = (future) => {
      if (!future.done()) return undefined;
      if (!future.#failed) return { failed: false, value: future.#value as never };
      return { failed: true, cancelled: future.#state === "cancelled", error: future.#error };
    };
  }
}

/** The `CancelledError` for a reason given by a user or a signal. */
export function cancelledBy(reason: unknown, what = "the work was cancelled"): CancelledError {
  return new CancelledError(what, reason === undefined ? {} : { cause: reason });
}

function kindOf(value: unknown): string {
  if (value instanceof Error) return value.name;
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value;
  return (
    (Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null)?.constructor?.name ??
    "object"
  );
}
