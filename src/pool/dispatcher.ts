/**
 * Which task goes to which worker, and when (rules 1, 3, 13 and 14).
 *
 * @module
 */
import { systemClock } from "../clock.js";
import { type BrokenExecutorError, TimeoutError } from "../errors.js";
import { channels } from "../events.js";
import { handOver, requeueFuture } from "../futures/future.js";
import { Batch } from "./batch.js";
import { costOf, takeBatch } from "./batching.js";
import type { Fleet } from "./fleet.js";
import type { Host } from "./host.js";
import { ItemRunner, type LocalMap, mayWaitWithMap } from "./item-runner.js";
import type { ResolvedExecutorOptions } from "./options.js";
import { programEnds } from "./program-end.js";
import { SpinLane } from "./spin-lane.js";
import type { Counters } from "./stats.js";
import type { StopLadder } from "./stop-ladder.js";
import { StuckWatch } from "./stuck-watch.js";
import type { Task } from "./task.js";
import type { TaskEnds } from "./task-ends.js";
import type { TaskQueue } from "./task-queue.js";
import { worthWaking } from "./wake-cost.js";
import type { WorkerSlot } from "./worker-slot.js";

/** In a burst of submissions workers are given their share every so many, and not only when it is over. */
const burst = 128;

/** More than the answers of one turn of the event loop set off, where each is followed by another task. */
const longBurst = 512;

/** Tasks that take longer than this, in ms, wait in the queue and not in front of a worker. */
const longTask = 2;

const settled = Promise.resolve();

/** Tasks within tasks on this thread that start within `submit`; deeper ones start a moment later. */
const deepestImmediate = 200;

/** What the dispatcher works with. */
export interface DispatcherParts {
  readonly queue: TaskQueue;
  readonly fleet: Fleet;
  readonly ends: TaskEnds;
  readonly ladder: StopLadder;
  /** Why the executor can't go on, when it can't: an instance of its own for each call. */
  broken(): BrokenExecutorError | undefined;
  /** A worker could not even be started. */
  startFailed(error: unknown): void;
  /** The code that submitted is through. */
  burstEnds(): void;
  /** Tasks left the queue for workers. */
  sent(): void;
  /** An attempt has ended. */
  finished(slot: WorkerSlot, task: Task, ok: boolean, value: unknown, ran: number, waited: boolean): void;
}

export class Dispatcher {
  readonly #host: Host;
  readonly #options: ResolvedExecutorOptions;
  readonly #counters: Counters;
  readonly #parts: DispatcherParts;
  readonly #stuckWatch: StuckWatch;
  readonly #lane: SpinLane | undefined;
  #planned = false;
  /** Tasks that entered the queue since the last dispatch. */
  #inBurst = 0;
  /** Whether results may be told in a burst: once in a turn of the event loop, else they might set off each other. */
  #mayTellAhead = true;
  /** Whether that was done in this burst. */
  #toldAhead = false;
  /** Calls of `dispatch` within each other. */
  #dispatching = 0;
  /** Whose items wait with their map; nothing is in the queue then (rule 25). */
  #offered: ItemRunner | undefined;
  #endedOffers = false;

