/**
 * The one scheduler: queue, dispatch, limits of time, retries, crash policy, life cycle. Every executor is
 * this with another host. README.md of this folder has the states and the numbered rules cited here.
 *
 * @module
 */
import { onAbort } from "../abort.js";
import {
  type BrokenExecutorError,
  CancelledError,
  InvalidArgumentError,
  QueueFullError,
  ShutdownError,
  TimeoutError,
  UngilError,
  WorkerExitError,
} from "../errors.js";
import { channels } from "../events.js";
import type { ExecutorStats, ShutdownOptions } from "../futures/executor.js";
import { cancelledBy, Future } from "../futures/future.js";
import { UnobservedFailures } from "../futures/unobserved.js";
import { Fleet } from "./fleet.js";
import type { Host, NestedSubmission, Outcome, Prepared, WorkerExit } from "./host.js";
import { joinStacks } from "./join-stacks.js";
import type { ResolvedExecutorOptions, ResolvedTaskOptions } from "./options.js";
import { resolveTaskOptions } from "./options.js";
import { enroll } from "./registry.js";
import { Counters } from "./stats.js";
import { Task, type TaskGroup } from "./task.js";
import { TaskQueue } from "./task-queue.js";
import type { WorkerSlot } from "./worker-slot.js";

/** Starts in a row that may fail before the executor is given up. */
const startFailuresAllowed = 3;

/** How often a task that had not begun is sent again after its worker died, before it is taken for the cause. */
const lossesAllowed = 10;

/** Aim for the running time of one automatic chunk, in ms, and its most tasks. */
const chunkTime = 2;
const chunkLimit = 256;

/** How a submission differs from an ordinary one. */
export interface Submission {
  readonly parent?: Task | undefined;
  readonly group?: TaskGroup | undefined;
  readonly origin?: { readonly stack?: string } | undefined;
}

export class Scheduler {
  readonly options: ResolvedExecutorOptions;
  /** Number of the executor in this isolate. */
  readonly id: number;
  readonly counters = new Counters();
  /** The way of running that this scheduler serves. */
  readonly host: Host;
  readonly #queue = new TaskQueue();
  readonly #fleet: Fleet;
  readonly #unobserved: UnobservedFailures;
  readonly #paused = new Set<Task>();
  #state: ExecutorStats["state"] = "running";
  #brokenBy: BrokenExecutorError | undefined;
  #startFailures: unknown[] = [];
  #nextTask = 1;
  #unsettled = 0;
  #dispatchPlanned = false;
  #closed: { promise: Promise<void>; resolve: () => void } | undefined;

