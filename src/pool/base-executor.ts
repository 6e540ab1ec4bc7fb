/**
 * What all executors share: `submit`, `map`, `with` and `await using` on top of one way of queueing a task.
 *
 * @module
 */

import { inThisContext } from "../async-context.js";
import type { Clock } from "../clock.js";
import { InvalidArgumentError, SerializationError } from "../errors.js";
import type { createChunkStream } from "../futures/chunk-stream.js";
import type { ChunkAnswer, ChunkRequest, ChunkRoute, Passes, SubmitChunk } from "../futures/chunks.js";
import { type Collector, NothingCollector } from "../futures/collector.js";
import type {
  Executor,
  ExecutorStats,
  ForEachOptions,
  MapIntoOptions,
  MapOptions,
  ReduceOptions,
  RetryOptions,
  ShutdownOptions,
  TaskOptions,
} from "../futures/executor.js";
import type { Future, Settled, WaitOptions } from "../futures/future.js";
import type { ItemLanes } from "../futures/item-lanes.js";
import { type CheckedMapOptions, validateMapOptions } from "../futures/map-options.js";
import {
  checkForEachOptionNames,
  checkMapOptionNames,
  checkReduceOptionNames,
} from "../futures/option-names.js";
import type { Ready } from "../futures/room-wait.js";
import type { StreamConsumer } from "../futures/stream-consumer.js";
import type { Begun } from "../futures/stream-entry.js";
import {
  FailureCollector,
  futureOfStream,
  reduceStream,
  type StreamFutureOptions,
} from "../futures/stream-futures.js";
import { createItemStream, type TaskStream } from "../futures/task-stream.js";
import { createTaskTransform, type TaskTransform } from "../futures/task-transform.js";
import type { ArrayOf, ElementOf, TypedArray, TypedArrayConstructor } from "../futures/typed-arrays.js";
import type { UnobservedFailures } from "../futures/unobserved.js";
import { type PortableReference, portable } from "../portable.js";
import { checkFunction } from "../validate.js";
import { encode } from "../wire/index.js";
import { type ExecutorReference, executorReviver } from "./executor-reference.js";
import { isObject, plainTaskOptions, type ResolvedTaskOptions, resolveTaskOptions } from "./options.js";
import { captureOrigin, type Origin } from "./origin.js";
import { outbound } from "./outbound.js";
import { argsFor } from "./passes.js";
import type { TaskGroup } from "./task.js";

/** A function that was checked and prepared, ready to be submitted many times. */
export type Submitter = (args: readonly unknown[]) => Future<unknown>;

/** The same for items of a map. See `BegunSource`. */
type BeginItem = (
  args: readonly unknown[],
  settled: Settled,
  isFirst: boolean,
  isUntouched: boolean,
) => Begun<unknown>;

/** How items of a map are submitted, or begun as places become free. */
export interface ItemStarts {
  readonly begin: BeginItem;
  readonly lanes: ItemLanes | undefined;
}

/** Where a call was made. @param outermost - the function of ours that the user called. */
function originOf(outermost: (...args: never[]) => unknown): Origin {
  const origin: Origin = {};
  Error.captureStackTrace(origin, outermost);
  return origin;
}

/** How the items of a map travel in chunks, and what makes a stream of it. */
export type StreamRoute = ChunkRoute & { readonly createStream: typeof createChunkStream };

/** The executor behind the views: how a task is really queued. */
export interface ExecutorCore {
  readonly name: string;
  readonly clock: Clock;
  /** Number under which tasks in other isolates reach it; `undefined` where none can. */
  readonly reachableAs: number | undefined;
  /** Receives failures that nobody looks at. */
  readonly unobserved: UnobservedFailures;
  /**
   * Submits a task.
   * @param origin - its stack is joined to those of the task's errors.
   * @throws CaptureError for a function that can't be sent.
   */
  submit(
    fn: (...args: never[]) => unknown,
    options: ResolvedTaskOptions,
    given: TaskOptions,
    origin: Origin,
    args: readonly unknown[],
  ): Future<unknown>;
  /**
   * Checks and prepares a function once, for one or many submissions with the same options.
   * @param origin - its stack is joined to those of the task's errors.
   * @param group - for tasks of one map, which may travel together.
   * @throws CaptureError for a function that can't be sent.
   */
  prepareSubmit(
    fn: (...args: never[]) => unknown,
    options: ResolvedTaskOptions,
    given: TaskOptions,
    origin: Origin,
    group?: TaskGroup,
  ): Submitter;
  /**
   * Checks and prepares the function of a map whose items are tasks without futures.
   * @returns undefined where each has to have one.
   */
  prepareItems?(
    fn: (...args: never[]) => unknown,
    options: ResolvedTaskOptions,
    origin: Origin,
    group: TaskGroup,
  ): ItemStarts | undefined;
  /**
   * Checks and prepares the function of a map whose items travel in chunks.
   * @param combine - for a reduction: makes one value of two, in the worker.
   * @returns undefined where each item has to be a task of its own.
   * @throws CaptureError for a function that can't be sent.
   */
  prepareChunks?(
    fn: (...args: never[]) => unknown,
    options: ResolvedTaskOptions,
    origin: Origin,
    combine?: (...args: never[]) => unknown,
  ): StreamRoute | undefined;
  ready(options: WaitOptions): Promise<void>;
  /** How a map that is started here and now waits for room; undefined where nobody can tell. */
  roomHere(): Ready | undefined;
  shutdown(options: ShutdownOptions): Promise<void>;
  terminate(): Promise<void>;
  stats(): ExecutorStats;
}

