// A third party's executor, written against the public entry only: tasks run on the event loop, `maxWorkers`
// at a time. microtask-executor.test.ts holds it to the contract; docs/testing.md shows how.
import {
  type ArrayOf,
  CancelledError,
  createTaskStream,
  createTaskTransform,
  drainStream,
  type ElementOf,
  type Executor,
  type ExecutorStats,
  type ForEachOptions,
  Future,
  type FutureResolvers,
  InvalidArgumentError,
  type MapIntoOptions,
  type MapOptions,
  QueueFullError,
  type ReduceOptions,
  type RetryOptions,
  reduceStream,
  ShutdownError,
  type ShutdownOptions,
  type TaskOptions,
  type TaskStream,
  type TaskTransform,
  TimeoutError,
  type TimeSummary,
  type TypedArray,
  type TypedArrayConstructor,
  type UnobservedFailure,
  UnobservedFailures,
  validateMapOptions,
  type WaitOptions,
} from "ungil";

export interface MicrotaskExecutorOptions {
  readonly maxWorkers?: number;
  readonly maxQueue?: number;
  readonly onUnobserved?: (failure: UnobservedFailure) => void;
}

interface Task {
  readonly call: () => unknown;
  readonly options: TaskOptions;
  readonly resolvers: FutureResolvers<unknown>;
  readonly submitted: number;
  attempt: number;
  /** Why its outcome is not wanted any more; the future is settled with it when the call has ended. */
  stopped?: CancelledError | TimeoutError;
  cleanUp: () => void;
}

const levels = { high: 1, normal: 0, low: -1 };
const levelOf = ({ options: { priority = 0 } }: Task): number =>
  typeof priority === "number" ? priority : levels[priority];

