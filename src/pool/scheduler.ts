/**
 * The one scheduler: queue, dispatch, limits of time, retries, crash policy, life cycle. Every executor is
 * this with another host. README.md of this folder has the states and the numbered rules cited here.
 *
 * @module
 */
import { onAbort } from "../abort.js";
import {
  type BrokenExecutorError,
  InvalidArgumentError,
  QueueFullError,
  ShutdownError,
  TimeoutError,
} from "../errors.js";
import { channels } from "../events.js";
import type { ExecutorStats, ShutdownOptions } from "../futures/executor.js";
import { cancelledBy, Future } from "../futures/future.js";
import { UnobservedFailures } from "../futures/unobserved.js";
import type { CurrentTask } from "./current-task.js";
import { type Deferred, deferred } from "./deferred.js";
import { Fleet } from "./fleet.js";
import type { Host, NestedSubmission, Outcome, Prepared, WorkerExit } from "./host.js";
import type { ResolvedExecutorOptions, ResolvedTaskOptions } from "./options.js";
import { resolveTaskOptions } from "./options.js";
import { enroll } from "./registry.js";
import { Counters } from "./stats.js";
import { StopLadder } from "./stop-ladder.js";
import { Task, type TaskGroup, type TaskOwner } from "./task.js";
import { TaskEnds } from "./task-ends.js";
import { TaskQueue } from "./task-queue.js";
import { messageOf, WorkerEnds } from "./worker-ends.js";
import type { WorkerSlot } from "./worker-slot.js";

/** Aim for the running time of one automatic chunk, in ms, and its most tasks. */
const chunkTime = 2;
const chunkLimit = 256;

/** Tasks within tasks on this thread that start within `submit`; deeper ones start a moment later. */
const deepestImmediate = 200;

/** How a submission differs from an ordinary one. */
export interface Submission {
  readonly parent?: Task | undefined;
  readonly group?: TaskGroup | undefined;
  readonly origin?: { readonly stack?: string } | undefined;
  readonly context?: CurrentTask | undefined;
}

export class Scheduler implements TaskOwner {
  readonly options: ResolvedExecutorOptions;
  /** Number of the executor in this isolate. */
  readonly id: number;
  readonly counters = new Counters();
  /** The way of running that this scheduler serves. */
  readonly host: Host;
  readonly #queue = new TaskQueue();
  readonly #fleet: Fleet;
  readonly #ends: TaskEnds;
  readonly #ladder: StopLadder;
  readonly #workerEnds: WorkerEnds;
  readonly #unobserved: UnobservedFailures;
  #state: ExecutorStats["state"] = "running";
  #brokenBy: BrokenExecutorError | undefined;
  #nextTask = 1;
  #dispatchPlanned = false;
  /** Calls of `#dispatch` within each other. */
  #dispatching = 0;
  #closed: Deferred | undefined;

