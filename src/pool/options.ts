/**
 * The options of executors and tasks: types, defaults, checks. A bad option throws an `InvalidArgumentError`
 * from the constructor or from `with`, before anything starts.
 *
 * @module
 */
import { availableParallelism } from "node:os";
import type { ResourceLimits } from "node:worker_threads";
import { inThisContext } from "../async-context.js";
import { type Clock, systemClock } from "../clock.js";
import { InvalidArgumentError } from "../errors.js";
import type { Priority, TaskOptions } from "../futures/executor.js";
import { asTaskOption, checkTaskOptionNames } from "../futures/option-names.js";
import type { UnobservedFailure } from "../futures/unobserved.js";
import {
  checkClock,
  checkFunction,
  checkInteger,
  checkOneOf,
  checkOptionNames,
  checkSignal,
  checkTime,
} from "../validate.js";
import type { MaxPerKey } from "./key-limit.js";
import { checkRateLimit, type RateLimit } from "./rate-limit.js";
import { noPauses, type Pauses, resolveRetries } from "./retries.js";
import type { WorkerOutput } from "./worker-output.js";

/** Options that every executor takes. */
export interface ExecutorOptions {
  /** Most workers at once: threads, or tasks in flight on the event loop. Default `os.availableParallelism()`. */
  readonly maxWorkers?: number | undefined;
  /** Name for messages, statistics and worker names. Default: the class name and a number. */
  readonly name?: string | undefined;
  /** Most tasks waiting beyond what the workers can take at once; one more throws `QueueFullError`. Default: no limit. */
  readonly maxQueue?: number | undefined;
  /** How many tasks start in a time, as `{ tasks, interval }`. Default: no limit. */
  readonly rateLimit?: RateLimit | undefined;
  /**
   * Most tasks with the same key (`with({ key })`) that run at once, or a function that answers it for each key.
   * Default: no limit.
   */
  readonly maxPerKey?: number | ((key: unknown) => number) | undefined;
  /** ms between asking a running task to stop and ending its worker. Default 500. */
  readonly grace?: number | undefined;
  /** Told once of each failed future that nobody observed. Default: a process warning. */
  readonly onUnobserved?: ((failure: UnobservedFailure) => void) | undefined;
  /** Source of time, for tests. */
  readonly clock?: Clock | undefined;
}

/** What happens to the tasks of a worker that died. */
export type CrashPolicy = "fail-task" | "retry" | "fail-pool";

/** Options of executors whose workers are isolates of their own. */
export interface WorkerExecutorOptions extends ExecutorOptions {
  /** Workers kept even when idle; they start with the executor. Default 0. */
  readonly minWorkers?: number | undefined;
  /** ms after which an idle worker above `minWorkers` ends. Default 10,000. */
  readonly idleTimeout?: number | undefined;
  /** Tasks a worker has in hand at once; more than 1 lets asynchronous tasks share a worker. Default 1. */
  readonly tasksPerWorker?: number | undefined;
  /** Tasks after which a worker is replaced. Default: never. */
  readonly maxTasksPerWorker?: number | undefined;
  /**
   * Memory in bytes above which a worker is replaced after its task: of a thread its heap and what belongs to it, of a
   * process all that it takes (RSS). Default: never.
   */
  readonly maxMemoryPerWorker?: number | undefined;
  /** Runs once in each worker before its first task. If it fails the executor is broken. */
  // oxlint-disable-next-line typescript/no-explicit-any -- any function of any arguments
  readonly initializer?: ((...args: never[]) => unknown) | undefined;
  /** Arguments of the initializer. */
  readonly initargs?: readonly unknown[] | undefined;
  /** ms the initializer may take. Default 60,000. */
  readonly initializerTimeout?: number | undefined;
  /**
   * ms that the modules of a task may take to load in its worker, where it fails with a `TimeoutError` instead of
   * waiting for a top-level `await` that never ends. Default 60,000.
   */
  readonly importTimeout?: number | undefined;
  /** Environment of the workers. Default: a copy of this process's. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Node options of the workers. Default: this process's. */
  readonly execArgv?: readonly string[] | undefined;
  /** V8 limits of the workers, as of `worker_threads`. */
  readonly resourceLimits?: ResourceLimits | undefined;
  /** What happens to the tasks that had begun on a worker that died. Default `"fail-task"`. */
  readonly onWorkerCrash?: CrashPolicy | undefined;
  /**
   * How many workers may die while the same task runs on them, before it fails for good although it has retries
   * left. Only with `onWorkerCrash: "retry"`. Default 3.
   */
  readonly maxCrashesPerTask?: number | undefined;
  /**
   * Whether workers and the main thread may look for each other for up to 50 µs before they sleep, which answers
   * single small tasks several times sooner. They do so only while fewer tasks are under way than there are
   * cores, and only where it is measured to be quicker; timers and I/O of the main thread go on. `false` never
   * spins. Default true.
   */
  readonly spin?: boolean | undefined;
  /**
   * Given what workers print, write by write, instead of this process's stdout and stderr: see `WorkerOutput`. The
   * order is that of the worker, and what a task printed before it ended comes before its future settles. A worker
   * that blocks, exits or is ended loses nothing. What is written past `process.stdout` and `process.stderr` of the
   * worker, by `fs` or native code, does not come here. A function that throws, or answers with a promise that
   * rejects, becomes a process warning.
   */
  readonly onOutput?: ((output: WorkerOutput) => void) | undefined;
}

