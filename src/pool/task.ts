import type { Timer } from "../clock.js";
import type { FutureResolvers } from "../futures/future.js";
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
 * - `sent`: a worker has it in hand.
 * - `done`: its future is settled.
 */
export type TaskPhase = "queued" | "paused" | "sent" | "done";

/** One submission, from `submit` until its future is settled. */
export class Task {
  readonly id: number;
  readonly name: string;
  readonly options: ResolvedTaskOptions;
  /** How many submissions inside tasks led to it; 0 for one from outside. */
  readonly depth: number;
  readonly parent: Task | undefined;
  readonly group: TaskGroup | undefined;
  /** Stack of the submission, for joined error stacks. */
  readonly origin: { readonly stack?: string } | undefined;
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
  /** Nested tasks it has submitted that are not settled. */
  readonly children = new Set<Task>();
  submittedAt = 0;
  startedAt = 0;
  /** Timers of the task: deadline, attempt, grace, pause. */
  deadlineTimer: Timer | undefined;
  attemptTimer: Timer | undefined;
  detachSignal: (() => void) | undefined;
  /** Neighbours in the queue. */
  previous: Task | undefined;
  next: Task | undefined;

  constructor(
    id: number,
    name: string,
    fn: Prepared,
    args: readonly unknown[],
    options: ResolvedTaskOptions,
    parent: Task | undefined,
    group: TaskGroup | undefined,
    origin: { readonly stack?: string } | undefined,
  ) {
    this.id = id;
    this.name = name;
    this.fn = fn;
    this.args = args;
    this.options = options;
    this.parent = parent;
    this.depth = parent ? parent.depth + 1 : 0;
    this.group = group;
    this.origin = origin;
  }

  /** Lets go of all that a settled task has no use for. */
  forget(): void {
    this.fn = undefined;
    this.args = [];
    this.worker = undefined;
    this.deadlineTimer?.cancel();
    this.attemptTimer?.cancel();
    this.detachSignal?.();
    this.deadlineTimer = this.attemptTimer = this.detachSignal = undefined;
  }
}
