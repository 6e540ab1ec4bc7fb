import type { Timer } from "../clock.js";
import type { FutureResolvers } from "../futures/future.js";
import type { CurrentTask } from "./current-task.js";
import type { Prepared } from "./host.js";
import type { ResolvedTaskOptions } from "./options.js";
import type { WorkerSlot } from "./worker-slot.js";

/** Tasks that a map sends to a worker in one go. */
export interface TaskGroup {
  /** How many, or `"auto"`. */
  readonly chunksize: number | "auto";
  /** Mean running time of its tasks so far, in ms. */
  cost: number | undefined;
}

/**
 * Where a task is.
 *
 * - `queued`: in the queue.
 * - `paused`: between two attempts.
 * - `sent`: a worker has it in hand, or had it when it died and nothing has been decided yet.
 * - `done`: its future is settled.
 */
export type TaskPhase = "queued" | "paused" | "sent" | "done";

/** The scheduler that a task was submitted to, as far as other tasks are concerned. */
export interface TaskOwner {
  /** The task that submitted it is done: nobody who holds a worker waits for it any more. */
  orphan(task: Task): void;
}

/** What a task is from the start on. */
export interface TaskStart {
  readonly id: number;
  readonly name: string;
  readonly owner: TaskOwner;
  readonly fn: Prepared;
  readonly args: readonly unknown[];
  readonly options: ResolvedTaskOptions;
  /** The task that submitted it, of whichever executor. */
  readonly parent: Task | undefined;
  /** How many tasks wait for it, one above the other. */
  readonly depth: number;
  readonly group: TaskGroup | undefined;
  /** Stack of the submission, for joined error stacks. */
  readonly origin: { readonly stack?: string } | undefined;
  /** The task within which it was submitted, for those that run on the same thread. */
  readonly context: CurrentTask | undefined;
}

/** One submission, from `submit` until its future is settled. */
export class Task {
  readonly id: number;
  readonly name: string;
  readonly owner: TaskOwner;
  readonly options: ResolvedTaskOptions;
  readonly group: TaskGroup | undefined;
  readonly origin: { readonly stack?: string } | undefined;
  depth: number;
  parent: Task | undefined;
  context: CurrentTask | undefined;
  phase: TaskPhase = "queued";
  attempt = 1;
  fn: Prepared;
  args: readonly unknown[];
  resolvers!: FutureResolvers<unknown>;
  worker: WorkerSlot | undefined;
  /** The lane of the worker that it occupies with others of its chunk. */
  lane: { left: number } | undefined;
  /** The error it is going to be settled with once it has stopped. */
  stopping: Error | undefined;
  /** Whether what stopped it counts as a failed attempt, to be retried as such. */
  retryWhenStopped = false;
  /** How often its worker died before it had begun. */
  losses = 0;
  /** Whether arguments have moved to a worker instead of being copied: they can't be sent again. */
  moved = false;
  /** Whether it has given way to the event loop of its thread, so that others can run there. */
  gaveWay = false;
  /** Nested tasks it has submitted that are not settled. */
  readonly children = new Set<Task>();
  submittedAt = 0;
  startedAt = 0;
  /** Timers of the task: deadline; attempt, grace or pause. */
  deadlineTimer: Timer | undefined;
  attemptTimer: Timer | undefined;
  detachSignal: (() => void) | undefined;
  /** Neighbours in the queue. */
  previous: Task | undefined;
  next: Task | undefined;

  constructor(start: TaskStart) {
    this.id = start.id;
    this.name = start.name;
    this.owner = start.owner;
    this.fn = start.fn;
    this.args = start.args;
    this.options = start.options;
    this.parent = start.parent;
    this.depth = start.depth;
    this.group = start.group;
    this.origin = start.origin;
    this.context = start.context;
  }

  /** Lets go of all that a settled task has no use for, and of those that it submitted. */
  forget(): void {
    this.fn = undefined;
    this.args = [];
    this.worker = undefined;
    this.context = undefined;
    this.deadlineTimer?.cancel();
    this.attemptTimer?.cancel();
    this.detachSignal?.();
    this.deadlineTimer = this.attemptTimer = this.detachSignal = undefined;
    this.parent?.children.delete(this);
    this.parent = undefined;
    for (const child of this.children) child.owner.orphan(child);
    this.children.clear();
  }
}
