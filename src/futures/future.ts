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
 * An executor has one future for every task, of which there may be a million a second. So it uses the functions
 * of this module rather than a settling side with closures, and tells a future of itself as a `FutureOwner`. Its
 * future is _handed over_ before it runs: it may wait in front of a worker, where only the owner can tell whether
 * it has begun, and take it back.
 *
 * @module
 */
import { type InspectOptions, inspect } from "node:util";
import { onAbort } from "../abort.js";
import { inThisContext } from "../async-context.js";
import { type Clock, systemClock } from "../clock.js";
import { type CancelledError, InvalidStateError, TimeoutError } from "../errors.js";
import { cancelledBy, checkWaitOptions, type WaitOptions } from "../sync/wait-options.js";
import { checkFunction } from "../validate.js";
import { FutureNotes, onlyObserved } from "./future-notes.js";
import { checkFutureOptions, type FutureOptions } from "./future-options.js";
import { nothingMore, SettlingPromise, settlesPromise } from "./settling.js";
import { type UnobservedFailures, unownedFailures, warn } from "./unobserved.js";
import { kindOf } from "./value-kind.js";
import { isSeveral, type Waiters, withoutWaiter, withWaiter } from "./waiters.js";

export { cancelledBy, type WaitOptions };

/** Where a future is in its life. */
export type FutureState = "pending" | "running" | "cancelled" | "finished";

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

/** Whoever runs the work behind a future. It hears of the future no more once that is settled. */
export interface FutureOwner {
  /** Name shown by `inspect` and in messages. */
  readonly futureName: string | undefined;
  /** Source of time for waits with a timeout. */
  readonly clock: Clock;
  /** Receives the failure if nobody observes it. */
  readonly unobserved: UnobservedFailures;
  /** Of work that was handed over: whether it has begun. */
  hasBegun(): boolean;
  /** Of work that was handed over: takes it back, so that it never begins; false when it has begun. */
  takeBack(): boolean;
  /** A future that had not begun was cancelled: called before its callbacks. */
  onCancel(reason: unknown): void;
  /** A future that has begun was aborted; the owner settles it later. */
  onAbort(reason: unknown): void;
}

/** How a future ended. A cancelled one failed with its `CancelledError`. */
export type Outcome<T> =
  | { readonly failed: false; readonly value: T }
  | { readonly failed: true; readonly cancelled: boolean; readonly error: unknown };

/** Makes a pending future. */
export let createFuture: <T>(owner: FutureOwner) => Future<T>;

/**
 * Pending → handed over: the future is `"pending"` until its owner says that the work has begun, `"running"` from
 * then on. @throws InvalidStateError when it is not pending.
 */
export let handOver: (future: Future<unknown>) => void;

/** Handed over, begun or not → pending: the attempt did not count. @throws InvalidStateError when it is neither. */
export let requeueFuture: (future: Future<unknown>) => void;

/** Settles with a value. @throws InvalidStateError when already settled; the first outcome is kept. */
export let resolveFuture: <T>(future: Future<T>, value: T) => void;

/** Settles with an error. @throws InvalidStateError when already settled; the first outcome is kept. */
export let rejectFuture: (future: Future<unknown>, error: unknown) => void;

/** Settles a future that was not taken back as cancelled. @throws InvalidStateError when already settled. */
export let cancelFuture: (future: Future<unknown>, error: CancelledError) => void;

/** Hands a progress report to whoever iterates `future.progress`. */
export let reportProgress: (future: Future<unknown>, report: unknown) => void;

/** Marks a future's failure as observed, as `wait` and `asCompleted` do. */
export let observe: (future: Future<unknown>) => void;

/** `onDone` for functions that don't care in which async context they are called. */
export let whenDone: <T>(future: Future<T>, callback: DoneCallback<T>) => void;

/** Tells how a future ends: at once if it is done. Does not count as observing a failure, and must not throw. */
export let whenSettled: <T>(future: Future<T>, settled: Settled) => void;

/** Takes back a callback given to `whenDone`; nothing happens when it is not there. */
export let removeCallback: <T>(future: Future<T>, callback: (future: Future<T>) => void) => void;

/** Whether nothing of the user's is called when a future settles. */
export let settlesQuietly: (future: Future<unknown>) => boolean;

/** How a future ended; undefined while it is not done. Does not count as observing a failure. */
export let outcomeOf: <T>(future: Future<T>) => Outcome<T> | undefined;

/**
 * A callback of `onDone`. Its parameter is bivariant, as of every method, so that a `Future<number>` is a
 * `Future<unknown>` although it holds callbacks.
 */
type DoneCallback<T> = { call(future: Future<T>): void }["call"];

