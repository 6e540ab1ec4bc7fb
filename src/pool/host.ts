/**
 * What a chapter adds to the one scheduler: how a worker of its kind starts, receives tasks, answers, is told
 * to stop, and ends. The scheduler knows no threads; a host knows no queue.
 *
 * @module
 */
import type {
  BrokenExecutorError,
  SerializationError,
  UngilErrorOptions,
  WorkerExitReason,
} from "../errors.js";
import type { Executor, TaskOptions } from "../futures/executor.js";
import type { Future } from "../futures/future.js";
import type { Scheduler } from "./scheduler.js";
import type { Task } from "./task.js";

/** A function as a host prepared it at `submit`. */
export type Prepared = unknown;

/** How an attempt ended. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

/** How a worker ended. */
export interface WorkerExit {
  readonly reason: WorkerExitReason;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  /** What was thrown and not caught, where that ended it. */
  readonly error?: unknown;
}

/** A submission made inside a task, on its way to the scheduler. */
export interface NestedSubmission {
  /** The executor it goes to: the task's own, or another that it captured. */
  readonly executor: Scheduler;
  /** The task that submitted. */
  readonly parent: number;
  readonly fn: Prepared;
  /** Name of the function. */
  readonly name: string;
  readonly args: readonly unknown[];
  readonly options: TaskOptions;
  /** Receives the future, or the error that `submit` threw. */
  accepted(future: Future<unknown>): void;
  refused(error: unknown): void;
}

/** What a worker tells the scheduler. `exited` is the last call and comes exactly once. */
export interface WorkerEvents {
  /** It takes tasks now. */
  ready(): void;
  /** The initializer threw or took too long: nothing can run. */
  initializerFailed(error: unknown): void;
  /** A task ended. `ran` is the attempt's time in ms. */
  finished(taskId: number, outcome: Outcome, ran: number): void;
  /** A task reported. */
  progress(taskId: number, report: unknown): void;
  /** A task submitted to its own executor, or to another. */
  nested(submission: NestedSubmission): void;
  /** A task that had submitted others let its worker's event loop run. */
  gaveWay(taskId: number): void;
  /** Memory in use, in bytes. */
  memory(bytes: number): void;
  exited(exit: WorkerExit): void;
}

/** One worker, as the scheduler holds it. */
export interface HostWorker {
  /**
   * Hands over tasks, to be run one after the other.
   * @param refused - told of a task whose arguments can't be sent; it counts as never sent.
   */
  send(tasks: readonly Task[], refused: (task: Task, error: SerializationError) => void): void;
  /**
   * Asks a task to stop, through its signal and its flag.
   * @returns `"prevented"` when it had not begun and now never will; `"asked"` when it runs.
   */
  askToStop(task: Task, reason: unknown): "prevented" | "asked";
  /** Whether a task that was sent has begun. Also answers after the worker's end. */
  hasBegun(task: Task): boolean;
  /** The scheduler is done with a task that was sent; what it held can be reused. */
  release(task: Task): void;
  /** Asks the worker, which has nothing in hand, to end by itself. */
  stop(): void;
  /** Ends the worker now. */
  terminate(): void;
  /** Whether the worker keeps the process alive. */
  keepAlive(alive: boolean): void;
}

/** A way of running tasks. */
export interface Host {
  /** `"thread"`, `"async"`, `"inline"`. */
  readonly kind: string;
  /** Whether tasks are handed to workers within `submit` instead of at the next microtask. */
  readonly immediate: boolean;
  /** Whether a worker can be ended without ending this process: false where tasks run on this thread. */
  readonly isolated: boolean;
  /** Number of the executor in this isolate; set before the first worker starts. */
  executorId?: number;
  /** The executor as tasks on this thread see it; set before the first task. */
  executor?: () => Executor;
  /**
   * Prepares a function at `submit`.
   * @throws CaptureError for one that can't be sent.
   */
  prepare(fn: (...args: never[]) => unknown): Prepared;
  /** Starts a worker. May throw when it can't even be started. */
  startWorker(index: number, events: WorkerEvents): HostWorker;
  /** The error for an executor that can't go on. */
  broken(message: string, options: UngilErrorOptions): BrokenExecutorError;
}
