/**
 * What all executors share: `submit`, `map`, `with` and `await using` on top of one way of queueing a task.
 *
 * @module
 */

import type { Clock } from "../clock.js";
import { InvalidArgumentError, SerializationError } from "../errors.js";
import type {
  Executor,
  ExecutorStats,
  MapOptions,
  RetryOptions,
  ShutdownOptions,
  TaskOptions,
} from "../futures/executor.js";
import type { Future } from "../futures/future.js";
import { validateMapOptions } from "../futures/map-options.js";
import { checkMapOptionNames } from "../futures/option-names.js";
import { createTaskStream, type TaskStream } from "../futures/task-stream.js";
import { type PortableReference, portable } from "../portable.js";
import { checkFunction } from "../validate.js";
import { plainTaskOptions, type ResolvedTaskOptions, resolveTaskOptions } from "./options.js";
import type { TaskGroup } from "./task.js";

/** A function that was checked and prepared, ready to be submitted many times. */
export type Submitter = (args: readonly unknown[]) => Future<unknown>;

/** Where a submission was made; `stack` is formatted only when somebody reads it. */
export interface Origin {
  readonly stack?: string;
}

/** Name of the reviver that makes an executor on another side. */
export const executorReviver = "ungil.executor";

/** What names an executor, or a view of one, to another isolate. */
export interface ExecutorReference {
  readonly executor: number;
  readonly name: string;
  readonly options: TaskOptions;
}

/** The executor behind the views: how a task is really queued. */
export interface ExecutorCore {
  readonly name: string;
  readonly clock: Clock;
  /** Number under which tasks in other isolates reach it; `undefined` where none can. */
  readonly reachableAs: number | undefined;
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
    checkFunction("fn", fn);
    const origin: Origin = {};
    Error.captureStackTrace(origin, this.submit);
    return this.#core.prepareSubmit(fn, this.#options, this.#given, origin)(args) as Future<Awaited<R>>;
  }

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
  map<T, R>(
    fn: (item: T, index: number) => R,
    items: Iterable<T> | AsyncIterable<T>,
    options: MapOptions = {},
  ): TaskStream<unknown> {
    checkFunction("fn", fn);
    checkMapOptionNames(options);
    const checked = validateMapOptions(options);
    const group: TaskGroup = { chunksize: checked.chunksize, cost: undefined };
    const origin: Origin = {};
    Error.captureStackTrace(origin, this.map);
    const submit = this.#core.prepareSubmit(fn, this.#options, this.#given, origin, group);
    return createTaskStream<T, unknown>({
      items,
      // through `this`: an executor is not dropped while a map on it goes on
      submit: (item, index) => this.#queue(submit, [item, index]),
      options: checked,
      clock: this.#core.clock,
    });
  }

  with(options: TaskOptions): Executor {
    resolveTaskOptions(options);
    return new ExecutorView(this.#core, { ...this.#given, ...options }, this.#origin ?? this);
  }

  #queue(submit: Submitter, args: readonly unknown[]): Future<unknown> {
    return submit(args);
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
    if (signal || transfer || typeof (options.retries as RetryOptions | undefined)?.backoff === "function") {
      throw new SerializationError(
        `this view of ${name} can't be sent: its signal, transfer list or backoff function belongs to this thread. ` +
          "Capture the executor itself and call `with` inside the function",
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
      const group: TaskGroup = { chunksize, cost: undefined };
      return executor.#core.prepareSubmit(fn, executor.#options, executor.#given, origin, group);
    };
  }
}