/** Executor options after checks and defaults. */
export interface ResolvedExecutorOptions {
  readonly name: string;
  /** Changed by `resize`, as is the next. */
  maxWorkers: number;
  minWorkers: number;
  readonly idleTimeout: number;
  readonly tasksPerWorker: number;
  readonly maxTasksPerWorker: number;
  readonly maxMemoryPerWorker: number;
  readonly maxQueue: number;
  readonly rateLimit: RateLimit | undefined;
  readonly maxPerKey: MaxPerKey | undefined;
  readonly grace: number;
  readonly onWorkerCrash: CrashPolicy;
  readonly maxCrashesPerTask: number;
  readonly onUnobserved: ((failure: UnobservedFailure) => void) | undefined;
  readonly clock: Clock;
}

/**
 * Every executor knows the options of all: one set of options can make an executor of any kind, and those
 * that say nothing to a kind say nothing there.
 */
export const executorOptionNames: readonly string[] = Object.keys({
  maxWorkers: true,
  minWorkers: true,
  idleTimeout: true,
  tasksPerWorker: true,
  maxTasksPerWorker: true,
  maxMemoryPerWorker: true,
  maxQueue: true,
  rateLimit: true,
  maxPerKey: true,
  grace: true,
  name: true,
  initializer: true,
  initargs: true,
  initializerTimeout: true,
  importTimeout: true,
  env: true,
  execArgv: true,
  resourceLimits: true,
  onWorkerCrash: true,
  maxCrashesPerTask: true,
  onUnobserved: true,
  spin: true,
  onOutput: true,
  clock: true,
  cwd: true,
  execPath: true,
  gil: true,
} satisfies Record<keyof WorkerExecutorOptions | "cwd" | "execPath" | "gil", true>);

const counters = new Map<string, number>();

/** Checks the options that the scheduler goes by. @throws InvalidArgumentError naming the option. */
export function resolveExecutorOptions(
  className: string,
  options: WorkerExecutorOptions,
): ResolvedExecutorOptions {
  checkOptionNames("options", options, executorOptionNames, asTaskOption);
  const integer = (
    name: keyof WorkerExecutorOptions,
    fallback: number,
    least: number,
    unbounded = false,
  ): number => (options[name] === undefined ? fallback : checkInteger(name, options[name], least, unbounded));
  const time = (name: keyof WorkerExecutorOptions, fallback: number): number =>
    options[name] === undefined ? fallback : checkTime(name, options[name]);
  if (options.name !== undefined && typeof options.name !== "string") {
    throw new InvalidArgumentError("name", options.name, "a string");
  }
  const maxWorkers = integer("maxWorkers", availableParallelism(), 1);
  const minWorkers = integer("minWorkers", 0, 0);
  checkBounds(minWorkers, maxWorkers);
  if (options.onUnobserved !== undefined) checkFunction("onUnobserved", options.onUnobserved);
  if (options.clock !== undefined) checkClock(options.clock);
  return {
    name: options.name ?? nextName(className),
    maxWorkers,
    minWorkers,
    idleTimeout: time("idleTimeout", 10_000),
    tasksPerWorker: integer("tasksPerWorker", 1, 1),
    maxTasksPerWorker: integer("maxTasksPerWorker", Number.POSITIVE_INFINITY, 1, true),
    maxMemoryPerWorker: integer("maxMemoryPerWorker", Number.POSITIVE_INFINITY, 1, true),
    maxQueue: integer("maxQueue", Number.POSITIVE_INFINITY, 0, true),
    rateLimit: options.rateLimit === undefined ? undefined : checkRateLimit(options.rateLimit),
    maxPerKey: resolveMaxPerKey(options.maxPerKey),
    grace: time("grace", 500),
    onWorkerCrash:
      options.onWorkerCrash === undefined
        ? "fail-task"
        : checkOneOf("onWorkerCrash", options.onWorkerCrash, ["fail-task", "retry", "fail-pool"]),
    maxCrashesPerTask: integer("maxCrashesPerTask", 3, 1, true),
    onUnobserved: options.onUnobserved,
    clock: options.clock ?? systemClock,
  };
}

