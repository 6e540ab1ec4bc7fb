/**
 * The one scheduler: queue, dispatch, limits of time, retries, crash policy, life cycle. Every executor is
 * this with another host. README.md of this folder has the states and the numbered rules cited here.
 *
 * @module
 */
import type { Clock } from "../clock.js";
import { type BrokenExecutorError, InvalidArgumentError, QueueFullError, ShutdownError } from "../errors.js";
import { channels } from "../events.js";
import type { ExecutorStats, ShutdownOptions } from "../futures/executor.js";
import { cancelledBy, reportProgress, type Settled, type WaitOptions } from "../futures/future.js";
import { UnobservedFailures } from "../futures/unobserved.js";
import { type Carried, passOn } from "./carried.js";
import { CostTable, FunctionCost, unknownCost } from "./cost.js";
import type { CurrentTask } from "./current-task.js";
import { type Deferred, deferred } from "./deferred.js";
import { Dispatcher } from "./dispatcher.js";
import { Fleet } from "./fleet.js";
import type { Host, NestedSubmission, Prepared, WorkerExit } from "./host.js";
import type { ItemRunner, LocalMap } from "./item-runner.js";
import { isLimited, queueFor } from "./limited-queue.js";
import type { PoolSize, ResolvedExecutorOptions, ResolvedTaskOptions } from "./options.js";
import { applySize, plainTaskOptions, resolveTaskOptions } from "./options.js";
import type { Origin } from "./origin.js";
import { programEnds, watchProgramEnd } from "./program-end.js";
import { enroll } from "./registry.js";
import { Room } from "./room.js";
import { Counters } from "./stats.js";
import { StopLadder } from "./stop-ladder.js";
import { Task, type TaskGroup, type TaskOwner } from "./task.js";
import { TaskEnds } from "./task-ends.js";
import { TaskKind } from "./task-kind.js";
import { applyLimits } from "./task-limits.js";
import type { TaskQueue } from "./task-queue.js";
import { messageOf, WorkerEnds } from "./worker-ends.js";
import type { WorkerSlot } from "./worker-slot.js";

/** Without `maxQueue`: up to so many waiting tasks there is room for more. */
const fewWaiting = 1_000;

export class Scheduler implements TaskOwner {
  readonly options: ResolvedExecutorOptions;
  /** Number of the executor in this isolate. */
  readonly id: number;
  readonly counters = new Counters();
  /** The way of running that this scheduler serves. */
  readonly host: Host;
  readonly #queue: TaskQueue;
  readonly #fleet: Fleet;
  readonly #ends: TaskEnds;
  readonly #ladder: StopLadder;
  readonly #workerEnds: WorkerEnds;
  readonly #costs = new CostTable(() => new FunctionCost());
  readonly #dispatcher: Dispatcher;
  readonly unobserved: UnobservedFailures;
  #state: ExecutorStats["state"] = "running";
  #brokenBy: BrokenExecutorError | undefined;
  /** Whether even what runs was ended: its tasks submit nothing any more. */
  #terminated = false;
  /** Set when all that waits was cancelled: so is what is left of what has begun. */
  #cancelsWaiting: { readonly reason: unknown } | undefined;
  /** Of the last submission of a burst; what is not in use is not kept. */
  #lastKind: TaskKind | undefined;
  #closed: Deferred | undefined;
  #lettingGo = false;
  /** There once somebody has asked for room. */
  #room: Room | undefined;

