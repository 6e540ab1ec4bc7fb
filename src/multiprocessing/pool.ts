import { InvalidArgumentError, InvalidStateError, SerializationError, ShutdownError } from "../errors.js";
import { type Future, observe, outcomeOf, type WaitOptions } from "../futures/future.js";
import type { TaskStream } from "../futures/task-stream.js";
import { plainMapOn } from "../pool/base-executor.js";
import { limitedWait } from "../pool/limited.js";
import { portable } from "../portable.js";
import { checkWaitOptions } from "../sync/wait-options.js";
import { checkFunction } from "../validate.js";
import { AsyncResult } from "./async-result.js";
import { type IMapIterator, ImapJob } from "./imap-iterator.js";
import { inChunks } from "./pool-input.js";
import { PoolJobs } from "./pool-jobs.js";
import { type MapCall, mapOn } from "./pool-map.js";
import {
  checkCallbacks,
  checkImapOptions,
  checkMapAsyncOptions,
  checkMapOptions,
  executorOptionsOf,
  type PoolCallbacks,
  type PoolImapOptions,
  type PoolMapAsyncOptions,
  type PoolMapOptions,
  type PoolOptions,
} from "./pool-options.js";
import { ProcessPoolExecutor } from "./process-pool-executor.js";

/** Tells of pools that are collected while they could still be used, as Python's `ResourceWarning` does. */
const dropped = new FinalizationRegistry<PoolJobs>(({ state, name }) => {
  if (state !== "running") return;
  process.emitWarning(
    `${name} was dropped without close() or terminate(); use \`await using\`, or call one of them`,
    "ResourceWarning",
  );
});

/** What can be read of a map's items, in any way. */
type Items<T> = Iterable<T> | AsyncIterable<T>;

/**
 * Python's `multiprocessing.Pool`, for programs that are ported from it: the same names in camelCase, the same rules,
 * on a {@link ProcessPoolExecutor}. New programs use that one: its `map` streams, and its futures can be cancelled.
 *
 * What waits in Python answers with a promise here; `…Async` answers at once with an {@link AsyncResult}. Functions
 * need not be importable: lambdas and closures can be sent. They get the item alone, without an index. Times are in ms.
 *
 * `new Pool(4)` is what Python's programs say, and `new Pool({ processes: 4 })` what those of this package do: the
 * first of Python's parameters is always given by its place, the others always by their names. So both are there.
 *
 * As in Python `await using` ends in `terminate()`: what is not done by then is lost. To have it done, `close()` the
 * pool and `await` its `join()`. Unlike Python all results settle then: with a `CancelledError`, or as those of tasks
 * whose worker was ended.
 *
 * @example
 * await using pool = new Pool({ processes: 4 });
 * const sizes = await pool.map(sizeOf, files);
 * const result = pool.applyAsync(render, [page, "a4"], { callback: show });
 * console.log(await result.get({ timeout: 10_000 }));
 * for await (const hash of pool.imapUnordered(hashOf, files, { chunksize: 10 })) console.log(hash);
 */
export class Pool implements AsyncDisposable {
  readonly #jobs: PoolJobs;

