/**
 * The `Executor` contract: what every way of running work has in common. Contract items D1 to D18 are the
 * specification; `executorContract` in `ungil/testing` checks an implementation against it.
 *
 * @module
 */
import type { Transferable } from "../wire/transfer.js";
import type { Future, WaitOptions } from "./future.js";
import type { ForEachOptions, MapIntoOptions, MapOptions, ReduceOptions } from "./map-options.js";
import type { TaskStream } from "./task-stream.js";
import type { TaskTransform } from "./task-transform.js";
import type { ArrayOf, ElementOf, TypedArray, TypedArrayConstructor } from "./typed-arrays.js";

export type {
  ForEachOptions,
  MapIntoOptions,
  MapOptions,
  MapProgress,
  ReduceOptions,
} from "./map-options.js";

/** Tasks of higher priority leave the queue first; equals leave in order of submission. */
export type Priority = "high" | "normal" | "low" | number;

/**
 * How often and after which pause a failed task is tried again. The pause before attempt n + 1 is
 * `backoff · factor ** (n − 1)` ms, at most `maxBackoff`, of which `jitter` is left to chance, so that tasks
 * which failed together don't come back together (Marc Brooker, "Exponential Backoff And Jitter", AWS
 * Architecture Blog, 2015; `jitter: 1` is its "full jitter").
 *
 * @example
 * // pauses of about 100, 200, 400, 800 ms
 * pool.with({ retries: { attempts: 4, backoff: 100, factor: 2, jitter: 0.5 } }).submit(upload, file);
 */
export interface RetryOptions {
  /** Extra attempts after the first. */
  readonly attempts: number;
  /**
   * The first pause in ms, or a function of the attempt (1, 2, …) that just failed and its error which answers
   * each pause: finite, as every pause ends. Default 0.
   */
  readonly backoff?: number | ((attempt: number, error: unknown) => number) | undefined;
  /** By what each further pause is longer than the one before; 1 or more. Default 1. */
  readonly factor?: number | undefined;
  /** Longest pause in ms. Default: no limit. */
  readonly maxBackoff?: number | undefined;
  /** Part of each pause that is random, 0 to 1: with 0.25 a pause takes 75 % to 100 % of its length. Default 0. */
  readonly jitter?: number | undefined;
}

/** What can be said of a task beside its function and arguments. */
export interface TaskOptions {
  /**
   * Limit of one attempt in ms, from when a worker takes it: loading its modules, which the first task in a worker does,
   * counts. Then the task is stopped and fails with a `TimeoutError`.
   */
  readonly timeout?: number | undefined;
  /**
   * Limit from `submit` on in ms: queue, attempts and pauses between them included. Then the task is stopped and
   * fails with a `TimeoutError`, whose `cause` is what the last attempt failed with. What the task submits has
   * to be done by then, too.
   */
  readonly deadline?: number | undefined;
  /** Aborts the task, queued or running. */
  readonly signal?: AbortSignal | undefined;
  /** `"high"` (1), `"normal"` (0, the default), `"low"` (−1), or any number. */
  readonly priority?: Priority | undefined;
  /** Extra attempts after a failure; a number is `{ attempts }` without pause. Default 0. */
  readonly retries?: number | RetryOptions | undefined;
  /** Buffers and ports in the arguments that move to the worker instead of being copied. */
  readonly transfer?: readonly Transferable[] | undefined;
  /** Name for messages, events and `inspect`; the function's own by default. */
  readonly name?: string | undefined;
  /**
   * What the task has in common with others, of which an executor with `maxPerKey` runs so many at once: a host, a
   * customer, a file. Compared as a `Map` compares keys.
   */
  readonly key?: unknown;
  /**
   * Any value that the task finds as `currentTask().context`, as do tasks that it submits without a `context` of
   * their own. It is copied to another thread when the task is sent, like an argument; one that can't be sent
   * fails that task with a `SerializationError`. Items of a `map` may share a copy. Default: that of the task that
   * submits, if any; `null` keeps it off.
   */
  readonly context?: unknown;
}

/** How an executor ends. */
export interface ShutdownOptions extends WaitOptions {
  /** true: settles when all work is done and the workers have ended. false: settles at once; the work still finishes. Default true. */
  readonly wait?: boolean | undefined;
  /** Cancels what has not started. Default false. */
  readonly cancelFutures?: boolean | undefined;
}

/** Spread of a time, in ms. */
export interface TimeSummary {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** A frozen look at an executor. Counters run from its start. */
export interface ExecutorStats {
  readonly name: string;
  readonly kind: string;
  readonly state: "running" | "shutting-down" | "shut-down" | "broken";
  /** Tasks that wait for a worker, and the most there have been. */
  readonly queued: number;
  readonly peakQueued: number;
  /** Tasks that a worker has in hand. */
  readonly running: number;
  readonly submitted: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly retried: number;
  readonly workers: {
    readonly starting: number;
    readonly idle: number;
    readonly busy: number;
    /** The most there have been at once. */
    readonly peak: number;
    /** Workers started in all. */
    readonly started: number;
    /** Workers that ended unasked. */
    readonly crashed: number;
    /** Workers replaced after `maxTasksPerWorker` or `maxMemoryPerWorker`. */
    readonly recycled: number;
  };
  /** From submit to the start of the last attempt. */
  readonly waitTime: TimeSummary;
  /** From the start of the last attempt to its end. */
  readonly runTime: TimeSummary;
}

/**
 * Runs functions and answers with futures. All executors behave alike: what is known to be wrong at the call
 * throws from the call, before anything is queued; what depends on data settles that future only.
 *
 * @example
 * async function total(executor: Executor, files: string[]) {
 *   let sum = 0;
 *   for await (const size of executor.map(sizeOf, files)) sum += size;
 *   return sum;
 * }
 */
export interface Executor extends AsyncDisposable {
  /** Name for messages and statistics. */
  readonly name: string;