  constructor(host: Host, options: ResolvedExecutorOptions, counters: Counters, parts: DispatcherParts) {
    this.#host = host;
    this.#options = options;
    this.#counters = counters;
    this.#parts = parts;
    const { ends, fleet } = parts;
    this.#stuckWatch = new StuckWatch(fleet.slots, (slot) => {
      this.takeBack(slot);
      this.dispatch();
    });
    if (!host.spinCells) return;
    this.#lane = new SpinLane(host.spinCells, {
      get outstanding() {
        return ends.unsettled;
      },
      busyWorkers: () => fleet.busyWorkers(),
    });
  }

  /** Starts a worker for a task that is about to come. */
  startFirst(): void {
    if (this.#parts.broken()) return;
    try {
      this.#parts.fleet.grow(1, 0);
    } catch {
      // it is tried again for the task, which is then there to be told of the failure
    }
  }

  /** Items that wait with their map. */
  get offered(): number {
    return this.#offered === undefined ? 0 : this.#offered.waiting;
  }

  /** See `Scheduler.runnerOf`. */
  runnerOf(map: LocalMap): ItemRunner | undefined {
    if (!mayWaitWithMap(map.kind, this.#host, this.#options)) return undefined;
    const { ends, fleet } = this.#parts;
    return new ItemRunner(map, {
      ends,
      fleet,
      counters: this.#counters,
      clock: this.#options.clock,
      offer: (runner) => this.#offer(runner),
      withdraw: (runner) => this.#withdraw(runner),
      queueOffered: () => this.#queueOffered(),
      plan: () => this.plan(),
      finished: (slot, task, ok, value, ran, waited) =>
        this.#parts.finished(slot, task, ok, value, ran, waited),
      goOn: () => this.goOn(),
    });
  }

  /** The executor ends or breaks: all that waits has to be in the queue. */
  endOffers(): void {
    this.#endedOffers = true;
    this.#queueOffered();
  }

  /** Rule 25: whether items of a map may wait with it. */
  #offer(runner: ItemRunner): void {
    if (this.#endedOffers || programEnds()) return;
    // whoever watches tasks is told of them as they are submitted
    const isWatched = channels.taskSubmit.hasSubscribers || channels.taskStart.hasSubscribers;
    if (this.#offered || this.#parts.queue.size > 0 || isWatched) return;
    if (!this.#parts.fleet.lone) this.startFirst();
    if (this.#parts.fleet.lone?.state !== "ready") return;
    this.#offered = runner;
    runner.isOffered = true;
  }

  /** None of these waits any more. */
  #withdraw(runner: ItemRunner): void {
    runner.isOffered = false;
    if (this.#offered === runner) this.#offered = undefined;
  }

  /** Items that wait with their map go into the queue. */
  #queueOffered(): void {
    const offered = this.#offered;
    if (!offered) return;
    this.#withdraw(offered);
    offered.submitAll();
  }

  /** A task enters the queue. */
  enqueue(task: Task, front = false): void {
    this.#queueOffered();
    task.phase = "queued";
    this.#parts.queue.add(task, front);
    const { size } = this.#parts.queue;
    if (size > this.#counters.peakQueued) this.#counters.peakQueued = size;
    // a further attempt waits for the loop in `dispatch` that the failed one came from
    const within = task.attempt > 1 && this.#dispatching > 0;
    if (!this.#host.immediate) {
      if (++this.#inBurst % burst === 0 && this.#dispatching === 0) this.#goOnInBurst(task);
      this.plan();
    } else if (this.#dispatching >= deepestImmediate) this.plan();
    else if (!within) this.dispatch();
  }

  /** Dispatches when the code that runs now is through. */
  plan(): void {
    if (this.#planned) return;
    this.#planned = true;
    // not `queueMicrotask`, which in Node makes a resource for each
    void settled.then(this.#dispatchPlanned);
  }

  readonly #dispatchPlanned = (): void => {
    this.#planned = false;
    this.#inBurst = 0;
    if (this.#toldAhead) this.#mayTellAhead = this.#toldAhead = false;
    this.#parts.burstEnds();
    if (this.#parts.queue.size > 0 || this.#offered) this.dispatch();
  };

  /** Rule 1: the first task in the queue goes to the worker with room that has least in hand. */
  dispatch(): void {
    this.#dispatching++;
    let sent = false;
    try {
      for (let task = this.#parts.queue.first; task; task = this.#parts.queue.first) {
        const here = this.#onThisThread(task);
        if (here) {
          // also while a call runs there that was given up
          if (here.lanes >= this.#options.tasksPerWorker || here.host.occupied) return;
          sent = true;
          this.#start(here, task);
          continue;
        }
        const free = this.#withRoom(task);
        const slot =
          (free && this.#ratherThanWake(free, task)) ??
          free ??
          this.#withRoomInFront(task) ??
          this.#lender(task);
        // a start that failed may have broken the executor, and settled the task
        if (task.phase !== "queued") continue;
        if (!slot) return;
        sent = true;
        this.#send(slot, task, slot !== free);
      }
      if (this.#offered) this.#beginOffered(this.#offered);
    } finally {
      this.#dispatching--;
      if (sent) this.#parts.sent();
    }
  }

  /** Results were told in a turn of the event loop: there may be room now. */
  goOn(): void {
    this.#mayTellAhead = true;
    if (this.#parts.queue.size === 0 && !this.#offered) return;
    // on this thread the task ran within `dispatch`, which goes on by itself
    if (this.#dispatching === 0) this.dispatch();
  }

  /** No future is unsettled any more. */
  allSettled(): void {
    this.#lane?.done();
  }

  #withRoom(task: Task): WorkerSlot | undefined {
    const slot = this.#parts.fleet.withRoom(task.depth);
    if (slot) return slot;
    return this.#grow(task) ? this.#parts.fleet.withRoom(task.depth) : undefined;
  }

  #goOnInBurst(task: Task): void {
    // rule 14: callbacks are not called before the code that submits is through
    const ahead = this.#mayTellAhead && this.#inBurst >= longBurst;
    for (const slot of this.#parts.fleet.slots) slot.host.relieve(ahead);
    if (ahead) this.#toldAhead = true;
    if (this.#isWorthwhile(task)) this.dispatch();
  }

  /** Whether workers are given their share while a burst of submissions goes on. */
  #isWorthwhile(task: Task): boolean {
    // on this thread tasks would start within `submit`
    if (!this.#host.prefetches) return false;
    return !this.#isLittle(task) || this.#parts.fleet.withRoomInFront(true) !== undefined;
  }

  /** A worker that is at work and nearly through, where waking the other takes longer than what there is to do. */
  #ratherThanWake(free: WorkerSlot, task: Task): WorkerSlot | undefined {
    if (!task.isPlain || !free.host.asleep || !this.#isLittle(task)) return undefined;
    return this.#parts.fleet.withRoomInFront(true);
  }

  /** Whether what waits in the queue is not worth waking a worker for it, while more is coming. */
  #isLittle(first: Task): boolean {
    const { mean } = first.kind.cost;
    return this.#host.prefetches && mean !== undefined && mean * this.#parts.queue.size < worthWaking();
  }

  /** Rule 13: short work may wait in front of a busy worker, which then need not wait for it. */
  #withRoomInFront(task: Task): WorkerSlot | undefined {
    if (!this.#host.prefetches || !task.isPlain) return undefined;
    // a chunk of a map takes its time: one waits in front of each worker
    if (task.kind.isChunk) return this.#parts.fleet.withNothingInFront();
    const { mean } = task.kind.cost;
    return mean === undefined || mean > longTask ? undefined : this.#parts.fleet.withRoomInFront();
  }

  /** Rule 3: a worker that lends a place, but not while one is on its way on which no place has to be lent. */
  #lender(task: Task): WorkerSlot | undefined {
    if (task.depth === 0 || this.#parts.fleet.starting >= this.#parts.queue.size) return undefined;
    return this.#parts.fleet.lend(task);
  }

  /** Starts workers for what waits. Answers whether one takes tasks at once. */
  #grow(task: Task): boolean {
    if (this.#parts.broken()) return false;
    try {
      return this.#parts.fleet.grow(this.#parts.queue.size, task.depth);
    } catch (error) {
      this.#parts.startFailed(error);
      return false;
    }
  }

  /** The worker that takes a task or lets it wait, without any choice to be made: the usual case on this thread. */
  #onThisThread(task: Task): WorkerSlot | undefined {
    const { lone } = this.#parts.fleet;
    if (!lone?.host.start || this.#options.maxWorkers > 1 || lone.state !== "ready") return undefined;
    return task.depth > 0 || isPartOfChunk(task) ? undefined : lone;
  }

  /** On this thread: a task starts by itself. */
  #start(slot: WorkerSlot, task: Task): void {
    slot.addAlone();
    slot.served++;
    this.#parts.queue.moveTo(slot.tasks, task, task, 1);
    const { clock } = this.#options;
    const now = clock.now();
    this.#handOver(task, slot, undefined, now);
    this.#parts.fleet.busy(slot);
    slot.host.start!(task, clock === systemClock ? now : performance.now());
  }

  #beginOffered(runner: ItemRunner): void {
    const { lone } = this.#parts.fleet;
    if (lone?.state === "ready") return runner.beginAll(lone, this.#options.tasksPerWorker);
    this.#queueOffered();
    this.plan();
  }

  /** @param beside - whether the worker has other tasks in hand that occupy all its lanes. */
  #send(slot: WorkerSlot, first: Task, beside: boolean): void {
    if (slot.host.start && !isPartOfChunk(first)) return this.#start(slot, first);
    const tasks = this.#host.prefetches || first.group ? this.#batch(first, slot) : [first];
    const batch = new Batch(tasks, costOf(tasks), beside && first.depth === 0);
    slot.add(batch);
    slot.served += tasks.length;
    const now = this.#options.clock.now();
    this.#parts.queue.moveTo(slot.tasks, first, tasks.at(-1)!, tasks.length);
    for (let at = 0; at < tasks.length; at++) this.#handOver(tasks[at]!, slot, batch, now);
    this.#parts.fleet.busy(slot);
    const woken = slot.host.send(tasks, batch, {
      // a task waits in front of a worker, or is lent a place there
      lent: beside && first.depth > 0,
      mayMove: tasks.length === 1 && !(beside && first.depth === 0),
      refused: (task, error) => {
        if (task.phase !== "sent" || task.worker !== slot) return;
        this.#parts.ends.detach(task);
        this.#parts.fleet.givenBack(slot);
        this.#parts.ends.fail(task, error);
        this.#parts.fleet.settle(slot);
        this.plan();
      },
      postponed: (task) => {
        task.needsLane = true;
        this.#putBack(task);
      },
    });
    if (this.#host.prefetches && slot.tasks.size > 1) this.#stuckWatch.watch(slot);
    this.#lane?.sent(woken, batch.cost);
  }

  #batch(first: Task, slot: WorkerSlot): Task[] {
    return takeBatch(first, {
      waiting: this.#parts.queue.size,
      workers: Math.max(1, this.#parts.fleet.slots.size),
      room: this.#options.maxTasksPerWorker - slot.served,
      shared: this.#options.tasksPerWorker > 1,
    });
  }

  #handOver(task: Task, slot: WorkerSlot, batch: Batch | undefined, now: number): void {
    task.phase = "sent";
    task.worker = slot;
    task.batch = batch;
    this.#counters.waitTime.record(now - task.submittedAt);
    if (task.madeFuture) handOver(task.madeFuture);
    const { timeout } = task.kind.options;
    if (timeout !== Number.POSITIVE_INFINITY) {
      const late = (): void =>
        this.#parts.ladder.stop(
          task,
          new TimeoutError(`${task.name} ran longer than its timeout of ${timeout} ms`),
          true,
        );
      task.attemptTimer = this.#options.clock.setTimer(late, timeout, true);
    }
    if (channels.taskStart.hasSubscribers) {
      channels.taskStart.publish({
        ...this.#parts.ends.event(task),
        worker: slot.index,
        waited: now - task.submittedAt,
      });
    }
  }

  /** Rule 14: what waits in front of a worker that does not get on goes back to the front of the queue. */
  takeBack(slot: WorkerSlot): void {
    for (const task of slot.tasks.toArray().toReversed()) {
      if (task.worker === slot && !task.moved && !task.stopping && slot.host.prevent(task))
        this.#putBack(task);
    }
  }

  /** From a worker's hands to the front of the queue. */
  #putBack(task: Task): void {
    const slot = task.worker!;
    this.#parts.ends.detach(task);
    this.#parts.fleet.givenBack(slot);
    const broken = this.#parts.broken();
    // nobody may be left who would take it
    if (broken) return this.#parts.ends.fail(task, broken);
    if (task.madeFuture) requeueFuture(task.madeFuture);
    this.enqueue(task, true);
  }
}

/** Whether the caller of a map wants such tasks to run one after the other. */
function isPartOfChunk({ kind: { group } }: Task): boolean {
  return group !== undefined && group.chunksize !== "auto" && group.chunksize > 1;
}