  constructor(host: Host, options: ResolvedExecutorOptions) {
    this.host = host;
    this.id = enroll(this);
    host.executorId = this.id;
    this.options = options;
    this.unobserved = new UnobservedFailures(options.onUnobserved);
    this.#queue = queueFor(options, () => this.#dispatcher.plan());
    this.#ends = new TaskEnds(options, this.counters, this.#queue, {
      again: (task) => this.#dispatcher.enqueue(task),
      isBroken: () => this.#brokenBy !== undefined,
      left: () => this.#tellRoom(),
      allSettled: () => {
        this.#dispatcher.allSettled();
        if (this.#state === "running") this.#letGo();
        else this.#closeWhenDone();
      },
    });
    this.#fleet = new Fleet(host, options, this.counters, {
      ready: () => this.#dispatcher.plan(),
      initializerFailed: (error) => this.#initializerFailed(error),
      finished: (slot, task, ok, value, ran, waited) => this.#finished(slot, task, ok, value, ran, waited),
      told: () => this.#dispatcher.goOn(),
      progress: (task, report) => reportProgress(task.future, report),
      nested: (submission) => this.#nested(submission),
      gaveWay: (slot, task) => {
        task.gaveWay = true;
        this.#dispatcher.takeBack(slot);
        this.#dispatcher.plan();
        this.#tellRoom();
      },
      exited: (slot, exit, unasked) => this.#exited(slot, exit, unasked),
    });
    this.#ladder = new StopLadder(host, options, this.#ends, this.#fleet, () => this.#dispatcher.plan());
    this.#workerEnds = new WorkerEnds(host, options, this.#ends, {
      takeBack: (task) => this.#dispatcher.enqueue(task, true),
      break: (error, all) => this.#break(error, all),
      broken: () => this.#brokenAgain(),
    });
    this.#dispatcher = new Dispatcher(host, options, this.counters, {
      queue: this.#queue,
      fleet: this.#fleet,
      ends: this.#ends,
      ladder: this.#ladder,
      broken: () => this.#brokenAgain(),
      startFailed: (error) => this.#startFailed(error),
      burstEnds: () => {
        this.#lastKind = undefined;
      },
      sent: () => this.#tellRoom(),
      finished: (slot, task, ok, value, ran, waited) => this.#finished(slot, task, ok, value, ran, waited),
    });
    this.#fleet.startMinimum();
    watchProgramEnd();
  }

  get clock(): Clock {
    return this.options.clock;
  }

  /** Whether nothing can be submitted, and why. @throws ShutdownError, BrokenExecutorError */
  assertOpen(): void {
    const broken = this.#brokenAgain();
    if (broken) throw broken;
    if (this.#state !== "running") throw new ShutdownError();
    if (this.#comesTooLate()) throw new ShutdownError("cannot schedule new futures: the program is ending");
  }

  /** Whether nothing would be done any more; what is done at once is done even then. */
  #comesTooLate(): boolean {
    return programEnds() && !this.host.immediate;
  }

  /** A function is about to be prepared for such tasks: the first worker starts meanwhile, on another core. */
  workComes({ signal }: ResolvedTaskOptions): void {
    if (this.counters.started > 0 || !this.host.isolated || this.#state !== "running") return;
    if (!signal?.aborted) this.#dispatcher.startFirst();
  }

  /** What tasks of a function have in common; the same for many of them in a burst. @throws CaptureError */
  kindOf(fn: (...args: never[]) => unknown, options: ResolvedTaskOptions, group?: TaskGroup): TaskKind {
    if (typeof fn !== "function") throw new InvalidArgumentError("fn", fn, "a function");
    if (this.counters.started === 0) this.workComes(options);
    const prepared = this.host.prepare(fn);
    const last = this.#lastKind;
    if (last && last.fn === prepared && last.options === options && last.group === group) return last;
    const kind = this.kindOfPrepared(prepared, fn.name, options, group);
    if (!this.host.immediate) this.#lastKind = kind;
    return kind;
  }

  #costOf(fn: Prepared, group: TaskGroup | undefined): FunctionCost {
    if (this.host.prefetches) return this.#costs.of(this.host.costKey(fn));
    // nothing waits in front of workers, and only those of a map go together
    return group ? new FunctionCost() : unknownCost;
  }

  /** The same for a function that was prepared. */
  kindOfPrepared(fn: Prepared, fnName: string, options: ResolvedTaskOptions, group?: TaskGroup): TaskKind {
    const name = options.name ?? (fnName || "(anonymous)");
    const cost = this.#costOf(fn, group);
    if (!isLimited(this.options)) return new TaskKind(this, name, fn, options, cost, group);
    const keyLimit = this.#queue.keyLimit(options.key);
    return new TaskKind(this, name, fn, options, cost, group, { isLimited: true, keyLimit });
  }

  /**
   * Queues a task. Positional throughout: an object for each task would be a tenth of what it takes.
   * @param origin - where it was submitted.
   * @param now - by the executor's clock, in ms.
   * @param carried - what it takes with it.
   * @param parent - the task that submitted it.
   * @param context - the same, where it runs on this thread.
   * @param goesOn - whether it is the rest of what was submitted before.
   * @param settled - told how it ends, where nobody asks for the future.
   * @throws ShutdownError, BrokenExecutorError, QueueFullError
   */
  submit(
    kind: TaskKind,
    args: readonly unknown[],
    origin: Origin | undefined,
    now: number,
    carried: Carried | undefined,
    parent: Task | undefined,
    context?: CurrentTask,
    goesOn = false,
    settled?: Settled,
  ): Task {
    const waiting = parent?.phase === "done" ? undefined : parent;
    const isTaken = goesOn ? this.#state === "shutting-down" : this.#takesFrom(parent);
    if (!isTaken) this.assertOpen();
    // what goes on was given its place when it was submitted
    if (!goesOn && this.options.maxQueue !== Number.POSITIVE_INFINITY) this.#assertRoom(waiting);
    const task = new Task(++this.counters.submitted, kind, args, origin, now, settled);
    if (waiting) {
      task.parent = waiting;
      task.depth = waiting.depth + 1;
    }
    if (context) task.context = context;
    if (carried) task.carried = carried;
    this.#room?.taken();
    if (++this.#ends.unsettled === 1) this.#fleet.keepAlive(true);
    if (channels.taskSubmit.hasSubscribers) channels.taskSubmit.publish(this.#ends.event(task));
    if (
      (kind.options !== plainTaskOptions || waiting || context) &&
      !applyLimits(task, this.options.clock, this.#ladder)
    )
      return task;
    if (waiting) (waiting.children ??= new Set()).add(task);
    this.#dispatcher.enqueue(task);
    if (goesOn && this.#cancelsWaiting) task.future.cancel(this.#cancelsWaiting.reason);
    return task;
  }

  /** Who begins the items of a map as places become free; undefined where each has to be submitted. */
  runnerOf(map: LocalMap): ItemRunner | undefined {
    return this.#dispatcher.runnerOf(map);
  }

  /** See `TaskOwner`. */
  takeBack(task: Task): boolean {
    const slot = task.worker;
    if (!slot?.host.prevent(task)) return false;
    this.#ends.detach(task);
    this.#fleet.givenBack(slot);
    this.#fleet.settle(slot);
    this.#dispatcher.plan();
    return true;
  }

  /** See `TaskOwner`. */
  cancelled(task: Task): void {
    this.#ends.cancelled(task);
  }

  /** See `TaskOwner`. */
  aborted(task: Task, reason: unknown): void {
    this.#ladder.stop(task, cancelledBy(reason), false);
  }

  /** See `TaskOwner`: it stands in the queue among those that nobody waits for. */
  orphan(task: Task): void {
    const queued = task.phase === "queued";
    if (queued) this.#queue.remove(task);
    task.parent = undefined;
    task.depth = 0;
    if (queued) this.#queue.add(task);
  }

  /**
   * See `Executor.ready`.
   * @param submitting - the task that is going to submit, for which there is room where it lends its place.
   */
  async ready(options: WaitOptions, submitting?: Task): Promise<void> {
    if (!this.#takesFrom(submitting)) this.assertOpen();
    const { name } = this.options;
    this.#room ??= new Room({ name, clock: this.clock, room: (parent) => this.#roomLeft(parent) });
    await this.#room.wait(options, submitting);
  }

  #roomLeft(submitting: Task | undefined): number {
    const { maxQueue } = this.options;
    if (maxQueue === Number.POSITIVE_INFINITY) return fewWaiting - this.#waiting;
    const parent = submitting?.phase === "done" ? undefined : submitting;
    return maxQueue + this.#fleet.freeLanes(parent) - this.#waiting;
  }

  /** See `ThreadPoolExecutor.resize`. */
  resize(size: PoolSize): void {
    this.assertOpen();
    applySize(this.options, size);
    for (const slot of this.#fleet.trim()) this.#dispatcher.takeBack(slot);
    this.#fillUp();
    this.#dispatcher.plan();
    this.#tellRoom();
  }

  /** There may be room for those who wait for it. */
  #tellRoom(): void {
    if (this.#room?.awaited) this.#room.tell();
  }

  /** Nothing can be submitted any more but by running tasks. */
  #closeRoom(): void {
    this.#room?.close(
      () => this.#brokenAgain() ?? new ShutdownError(),
      (submitting) => this.#takesFrom(submitting),
    );
  }

  /** Rule 7: what a running task submits belongs to the work that a shutdown waits for. */
  #takesFrom(submitting: Task | undefined): boolean {
    if (this.#state === "running") return !this.#comesTooLate();
    return this.#state === "shutting-down" && !this.#terminated && this.kinOf(submitting) !== undefined;
  }

  /** See `Executor.shutdown`. */
  shutdown(options: ShutdownOptions): Promise<void> {
    this.#dispatcher.endOffers();
    if (this.#state === "running") this.#state = "shutting-down";
    this.#closeRoom();
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
    this.#dispatcher.endOffers();
    if (this.#state === "running") this.#state = "shutting-down";
    this.#terminated = true;
    this.#closeRoom();
    this.#cancelWaiting(new ShutdownError("the executor was terminated"));
    this.#fleet.keepAlive(true);
    for (const slot of [...this.#fleet.slots]) this.#ladder.endWorker(slot, "the executor was terminated");
    return this.#whenClosed();
  }

  /** Ends the executor, what runs included: all that has not settled fails with a `BrokenExecutorError`. */
  breakOff(why: string): void {
    if (this.#state === "shut-down") return;
    this.#break(this.host.broken(`${this.options.name} is broken: ${why}`, {}), true);
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
      running: this.#fleet.begun,
      submitted: counters.submitted + this.#dispatcher.offered,
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

  /** Tasks that have not begun. */
  get #waiting(): number {
    return this.#queue.size + this.#dispatcher.offered + this.#ends.paused.size + this.#fleet.inFront;
  }

  /** The nearest of a task and those that led to it which is one of this executor and not done yet. */
  kinOf(parent: Task | undefined): Task | undefined {
    let task = parent;
    while (task && (task.owner !== this || task.phase === "done")) task = task.parent;
    return task;
  }

  #assertRoom(parent: Task | undefined): void {
    const { maxQueue } = this.options;
    const waiting = this.#waiting;
    if (waiting >= maxQueue + this.#fleet.freeLanes(parent)) {
      throw new QueueFullError(
        `the queue of ${this.options.name} holds ${waiting} tasks already (maxQueue: ${maxQueue}); ` +
          "wait for room (await executor.ready()), or raise maxQueue",
      );
    }
  }

  #finished(slot: WorkerSlot, task: Task, ok: boolean, value: unknown, ran: number, waited: boolean): void {
    if (task.worker !== slot) return;
    slot.stuck = false;
    this.#workerEnds.worked();
    this.#ends.detach(task);
    this.counters.runTime.record(ran);
    task.cost.add(ran, waited);
    if (channels.taskEnd.hasSubscribers) {
      const error = ok ? {} : { error: value };
      channels.taskEnd.publish({ ...this.#ends.event(task), worker: slot.index, ran, ...error });
    }
    if (task.stopping) this.#ends.stopped(task);
    else if (ok) this.#ends.complete(task, value);
    else this.#ends.attemptFailed(task, value);
  }

  /** Cancels all that has not begun. */
  #cancelWaiting(reason: unknown): void {
    this.#cancelsWaiting = { reason };
    for (const task of [...this.#queue, ...this.#ends.paused]) task.future.cancel(reason);
    // what waits in front of a worker is taken back; what runs says no
    for (const slot of this.#fleet.slots) for (const task of slot.tasks.toArray()) task.future.cancel(reason);
  }

  // ── workers that end, and an executor that can't go on ────────────────────────────────────────────────

  #exited(slot: WorkerSlot, exit: WorkerExit, unasked: boolean): void {
    this.#workerEnds.exited(slot, exit, unasked);
    this.#fillUp();
    this.#closeWhenDone();
    this.#dispatcher.dispatch();
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
    this.#dispatcher.plan();
  }

  #initializerFailed(error: unknown): void {
    const { kind } = this.host;
    const message = `A ${kind} initializer failed, the ${kind} pool is not usable anymore`;
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
    this.#dispatcher.endOffers();
    this.#brokenBy = error;
    this.#state = "broken";
    this.#closeRoom();
    for (const task of [...this.#queue, ...this.#ends.paused]) this.#ends.fail(task, this.#brokenAgain());
    if (all) {
      for (const slot of [...this.#fleet.slots]) {
        for (const task of slot.tasks.toArray()) {
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

  /**
   * Nothing keeps the process any more. Workers are let go a turn of the event loop later: where the next task
   * follows, each thread would have to be let go and held again in between.
   */
  #letGo(): void {
    if (!this.host.isolated) return this.#fleet.keepAlive(false);
    if (this.#lettingGo) return;
    this.#lettingGo = true;
    setImmediate(() => {
      this.#lettingGo = false;
      if (this.#state === "running" && this.#ends.unsettled === 0) this.#fleet.keepAlive(false);
    });
  }

  #closeWhenDone(): void {
    if (this.#state === "running" || this.#ends.unsettled > 0) return;
    if (this.#fleet.slots.size > 0) return this.#fleet.stopAll();
    if (this.#state === "shutting-down") this.#state = "shut-down";
    // one that broke by itself may still be looked at by those who wait for its futures one after the other
    if (!this.#closed) return;
    this.unobserved.reportAll();
    this.#closed.resolve();
  }

  // ── submissions inside tasks ──────────────────────────────────────────────────────────────────────────

  #nested(submission: NestedSubmission): void {
    const { executor, fn, name, args, parent } = submission;
    try {
      const options = resolveTaskOptions(submission.options);
      const kind = executor.kindOfPrepared(fn, name, options);
      const carried = passOn(submission.carried);
      const now = executor.clock.now();
      submission.accepted(executor.submit(kind, args, undefined, now, carried, parent).future);
    } catch (error) {
      submission.refused(error);
    }
  }
}