  /**
   * @param processes - most processes at once, by default `os.availableParallelism()`; or all options.
   * @throws InvalidArgumentError for a bad option, of fewer than one process too; CaptureError for an initializer that
   *   can't be sent.
   */
  constructor(options?: PoolOptions);
  constructor(processes: number | undefined, options?: Omit<PoolOptions, "processes">);
  constructor(processes?: number | PoolOptions, options?: Omit<PoolOptions, "processes">) {
    const resolved = executorOptionsOf(processes, options);
    this.#jobs = new PoolJobs(new ProcessPoolExecutor(resolved), resolved);
    dropped.register(this, this.#jobs);
  }

  /** Name for messages: `Pool-0`, or the option. */
  get name(): string {
    return this.#jobs.name;
  }

  /**
   * The executor behind it, for what Python has no name for: `stats()`, `resize()`, `with({ timeout, retries })`, and
   * as the one that a task can capture. End the pool, not the executor.
   */
  get executor(): ProcessPoolExecutor {
    return this.#jobs.executor;
  }

  /**
   * Runs `fn(...args)` in a process and waits for the result.
   * @throws What the function threw; as `applyAsync`.
   * @example
   * const digest = await pool.apply(hash, [file, "sha256"]);
   */
  apply<R>(fn: () => R, args?: readonly []): Promise<Awaited<R>>;
  apply<A extends unknown[], R>(fn: (...args: A) => R, args: readonly [...A]): Promise<Awaited<R>>;
  async apply(fn: (...args: never[]) => unknown, args: readonly unknown[] = []): Promise<unknown> {
    return await this.#submit(fn, args);
  }

  /**
   * Runs `fn(...args)` in a process.
   * @throws ShutdownError after `close` or `terminate`, where Python raises a `ValueError`; CaptureError for a function
   *   that can't be sent; BrokenExecutorError, QueueFullError, InvalidArgumentError. An argument that can't be sent
   *   fails the result with a `SerializationError`.
   * @example
   * pool.applyAsync(hash, [file], { callback: show, errorCallback: console.error });
   */
  applyAsync<R>(
    fn: () => R,
    args?: readonly [],
    options?: PoolCallbacks<Awaited<R>>,
  ): AsyncResult<Awaited<R>>;
  applyAsync<A extends unknown[], R>(
    fn: (...args: A) => R,
    args: readonly [...A],
    options?: PoolCallbacks<Awaited<R>>,
  ): AsyncResult<Awaited<R>>;
  applyAsync(
    fn: (...args: never[]) => unknown,
    args: readonly unknown[] = [],
    options: PoolCallbacks<unknown> = {},
  ): AsyncResult<unknown> {
    checkCallbacks(options);
    return resultOf(this.#submit(fn, args), options);
  }

  /**
   * Runs `fn(item)` for every item and waits for all results, in the order of the items. Nothing runs before the
   * input was read to its end; all items run even if one fails. For inputs too large for that there is `imap`.
   * @throws What the input threw; else what the first item that failed threw; as `applyAsync`.
   * @example
   * const sizes = await pool.map(sizeOf, files, { chunksize: 100 });
   */
  async map<T, R>(fn: (item: T) => R, items: Items<T>, options: PoolMapOptions = {}): Promise<Awaited<R>[]> {
    checkMapOptions(options);
    return await this.#map<R>({
      fn,
      items,
      passes: "item",
      chunksize: options.chunksize,
      outermost: this.map,
    });
  }

  /**
   * `map` without waiting.
   * @throws As `applyAsync`. What the input throws is that of the result.
   */
  mapAsync<T, R>(
    fn: (item: T) => R,
    items: Items<T>,
    options: PoolMapAsyncOptions<Awaited<R>[]> = {},
  ): AsyncResult<Awaited<R>[]> {
    checkMapAsyncOptions(options);
    const { chunksize } = options;
    const future = this.#map<R>({ fn, items, passes: "item", chunksize, outermost: this.mapAsync });
    return resultOf(future, options);
  }

  /**
   * `map` for functions of several parameters: runs `fn(...args)` for every array of arguments.
   * @throws As `map`; InvalidArgumentError for an item that is no array.
   * @example
   * const powers = await pool.starmap(Math.pow, [[2, 3], [3, 2]]); // [8, 9]
   */
  async starmap<A extends unknown[], R>(
    fn: (...args: A) => R,
    items: Items<readonly [...A]>,
    options: PoolMapOptions = {},
  ): Promise<Awaited<R>[]> {
    checkMapOptions(options);
    const { chunksize } = options;
    return await this.#map<R>({ fn, items, passes: "elements", chunksize, outermost: this.starmap });
  }

  /**
   * `starmap` without waiting.
   * @throws As `applyAsync`. What the input throws is that of the result.
   */
  starmapAsync<A extends unknown[], R>(
    fn: (...args: A) => R,
    items: Items<readonly [...A]>,
    options: PoolMapAsyncOptions<Awaited<R>[]> = {},
  ): AsyncResult<Awaited<R>[]> {
    checkMapAsyncOptions(options);
    const { chunksize } = options;
    const future = this.#map<R>({ fn, items, passes: "elements", chunksize, outermost: this.starmapAsync });
    return resultOf(future, options);
  }

  /**
   * Runs `fn(item)` for every item and gives the results as they are asked for, in the order of the items. The work
   * starts at once and reads at most `buffersize` items ahead, so that an input may be infinite; Python reads all of
   * it. From `close` on it is read to its end.
   * @throws As `applyAsync`. What the input throws comes after all results before it; with a `chunksize`, those of
   *   complete chunks.
   * @example
   * for await (const size of pool.imap(sizeOf, files)) console.log(size);
   */
  imap<T, R>(fn: (item: T) => R, items: Items<T>, options: PoolImapOptions = {}): IMapIterator<Awaited<R>> {
    return this.#imap(fn, items, options, true, this.imap);
  }