/** Somebody who is told how a future ended: a promise's settling side, or an object of an engine. */
export interface Settled {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Who is told when a future is done. */
type Waiter<T> = DoneCallback<T> | Settled;
type AllWaiters = Waiters<Waiter<unknown>>;

// with access to a future's fields; assigned in its class
let phaseOf: (future: Future<unknown>) => number;
let nameOf: (future: Future<unknown>) => string | undefined;
let clockOf: (future: Future<unknown>) => Clock;
let addWaiter: <T>(future: Future<T>, waiter: Waiter<T>) => void;
/** Who runs the work of one that is not done. */
let ownerOf: (future: Future<unknown>) => FutureOwner;
/** What is noted of a future, to be changed. */
let notesOf: (future: Future<unknown>) => FutureNotes;
/** Notes how a future ended, and lets go of its owner. @returns those who wait: nobody is told yet. */
let conclude: (future: Future<unknown>, phase: number, outcome: unknown) => AllWaiters;
/** Tells everyone who waited for a future that it is done. */
let wake: (future: Future<unknown>, waiters: AllWaiters) => void;
let tell: <T>(future: Future<T>, waiter: Waiter<T>) => void;
/** Settles a promise as the future, through functions that do nothing else. */
let settleWith: <T>(future: Future<T>, resolvers: Settled) => void;
/** A promise of the outcome, whose failure counts as observed. */
let promiseOf: <T>(future: Future<T>) => Promise<T>;

/** Where a future is. Numbers in this order, so that one comparison tells whether it is done. */
const pending = 0;
const handedOver = 1;
const running = 2;
const returned = 3;
const raised = 4;
const cancelled = 5;

const stateNames: readonly FutureState[] = [
  "pending",
  "pending",
  "running",
  "finished",
  "finished",
  "cancelled",
];

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
  // few fields, as there may be very many futures that wait: some hold one thing until it is done, another from then on
  #phase = pending;
  /** Those who wait; then the value, or the error. */
  #content: unknown = undefined;
  /** Then its name. The hooks reach the executor and the task's arguments: nothing of them is retained. */
  #owner: FutureOwner | string | undefined;
  #notes: FutureNotes | undefined = undefined;

  /** For the tasks of `ungil/asyncio`, which are futures. Executors make futures by {@link Future.withResolvers}. */
  protected constructor(owner: object) {
    this.#owner = owner as FutureOwner;
  }

