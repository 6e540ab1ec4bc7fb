// What src/pool/README.md says of tasks and workers, as a plain model: it follows what the host is told and what
// settles, and knows which of that may be, and when. It shares no code with the scheduler.

import { type FutureSnapshot, TimeoutError, WorkerExitError } from "ungil";
import { type Ending, type Limits, ModelTask, ModelWorker, type TaskLimits } from "./model-parts.js";
import { lossesAllowed, parentLost, terminated, Verdicts } from "./model-verdicts.js";
import type { HostObserver, ScriptedWorker, Task } from "./scripted-host.js";

const startFailuresAllowed = 3;

export class SchedulerModel implements HostObserver {
  readonly limits: Limits;
  readonly now: () => number;
  readonly tasks: ModelTask[] = [];
  readonly workers: ModelWorker[] = [];
  readonly queue: ModelTask[] = [];
  readonly paused: ModelTask[] = [];
  readonly log: string[] = [];
  readonly counts = { completed: 0, failed: 0, cancelled: 0, retried: 0, crashed: 0, recycled: 0 };
  /** The first thing that should not have been. */
  violation: Error | undefined;
  isClosing = false;
  isTerminated = false;
  isBroken = false;
  /** Whether it breaks just now. */
  inTransition = false;
  /** Whether `submit` runs: a worker that can't be started there does not count. */
  submitting = 0;
  /** In a row, and in all. */
  startFailures = 0;
  startsFailed = 0;
  readonly #verdicts = new Verdicts(this);

  constructor(limits: Limits, now: () => number) {
    this.limits = limits;
    this.now = now;
  }

  expect(condition: boolean, what: string): void {
    if (!condition) this.violation ??= new Error(`${what}, at ${this.now()} ms`);
  }

  note(line: string): void {
    this.log.push(`${this.now()}: ${line}`);
  }

  // ── the queue ─────────────────────────────────────────────────────────────────────────────────────────

  /** At the end of those with its depth and priority, or in front of them. */
  enqueue(task: ModelTask, front = false): void {
    task.phase = "waiting";
    const rank = (other: ModelTask): number =>
      other.depth - task.depth || other.limits.priority - task.limits.priority;
    let at = this.queue.findIndex((other) => (front ? rank(other) <= 0 : rank(other) < 0));
    if (at < 0) at = this.queue.length;
    this.queue.splice(at, 0, task);
  }

