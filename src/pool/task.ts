import type { Clock, Timer } from "../clock.js";
import {
  createFuture,
  type Future,
  type FutureOwner,
  handOver,
  type Settled,
  whenSettled,
} from "../futures/future.js";
import type { UnobservedFailures } from "../futures/unobserved.js";
import type { Batch } from "./batch.js";
import type { Carried } from "./carried.js";
import type { FunctionCost } from "./cost.js";
import type { CurrentTask } from "./current-task.js";
import type { Host, Prepared } from "./host.js";
import type { ResolvedTaskOptions } from "./options.js";
import type { Origin } from "./origin.js";
import type { TaskKind } from "./task-kind.js";
import type { WorkerSlot } from "./worker-slot.js";

/** Tasks that a map sends to a worker in one go. */
export interface TaskGroup {
  /** How many, or `"auto"`. */
  readonly chunksize: number | "auto";
}

/**
 * Where a task is.
 *
 * - `queued`: in the queue.
 * - `paused`: between two attempts.
 * - `sent`: a worker has it in hand, or had it when it died and nothing has been decided yet. It may not have
 *   begun: it may wait there behind others.
 * - `done`: its future is settled.
 */
export type TaskPhase = "queued" | "paused" | "sent" | "done";

/** The scheduler that a task was submitted to, as far as the task and its future are concerned. */
export interface TaskOwner {
  readonly host: Pick<Host, "executor" | "isolated">;
  readonly clock: Clock;
  readonly unobserved: UnobservedFailures;
  /** The task that submitted it is done: nobody who holds a worker waits for it any more. */
  orphan(task: Task): void;
  /** Takes a task that was sent back from its worker; false when it has begun. */
  takeBack(task: Task): boolean;
  /** The future of a task that had not begun was cancelled. */
  cancelled(task: Task): void;
  /** The future of a task that has begun was aborted. */
  aborted(task: Task, reason: unknown): void;
}

/** What few tasks need: those that are nested, limited, stopped or tried again. */
class Particulars {
  depth = 0;
  parent: Task | undefined;
  context: CurrentTask | undefined;
  children: Set<Task> | undefined;
  stopping: Error | undefined;
  retryWhenStopped = false;
  losses = 0;
  crashes = 0;
  deadlineAt = Number.POSITIVE_INFINITY;
  failure: { readonly error: unknown } | undefined;
  moved = false;
  needsLane = false;
  gaveWay = false;
  deadlineTimer: Timer | undefined;
  attemptTimer: Timer | undefined;
  detachSignal: (() => void) | undefined;
}

const none = Object.freeze(new Particulars());
const nothing: readonly unknown[] = [];

/** One submission, from `submit` until its future is settled. */
export class Task implements FutureOwner {
  readonly id: number;
  readonly kind: TaskKind;
  readonly origin: Origin | undefined;
  readonly submittedAt: number;
  #future: Future<unknown> | undefined = undefined;
  /** Told how it ends, instead of a future. */
  readonly settled: Settled | undefined;
  args: readonly unknown[];
  /** What it takes with it beside its arguments; undefined for nothing. */
  carried: Carried | undefined = undefined;
  phase: TaskPhase = "queued";
  attempt = 1;
  worker: WorkerSlot | undefined = undefined;
  /** What it was sent to its worker with. */
  batch: Batch | undefined = undefined;
  /** Its status word, while it is in a worker's hands that is reached by messages; else -1. */
  word = -1;
  /** Neighbours in the queue, or in its worker's hands. */
  previous: Task | undefined = undefined;
  next: Task | undefined = undefined;
  #particulars: Particulars = none;

  /**
   * @param submittedAt - by the executor's clock, in ms.
   * @param settled - told how it ends, where nobody holds the future: there is one then only when it is asked for.
   */
  constructor(
    id: number,
    kind: TaskKind,
    args: readonly unknown[],
    origin: Origin | undefined,
    submittedAt: number,
    settled?: Settled,
  ) {
    this.id = id;
    this.kind = kind;
    this.args = args;
    this.origin = origin;
    this.submittedAt = submittedAt;
    this.settled = settled;
    if (!settled) this.#future = createFuture(this);
  }

  get future(): Future<unknown> {
    return this.#future ?? this.#makeFuture();
  }

  /** The future, if there is one: it stands where the task does. */
  get madeFuture(): Future<unknown> | undefined {
    return this.#future;
  }