/**
 * Prepares a function once for many submissions through an executor of ours or a view of it. They may travel
 * together, as those of a map do, and each has its own future.
 * @param chunksize - how many of them a worker is sent in one go.
 * @throws CaptureError for a function that can't be sent; InvalidArgumentError for an executor of another make.
 */
export let submitterOf: (
  executor: Executor,
  fn: (...args: never[]) => unknown,
  chunksize: number | "auto",
) => Submitter;

/** A map for those who port a pool of Python's. */
export interface PlainMap {
  readonly fn: (...args: never[]) => unknown;
  readonly items: Iterable<unknown> | AsyncIterable<unknown>;
  readonly options: MapOptions;
  readonly passes: Passes;
  /** The function of ours that the user called. */
  readonly outermost: (...args: never[]) => unknown;
}

/**
 * `map` of an executor of ours, or of a view of one, whose function gets no index.
 * @throws As `map`.
 */
export let plainMapOn: (executor: Executor, map: PlainMap) => StreamConsumer<unknown, unknown>;

/** The same options; a function among them is called in the async context of this call. */
function calledBackHere(options: TaskOptions): TaskOptions {
  const { retries } = options;
  if (typeof retries !== "object" || typeof retries.backoff !== "function") return options;
  return { ...options, retries: { ...retries, backoff: inThisContext(retries.backoff) } };
}

/** Whether structured clone makes an equal value of it. */
function isPlain(context: unknown): boolean {
  try {
    structuredClone(context);
    return !encode(context, "context", outbound).marked;
  } catch {
    return false;
  }
}

/** An executor, or a view of one that adds options to every task. */
export class ExecutorView implements Executor {
  readonly #core: ExecutorCore;
  readonly #given: TaskOptions;
  readonly #options: ResolvedTaskOptions;
  /** What the view was made of: an executor is not dropped while a view of it is in use. */
  readonly #origin: ExecutorView | undefined;

  constructor(core: ExecutorCore, given: TaskOptions = {}, origin?: ExecutorView) {
    this.#core = core;
    this.#given = given;
    this.#origin = origin;
    this.#options = Object.keys(given).length === 0 ? plainTaskOptions : resolveTaskOptions(given);
  }

  get name(): string {
    return this.#core.name;
  }

  submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Future<Awaited<R>> {
    if (typeof fn !== "function") checkFunction("fn", fn);
    const origin = captureOrigin(this.submit, this.#core);
    return this.#core.submit(fn, this.#options, this.#given, origin, args) as Future<Awaited<R>>;
  }

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
  map<T, R>(fn: (item: T, index: number) => R): TaskTransform<T, Awaited<R>>;
  map<T, R>(
    fn: (item: T, index: number) => R,
    ...given: [items?: Iterable<T> | AsyncIterable<T>, options?: MapOptions]
  ): TaskStream<unknown> | TaskTransform<T, unknown> {
    checkFunction("fn", fn);
    // items that are undefined by mistake are not the same as none
    if (given.length === 0) {
      return createTaskTransform<T, unknown>((items, options) => this.map(fn, items, options));
    }
    const [items, options = {}] = given as [Iterable<T> | AsyncIterable<T>, MapOptions?];
    checkMapOptionNames(options);
    const checked = validateMapOptions(options);
    return this.#stream(fn, items, checked, "values", originOf(this.map)) as TaskStream<unknown>;
  }

  forEach<T>(
    fn: (item: T, index: number) => unknown,
    items: Iterable<T> | AsyncIterable<T>,
    options: ForEachOptions = {},
  ): Future<void> {
    checkFunction("fn", fn);
    checkForEachOptionNames(options);
    const checked = { ...validateMapOptions(options), ordered: false };
    const stream = this.#stream(fn, items, checked, "nothing", originOf(this.forEach));
    const collector = (): Collector<unknown, void> =>
      checked.errors === "settle" ? new FailureCollector() : new NothingCollector();
    return futureOfStream(stream, () => stream.collectWith(collector), this.#futureOptions(fn));
  }

  reduce<T, R>(
    fn: (item: T, index: number) => R,
    items: Iterable<T> | AsyncIterable<T>,
    combine: (one: Awaited<R>, other: Awaited<R>) => Awaited<R>,
    options: ReduceOptions<Awaited<R>> = {},
  ): Future<Awaited<R>> {
    checkFunction("fn", fn);
    checkFunction("combine", combine);
    checkReduceOptionNames(options);
    const { initial, ...rest } = options;
    const checked = validateMapOptions(rest);
    const stream = this.#stream(fn, items, checked, "reduction", originOf(this.reduce), combine);
    return reduceStream(stream as TaskStream<Awaited<R>>, combine, initial, this.#futureOptions(fn));
  }

  #futureOptions(fn: (...args: never[]) => unknown): StreamFutureOptions {
    return { name: this.#options.name ?? (fn.name || "(anonymous)"), unobserved: this.#core.unobserved };
  }

  /** Starts to run a function for all items: in chunks where that can be, else each as a task of its own. */
  #stream<T>(
    fn: (item: T, index: number) => unknown,
    items: Iterable<T> | AsyncIterable<T>,
    options: CheckedMapOptions,
    wants: ChunkRequest["wants"],
    origin: Origin,
    combine?: (...args: never[]) => unknown,
    passes?: Passes,
  ): StreamConsumer<unknown, unknown> {
    const { clock } = this.#core;
    const route = this.#core.prepareChunks?.(fn, this.#options, origin, combine);
    // through `this`: an executor is not dropped while a map on it goes on
    if (route) {
      const { submit, createStream } = route;
      const kept: ChunkRoute = { ...route, submit: (...args) => this.#queueChunk(submit, args) };
      return createStream({ items, options, clock, wants, passes, route: kept });
    }
    const group: TaskGroup = { chunksize: options.chunksize };
    const ready = this.#core.roomHere();
    const starts = this.#core.prepareItems?.(fn, this.#options, origin, group);
    if (starts) {
      const { begin, lanes } = starts;
      return createItemStream<T>({
        items,
        lanes: passes === undefined ? lanes : undefined,
        begin: (item, index, settled, isFirst, isUntouched) =>
          this.#begin(begin, argsFor(item, index, passes), settled, isFirst, isUntouched),
        ready,
        options,
        clock,
      });
    }
    const submit = this.#core.prepareSubmit(fn, this.#options, this.#given, origin, group);
    return createItemStream<T>({
      items,
      begin: (item, index) => this.#queue(submit, argsFor(item, index, passes)),
      ready,
      options,
      clock,
    });
  }

  #begin(
    begin: BeginItem,
    args: readonly unknown[],
    settled: Settled,
    isFirst: boolean,
    isUntouched: boolean,
  ): Begun<unknown> {
    // one by one: what is gathered and spread takes longer to pass on
    return begin(args, settled, isFirst, isUntouched);
  }

  with(options: TaskOptions): Executor {
    if (options === undefined) throw new InvalidArgumentError("options", options, "an object of options");
    resolveTaskOptions(options);
    const given = { ...this.#given, ...calledBackHere(options) };
    return new ExecutorView(this.#core, given, this.#origin ?? this);
  }

  #queue(submit: Submitter, args: readonly unknown[]): Future<unknown> {
    return submit(args);
  }

  #queueChunk(submit: SubmitChunk, args: Parameters<SubmitChunk>): Future<ChunkAnswer> {
    return submit(...args);
  }

  ready(options: WaitOptions = {}): Promise<void> {
    return this.#core.ready(options);
  }

  shutdown(options: ShutdownOptions = {}): Promise<void> {
    return this.#core.shutdown(options);
  }

  terminate(): Promise<void> {
    return this.#core.terminate();
  }

  stats(): ExecutorStats {
    return this.#core.stats();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  /** A task that captures the executor, or is given it, can submit to it. */
  [portable](): PortableReference {
    const { name, reachableAs: executor } = this.#core;
    const { signal, transfer, ...options } = this.#given;
    if (executor === undefined) {
      throw new SerializationError(
        `${name} can't be sent: it runs on the thread that made it. Make one inside the function`,
        name,
      );
    }
    const hasBackoff = typeof (options.retries as RetryOptions | undefined)?.backoff === "function";
    if (signal || transfer || hasBackoff || !isPlain(options.context) || isObject(options.key)) {
      throw new SerializationError(
        `this view of ${name} can't be sent: its signal, transfer list, backoff function, key or context belongs to this ` +
          "thread. Capture the executor itself and call `with` inside the function",
        name,
      );
    }
    return { reviver: executorReviver, data: { executor, name, options } satisfies ExecutorReference };
  }

  static {
    submitterOf = (executor, fn, chunksize) => {
      if (!(executor instanceof ExecutorView)) {
        throw new InvalidArgumentError("executor", executor, "an executor of ungil");
      }
      const origin: Origin = {};
      Error.captureStackTrace(origin, submitterOf);
      const group: TaskGroup = { chunksize };
      return executor.#core.prepareSubmit(fn, executor.#options, executor.#given, origin, group);
    };
    plainMapOn = (executor, { fn, items, options, passes, outermost }) => {
      if (!(executor instanceof ExecutorView)) {
        throw new InvalidArgumentError("executor", executor, "an executor of ungil");
      }
      const checked = validateMapOptions(options);
      return executor.#stream(
        fn as (item: unknown, index: number) => unknown,
        items,
        checked,
        "values",
        originOf(outermost),
        undefined,
        passes,
      );
    };
  }
}