  #withdraw(task: ModelTask): void {
    for (const list of [this.queue, this.paused]) {
      const at = list.indexOf(task);
      if (at >= 0) list.splice(at, 1);
    }
  }

  /** Pauses that are over. */
  resumeDue(): void {
    const due = this.paused.filter(({ pausedUntil }) => pausedUntil <= this.now());
    for (const task of due.toSorted((one, other) => one.pausedUntil - other.pausedUntil)) {
      this.#withdraw(task);
      this.enqueue(task);
    }
  }

  /** Tasks that have not begun, and that no free lane is meant for. */
  get waiting(): number {
    const inFront = this.workers
      .flatMap(({ batches }) => batches)
      .map((batch) => (batch.inFront ? batch.tasks.size : batch.tasks.size - 1));
    const prefetched = this.limits.prefetches ? inFront.reduce((sum, count) => sum + count, 0) : 0;
    return this.queue.length + this.paused.length + prefetched;
  }

  /** Whether one more task, submitted by another or not, is too many. */
  isFull(submitting: ModelTask | undefined): boolean {
    const { maxWorkers, tasksPerWorker, maxQueue } = this.limits;
    let lanes = maxWorkers * tasksPerWorker;
    const depth = submitting ? submitting.depth + 1 : 0;
    for (const worker of this.workers) {
      const used = Math.max(0, worker.batches.length - worker.lendableTo(depth, submitting));
      lanes -= Math.min(used, tasksPerWorker);
    }
    return this.waiting >= maxQueue + lanes;
  }

  // ── tasks ─────────────────────────────────────────────────────────────────────────────────────────────

  /** Before a submission that is going to be accepted. */
  add(limits: TaskLimits, parent?: ModelTask): ModelTask {
    this.resumeDue();
    const task = new ModelTask(this.tasks.length + 1, limits, parent, this.now());
    this.tasks.push(task);
    this.enqueue(task);
    parent?.children.add(task);
    return task;
  }

  /** The submission was not accepted after all. */
  removeLast(): void {
    const task = this.tasks.pop()!;
    this.#withdraw(task);
    task.parent?.children.delete(task);
  }

  /** Before a task is told to stop for good. */
  stop(task: ModelTask, cause: unknown): void {
    if (task.phase === "done") return;
    if (task.phase !== "begun") {
      task.causes.push(cause);
      return;
    }
    // a worker that is ended for good takes the reason it had
    const { finalStop } = task;
    if (finalStop?.cause === parentLost && task.asked === 0) {
      // its worker ends as part of the same step: a callback may come before the scheduler comes to this task
      task.stops.splice(task.stops.indexOf(finalStop), 1, { ...finalStop, cause });
    }
    if (finalStop || task.noRetry) return;
    if (this.inTransition) task.eitherStop = true;
    task.stops.push({ kind: "cancel", cause, at: this.now() });
    if (task.ending) task.ending = { kind: "stop" };
  }

  begins(task: ModelTask): void {
    this.expect(task.phase === "sent", `task ${task.id} begins while it is ${task.phase}`);
    this.expect(task.begunAttempt < task.attempt, `attempt ${task.attempt} of task ${task.id} begins twice`);
    task.begunAttempt = task.attempt;
    task.phase = "begun";
  }

  /** Before a worker answers for a task. */
  finishes(task: ModelTask, ok: boolean, value: unknown): void {
    this.startFailures = 0;
    task.worker!.remove(task);
    if (task.stops.length > 0) task.ending = this.#endOfStopped(task);
    else if (ok) task.ending = { kind: "value", value };
    else {
      const again = task.hasAttemptsLeft && !this.isBroken;
      task.ending = again ? { kind: "retry" } : { kind: "error", value };
    }
  }

  #endOfStopped(task: ModelTask): Ending {
    const final = task.finalStop || task.noRetry || !task.hasAttemptsLeft || this.isBroken;
    return { kind: final ? "stop" : "retry" };
  }

  /** Before a worker's end is told. */
  exits(worker: ModelWorker): void {
    const unasked = !worker.worker.stopped && !worker.worker.ended;
    if (unasked) this.counts.crashed++;
    const { inHand } = worker;
    worker.batches = [];
    const begun = inHand.filter(({ phase }) => phase === "begun");
    const innocent = inHand.filter(({ phase }) => phase === "sent");
    if (
      unasked &&
      this.limits.onWorkerCrash === "fail-pool" &&
      begun.some(({ stops }) => stops.length === 0)
    ) {
      if (!this.isBroken) for (const each of this.workers) each.mayBeEnded = true;
      this.breaks();
    }
    if (unasked && worker.served === 0) this.startFailed();
    for (const task of innocent.toReversed()) {
      if (task === innocent[0]) task.losses++;
      if (task.stops.length > 0) task.ending = { kind: "stop" };
      else if (task.losses <= lossesAllowed) this.enqueue(task, true);
    }
    // nobody is there any more to use what they answer
    for (const { children } of begun) for (const child of children) this.stop(child, parentLost);
    for (const task of begun) task.ending = this.#endOfCrashed(task, !unasked);
  }

  #endOfCrashed(task: ModelTask, ended: boolean): Ending {
    const { onWorkerCrash, maxCrashesPerTask } = this.limits;
    if (task.stops.length > 0) return this.#endOfStopped(task);
    const counts = !ended && onWorkerCrash === "retry";
    if (counts && ++task.crashes >= maxCrashesPerTask && task.hasAttemptsLeft) return { kind: "exit" };
    if (this.isBroken) return { kind: "broken" };
    return { kind: (ended || counts) && task.hasAttemptsLeft ? "retry" : "exit" };
  }

  /** After a worker answered or ended: what had to become of its tasks has. */
  hasEnded(tasks: readonly ModelTask[]): void {
    for (const task of tasks) {
      this.expect(task.ending === undefined, `task ${task.id} should have ended: ${task.ending?.kind}`);
    }
  }

  /** A worker could not start. */
  startFailed(): void {
    this.startsFailed++;
    if (this.submitting === 0 && ++this.startFailures >= startFailuresAllowed) this.breaks();
  }

  breaks(): void {
    this.isBroken = true;
  }

  /** Before `terminate`. */
  terminates(): void {
    this.isClosing = true;
    this.isTerminated = true;
    for (const worker of this.workers) worker.mayBeEnded = true;
    for (const task of this.tasks) if (task.phase !== "begun") this.stop(task, terminated);
  }

  /** After all workers were ended: what they have in hand is stopped. */
  endsWorkers(kind: "ended" | "broken"): void {
    for (const worker of this.workers) {
      for (const task of worker.inHand) {
        task.noRetry = true;
        if (task.stops.length === 0) task.stops.push({ kind, at: this.now() });
      }
    }
  }

  /** Told by the future of a task. */
  settled(task: ModelTask, snapshot: FutureSnapshot<unknown>): void {
    const { cancelled, exception } = snapshot;
    this.note(`task ${task.id} settles: ${exception === null ? "a value" : String(exception)}`);
    this.expect(++task.settlements === 1, `task ${task.id} settles twice`);
    const what = `task ${task.id} (${task.ending?.kind ?? task.phase}) settles with ${String(exception)}`;
    this.expect(this.#verdicts.isRight(task, snapshot), what);
    if (cancelled) this.counts.cancelled++;
    else if (exception === null) this.counts.completed++;
    else this.counts.failed++;
    task.worker?.remove(task);
    this.#withdraw(task);
    task.phase = "done";
    task.ending = undefined;
    task.parent?.children.delete(task);
    // what it has left behind stands in the queue like any other
    for (const child of task.children) {
      child.parent = undefined;
      const queued = this.queue.includes(child);
      this.queue.splice(0, this.queue.length, ...this.queue.filter((other) => other !== child));
      child.depth = 0;
      if (queued) this.enqueue(child);
    }
  }

  /** Another attempt was announced. */
  retried(task: ModelTask, attempt: number, error: unknown): void {
    this.resumeDue();
    this.note(`task ${task.id} is tried again after attempt ${attempt}`);
    const late = task.phase !== "begun" && this.now() === task.timeoutAt;
    this.expect(
      attempt === task.attempt && task.hasAttemptsLeft && (task.ending?.kind === "retry" || late),
      `task ${task.id} (${task.ending?.kind ?? task.phase}) is tried again after attempt ${attempt}`,
    );
    const pause = task.pauseAfterAttempt();
    this.#withdraw(task);
    task.worker?.remove(task);
    task.worker = undefined;
    task.lastFailure = { error };
    task.attempt++;
    task.stops = [];
    task.noRetry = false;
    task.gaveWay = false;
    task.asked = 0;
    task.ending = undefined;
    task.timeoutAt = Number.POSITIVE_INFINITY;
    this.counts.retried++;
    if (pause === 0) return this.enqueue(task);
    task.phase = "paused";
    task.pausedUntil = this.now() + pause;
    this.paused.push(task);
  }

  // ── workers: see `HostObserver` ───────────────────────────────────────────────────────────────────────

  started(worker: ScriptedWorker): void {
    this.note(`worker ${worker.index} starts`);
    const alive = this.workers.filter((each) => each.isStarting || each.takesTasks);
    const depth = this.queue[0]?.depth ?? 0;
    // rule 8: until their hands are empty, except for what their own tasks wait for
    const inTheWay = this.workers.filter(
      (each) =>
        each.retiring &&
        !each.worker.ended &&
        !each.worker.gone &&
        each.batches.length > each.lendableTo(depth),
    );
    this.expect(
      alive.length + inTheWay.length < this.limits.maxWorkers,
      `worker ${worker.index} is one more than maxWorkers`,
    );
    this.expect(!this.isBroken && !this.isTerminated, `worker ${worker.index} starts after the end`);
    this.workers.push(new ModelWorker(worker));
  }

  sent(worker: ScriptedWorker, sent: readonly Task[], lent: boolean): void {
    this.resumeDue();
    const tasks = sent.map(({ id }) => this.tasks[id - 1]!);
    const ids = tasks.map(({ id }) => id).join(", ");
    const model = this.modelOf(worker);
    const { maxTasksPerWorker, prefetches } = this.limits;
    this.note(`worker ${worker.index} is sent ${ids}${lent ? ", lent" : ""}`);
    this.expect(
      model.takesTasks || (lent && model.lendsTo(tasks[0]!.depth, this.limits)),
      `worker ${worker.index} is sent ${ids} though it takes none`,
    );
    this.expect(!this.isTerminated, `worker ${worker.index} is sent ${ids} after terminate()`);
    const next = this.queue.splice(0, tasks.length);
    this.expect(
      tasks.every((task, at) => task === next[at]),
      `${ids} are sent before ${next.map(({ id }) => id).join(", ")}`,
    );
    const [first] = tasks as [ModelTask];
    const hasRoom = model.hasRoom(this.limits);
    if (hasRoom) {
      const least = Math.min(
        ...this.workers
          .filter((each) => each.hasRoom(this.limits) && (each === model || !each.mayBeBlocked))
          .map(({ batches }) => batches.length),
      );
      this.expect(model.batches.length === least, `worker ${worker.index} has more in hand than another`);
    } else if (first.depth > 0) {
      const lends = model.lendsTo(first.depth, this.limits);
      this.expect(lends, `worker ${worker.index} has no place to lend to ${ids}`);
    } else {
      const isPlain = first.limits.timeout === Number.POSITIVE_INFINITY;
      this.expect(prefetches && isPlain, `worker ${worker.index} is sent ${ids} though it has no room`);
    }
    this.expect(lent === (!hasRoom && first.depth > 0), `${ids} are lent a place, or not`);
    model.batches.push({ tasks: new Set(tasks), inFront: !hasRoom && first.depth === 0 });
    model.served += tasks.length;
    this.expect(model.served <= maxTasksPerWorker, `worker ${worker.index} is sent too many tasks`);
    if (model.served >= maxTasksPerWorker && model.takesTasks) {
      this.retire(model);
      model.hadItsShare = true;
    }
    for (const task of tasks) {
      this.expect(task.phase === "waiting", `task ${task.id} is sent while it is ${task.phase}`);
      task.phase = "sent";
      task.worker = model;
      task.timeoutAt = this.now() + task.limits.timeout;
    }
  }

  modelOf(worker: ScriptedWorker): ModelWorker {
    return this.workers.find((each) => each.worker === worker)!;
  }

  refused(worker: ScriptedWorker, { id }: Task): void {
    this.tasks[id - 1]!.refused = true;
    this.#givenBack(this.modelOf(worker));
  }

  /** A task that never begins on a worker does not count against its share. */
  #givenBack(worker: ModelWorker): void {
    worker.served--;
    if (!worker.hadItsShare || worker.worker.stopped || worker.worker.ended) return;
    worker.hadItsShare = false;
    const kept = this.workers.filter((each) => each.isStarting || each.takesTasks);
    if (kept.length >= this.limits.maxWorkers) return;
    worker.retiring = false;
    this.counts.recycled--;
  }

  prevented(worker: ScriptedWorker, { id }: Task): void {
    this.note(`task ${id} is taken back from worker ${worker.index}`);
    this.resumeDue();
    this.#givenBack(this.modelOf(worker));
    this.enqueue(this.tasks[id - 1]!, true);
  }

  released(worker: ScriptedWorker, { id }: Task): void {
    const task = this.tasks[id - 1]!;
    this.modelOf(worker).remove(task);
    this.expect(
      task.phase !== "begun" || task.ending !== undefined,
      `task ${id} is given up while worker ${worker.index} runs it`,
    );
    if (task.phase === "waiting") task.worker = undefined;
  }

  asked(worker: ScriptedWorker, { id }: Task, reason: unknown): void {
    const task = this.tasks[id - 1]!;
    this.note(`task ${id} is asked to stop: ${String(reason)}`);
    this.expect(++task.asked === 1, `task ${id} is asked twice`);
    this.expect(task.phase === "begun" && !worker.gone, `task ${id} is asked though it does not run`);
    if (task.stops.length === 0 && reason instanceof TimeoutError) {
      const kind = /deadline/.test(reason.message) ? "deadline" : "timeout";
      const due = kind === "deadline" ? task.deadlineAt : task.timeoutAt;
      this.expect(this.now() === due, `task ${id} is stopped by its ${kind}, which is at ${due}`);
      task.stops.push({ kind, at: this.now() });
      return;
    }
    const [stop] = task.stops;
    this.expect(
      stop?.kind === "cancel" &&
        (reason === stop.cause || (stop.cause === parentLost && reason instanceof WorkerExitError)),
      `task ${id} is asked to stop for no reason: ${String(reason)}`,
    );
  }

  toldToStop(worker: ScriptedWorker): void {
    this.note(`worker ${worker.index} is told to stop`);
    const model = this.modelOf(worker);
    model.stoppedAt = this.now();
    this.expect(model.batches.length === 0, `worker ${worker.index} is stopped with tasks in hand`);
  }

  terminated(worker: ScriptedWorker): void {
    this.note(`worker ${worker.index} is ended`);
    const model = this.modelOf(worker);
    const { grace } = this.limits;
    const overdue = model.inHand.some(({ stops }) => stops.length > 0 && stops[0]!.at + grace <= this.now());
    this.expect(
      model.mayBeEnded || overdue || model.stoppedAt + grace <= this.now(),
      `worker ${worker.index} is ended for no reason`,
    );
  }

  retire(worker: ModelWorker): void {
    worker.hadItsShare = false;
    worker.isSurplus = false;
    if (!worker.takesTasks) return;
    this.counts.recycled++;
    worker.retiring = true;
  }

  /** Before a pool is made smaller or larger: those with least in hand go. */
  resizes(maxWorkers: number, minWorkers: number): void {
    Object.assign(this.limits, { maxWorkers, minWorkers });
    const kept = this.workers.filter((each) => each.isStarting || each.takesTasks);
    const surplus = kept.toSorted((one, other) => one.inHand.length - other.inHand.length);
    for (const worker of surplus.slice(0, Math.max(0, kept.length - maxWorkers))) {
      if (worker.isStarting) worker.mayBeEnded = true;
      else Object.assign(worker, { retiring: true, isSurplus: true });
    }
  }
}