  #makeFuture(): Future<unknown> {
    const future = createFuture<unknown>(this);
    this.#future = future;
    if (this.phase === "sent") handOver(future);
    whenSettled(future, this.settled!);
    return future;
  }

  get name(): string {
    return this.kind.name;
  }

  get owner(): TaskOwner {
    return this.kind.owner;
  }

  get fn(): Prepared {
    return this.kind.fn;
  }

  get options(): ResolvedTaskOptions {
    return this.kind.options;
  }

  get cost(): FunctionCost {
    return this.kind.cost;
  }

  get group(): TaskGroup | undefined {
    return this.kind.group;
  }

  /** Whether it may share a batch with others: nothing about it has to be timed or placed by itself. */
  get isPlain(): boolean {
    const rare = this.#particulars;
    return this.kind.isPlain && (rare === none || (rare.depth === 0 && !rare.needsLane));
  }

  /** How many tasks wait for it, one above the other. */
  get depth(): number {
    return this.#particulars.depth;
  }

  set depth(value: number) {
    this.#own.depth = value;
  }

  /** The task that submitted it, of whichever executor. */
  get parent(): Task | undefined {
    return this.#particulars.parent;
  }

  set parent(value: Task | undefined) {
    this.#own.parent = value;
  }

  /** The task within which it was submitted, for those that run on the same thread. */
  get context(): CurrentTask | undefined {
    return this.#particulars.context;
  }

  set context(value: CurrentTask | undefined) {
    this.#own.context = value;
  }

  /** Nested tasks it has submitted that are not settled. */
  get children(): Set<Task> | undefined {
    return this.#particulars.children;
  }

  set children(value: Set<Task> | undefined) {
    this.#own.children = value;
  }

  /** The error it is going to be settled with once it has stopped. */
  get stopping(): Error | undefined {
    return this.#particulars.stopping;
  }

  set stopping(value: Error | undefined) {
    this.#own.stopping = value;
  }

  /** Whether what stopped it counts as a failed attempt, to be retried as such. */
  get retryWhenStopped(): boolean {
    return this.#particulars.retryWhenStopped;
  }

  set retryWhenStopped(value: boolean) {
    this.#own.retryWhenStopped = value;
  }

  /** How often its worker died before it had begun. */
  get losses(): number {
    return this.#particulars.losses;
  }

  set losses(value: number) {
    this.#own.losses = value;
  }

  /** How often its worker died while it ran. */
  get crashes(): number {
    return this.#particulars.crashes;
  }

  set crashes(value: number) {
    this.#own.crashes = value;
  }

  /** When it has to be done, by its executor's clock in ms. */
  get deadlineAt(): number {
    return this.#particulars.deadlineAt;
  }

  set deadlineAt(value: number) {
    this.#own.deadlineAt = value;
  }

  /** What its last attempt failed with, where another follows. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#particulars.failure;
  }

  set failure(value: { readonly error: unknown } | undefined) {
    this.#own.failure = value;
  }

  /** Whether arguments have moved to a worker instead of being copied: they can't be sent again. */
  get moved(): boolean {
    return this.#particulars.moved;
  }

  set moved(value: boolean) {
    this.#own.moved = value;
  }

  /** Whether it is not sent to wait in front of a busy worker: its arguments move with it. */
  get needsLane(): boolean {
    return this.#particulars.needsLane;
  }

  set needsLane(value: boolean) {
    this.#own.needsLane = value;
  }

  /** Whether it has given way to the event loop of its thread, so that others can run there. */
  get gaveWay(): boolean {
    // on this thread one that submits to it has given way as soon as what it submitted can start
    return this.#particulars.gaveWay || !this.kind.owner.host.isolated;
  }

  set gaveWay(value: boolean) {
    this.#own.gaveWay = value;
  }

  /** Fires at its deadline. */
  get deadlineTimer(): Timer | undefined {
    return this.#particulars.deadlineTimer;
  }

  set deadlineTimer(value: Timer | undefined) {
    this.#own.deadlineTimer = value;
  }

  /** Fires when its attempt, its grace or its pause is over. */
  get attemptTimer(): Timer | undefined {
    return this.#particulars.attemptTimer;
  }

  set attemptTimer(value: Timer | undefined) {
    this.#own.attemptTimer = value;
  }

  /** Stops listening to its signal. */
  get detachSignal(): (() => void) | undefined {
    return this.#particulars.detachSignal;
  }

  set detachSignal(value: (() => void) | undefined) {
    this.#own.detachSignal = value;
  }

  get #own(): Particulars {
    if (this.#particulars === none) this.#particulars = new Particulars();
    return this.#particulars;
  }

  get futureName(): string {
    return this.kind.name;
  }

  get clock(): Clock {
    return this.kind.owner.clock;
  }

  get unobserved(): UnobservedFailures {
    return this.kind.owner.unobserved;
  }

  /** See `FutureOwner`. */
  hasBegun(): boolean {
    return this.worker !== undefined && this.worker.host.hasBegun(this);
  }

  /** See `FutureOwner`. */
  takeBack(): boolean {
    return this.kind.owner.takeBack(this);
  }

  /** See `FutureOwner`. */
  onCancel(): void {
    this.kind.owner.cancelled(this);
  }

  /** See `FutureOwner`. */
  onAbort(reason: unknown): void {
    this.kind.owner.aborted(this, reason);
  }

  /** Lets go of all that a settled task has no use for, and of those that it submitted. */
  forget(): void {
    this.args = nothing;
    this.carried = undefined;
    this.worker = undefined;
    this.batch = undefined;
    const rare = this.#particulars;
    if (rare === none) return;
    this.#particulars = none;
    rare.deadlineTimer?.cancel();
    rare.attemptTimer?.cancel();
    rare.detachSignal?.();
    rare.parent?.children?.delete(this);
    if (rare.children) for (const child of rare.children) child.owner.orphan(child);
  }
}