  constructor(host: Host, options: ResolvedExecutorOptions) {
    this.host = host;
    this.id = enroll(this);
    host.executorId = this.id;
    this.options = options;
    this.#unobserved = new UnobservedFailures(options.onUnobserved);
    this.#fleet = new Fleet(host, options, this.counters, {
      ready: () => {
        this.#startFailures = [];
        this.#planDispatch();
      },
      initializerFailed: (error) => this.#initializerFailed(error),
      finished: (slot, id, outcome, ran) => this.#finished(slot, id, outcome, ran),
      progress: (slot, id, report) => slot.tasks.get(id)?.resolvers.report(report),
      nested: (slot, submission) => this.#nested(slot, submission),
      exited: (slot, exit, unasked) => this.#exited(slot, exit, unasked),
    });
    this.#fleet.startMinimum();
  }

  /** Whether nothing can be submitted, and why. @throws ShutdownError, BrokenExecutorError */
  assertOpen(): void {
    if (this.#brokenBy) {
      throw this.host.broken(this.#brokenBy.message, { cause: this.#brokenBy.cause });
    }
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
    const { parent } = submission;
    // rule 7: what a running task submits belongs to the work that a shutdown waits for
    if (!(parent && this.#state === "shutting-down")) this.assertOpen();
    this.#assertRoom();
    const name = options.name ?? (fnName || "(anonymous)");
    const task = new Task(
      this.#nextTask++,
      name,
      fn,
      args,
      options,
      parent,
      submission.group,
      submission.origin,
    );
    task.resolvers = Future.withResolvers<unknown>({
      name,
      clock: this.options.clock,
      unobserved: this.#unobserved,
      onCancel: () => this.#cancelled(task),
      onAbort: (reason) => this.#stop(task, cancelledBy(reason), false),
    });
    const { future } = task.resolvers;
    this.counters.submitted++;
    this.#unsettled++;
    task.submittedAt = this.options.clock.now();
    if (channels.taskSubmit.hasSubscribers) channels.taskSubmit.publish(this.#event(task));
    const { signal, deadline } = options;
    if (signal?.aborted) {
      task.phase = "paused";
      future.cancel(signal.reason);
      return future;
    }
    if (signal) task.detachSignal = onAbort(signal, () => future.abort(signal.reason));
    if (deadline !== Number.POSITIVE_INFINITY) {
      task.deadlineTimer = this.options.clock.setTimer(
        () => this.#stop(task, new TimeoutError(`${name} missed its deadline of ${deadline} ms`), false),
        deadline,
        // a limit that somebody awaits is unfinished work: on this thread nothing else may keep the process alive
        true,
      );
    }
    parent?.children.add(task);
    if (this.#unsettled === 1) this.#fleet.keepAlive(true);
    this.#enqueue(task);
    return future;
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
    for (const slot of [...this.#fleet.slots]) this.#endNow(slot, "the executor was terminated");
    return this.#whenClosed();
  }

  /** See `Executor.stats`. */
  stats(): ExecutorStats {
    const { counters } = this;
    return Object.freeze({
      name: this.options.name,
      kind: this.host.kind,
      state: this.#state,
      queued: this.#queue.size + this.#paused.size,
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

  #assertRoom(): void {
    const { maxQueue } = this.options;
    if (maxQueue === Number.POSITIVE_INFINITY) return;
    const waiting = this.#queue.size + this.#paused.size;
    if (waiting >= maxQueue + this.#fleet.freeLanes()) {
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
    if (this.host.immediate) this.#dispatch();
    else this.#planDispatch();
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
    for (let task = this.#queue.first; task; task = this.#queue.first) {
      const slot = this.#fleet.pick(task);
      if (slot) this.#send(slot, task);
      else if (!this.#grow()) return;
    }
  }

  /** Starts workers for what waits. Answers whether one takes tasks at once. */
  #grow(): boolean {
    if (this.#brokenBy) return false;
    try {
      return this.#fleet.grow(this.#queue.size);
    } catch (error) {
      this.#startFailed(error);
      return false;
    }
  }

  #fillUp(): void {
    try {
      this.#fleet.startMinimum();
    } catch (error) {
      this.#startFailed(error);
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
      slot.tasks.set(task.id, task);
      this.counters.running++;
      this.counters.waitTime.record(now - task.submittedAt);
      task.resolvers.start();
      const { timeout } = task.options;
      if (timeout !== Number.POSITIVE_INFINITY) {
        const error = new TimeoutError(`${task.name} ran longer than its timeout of ${timeout} ms`);
        task.attemptTimer = this.options.clock.setTimer(() => this.#stop(task, error, true), timeout, true);
      }
      if (channels.taskStart.hasSubscribers) {
        channels.taskStart.publish({
          ...this.#event(task),
          worker: slot.index,
          waited: now - task.submittedAt,
        });
      }
    }
    this.#fleet.busy(slot);
    slot.host.send(tasks, (task, error) => {
      if (task.phase !== "sent") return;
      this.#detach(task);
      this.#fail(task, error);
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

  // ── ends of attempts ──────────────────────────────────────────────────────────────────────────────────

  #finished(slot: WorkerSlot, id: number, outcome: Outcome, ran: number): void {
    const task = slot.tasks.get(id);
    if (!task) return;
    this.#detach(task);
    this.counters.runTime.record(ran);
    if (task.group) task.group.cost = task.group.cost === undefined ? ran : task.group.cost * 0.8 + ran * 0.2;
    if (channels.taskEnd.hasSubscribers) {
      const error = outcome.ok ? {} : { error: outcome.error };
      channels.taskEnd.publish({ ...this.#event(task), worker: slot.index, ran, ...error });
    }
    if (task.stopping) this.#stopped(task);
    else if (outcome.ok) this.#complete(task, outcome.value);
    else this.#attemptFailed(task, outcome.error);
    this.#fleet.settle(slot);
    this.#dispatch();
  }

  /** Takes a task out of its worker's hands. */
  #detach(task: Task): void {
    const slot = task.worker;
    if (!slot?.tasks.delete(task.id)) return;
    this.counters.running--;
    if (task.lane && --task.lane.left === 0) slot.lanes--;
    task.attemptTimer?.cancel();
    slot.host.release(task);
    task.worker = undefined;
  }

  #complete(task: Task, value: unknown): void {
    this.counters.completed++;
    this.#settled(task);
    task.resolvers.resolve(value);
  }

  #fail(task: Task, error: unknown): void {
    this.counters.failed++;
    // an error of ours says where the work was submitted, not where in here it was made
    if (error instanceof UngilError) joinStacks(error, task.origin, this.options.name);
    this.#settled(task);
    task.resolvers.reject(error);
  }

  #attemptFailed(task: Task, error: unknown): void {
    if (task.attempt >= task.options.attempts || this.#brokenBy) return this.#fail(task, error);
    let pause: number;
    try {
      const { backoff } = task.options;
      pause = typeof backoff === "function" ? backoff(task.attempt, error) : backoff;
      if (typeof pause !== "number" || Number.isNaN(pause) || pause < 0) {
        throw new InvalidArgumentError(
          "retries.backoff",
          pause,
          "a function that returns a time in ms, 0 or more",
        );
      }
    } catch (backoffError) {
      return this.#fail(task, backoffError);
    }
    this.counters.retried++;
    if (channels.taskRetry.hasSubscribers) channels.taskRetry.publish({ ...this.#event(task), error });
    task.attempt++;
    task.stopping = undefined;
    task.resolvers.requeue();
    if (pause === 0) return this.#enqueue(task);
    task.phase = "paused";
    this.#paused.add(task);
    const resume = (): void => {
      this.#paused.delete(task);
      this.#enqueue(task);
    };
    // a pause is unfinished work: it keeps the process alive
    task.attemptTimer = this.options.clock.setTimer(resume, pause, true);
  }

  /** Rule 5: a task that was told to stop settles with the reason it was told for, however it ended. */
  #stopped(task: Task): void {
    const error = task.stopping!;
    if (task.retryWhenStopped) return this.#attemptFailed(task, error);
    if (!(error instanceof CancelledError)) return this.#fail(task, error);
    this.counters.cancelled++;
    joinStacks(error, task.origin, this.options.name);
    this.#settled(task);
    task.resolvers.cancelRunning(error);
    if (channels.taskCancel.hasSubscribers) channels.taskCancel.publish(this.#event(task));
  }

  /** What every settled task has in common. */
  #settled(task: Task): void {
    task.phase = "done";
    task.parent?.children.delete(task);
    task.forget();
    this.#unsettled--;
    if (this.#unsettled > 0) return;
    if (this.#state === "running") this.#fleet.keepAlive(false);
    else this.#closeWhenDone();
  }

  // ── stopping a task ───────────────────────────────────────────────────────────────────────────────────

  /** A pending future was cancelled: it is settled already. */
  #cancelled(task: Task): void {
    if (task.phase === "queued") this.#queue.remove(task);
    this.#paused.delete(task);
    this.counters.cancelled++;
    this.#settled(task);
    if (channels.taskCancel.hasSubscribers) channels.taskCancel.publish(this.#event(task));
  }

  /** Rule 4, the ladder: queued tasks leave at once; running ones are asked, and after `grace` made to. */
  #stop(task: Task, error: Error, retry: boolean): void {
    if (task.phase === "done" || task.stopping) return;
    task.stopping = error;
    task.retryWhenStopped = retry;
    const slot = task.worker;
    if (!slot) {
      if (task.phase === "queued") this.#queue.remove(task);
      this.#paused.delete(task);
      return this.#stopped(task);
    }
    const reason = error instanceof CancelledError && "cause" in error ? error.cause : error;
    if (slot.host.askToStop(task, reason) === "prevented") {
      this.#detach(task);
      this.#stopped(task);
      this.#fleet.settle(slot);
      return this.#planDispatch();
    }
    task.attemptTimer?.cancel();
    task.attemptTimer = this.options.clock.setTimer(() => this.#graceOver(task), this.options.grace, true);
  }

  #graceOver(task: Task): void {
    const slot = task.worker;
    if (!slot || !task.stopping) return;
    if (this.host.isolated) {
      return this.#fleet.end(
        slot,
        `${task.name} did not stop within ${this.options.grace} ms of being asked`,
      );
    }
    // code on this very thread can't be ended: its future is settled and its result dropped
    this.#detach(task);
    this.#stopped(task);
    this.#fleet.settle(slot);
    this.#dispatch();
  }

  /** Cancels all that no worker has in hand. */
  #cancelWaiting(reason: unknown): void {
    for (const task of [...this.#queue, ...this.#paused]) task.resolvers.future.cancel(reason);
  }

  /** Ends a worker whatever it does; its tasks settle as the scheduler's, not as a crash. */
  #endNow(slot: WorkerSlot, why: string): void {
    for (const task of [...slot.tasks.values()]) {
      task.stopping ??= new WorkerExitError(`${task.name} was ended: ${why}`, {
        reason: "terminated",
        task: task.name,
      });
      task.retryWhenStopped = false;
      if (this.host.isolated) continue;
      slot.host.askToStop(task, task.stopping);
      this.#detach(task);
      this.#stopped(task);
    }
    this.#fleet.end(slot, why);
  }

  // ── workers that end ──────────────────────────────────────────────────────────────────────────────────

  #exited(slot: WorkerSlot, exit: WorkerExit, unasked: boolean): void {
    const tasks = [...slot.tasks.values()].toReversed();
    const begun = tasks.filter((task) => slot.host.hasBegun(task));
    for (const task of tasks) {
      this.#detach(task);
      for (const child of task.children)
        child.resolvers.future.abort(
          new WorkerExitError(`the task that submitted it ended with its worker`, exit),
        );
      if (task.stopping) this.#stopped(task);
      else if (!begun.includes(task)) this.#takeBack(task);
    }
    const crashed = begun.filter((task) => task.phase === "sent");
    if (crashed.length > 0 && unasked && this.options.onWorkerCrash === "fail-pool") {
      this.#break(
        this.host.broken(`a worker of ${this.options.name} died: ${exitInWords(exit)}`, {
          cause: exit.error ?? this.#exitError(undefined, exit, slot),
        }),
        true,
      );
    }
    for (const task of crashed.toReversed()) {
      const error = this.#brokenBy
        ? this.host.broken(this.#brokenBy.message, { cause: this.#brokenBy.cause })
        : this.#exitError(task, exit, slot);
      if (this.options.onWorkerCrash === "retry") this.#attemptFailed(task, error);
      else this.#fail(task, error);
    }
    if (unasked && slot.state === "starting")
      this.#startFailed(exit.error ?? this.#exitError(undefined, exit, slot));
    if (this.#state === "running") this.#fillUp();
    else this.#closeWhenDone();
    this.#dispatch();
  }

  /** Rule 6: a task that had not begun when its worker died is innocent and goes to another. */
  #takeBack(task: Task): void {
    task.losses++;
    if (task.losses > lossesAllowed) {
      return this.#fail(
        task,
        new WorkerExitError(`${task.name} lost its worker ${task.losses} times before it could begin`, {
          reason: "exit",
          task: task.name,
        }),
      );
    }
    task.resolvers.requeue();
    this.#enqueue(task, true);
  }

  #exitError(task: Task | undefined, exit: WorkerExit, slot: WorkerSlot): WorkerExitError {
    const who = task ? `the worker of ${task.name}` : `worker ${slot.index} of ${this.options.name}`;
    const why = slot.endedFor === undefined ? exitInWords(exit) : `it was ended because ${slot.endedFor}`;
    return new WorkerExitError(`${who} ended: ${why}`, {
      ...exit,
      task: task?.name,
      ...(exit.error === undefined ? {} : { cause: exit.error }),
    });
  }

  #startFailed(error: unknown): void {
    this.#startFailures.push(error);
    if (this.#startFailures.length < startFailuresAllowed) return this.#planDispatch();
    const causes = new AggregateError(this.#startFailures, "the workers failed at start");
    this.#break(
      this.host.broken(
        `${startFailuresAllowed} workers of ${this.options.name} in a row failed at start: ${messageOf(error)}`,
        { cause: causes },
      ),
      false,
    );
  }

  #initializerFailed(error: unknown): void {
    const message = "A thread initializer failed, the thread pool is not usable anymore";
    this.#break(this.host.broken(`${message}: ${messageOf(error)}`, { cause: error }), false);
  }

  /** The executor can't go on: what waits fails now; what runs finishes, or is ended where `all` says so. */
  #break(error: BrokenExecutorError, all: boolean): void {
    if (this.#brokenBy) return;
    this.#brokenBy = error;
    this.#state = "broken";
    for (const task of [...this.#queue, ...this.#paused]) {
      if (task.phase === "queued") this.#queue.remove(task);
      this.#paused.delete(task);
      // the failure of one may have made its owner cancel the others, as a stream does
      if (task.resolvers.future.done()) continue;
      // an instance each: a shared one would collect the stacks of strangers
      this.#fail(task, this.host.broken(error.message, { cause: error.cause }));
    }
    if (all) {
      for (const slot of [...this.#fleet.slots]) {
        for (const task of slot.tasks.values())
          task.stopping ??= this.host.broken(error.message, { cause: error.cause });
        this.#fleet.end(slot, error.message);
      }
    }
    this.#closeWhenDone();
  }

  // ── end of the executor ───────────────────────────────────────────────────────────────────────────────

  #whenClosed(): Promise<void> {
    if (!this.#closed) {
      let resolve!: () => void;
      const promise = new Promise<void>((settle) => {
        resolve = settle;
      });
      this.#closed = { promise, resolve };
    }
    this.#closeWhenDone();
    return this.#closed.promise;
  }

  #closeWhenDone(): void {
    if (this.#state === "running" || this.#unsettled > 0) return;
    if (this.#fleet.slots.size > 0) return this.#fleet.stopAll();
    if (this.#state === "shutting-down") this.#state = "shut-down";
    this.#unobserved.reportAll();
    this.#closed?.resolve();
  }

  // ── submissions inside tasks ──────────────────────────────────────────────────────────────────────────

  #nested(slot: WorkerSlot, submission: NestedSubmission): void {
    const { executor, fn, name, args } = submission;
    const parent = executor === this ? slot.tasks.get(submission.parent) : undefined;
    try {
      const options = resolveTaskOptions(submission.options);
      submission.accepted(executor.submit(fn, name, args, options, { parent }));
    } catch (error) {
      submission.refused(error);
    }
  }

  #event(task: Task): { executor: string; id: number; name: string; attempt: number } {
    return { executor: this.options.name, id: task.id, name: task.name, attempt: task.attempt };
  }
}

function exitInWords(exit: WorkerExit): string {
  if (exit.reason === "out-of-memory") return "it reached its memory limit";
  if (exit.error !== undefined) return `an error was not caught: ${messageOf(exit.error)}`;
  if (exit.signal !== undefined) return `signal ${exit.signal}`;
  if (exit.reason === "terminated") return "it was terminated";
  return `exit code ${exit.exitCode ?? "unknown"}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
