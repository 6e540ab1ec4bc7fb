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
import type { Batch } from "./batch.js";
import type { WireCarried } from "./carried.js";
import type { Scheduler } from "./scheduler.js";
import type { LaneWorker } from "./spin-lane.js";
import type { Task } from "./task.js";

/** A function as a host prepared it at `submit`. */
export type Prepared = unknown;

/** How a worker ended. */
export interface WorkerExit {
  readonly reason: WorkerExitReason;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  /** What was thrown and not caught, where that ended it. */
  readonly error?: unknown;
  /** The last lines it wrote to its stderr. */
  readonly stderrTail?: string | undefined;
}

/** A submission made inside a task, on its way to the scheduler. */
export interface NestedSubmission {
  /** The executor it goes to: the task's own, or another that it captured. */
  readonly executor: Scheduler;
  /** The task that submitted, while it is in the worker's hands. */
  readonly parent: Task | undefined;
  readonly fn: Prepared;
  /** Name of the function. */
  readonly name: string;
  readonly args: readonly unknown[];
  readonly options: TaskOptions;
  /** What it takes with it. */
  readonly carried: WireCarried | undefined;
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
  /**
   * An attempt ended.
   * @param value - the result, or what was thrown.
   * @param ran - its time in ms.
   * @param waited - whether it returned a promise.
   */
  finished(task: Task, ok: boolean, value: unknown, ran: number, waited: boolean): void;
  /** All that had arrived was told: there may be room now. */
  told(): void;
  /** A task reported. */
  progress(task: Task, report: unknown): void;
  /** A task submitted to its own executor, or to another. */
  nested(submission: NestedSubmission): void;
  /** A task that had submitted others let its worker's event loop run. */
  gaveWay(task: Task): void;
  /** Memory in use, in bytes. */
  memory(bytes: number): void;
  exited(exit: WorkerExit): void;
}

/** How tasks are handed to a worker. */
export interface SendTerms {
  /** Whether they run at once, beside what the worker has in hand. */
  readonly lent: boolean;
  /** Whether arguments may move with them: not to where they would wait, because nobody could take them back. */
  readonly mayMove: boolean;
  /** Told of a task whose arguments can't be sent; it counts as never sent. */
  refused(task: Task, error: SerializationError): void;
  /** Told of a task whose arguments would move though they may not; it was not sent. */
  postponed(task: Task): void;
}

/** One worker, as the scheduler holds it. */
export interface HostWorker extends LaneWorker {
  /**
   * Hands over tasks, to be run one after the other.
   * @returns whether the worker had to be woken.
   */
  send(tasks: readonly Task[], batch: Batch, terms: SendTerms): boolean;
  /**
   * Starts one task here and now. Where it is there, only tasks that are to run one after the other are sent.
   * @param now - the machine's time in ms.
   */
  start?(task: Task, now: number): void;
  /** Takes back a task that was sent; false when it has begun. If true, it never will. */
  prevent(task: Task): boolean;
  /** Asks a task that has begun to stop, through its signal and its flag. */
  askToStop(task: Task, reason: unknown): void;
  /** Whether a task that was sent has begun. Also answers after the worker's end. */
  hasBegun(task: Task): boolean;
  /** Whether none of a batch's tasks has begun. */
  isWaiting(batch: Batch): boolean;
  /** Answers so far, those for tasks that were prevented and parts of chunks too: it gets on while they grow. */
  readonly answers: number;
  /** Tasks that the scheduler has taken from it, or given up, and that it has not answered for yet. */
  readonly ghosts: number;
  /**
   * Whether something that could not be stopped still runs there, though its task was given up: nothing is sent to it
   * until it has told that there is room again.
   */
  readonly occupied: boolean;
  /** Whether it sleeps, as it seems now: what is sent to it has to wake it. */
  readonly asleep: boolean;
  /** Bytes that were sent and that the system has not taken yet. */
  readonly unwritten: number;
  /** The scheduler is done with a task that was sent; what it held can be reused. */
  release(task: Task): void;
  /** Tells what has arrived and was not told yet. */
  poll(): void;
  /**
   * Makes room for what is to arrive.
   * @param ahead - whether it tells what calls nothing of the user's (rule 14).
   */
  relieve(ahead: boolean): void;
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
  /** Whether workers see shared memory of this side. */
  readonly sharesMemory: boolean;
  /** Whether tasks may be sent to wait in front of a busy worker, and be taken back from there. */
  readonly prefetches: boolean;
  /** Memory in which this side and workers tell each other to spin; undefined where nobody does. */
  readonly spinCells: Int32Array | undefined;
  /** Number of the executor in this isolate; set before the first worker starts. */
  executorId?: number;
  /** The executor as tasks on this thread see it; set before the first task. */
  executor?: () => Executor;
  /**
   * Prepares a function at `submit`.
   * @throws CaptureError for one that can't be sent.
   */
  prepare(fn: (...args: never[]) => unknown): Prepared;
  /** What functions that cost the same have in common: the text of a closure, whatever it captured. */
  costKey(fn: Prepared): unknown;
  /** Starts a worker. May throw when it can't even be started. */
  startWorker(index: number, events: WorkerEvents): HostWorker;
  /** The error for an executor that can't go on. */
  broken(message: string, options: UngilErrorOptions): BrokenExecutorError;
}