  /**
   * `imap` whose results come in the order in which they are done.
   * @throws As `imap`.
   * @example
   * for await (const hash of pool.imapUnordered(hashOf, files)) console.log(hash);
   */
  imapUnordered<T, R>(
    fn: (item: T) => R,
    items: Items<T>,
    options: PoolImapOptions = {},
  ): IMapIterator<Awaited<R>> {
    return this.#imap(fn, items, options, false, this.imapUnordered);
  }

  /** Takes no more work; what was given is done, and the processes end then. Returns at once: see `join`. */
  close(): void {
    this.#jobs.close();
  }

  /**
   * Ends now: what has not settled is cancelled, processes are ended.
   * @returns a promise that settles when they have.
   */
  terminate(): Promise<void> {
    return this.#jobs.terminate();
  }

  /**
   * Waits until all work is done and the processes have ended.
   * @throws InvalidStateError before `close` or `terminate`, where Python raises a `ValueError`; TimeoutError after
   *   `timeout` ms; CancelledError when the signal aborts.
   */
  async join(options: WaitOptions = {}): Promise<void> {
    const limits = checkWaitOptions(options);
    if (this.#jobs.state === "running") {
      throw new InvalidStateError(`${this.name} still takes work: call close() or terminate() before join()`);
    }
    const late = `${this.name} had not ended within ${limits.timeout} ms; its work goes on`;
    await limitedWait(limits, this.#jobs.clock, late, (end) => {
      void this.#jobs.ended.then(() => end());
      return undefined;
    });
  }

  /** `terminate()`, as at the end of Python's `with`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.terminate();
  }

  get [Symbol.toStringTag](): string {
    return "Pool";
  }

  /** It belongs to the process that made it, as Python's does. */
  [portable](): never {
    throw new SerializationError(
      `${this.name} can't be sent: a Pool stays in the process that made it. Send pool.executor, or use ` +
        "currentTask().executor in the task",
      this.name,
    );
  }

  #checkRunning(fn: unknown): void {
    checkFunction("fn", fn);
    if (this.#jobs.state === "running") return;
    throw new ShutdownError(`${this.name} takes no more work: it was ${this.#jobs.state}`);
  }

  #submit(fn: (...args: never[]) => unknown, args: readonly unknown[]): Future<unknown> {
    this.#checkRunning(fn);
    if (!Array.isArray(args)) throw new InvalidArgumentError("args", args, "an array of arguments");
    return this.#jobs.executor.submit(fn as (...args: unknown[]) => unknown, ...args);
  }

  #map<R>(
    call: Omit<MapCall, "chunksize"> & { readonly chunksize: PoolMapOptions["chunksize"] },
  ): Future<Awaited<R>[]> {
    this.#checkRunning(call.fn);
    const { chunksize = "auto" } = call;
    return mapOn(this.#jobs, { ...call, chunksize }) as Future<Awaited<R>[]>;
  }

  #imap<T, R>(
    fn: (item: T) => R,
    items: Items<T>,
    options: PoolImapOptions,
    ordered: boolean,
    outermost: MapCall["outermost"],
  ): IMapIterator<Awaited<R>> {
    checkImapOptions(options);
    this.#checkRunning(fn);
    const { chunksize = "auto", buffersize } = options;
    const stream = plainMapOn(this.#jobs.executor, {
      fn,
      items: inChunks(items, chunksize),
      options: { chunksize, buffersize, ordered, errors: "settle" },
      passes: "item",
      outermost,
    });
    return new ImapJob(this.#jobs, stream as TaskStream<PromiseSettledResult<Awaited<R>>>);
  }
}

/** What tells of a future, after those who asked to be called. */
function resultOf<R>(
  future: Future<R>,
  { callback, errorCallback }: PoolCallbacks<Awaited<R>>,
): AsyncResult<R> {
  if (callback || errorCallback) {
    future.onDone(() => {
      const outcome = outcomeOf(future)!;
      if (!outcome.failed) callback?.(outcome.value as Awaited<R>);
      else if (errorCallback) {
        observe(future);
        errorCallback(outcome.error);
      }
    });
  }
  return new AsyncResult(future);
}