function resolveMaxPerKey(maxPerKey: MaxPerKey | undefined): MaxPerKey | undefined {
  if (maxPerKey === undefined) return undefined;
  if (typeof maxPerKey === "function") return inThisContext(maxPerKey);
  return checkInteger("maxPerKey", maxPerKey, 1, true);
}

function checkBounds(minWorkers: number, maxWorkers: number): void {
  if (minWorkers > maxWorkers)
    throw new InvalidArgumentError("minWorkers", minWorkers, `at most maxWorkers (${maxWorkers})`);
}

/** How many workers an executor may have, and keeps. */
export type PoolSize = Pick<WorkerExecutorOptions, "maxWorkers" | "minWorkers">;

/** Checks the new size of an executor, and changes its options. @throws InvalidArgumentError naming the option. */
export function applySize(options: ResolvedExecutorOptions, size: PoolSize | undefined): void {
  if (size === undefined)
    throw new InvalidArgumentError("options", size, "an object with maxWorkers, minWorkers or both");
  checkOptionNames("options", size, ["maxWorkers", "minWorkers"]);
  const { maxWorkers = options.maxWorkers, minWorkers = options.minWorkers } = size;
  checkInteger("maxWorkers", maxWorkers, 1);
  checkInteger("minWorkers", minWorkers, 0);
  checkBounds(minWorkers, maxWorkers);
  options.maxWorkers = maxWorkers;
  options.minWorkers = minWorkers;
}

function nextName(className: string): string {
  const number = counters.get(className) ?? 0;
  counters.set(className, number + 1);
  return `${className}-${number}`;
}

/** Task options after checks and defaults. */
export interface ResolvedTaskOptions {
  readonly timeout: number;
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
  readonly priority: number;
  readonly attempts: number;
  readonly pauses: Pauses;
  readonly transfer: TaskOptions["transfer"];
  readonly name: string | undefined;
  readonly context: unknown;
  readonly key: unknown;
}

const priorities: Record<string, number> = { high: 1, normal: 0, low: -1 };

/** The options of a task for which nothing was asked. */
export const plainTaskOptions: ResolvedTaskOptions = {
  timeout: Number.POSITIVE_INFINITY,
  deadline: Number.POSITIVE_INFINITY,
  signal: undefined,
  priority: 0,
  attempts: 1,
  pauses: noPauses,
  transfer: undefined,
  name: undefined,
  context: undefined,
  key: undefined,
};

/** Checks task options. @throws InvalidArgumentError naming the option. */
export function resolveTaskOptions(options: TaskOptions = {}): ResolvedTaskOptions {
  checkTaskOptionNames(options);
  const { timeout, deadline, signal, transfer, name, context, key } = options;
  if (name !== undefined && typeof name !== "string")
    throw new InvalidArgumentError("name", name, "a string");
  if (transfer !== undefined && !(Array.isArray(transfer) && transfer.every(isObject))) {
    throw new InvalidArgumentError(
      "transfer",
      transfer,
      "an array of ArrayBuffers, MessagePorts or FileHandles",
    );
  }
  return {
    timeout: timeout === undefined ? Number.POSITIVE_INFINITY : checkTime("timeout", timeout),
    deadline: deadline === undefined ? Number.POSITIVE_INFINITY : checkTime("deadline", deadline),
    signal: signal === undefined ? undefined : checkSignal("signal", signal),
    priority: resolvePriority(options.priority),
    ...resolveRetries(options.retries),
    transfer,
    name,
    context,
    key,
  };
}

/** Whether a value has an identity of its own. */
export const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;

function resolvePriority(priority: Priority | undefined): number {
  if (priority === undefined) return 0;
  const word = typeof priority === "string" && Object.hasOwn(priorities, priority);
  const known = word ? priorities[priority] : priority;
  if (typeof known !== "number" || Number.isNaN(known)) {
    throw new InvalidArgumentError("priority", priority, '"high", "normal", "low" or a number');
  }
  return known;
}