export class MicrotaskExecutor implements Executor {
  readonly name = "MicrotaskExecutor";
  readonly #maxWorkers: number;
  readonly #maxQueue: number;
  readonly #unobserved: UnobservedFailures;
  readonly #ended = Future.withResolvers<void>({ name: "shutdown" });
  readonly #queue: Task[] = [];
  readonly #running = new Set<Task>();
  readonly #waitTimes: number[] = [];
  readonly #runTimes: number[] = [];
  readonly #counts = {
    submitted: 0,
    completed: 0,
    failed: 0,
    cancelled: 0,
    retried: 0,
    peakQueued: 0,
    peak: 0,
  };
  #pausing = 0;
  readonly #waiters: { resolve(): void; reject(error: unknown): void }[] = [];
  #telling = false;
  /** Places that are kept until the event loop's next turn. */
  #promised = 0;
  #closed = false;

  constructor(options: MicrotaskExecutorOptions = {}) {
    const { maxWorkers = 4, maxQueue = Number.POSITIVE_INFINITY, onUnobserved } = options;
    if (!Number.isInteger(maxWorkers) || maxWorkers < 1) {
      throw new InvalidArgumentError("maxWorkers", maxWorkers, "a whole number of at least 1");
    }
    this.#maxWorkers = maxWorkers;
    this.#maxQueue = maxQueue;
    this.#unobserved = new UnobservedFailures(onUnobserved);
  }

  submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Future<Awaited<R>> {
    return this.submitWith({}, fn, args);
  }

  submitWith<A extends unknown[], R>(
    options: TaskOptions,
    fn: (...args: A) => R,
    args: A,
  ): Future<Awaited<R>> {
    if (typeof fn !== "function") throw new InvalidArgumentError("fn", fn, "a function");
    if (this.#closed) throw new ShutdownError();
    if (this.#queue.length >= this.#maxQueue && this.#running.size >= this.#maxWorkers) {
      throw new QueueFullError(`${this.#queue.length} tasks wait already`);
    }
    const resolvers = Future.withResolvers<Awaited<R>>({
      name: options.name ?? fn.name,
      unobserved: this.#unobserved,
      onCancel: () => this.#takeBack(task),
      onAbort: (reason) => {
        task.stopped ??= new CancelledError("the task was aborted", { cause: reason });
      },
    });
    const { future } = resolvers;
    const task: Task = {
      call: () => fn(...args),
      options,
      resolvers,
      submitted: performance.now(),
      attempt: 0,
      cleanUp: () => {},
    };
    this.#counts.submitted += 1;
    this.#queue.push(task);
    this.#counts.peakQueued = Math.max(this.#counts.peakQueued, this.#queue.length);
    this.#watch(task);
    queueMicrotask(() => this.#startTasks());
    return future;
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
  map(
    fn: (item: unknown, index: number) => unknown,
    ...given: [items?: Iterable<unknown> | AsyncIterable<unknown>, options?: MapOptions]
  ): TaskStream<unknown, unknown> | TaskTransform<unknown, unknown> {
    if (given.length === 0)
      return createTaskTransform((items, options) => this.mapWith({}, fn, items, options));
    return this.mapWith({}, fn, given[0]!, given[1]);
  }

  mapWith<T, R>(
    taskOptions: TaskOptions,
    fn: (item: T, index: number) => R,
    items: Iterable<T> | AsyncIterable<T>,
    options?: MapOptions,
  ): TaskStream<Awaited<R>> | TaskStream<PromiseSettledResult<Awaited<R>>> {
    if (typeof fn !== "function") throw new InvalidArgumentError("fn", fn, "a function");
    return createTaskStream({
      items,
      submit: (item: T, index) => this.submitWith(taskOptions, fn, [item, index]),
      options: validateMapOptions(options),
    });
  }

  with(options: TaskOptions): Executor {
    return view(this, checkTaskOptions(options));
  }

  forEach<T>(
    fn: (item: T, index: number) => unknown,
    items: Iterable<T> | AsyncIterable<T>,
    options?: ForEachOptions,
  ): Future<void> {
    return drainStream(this.map(fn, items, options), options?.errors);
  }

  reduce<T, R>(
    fn: (item: T, index: number) => R,
    items: Iterable<T> | AsyncIterable<T>,
    combine: (one: Awaited<R>, other: Awaited<R>) => Awaited<R>,
    { initial, ...options }: ReduceOptions<Awaited<R>> = {},
  ): Future<Awaited<R>> {
    if (typeof combine !== "function") throw new InvalidArgumentError("combine", combine, "a function");
    return reduceStream(this.map(fn, items, { ...options, errors: "throw" }), combine, initial);
  }

  async shutdown({ wait = true, cancelFutures = false, ...limits }: ShutdownOptions = {}): Promise<void> {
    this.#closed = true;
    this.#tellWaiters();
    if (cancelFutures) for (const task of this.#queue.slice()) task.resolvers.future.cancel("shutdown");
    this.#settled();
    if (wait) await this.#ended.future.result(limits);
  }

  async terminate(): Promise<void> {
    this.#closed = true;
    this.#tellWaiters();
    for (const task of this.#queue.slice()) task.resolvers.future.cancel("terminate");
    for (const task of this.#running) task.resolvers.future.abort("terminate");
    await this.shutdown();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  stats(): ExecutorStats {
    const { peakQueued, peak, ...counts } = this.#counts;
    const done = this.#ended.future.done();
    return Object.freeze({
      name: this.name,
      kind: "microtask",
      state: done ? "shut-down" : this.#closed ? "shutting-down" : "running",
      queued: this.#queue.length,
      peakQueued,
      running: this.#running.size,
      ...counts,
      workers: {
        starting: 0,
        idle: this.#maxWorkers - this.#running.size,
        busy: this.#running.size,
        peak,
        started: peak,
        crashed: 0,
        recycled: 0,
      },
      waitTime: summary(this.#waitTimes),
      runTime: summary(this.#runTimes),
    });
  }

  /** Starts what there is room for, the highest priority first. */
  #startTasks(): void {
    while (this.#queue.length > 0 && this.#running.size < this.#maxWorkers) {
      const task = this.#queue.reduce((best, each) => (levelOf(each) > levelOf(best) ? each : best));
      this.#queue.splice(this.#queue.indexOf(task), 1);
      this.#running.add(task);
      this.#counts.peak = Math.max(this.#counts.peak, this.#running.size);
      task.resolvers.start();
      void this.#run(task);
    }
  }

  async #run(task: Task): Promise<void> {
    const { resolvers, options } = task;
    const started = performance.now();
    keep(this.#waitTimes, started - task.submitted);
    task.attempt += 1;
    const limit = setTimer(options.timeout, () => {
      task.stopped ??= new TimeoutError(`the task ran longer than ${options.timeout} ms`);
    });
    let settle: () => void;
    try {
      const value = await task.call();
      settle = () => {
        this.#counts.completed += 1;
        resolvers.resolve(value);
      };
    } catch (error) {
      const { attempts, backoff } = retriesOf(options);
      if (task.attempt <= attempts && !task.stopped) {
        this.#retry(task, typeof backoff === "function" ? backoff(task.attempt, error) : (backoff ?? 0));
        return;
      }
      settle = () => {
        this.#counts.failed += 1;
        resolvers.reject(error);
      };
    } finally {
      clearTimeout(limit);
      keep(this.#runTimes, performance.now() - started);
      this.#running.delete(task);
    }
    task.cleanUp();
    const { stopped } = task;
    if (stopped instanceof CancelledError) {
      this.#counts.cancelled += 1;
      resolvers.cancelRunning(stopped);
    } else if (stopped) {
      this.#counts.failed += 1;
      resolvers.reject(stopped);
    } else settle();
    this.#settled();
  }

  #retry(task: Task, pause: number): void {
    this.#counts.retried += 1;
    this.#pausing += 1;
    task.resolvers.requeue();
    setTimeout(() => {
      this.#pausing -= 1;
      if (task.resolvers.future.done()) return this.#settled();
      this.#queue.push(task);
      this.#startTasks();
    }, pause);
  }

  /** A pending task was cancelled. */
  async ready({ timeout, signal }: WaitOptions = {}): Promise<void> {
    if (timeout !== undefined && !(timeout >= 0))
      throw new InvalidArgumentError("timeout", timeout, "a time in ms, 0 or more");
    if (signal !== undefined && !(signal instanceof AbortSignal))
      throw new InvalidArgumentError("signal", signal, "an AbortSignal");
    if (this.#closed) throw new ShutdownError();
    const free = this.#maxQueue + this.#maxWorkers - this.#queue.length - this.#running.size;
    if (this.#waiters.length === 0 && !signal?.aborted && free > this.#promised) {
      this.#promised += 1;
      setImmediate(() => {
        this.#promised -= 1;
      });
      return;
    }
    const { future, resolve, reject } = Future.withResolvers<void>({ name: "ready" });
    const waiter = { resolve: () => resolve(), reject };
    this.#waiters.push(waiter);
    this.#tellWaiters();
    try {
      await future.result({ timeout, signal });
    } finally {
      const at = this.#waiters.indexOf(waiter);
      if (at >= 0) this.#waiters.splice(at, 1);
    }
  }

  /** One at a time: each has submitted, or not, before the next is told. */
  #tellWaiters(): void {
    if (this.#telling) return;
    this.#telling = true;
    setImmediate(() => {
      this.#telling = false;
      if (this.#closed) {
        for (const { reject } of this.#waiters.splice(0)) reject(new ShutdownError());
        return;
      }
      const full = this.#queue.length >= this.#maxQueue && this.#running.size >= this.#maxWorkers;
      if (full || this.#waiters.length === 0) return;
      this.#waiters.shift()!.resolve();
      this.#tellWaiters();
    });
  }

  #takeBack(task: Task): void {
    const at = this.#queue.indexOf(task);
    if (at >= 0) this.#queue.splice(at, 1);
    this.#counts.cancelled += 1;
    task.cleanUp();
    this.#settled();
  }

  /** Follows the task's signal and deadline. */
  #watch(task: Task): void {
    const { signal, deadline } = task.options;
    const { resolvers } = task;
    const onAbort = (): void => resolvers.future.abort(signal?.reason);
    const limit = setTimer(deadline, () => {
      const error = new TimeoutError(`the task was not done within ${deadline} ms`);
      if (resolvers.future.running()) {
        task.stopped ??= error;
        return;
      }
      this.#queue.splice(this.#queue.indexOf(task), 1);
      this.#counts.failed += 1;
      task.cleanUp();
      resolvers.reject(error);
      this.#settled();
    });
    task.cleanUp = () => {
      clearTimeout(limit);
      signal?.removeEventListener("abort", onAbort);
    };
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
  }

  #settled(): void {
    this.#startTasks();
    this.#tellWaiters();
    const idle = this.#queue.length === 0 && this.#running.size === 0 && this.#pausing === 0;
    if (!this.#closed || !idle || this.#ended.future.done()) return;
    this.#unobserved.reportAll();
    this.#ended.resolve();
  }
}

/** The same executor with options for every task. */
function view(executor: MicrotaskExecutor, options: TaskOptions): Executor {
  return {
    name: executor.name,
    ready: (options) => executor.ready(options),
    submit: (fn, ...args) => executor.submitWith(options, fn, args),
    map: ((
      fn: (item: unknown, index: number) => unknown,
      items: Iterable<unknown>,
      mapOptions?: MapOptions,
    ) => executor.mapWith(options, fn, items, mapOptions)) as Executor["map"],
    forEach: (fn, items, forEachOptions) =>
      drainStream(executor.mapWith(options, fn, items, forEachOptions), forEachOptions?.errors),
    reduce: <T, R>(
      fn: (item: T, index: number) => R,
      items: Iterable<T> | AsyncIterable<T>,
      combine: (one: Awaited<R>, other: Awaited<R>) => Awaited<R>,
      { initial, ...reduceOptions }: ReduceOptions<Awaited<R>> = {},
    ) =>
      reduceStream(
        executor.mapWith(options, fn, items, reduceOptions) as TaskStream<Awaited<R>>,
        combine,
        initial,
      ),
    with: (more) => view(executor, { ...options, ...checkTaskOptions(more) }),
    shutdown: (shutdownOptions) => executor.shutdown(shutdownOptions),
    terminate: () => executor.terminate(),
    stats: () => executor.stats(),
    [Symbol.asyncDispose]: () => executor.shutdown(),
  };
}

function retriesOf({ retries = 0 }: TaskOptions): RetryOptions {
  return typeof retries === "number" ? { attempts: retries } : retries;
}

function checkTaskOptions(options: TaskOptions): TaskOptions {
  const { timeout = 0, deadline = 0, signal, priority = 0, retries = 0, name = "" } = options;
  const refuse = (argument: string, expected: string): never => {
    throw new InvalidArgumentError(argument, options[argument as keyof TaskOptions], expected);
  };
  if (!(timeout >= 0)) refuse("timeout", "a time in ms");
  if (!(deadline >= 0)) refuse("deadline", "a time in ms");
  if (signal !== undefined && !(signal instanceof AbortSignal)) refuse("signal", "an AbortSignal");
  if (typeof priority !== "number" && !(priority in levels))
    refuse("priority", "high, normal, low or a number");
  if (!(retriesOf({ retries }).attempts >= 0)) refuse("retries", "a number of at least 0");
  if (typeof name !== "string") refuse("name", "a string");
  return options;
}

function setTimer(
  delay: number | undefined,
  callback: () => void,
): ReturnType<typeof setTimeout> | undefined {
  return delay === undefined ? undefined : setTimeout(callback, delay);
}

/** Keeps the latest times for the summary. */
function keep(times: number[], time: number): void {
  times.push(time);
  if (times.length > 1_000) times.shift();
}

function summary(times: readonly number[]): TimeSummary {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.floor(part * (sorted.length - 1))] ?? 0;
  const mean = sorted.reduce((sum, time) => sum + time, 0) / Math.max(sorted.length, 1);
  return { count: sorted.length, mean, p50: at(0.5), p99: at(0.99), max: at(1) };
}