  /**
   * Runs `fn(...args)` and answers with its future.
   * @param fn - any function: an import, a closure, a lambda, a method.
   * @param args - its arguments; across threads they are copied by structured clone when the task is sent.
   * @throws ShutdownError, BrokenExecutorError, QueueFullError, CaptureError, InvalidArgumentError.
   */
  submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Future<Awaited<R>>;

  /**
   * Runs `fn(item, index)` for every item. Starts at once, reads at most `buffersize` items ahead, and can be
   * awaited for an array or iterated with `for await`. With `into` it is awaited for a typed array.
   * @throws As `submit`, and InvalidArgumentError for a bad option.
   * @example
   * const roots = await pool.map(Math.sqrt, samples, { into: Float64Array });
   */
  map<T, I extends TypedArray | TypedArrayConstructor>(
    fn: (item: T, index: number) => ElementOf<I> | PromiseLike<ElementOf<I>>,
    items: Iterable<T> | AsyncIterable<T>,
    options: MapIntoOptions<I>,
  ): TaskStream<ElementOf<I>, ArrayOf<I>>;
  map<T, R>(
    fn: (item: T, index: number) => R,
    items: Iterable<T> | AsyncIterable<T>,
    options: MapOptions & { readonly errors: "settle" },
  ): TaskStream<PromiseSettledResult<Awaited<R>>>;
  map<T, R>(
    fn: (item: T, index: number) => R,
    items: Iterable<T> | AsyncIterable<T>,
    options?: MapOptions & { readonly errors?: "throw" | undefined },
  ): TaskStream<Awaited<R>>;
  map<T, R>(
    fn: (item: T, index: number) => R,
    items: Iterable<T> | AsyncIterable<T>,
    options?: MapOptions,
  ): TaskStream<Awaited<R>> | TaskStream<PromiseSettledResult<Awaited<R>>>;
  /** Without items: the middle of a pipeline, `pipeline(readable, pool.map(fn), writable)`. */
  map<T, R>(fn: (item: T, index: number) => R): TaskTransform<T, Awaited<R>>;

  /**
   * Runs `fn(item, index)` for every item, for what it does: results are not sent back.
   * @returns a future that settles when all is done. The first failure ends it; with `errors: "settle"` all
   *   items are run, and the failures become one `AggregateError`. `abort` stops it.
   * @throws As `map`.
   */
  forEach<T>(
    fn: (item: T, index: number) => unknown,
    items: Iterable<T> | AsyncIterable<T>,
    options?: ForEachOptions,
  ): Future<void>;

  /**
   * Runs `fn(item, index)` for every item and combines the results to one, as far as possible where they
   * are made: what travels is one value for many items.
   * @param combine - makes one of two results, the earlier one first. It has to be associative, as nobody
   *   knows where one worker's share ends; with `ordered: false` commutative, too. It must not answer with a
   *   promise.
   * @returns a future of the combined result; `abort` stops it. Without items it is `initial`, and an
   *   `InvalidArgumentError` where there is none.
   * @throws As `map`.
   * @example
   * const longest = await pool.reduce(lengthOf, files, Math.max);
   */
  reduce<T, R>(
    fn: (item: T, index: number) => R,
    items: Iterable<T> | AsyncIterable<T>,
    combine: (one: Awaited<R>, other: Awaited<R>) => Awaited<R>,
    options?: ReduceOptions<Awaited<R>>,
  ): Future<Awaited<R>>;

  /** The same executor and workers, with these options for every task submitted through the view. Views nest. */
  with(options: TaskOptions): Executor;

  /**
   * Waits until there is room for one more task, for who makes tasks faster than they are done: with `maxQueue`
   * until `submit` would not throw a `QueueFullError`, without it until fewer than 1,000 tasks wait. The room is
   * kept for the caller until the event loop's next turn; who waits first is served first.
   * @throws TimeoutError after `timeout` ms; CancelledError when `signal` aborts; ShutdownError or
   *   BrokenExecutorError when nothing can be submitted any more; InvalidStateError inside a task, which would
   *   wait for the place that it holds itself.
   * @example
   * for await (const row of rows) {
   *   await pool.ready();
   *   pool.submit(store, row).onDone(report);
   * }
   */
  ready(options?: WaitOptions): Promise<void>;

  /**
   * Takes no more work and ends when what there is is done. May be called again; `await using` does.
   * @throws TimeoutError after `timeout` ms, CancelledError when `signal` aborts; the shutdown itself goes on.
   */
  shutdown(options?: ShutdownOptions): Promise<void>;

  /** Ends now: queued futures are cancelled, running ones fail with a `WorkerExitError`, workers are ended. */
  terminate(): Promise<void>;

  /** A frozen look at the counters. */
  stats(): ExecutorStats;
}