  /**
   * A future together with its settling side. For executors and tests; users get futures from executors.
   * @param options - name, hooks and clock of the future.
   * @throws InvalidArgumentError for a bad option.
   */
  static withResolvers<T>(options: FutureOptions = {}): FutureResolvers<T> {
    checkFutureOptions(options);
    const owner = new OptionsOwner(options);
    const future = new Future<T>(owner);
    owner.future = future;
    return {
      future,
      start: () => {
        if (future.#phase === cancelled) return false;
        handOver(future);
        return true;
      },
      requeue: () => requeueFuture(future),
      resolve: (value) => resolveFuture(future, value),
      reject: (error) => rejectFuture(future, error),
      cancelRunning: (error) => cancelFuture(future, error),
      report: (progress) => reportProgress(future, progress),
    };
  }

  /** Where the future is in its life. */
  get state(): FutureState {
    return stateNames[phaseOf(this)]!;
  }

  /** Whether it was cancelled. */
  cancelled(): boolean {
    return this.#phase === cancelled;
  }

  /** Whether a worker has it in hand. */
  running(): boolean {
    return phaseOf(this) === running;
  }

  /** Whether it is settled: finished or cancelled. */
  done(): boolean {
    return this.#phase >= returned;
  }

  /**
   * Takes the task back before it starts.
   * @param reason - becomes the `cause` of the `CancelledError`.
   * @returns true when the future is cancelled, now or already; false when it runs or has finished.
   */
  cancel(reason?: unknown): boolean {
    if (this.#phase === handedOver && !ownerOf(this).takeBack()) this.#phase = running;
    if (this.#phase > handedOver) return this.#phase === cancelled;
    const owner = ownerOf(this);
    const waiters = conclude(this, cancelled, cancelledBy(reason));
    try {
      owner.onCancel(reason);
    } finally {
      // a hook that throws is its executor's bug; whoever waits for this future is woken all the same
      wake(this, waiters);
    }
    return true;
  }

  /**
   * Stops the task, running or not: a pending one is cancelled; a running one is asked through its signal,
   * and after the executor's `grace` its worker is ended. The future settles when the work has really stopped.
   * @param reason - becomes the `cause` of the `CancelledError`.
   */
  abort(reason?: unknown): void {
    if (!this.cancel(reason) && this.#phase === running) ownerOf(this).onAbort(reason);
  }

  /**
   * The value, once it is there.
   * @param options - limit of this wait; the task itself goes on.
   * @throws The task's own error; `CancelledError`; `TimeoutError` when the wait took longer than `timeout`.
   */
  result(options: WaitOptions = {}): Promise<T> {
    return waitFor(this, options, () => {
      if (this.#phase !== returned) throw this.#content;
      return this.#content as T;
    });
  }

  /**
   * What the task threw, or `null` when it finished well.
   * @param options - limit of this wait; the task itself goes on.
   * @throws `CancelledError` when it was cancelled; `TimeoutError` when the wait took longer than `timeout`.
   */
  exception(options: WaitOptions = {}): Promise<unknown> {
    return waitFor(this, options, () => {
      if (this.#phase === cancelled) throw this.#content;
      return this.#phase === raised ? this.#content : null;
    });
  }

  /**
   * Calls `callback` with this future when it is done: at once if it is already, else in the order of adding.
   * An `AsyncLocalStorage` answers in it as in the call of `onDone`. A callback that throws becomes a process
   * warning; the others still run.
   */
  onDone(callback: (future: Future<T>) => void): void {
    checkFunction("callback", callback);
    if (this.#phase >= returned) call(this, callback);
    else addWaiter(this, inThisContext(callback));
  }

  /** What the task reports with `currentTask().report(…)`, from the start of the iteration on; ends with the task. */
  get progress(): AsyncIterable<unknown> {
    return { [Symbol.asyncIterator]: () => notesOf(this).listen(this.done()) };
  }

  /** State, value and error in one consistent look. Does not count as observing a failure. */
  snapshot(): FutureSnapshot<T> {
    return Object.freeze({
      state: this.state,
      done: this.done(),
      cancelled: this.cancelled(),
      result: this.#phase === returned ? (this.#content as T) : undefined,
      exception: this.#phase > returned ? this.#content : null,
    });
  }

  // oxlint-disable-next-line no-thenable
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    // `await` and `Promise.all` come here with a promise of their own
    if (typeof onRejected === "function" && settlesPromise(onFulfilled)) {
      if (this.#phase === returned) {
        observe(this);
        (onFulfilled as (value: unknown) => void)(this.#content);
        return nothingMore as never;
      }
      const settling = new SettlingPromise(this, onFulfilled as (value: unknown) => void, onRejected);
      settleWith(this, settling);
      return settling as never;
    }
    return promiseOf(this).then(onFulfilled, onRejected);
  }

  /** As of a promise. */
  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return promiseOf(this).catch(onRejected);
  }

  /** As of a promise. */
  finally(onFinally?: (() => void) | null): Promise<T> {
    return promiseOf(this).finally(onFinally);
  }

  /** `<Future fib state=finished returned number>`: the story so far, as Python's repr tells it. */
  toString(): string {
    const name = nameOf(this);
    let outcome = "";
    if (this.#phase === returned) outcome = ` returned ${kindOf(this.#content)}`;
    if (this.#phase === raised) outcome = ` raised ${kindOf(this.#content)}`;
    return `<Future${name ? ` ${name}` : ""} state=${this.state}${outcome}>`;
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

  static {
    // plain functions: a private method would cost every future one more field, its brand
    createFuture = (owner) => new Future(owner);
    handOver = (future) => {
      if (future.#phase !== pending) throw unexpected(future);
      future.#phase = handedOver;
    };
    requeueFuture = (future) => {
      if (future.#phase !== handedOver && future.#phase !== running) throw unexpected(future);
      future.#phase = pending;
    };
    resolveFuture = (future, value) => {
      wake(future, conclude(future, returned, value));
    };
    rejectFuture = (future, error) => {
      const owner = future.#owner;
      wake(future, conclude(future, raised, error));
      if (future.#notes?.observed) return;
      const { unobserved, futureName } = owner as FutureOwner;
      notesOf(future).report = unobserved.track(future, { error, name: futureName ?? "(unnamed)" });
    };
    cancelFuture = (future, error) => {
      wake(future, conclude(future, cancelled, error));
    };
    reportProgress = (future, report) => future.#notes?.tell(report);
    observe = (future) => {
      const notes = future.#notes;
      if (notes === undefined) future.#notes = onlyObserved;
      else if (notes !== onlyObserved) notes.observe();
    };
    outcomeOf = (future) => {
      if (future.#phase < returned) return undefined;
      if (future.#phase === returned) return { failed: false, value: future.#content as never };
      return { failed: true, cancelled: future.#phase === cancelled, error: future.#content };
    };
    settlesQuietly = (future) =>
      future.#phase >= returned || !future.#content || future.#content instanceof SettlingPromise;
    whenDone = (future, callback) => {
      if (future.#phase >= returned) call(future, callback);
      else addWaiter(future, callback);
    };
    removeCallback = (future, callback) => {
      if (future.#phase >= returned) return;
      future.#content = withoutWaiter(future.#content as AllWaiters, callback as Waiter<unknown>);
    };
    addWaiter = (future, waiter) => {
      future.#content = withWaiter(future.#content as AllWaiters, waiter as Waiter<unknown>);
    };
    phaseOf = (future) => {
      if (future.#phase === handedOver && ownerOf(future).hasBegun()) future.#phase = running;
      return future.#phase;
    };
    nameOf = (future) => (future.#phase < returned ? ownerOf(future).futureName : (future.#owner as string));
    clockOf = (future) => (future.#phase < returned ? ownerOf(future).clock : systemClock);
    ownerOf = (future) => future.#owner as FutureOwner;
    notesOf = (future) => {
      const notes = future.#notes;
      if (notes && notes !== onlyObserved) return notes;
      future.#notes = new FutureNotes(notes === onlyObserved);
      return future.#notes;
    };
    conclude = (future, phase, outcome) => {
      if (future.#phase >= returned) {
        throw new InvalidStateError(`${future.state.toUpperCase()}: ${future.toString()}`);
      }
      const waiters = future.#content;
      future.#owner = ownerOf(future).futureName;
      future.#phase = phase;
      future.#content = outcome;
      return waiters as AllWaiters;
    };
    wake = (future, waiters) => {
      future.#notes?.end();
      if (waiters === undefined) return;
      if (isSeveral(waiters)) for (const waiter of waiters) tell(future, waiter);
      else tell(future, waiters);
    };
    tell = (future, waiter) => {
      if (typeof waiter === "function") call(future, waiter);
      else if (future.#phase === returned) waiter.resolve(future.#content);
      else waiter.reject(future.#content);
    };
    settleWith = (future, resolvers) => {
      observe(future);
      whenSettled(future, resolvers);
    };
    whenSettled = (future, resolvers) => {
      if (future.#phase < returned) addWaiter(future, resolvers);
      else tell(future, resolvers);
    };
    promiseOf = <T>(future: Future<T>): Promise<T> => {
      observe(future);
      if (future.#phase === returned) return Promise.resolve(future.#content as T);
      if (future.#phase > returned) return Promise.reject(future.#content);
      return new Promise<T>((resolve, reject) =>
        addWaiter(future, new SettlingPromise(future, resolve as (value: unknown) => void, reject)),
      );
    };
  }
}

/** What executors tell by options: their work has begun as soon as it is handed over. */
class OptionsOwner implements FutureOwner {
  readonly futureName: string | undefined;
  readonly clock: Clock;
  readonly unobserved: UnobservedFailures;
  readonly #options: FutureOptions;
  future: Future<unknown> | undefined;

  constructor(options: FutureOptions) {
    this.#options = options;
    this.futureName = options.name;
    this.clock = options.clock ?? systemClock;
    this.unobserved = options.unobserved ?? unownedFailures;
  }

  hasBegun(): boolean {
    return true;
  }

  takeBack(): boolean {
    return false;
  }

  onCancel(reason: unknown): void {
    this.#options.onCancel?.(reason);
  }

  onAbort(reason: unknown): void {
    if (this.#options.onAbort) this.#options.onAbort(reason);
    else if (this.future) cancelFuture(this.future, cancelledBy(reason));
  }
}

function waitFor<T, R>(future: Future<T>, options: WaitOptions, read: () => R): Promise<R> {
  const { timeout, signal } = checkWaitOptions(options);
  return new Promise<R>((resolve, reject) => {
    const settle = (): void => {
      // only now: a wait that ran out of time has not seen the failure
      observe(future);
      try {
        resolve(read());
      } catch (error) {
        reject(error);
      }
    };
    if (future.done()) return settle();
    if (signal?.aborted) return reject(cancelledBy(signal.reason));
    if (timeout === 0) return reject(new TimeoutError(`${future.toString()} was not done yet`));
    const stop = (): void => {
      timer?.cancel();
      forgetSignal?.();
      removeCallback(future, onDone);
    };
    const onDone = (): void => {
      stop();
      settle();
    };
    const forgetSignal =
      signal &&
      onAbort(signal, () => {
        stop();
        reject(cancelledBy(signal.reason));
      });
    const timer =
      timeout === undefined
        ? undefined
        : clockOf(future).setTimer(
            () => {
              stop();
              reject(new TimeoutError(`${future.toString()} was not done within ${timeout} ms`));
            },
            timeout,
            true,
          );
    whenDone(future, onDone);
  });
}

function call<T>(future: Future<T>, callback: DoneCallback<T>): void {
  try {
    callback(future);
  } catch (error) {
    warn(`a callback of ${future.toString()} threw`, error);
  }
}

function unexpected(future: Future<unknown>): InvalidStateError {
  return new InvalidStateError(`Future in unexpected state: ${future.toString()}`);
}