  constructor(host: Host, options: ResolvedExecutorOptions) {
    this.host = host;
    this.id = enroll(this);
    host.executorId = this.id;
    this.options = options;
    this.#unobserved = new UnobservedFailures(options.onUnobserved);
    this.#ends = new TaskEnds(options, this.counters, this.#queue, {
      again: (task) => this.#enqueue(task),
      isBroken: () => this.#brokenBy !== undefined,
      allSettled: () => {
        if (this.#state === "running") this.#fleet.keepAlive(false);
        else this.#closeWhenDone();
      },
    });
    this.#fleet = new Fleet(host, options, this.counters, {
      ready: () => this.#planDispatch(),
      initializerFailed: (error) => this.#initializerFailed(error),
      finished: (slot, id, outcome, ran) => this.#finished(slot, id, outcome, ran),
      progress: (slot, id, report) => slot.tasks.get(id)?.resolvers.report(report),
      nested: (slot, submission) => this.#nested(slot, submission),
      gaveWay: (slot, id) => {
        const task = slot.tasks.get(id);
        if (!task) return;
        task.gaveWay = true;
        this.#planDispatch();
      },
      exited: (slot, exit, unasked) => this.#exited(slot, exit, unasked),
    });
    this.#ladder = new StopLadder(host, options, this.#ends, this.#fleet, () => this.#planDispatch());
    this.#workerEnds = new WorkerEnds(host, options, this.#ends, {
      takeBack: (task) => this.#enqueue(task, true),
      break: (error, all) => this.#break(error, all),
      broken: () => this.#brokenAgain(),
    });
    this.#fleet.startMinimum();
  }

  /** Whether nothing can be submitted, and why. @throws ShutdownError, BrokenExecutorError */
  assertOpen(): void {
    const broken = this.#brokenAgain();
    if (broken) throw broken;
    if (this.#state !== "running") throw new ShutdownError();
  }

  /** Prepares a function for submission. @throws CaptureError */
  prepare(fn: (...args: never[]) => unknown): Prepared {
    if (typeof fn !== "function") throw new InvalidArgumentError("fn", fn, "a function");
    return this.host.prepare(fn);
  }

  /** Queues a task. @throws ShutdownError, BrokenExecutorError, QueueFullError */
  submit(
    fn: Prepared,
    fnName: string,
    args: readonly unknown[],
    options: ResolvedTaskOptions,
    submission: Submission = {},
  ): Future<unknown> {
    const { parent, group, origin, context } = submission;
    const kin = this.kinOf(parent);
    const waiting = parent?.phase === "done" ? undefined : parent;
    // rule 7: what a running task submits belongs to the work that a shutdown waits for
    if (!(kin && this.#state === "shutting-down")) this.assertOpen();
    this.#assertRoom(waiting);
    const name = options.name ?? (fnName || "(anonymous)");
    const id = this.#nextTask++;
    const depth = waiting ? waiting.depth + 1 : 0;
    const parts = { id, name, fn, args, options, depth, group, origin, context };
    const task = new Task({ ...parts, owner: this, parent: waiting });
    task.resolvers = Future.withResolvers<unknown>({
      name,
      clock: this.options.clock,
      unobserved: this.#unobserved,
      onCancel: () => this.#ends.cancelled(task),
      onAbort: (reason) => this.#ladder.stop(task, cancelledBy(reason), false),
    });
    const { future } = task.resolvers;
    this.counters.submitted++;
    this.#ends.unsettled++;
    task.submittedAt = this.options.clock.now();
    if (channels.taskSubmit.hasSubscribers) channels.taskSubmit.publish(this.#ends.event(task));
    const { signal, deadline } = options;
    if (signal?.aborted) {
      task.phase = "paused";
      future.cancel(signal.reason);
      return future;
    }
    if (signal) task.detachSignal = onAbort(signal, () => future.abort(signal.reason));
    if (deadline !== Number.POSITIVE_INFINITY) {
      task.deadlineTimer = this.options.clock.setTimer(
        () =>
          this.#ladder.stop(task, new TimeoutError(`${name} missed its deadline of ${deadline} ms`), false),
        deadline,
        true,
      );
    }
    waiting?.children.add(task);
    if (this.#ends.unsettled === 1) this.#fleet.keepAlive(true);
    this.#enqueue(task);
    return future;
  }

  /** See `TaskOwner`: it stands in the queue among those that nobody waits for. */
  orphan(task: Task): void {
    const queued = task.phase === "queued";
    if (queued) this.#queue.remove(task);
    task.parent = undefined;
    task.depth = 0;
    if (queued) this.#queue.add(task);
  }

  /** See `Executor.shutdown`. */
  shutdown(options: ShutdownOptions): Promise<void> {
    if (this.#state === "running") this.#state = "shutting-down";
    if (options.cancelFutures) this.#cancelWaiting(undefined);
    if (options.wait === false) {
      void this.#whenClosed();
      return Promise.resolve();
    }
    this.#fleet.keepAlive(true);
    return this.#whenClosed();
  }

  /** See `Executor.terminate`. */
  terminate(): Promise<void> {
    if (this.#state === "running") this.#state = "shutting-down";
    this.#cancelWaiting(new ShutdownError("the executor was terminated"));
    this.#fleet.keepAlive(true);
    for (const slot of [...this.#fleet.slots]) this.#ladder.endWorker(slot, "the executor was terminated");
    return this.#whenClosed();
  }

  /** See `Executor.stats`. */
  stats(): ExecutorStats {
    const { counters } = this;
    return Object.freeze({
      name: this.options.name,
      kind: this.host.kind,
      state: this.#state,
      queued: this.#waiting,
      peakQueued: counters.peakQueued,
      running: counters.running,
      submitted: counters.submitted,
      completed: counters.completed,
      failed: counters.failed,
      cancelled: counters.cancelled,
      retried: counters.retried,
      workers: this.#fleet.stats(),
      waitTime: counters.waitTime.summary(),
      runTime: counters.runTime.summary(),
    });
  }

  // ── queue and dispatch ────────────────────────────────────────────────────────────────────────────────

  get #waiting(): number {
    return this.#queue.size + this.#ends.paused.size;
  }

  /** The nearest of a task and those that led to it which is one of this executor and not done yet. */
  kinOf(parent: Task | undefined): Task | undefined {
    let task = parent;
    while (task && (task.owner !== this || task.phase === "done")) task = task.parent;
    return task;
  }

  #assertRoom(parent: Task | undefined): void {
    const { maxQueue } = this.options;
    if (maxQueue === Number.POSITIVE_INFINITY) return;
    const waiting = this.#waiting;
    if (waiting >= maxQueue + this.#fleet.freeLanes(parent)) {
      throw new QueueFullError(
        `the queue of ${this.options.name} holds ${waiting} tasks already (maxQueue: ${maxQueue}); ` +
          "wait for one to finish, or raise maxQueue",
      );
    }
  }

  #enqueue(task: Task, front = false): void {
    task.phase = "queued";
    this.#queue.add(task, front);
    this.counters.peakQueued = Math.max(this.counters.peakQueued, this.#queue.size);
    // a further attempt waits for the loop in `#dispatch` that the failed one came from
    const within = task.attempt > 1 && this.#dispatching > 0;
    if (!this.host.immediate || this.#dispatching >= deepestImmediate) this.#planDispatch();
    else if (!within) this.#dispatch();
  }

  #planDispatch(): void {
    if (this.#dispatchPlanned) return;
    this.#dispatchPlanned = true;
    queueMicrotask(() => {
      this.#dispatchPlanned = false;
      this.#dispatch();
    });
  }

  /** Rule 1: the first task in the queue goes to the worker with room that has least in hand. */
  #dispatch(): void {
    this.#dispatching++;
    try {
      for (let task = this.#queue.first; task; task = this.#queue.first) {
        const slot = this.#place(task);
        if (!slot) return;
        this.#send(slot, task);
      }
    } finally {
      this.#dispatching--;
    }
  }

  #place(task: Task): WorkerSlot | undefined {
    const slot = this.#fleet.withRoom();
    if (slot) return slot;
    if (this.#grow(task)) return this.#fleet.withRoom();
    if (task.depth === 0) return undefined;
    // rule 3, but not while a worker is on its way on which it does not share a thread
    return this.#fleet.starting >= this.#queue.size ? undefined : this.#fleet.lend(task);
  }

  /** Starts workers for what waits. Answers whether one takes tasks at once. */
  #grow(task: Task): boolean {
    if (this.#brokenBy) return false;
    try {
      return this.#fleet.grow(this.#queue.size, task.depth);
    } catch (error) {
      this.#startFailed(error);
      return false;
    }
  }

  #send(slot: WorkerSlot, first: Task): void {
    const tasks = this.#chunk(slot, first);
    const lane = { left: tasks.length };
    slot.lanes++;
    slot.served += tasks.length;
    const now = this.options.clock.now();
    for (const task of tasks) {
      this.#queue.remove(task);
      task.phase = "sent";
      task.worker = slot;
      task.lane = lane;
      task.startedAt = now;
      // on this thread a task that submits to it has given way as soon as what it submitted can start
      task.gaveWay = !this.host.isolated;
      slot.tasks.set(task.id, task);
      this.counters.running++;
      this.counters.waitTime.record(now - task.submittedAt);
      task.resolvers.start();
      const { timeout } = task.options;
      if (timeout !== Number.POSITIVE_INFINITY) {
        const late = (): void =>
          this.#ladder.stop(
            task,
            new TimeoutError(`${task.name} ran longer than its timeout of ${timeout} ms`),
            true,
          );
        task.attemptTimer = this.options.clock.setTimer(late, timeout, true);
      }
      if (channels.taskStart.hasSubscribers) {
        channels.taskStart.publish({
          ...this.#ends.event(task),
          worker: slot.index,
          waited: now - task.submittedAt,
        });
      }
    }
    this.#fleet.busy(slot);
    slot.host.send(tasks, (task, error) => {
      if (task.phase !== "sent" || task.worker !== slot) return;
      this.#ends.detach(task);
      this.#ends.fail(task, error);
      this.#fleet.settle(slot);
      this.#planDispatch();
    });
  }

  /** The tasks that go together: of one group, next to each other, without a limit of their own. */
  #chunk(slot: WorkerSlot, first: Task): Task[] {
    const { group } = first;
    const tasks = [first];
    if (!group || first.options.timeout !== Number.POSITIVE_INFINITY) return tasks;
    let most = group.chunksize === "auto" ? this.#autoChunk(group) : group.chunksize;
    most = Math.min(most, this.options.maxTasksPerWorker - slot.served);
    for (let next = first.next; next && next.group === group && tasks.length < most; next = next.next)
      tasks.push(next);
    return tasks;
  }

  #autoChunk(group: TaskGroup): number {
    if (group.cost === undefined) return 1;
    const share = Math.ceil(this.#queue.size / (2 * this.options.maxWorkers));
    return Math.max(1, Math.min(chunkLimit, share, Math.floor(chunkTime / Math.max(group.cost, 0.001))));
  }

  #finished(slot: WorkerSlot, id: number, outcome: Outcome, ran: number): void {
    const task = slot.tasks.get(id);
    if (!task) return;
    this.#workerEnds.worked();
    this.#ends.detach(task);
    this.counters.runTime.record(ran);
    if (task.group) task.group.cost = task.group.cost === undefined ? ran : task.group.cost * 0.8 + ran * 0.2;
    if (channels.taskEnd.hasSubscribers) {
      const error = outcome.ok ? {} : { error: outcome.error };
      channels.taskEnd.publish({ ...this.#ends.event(task), worker: slot.index, ran, ...error });
    }
    if (task.stopping) this.#ends.stopped(task);
    else if (outcome.ok) this.#ends.complete(task, outcome.value);
    else this.#ends.attemptFailed(task, outcome.error);
    this.#fleet.settle(slot);
    // on this thread the task ran within `#dispatch`, which goes on by itself
    if (this.#dispatching === 0) this.#dispatch();
  }

  /** Cancels all that no worker has in hand. */
  #cancelWaiting(reason: unknown): void {
    for (const task of [...this.#queue, ...this.#ends.paused]) task.resolvers.future.cancel(reason);
  }

  // ── workers that end, and an executor that can't go on ────────────────────────────────────────────────

  #exited(slot: WorkerSlot, exit: WorkerExit, unasked: boolean): void {
    this.#workerEnds.exited(slot, exit, unasked);
    this.#fillUp();
    this.#closeWhenDone();
    this.#dispatch();
  }

  #fillUp(): void {
    if (this.#state !== "running") return;
    try {
      this.#fleet.startMinimum();
    } catch (error) {
      this.#startFailed(error);
    }
  }

  #startFailed(error: unknown): void {
    this.#workerEnds.startFailed(error);
    this.#planDispatch();
  }

  #initializerFailed(error: unknown): void {
    const message = "A thread initializer failed, the thread pool is not usable anymore";
    this.#break(this.host.broken(`${message}: ${messageOf(error)}`, { cause: error }), false);
  }

  /** What broke the executor, as an instance of its own: a shared one would collect the stacks of strangers. */
  #brokenAgain(): BrokenExecutorError | undefined {
    const error = this.#brokenBy;
    return error && this.host.broken(error.message, { cause: error.cause });
  }

  /** The executor can't go on: what waits fails now; what runs finishes, or is ended where `all` says so. */
  #break(error: BrokenExecutorError, all: boolean): void {
    if (this.#brokenBy) return;
    this.#brokenBy = error;
    this.#state = "broken";
    for (const task of [...this.#queue, ...this.#ends.paused]) this.#ends.fail(task, this.#brokenAgain());
    if (all) {
      for (const slot of [...this.#fleet.slots]) {
        for (const task of slot.tasks.values()) {
          task.stopping ??= this.#brokenAgain();
          task.retryWhenStopped = false;
        }
        this.#fleet.end(slot, error.message);
      }
    }
    this.#closeWhenDone();
  }

  // ── end of the executor ───────────────────────────────────────────────────────────────────────────────

  #whenClosed(): Promise<void> {
    this.#closed ??= deferred();
    this.#closeWhenDone();
    return this.#closed.promise;
  }

  #closeWhenDone(): void {
    if (this.#state === "running" || this.#ends.unsettled > 0) return;
    if (this.#fleet.slots.size > 0) return this.#fleet.stopAll();
    if (this.#state === "shutting-down") this.#state = "shut-down";
    // one that broke by itself may still be looked at by those who wait for its futures one after the other
    if (!this.#closed) return;
    this.#unobserved.reportAll();
    this.#closed.resolve();
  }

  // ── submissions inside tasks ──────────────────────────────────────────────────────────────────────────

  #nested(slot: WorkerSlot, submission: NestedSubmission): void {
    const { executor, fn, name, args } = submission;
    const parent = slot.tasks.get(submission.parent);
    try {
      const options = resolveTaskOptions(submission.options);
      submission.accepted(executor.submit(fn, name, args, options, { parent }));
    } catch (error) {
      submission.refused(error);
    }
  }
}
