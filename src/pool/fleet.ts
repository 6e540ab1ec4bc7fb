/**
 * The workers of one executor: how many there are, which has room, when one is idle, replaced or ended.
 *
 * @module
 */
import { channels } from "../events.js";
import type { ExecutorStats } from "../futures/executor.js";
import type { Host, HostWorker, NestedSubmission, WorkerExit } from "./host.js";
import type { ResolvedExecutorOptions } from "./options.js";
import type { Counters } from "./stats.js";
import type { Task } from "./task.js";
import { WorkerSlot } from "./worker-slot.js";

/** Tasks taken back from a worker and not answered for, up to which it is given more. */
const mostGhosts = 16;

/** Most work in ms, and most batches, that may wait in front of one worker. */
const mostWaitingTime = 1;
const mostWaiting = 32;

/** Nothing waits in front of a worker that has a batch in hand which takes longer than this, in ms, or nobody knows. */
const longBatch = 2;

/**
 * How much work waits in front of a worker, in ms; Infinity where no more may. What its tasks have begun is
 * read where they write it: results that have not been looked at yet say nothing of how far it is.
 */
function costInFront(slot: WorkerSlot): number {
  const { batches } = slot;
  let waiting = 0;
  for (let at = batches.length - 1; at >= 0; at--) {
    const batch = batches[at]!;
    if (batch.cost > longBatch) return Number.POSITIVE_INFINITY;
    if (slot.host.isWaiting(batch)) waiting += batch.cost;
  }
  return batches.length >= mostWaiting || waiting >= mostWaitingTime ? Number.POSITIVE_INFINITY : waiting;
}

/**
 * Whether a worker has yet to go through tasks that were taken back from it: more of them would only make it
 * later, on a machine that is too busy to give it its turn.
 */
function isBehind(slot: WorkerSlot): boolean {
  return slot.host.ghosts > mostGhosts;
}

/** Bytes on their way to a worker, above which no more tasks are sent ahead. */
const mostUnwritten = 2 ** 20;

/**
 * Whether a worker has left lying what it could have begun: one of its tasks does not let its event loop run. It has
 * not even seen that those were taken back.
 */
function isBlocked(slot: WorkerSlot): boolean {
  return slot.stuck && slot.lanes > 0 && slot.host.ghosts > 0;
}

/** What the fleet passes on to the scheduler. */
export interface FleetEvents {
  ready(slot: WorkerSlot): void;
  initializerFailed(error: unknown): void;
  finished(slot: WorkerSlot, task: Task, ok: boolean, value: unknown, ran: number, waited: boolean): void;
  told(slot: WorkerSlot): void;
  progress(task: Task, report: unknown): void;
  nested(submission: NestedSubmission): void;
  gaveWay(slot: WorkerSlot, task: Task): void;
  /** `unasked`: neither stopped nor ended by us. */
  exited(slot: WorkerSlot, exit: WorkerExit, unasked: boolean): void;
}

export class Fleet {
  readonly slots = new Set<WorkerSlot>();
  readonly #host: Host;
  readonly #options: ResolvedExecutorOptions;
  readonly #counters: Counters;
  readonly #events: FleetEvents;
  /** The only worker, where there is just one. */
  lone: WorkerSlot | undefined;
  #nextIndex = 0;
  #keepsAlive = false;

  constructor(host: Host, options: ResolvedExecutorOptions, counters: Counters, events: FleetEvents) {
    this.#host = host;
    this.#options = options;
    this.#counters = counters;
    this.#events = events;
  }

  /** Starts the workers that are kept even when idle. */
  startMinimum(): void {
    const { minWorkers, maxWorkers } = this.#options;
    const wanted = Math.min(minWorkers, maxWorkers - this.#leaving(0));
    for (let alive = this.#alive; alive < wanted; alive++) this.#start();
  }

  /**
   * Lets the workers go that are more than `maxWorkers`, those with least in hand first.
   * @returns those that finish what they have begun, and take no more.
   */
  trim(): WorkerSlot[] {
    const kept = [...this.slots].filter((slot) => slot.state === "starting" || slot.state === "ready");
    const surplus = kept.toSorted((one, other) => one.tasks.size - other.tasks.size);
    surplus.length = Math.max(0, surplus.length - this.#options.maxWorkers);
    for (const slot of surplus) {
      if (slot.state === "starting") this.end(slot, "the pool was made smaller");
      else {
        slot.isSurplus = true;
        this.#letGo(slot);
      }
    }
    // those that were kept though they had been idle for long may be more than are kept now
    const now = this.#options.clock.now();
    for (const slot of this.slots) {
      if (slot.state !== "ready" || !slot.empty || slot.idleTimer) continue;
      this.#watchIdle(slot, Math.max(0, slot.idleSince + this.#options.idleTimeout - now));
    }
    return surplus;
  }

  /**
   * The worker with a free lane that has least in hand.
   * @param depth - of the task: a nested one has other places, too.
   */
  withRoom(depth: number): WorkerSlot | undefined {
    let best: WorkerSlot | undefined;
    let blocked: WorkerSlot | undefined;
    for (const slot of this.slots) {
      if (slot.state !== "ready" || slot.lanes >= this.#options.tasksPerWorker || isBehind(slot)) continue;
      if (slot.host.occupied) continue;
      if (isBlocked(slot)) blocked ??= slot;
      else if (!best || slot.lanes < best.lanes) best = slot;
    }
    if (best || !blocked || depth > 0) return best ?? blocked;
    // rather than on one that may never look at it, on one that is started
    return this.starting > 0 || this.#alive + this.#leaving(0) < this.#options.maxWorkers
      ? undefined
      : blocked;
  }

  /**
   * Rule 13: the busy worker in front of which least work waits, if short work may wait there.
   * @param awake - only one that is awake.
   */
  withRoomInFront(awake = false): WorkerSlot | undefined {
    let best: WorkerSlot | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const slot of this.slots) {
      if (slot.state !== "ready" || slot.stuck || isBehind(slot) || (awake && slot.host.asleep)) continue;
      if (slot.host.unwritten > mostUnwritten) continue;
      const waiting = costInFront(slot);
      if (waiting >= least) continue;
      best = slot;
      least = waiting;
    }
    return best;
  }

  /** A busy worker in front of which nothing waits. */
  withNothingInFront(): WorkerSlot | undefined {
    for (const slot of this.slots) {
      if (slot.state !== "ready" || slot.stuck) continue;
      if (!slot.batches.some((batch) => slot.host.isWaiting(batch))) return slot;
    }
    return undefined;
  }

  /** Rule 3: a worker on which tasks that wait for what they submitted lend their place to a deeper one. */
  lend(task: Task): WorkerSlot | undefined {
    let best: WorkerSlot | undefined;
    let leaving: WorkerSlot | undefined;
    for (const slot of this.slots) {
      const lendable = slot.lendableTo(task.depth);
      if (slot.lanes - lendable >= this.#options.tasksPerWorker || slot.host.occupied) continue;
      if (slot.state === "ready") {
        if (!best || slot.lanes < best.lanes) best = slot;
      } else if (lendable > 0 && this.#lendsStill(slot)) leaving ??= slot;
    }
    return best ?? leaving;
  }

  /** Rule 18: one that goes because the pool was made smaller can't end before what its own tasks wait for. */
  #lendsStill(slot: WorkerSlot): boolean {
    return slot.state === "retiring" && slot.isSurplus && slot.served < this.#options.maxTasksPerWorker;
  }

  /** Workers that are on their way. */
  get starting(): number {
    let starting = 0;
    for (const slot of this.slots) if (slot.state === "starting") starting++;
    return starting;
  }

  /** Workers that are kept: neither ending nor about to. */
  get #alive(): number {
    let alive = 0;
    for (const slot of this.slots) if (slot.state === "starting" || slot.state === "ready") alive++;
    return alive;
  }

  /**
   * Workers that are to go and still count against `maxWorkers`.
   * @param depth - of the task that another would be started for: those that only wait for such tasks don't count.
   */
  #leaving(depth: number): number {
    let leaving = 0;
    // rule 8: one that is to be replaced counts as long as it works, except for those it only waits for
    for (const slot of this.slots)
      if (slot.state === "retiring" && slot.lanes > slot.lendableTo(depth)) leaving++;
    return leaving;
  }

  /** Workers that have tasks in hand. */
  busyWorkers(): HostWorker[] {
    const busy: HostWorker[] = [];
    for (const slot of this.slots) if (!slot.empty) busy.push(slot.host);
    return busy;
  }

  /** Tasks that workers run. */
  get begun(): number {
    let begun = 0;
    for (const slot of this.slots)
      for (let task = slot.tasks.first; task; task = task.next) if (slot.host.hasBegun(task)) begun++;
    return begun;
  }

  /** Tasks in the hands of workers beyond one for each lane in use. */
  get inFront(): number {
    if (!this.#host.prefetches) return 0;
    let inFront = 0;
    for (const slot of this.slots)
      for (const batch of slot.batches) inFront += batch.inFront ? batch.left : batch.left - 1;
    return inFront;
  }

  /**
   * Starts workers for what waits, as far as `maxWorkers` allows.
   * @param depth - of the first task that waits.
   * @returns whether one of them takes tasks at once.
   */
  grow(waiting: number, depth: number): boolean {
    let alive = this.#alive + this.#leaving(depth);
    let { starting } = this;
    let ready = false;
    const wanted = Math.max(1, Math.ceil(waiting / this.#options.tasksPerWorker));
    for (; starting < wanted && alive < this.#options.maxWorkers; alive++, starting++) {
      if (this.#start().state === "ready") ready = true;
    }
    return ready;
  }

  /**
   * Tasks that could be taken at once: free places on the workers there are and on those that may start.
   * @param submitting - the task that submits, of which the new one is to be a nested one.
   */
  freeLanes(submitting: Task | undefined): number {
    const depth = submitting ? submitting.depth + 1 : 0;
    let lanes = this.#options.maxWorkers * this.#options.tasksPerWorker;
    for (const slot of this.slots) {
      const used = slot.host.occupied
        ? this.#options.tasksPerWorker
        : Math.max(0, slot.lanes - slot.lendableTo(depth, submitting));
      lanes -= Math.min(used, this.#options.tasksPerWorker);
    }
    return lanes;
  }

  /** A worker got something to do. */
  busy(slot: WorkerSlot): void {
    // rule 8: a worker that has had its share takes no more, and is replaced
    if (slot.served < this.#options.maxTasksPerWorker || slot.state !== "ready") return;
    slot.hadItsShare = true;
    this.#retire(slot);
  }

  /** A task that a worker was given never began there: it does not count against its share. */
  givenBack(slot: WorkerSlot): void {
    slot.served--;
    if (!slot.hadItsShare || slot.state !== "retiring") return;
    slot.hadItsShare = false;
    // others may have taken its place meanwhile
    if (this.#alive >= this.#options.maxWorkers) return;
    slot.state = "ready";
    this.#counters.recycled--;
  }

  /** Something in a worker's hands ended: perhaps it is idle now, or may go. */
  settle(slot: WorkerSlot): void {
    if (!slot.empty) return;
    if (slot.state === "retiring") return this.#stop(slot);
    if (slot.state !== "ready") return;
    slot.idleSince = this.#options.clock.now();
    if (!slot.idleTimer) this.#watchIdle(slot, this.#options.idleTimeout);
  }

  /** Ends a worker now. */
  end(slot: WorkerSlot, why: string): void {
    slot.endedFor ??= why;
    slot.state = "ending";
    slot.host.terminate();
  }

  /** Asks all workers to end; each has nothing in hand. */
  stopAll(): void {
    for (const slot of [...this.slots]) if (slot.state !== "ending") this.#stop(slot);
  }

  /** Whether the workers keep the process alive. */
  keepAlive(alive: boolean): void {
    if (this.#keepsAlive === alive) return;
    this.#keepsAlive = alive;
    for (const slot of this.slots) slot.host.keepAlive(alive);
  }

  stats(): ExecutorStats["workers"] {
    const count = { starting: 0, idle: 0, busy: 0 };
    for (const slot of this.slots) {
      if (slot.state === "starting") count.starting++;
      else if (slot.empty && slot.state === "ending") continue;
      else if (slot.empty && !slot.host.occupied) count.idle++;
      else count.busy++;
    }
    const { peakWorkers: peak, started, crashed, recycled } = this.#counters;
    return Object.freeze({ ...count, peak, started, crashed, recycled });
  }

  #start(): WorkerSlot {
    const slot = new WorkerSlot(this.#nextIndex++);
    const event = { executor: this.#options.name, worker: slot.index };
    if (channels.workerSpawn.hasSubscribers) channels.workerSpawn.publish(event);
    slot.host = this.#host.startWorker(slot.index, {
      ready: () => {
        if (slot.state === "starting") slot.state = "ready";
        if (channels.workerReady.hasSubscribers) channels.workerReady.publish(event);
        this.settle(slot);
        this.#events.ready(slot);
      },
      initializerFailed: (error) => {
        slot.endedFor = "its initializer failed";
        this.#events.initializerFailed(error);
        if (this.slots.has(slot)) this.end(slot, slot.endedFor);
      },
      finished: (task, ok, value, ran, waited) => this.#events.finished(slot, task, ok, value, ran, waited),
      told: () => {
        this.settle(slot);
        this.#events.told(slot);
      },
      progress: (task, report) => this.#events.progress(task, report),
      nested: (submission) => this.#events.nested(submission),
      gaveWay: (task) => this.#events.gaveWay(slot, task),
      memory: (bytes) => {
        if (bytes <= this.#options.maxMemoryPerWorker) return;
        slot.hadItsShare = false;
        slot.isSurplus = false;
        this.#retire(slot);
      },
      exited: (exit) => this.#exited(slot, exit),
    });
    this.slots.add(slot);
    this.#count();
    this.#counters.started++;
    this.#counters.peakWorkers = Math.max(this.#counters.peakWorkers, this.slots.size);
    slot.host.keepAlive(this.#keepsAlive);
    return slot;
  }

  #count(): void {
    const [lone] = this.slots;
    this.lone = this.slots.size === 1 ? lone : undefined;
  }

  #retire(slot: WorkerSlot): void {
    if (slot.state !== "ready") return;
    this.#counters.recycled++;
    this.#letGo(slot);
  }

  /** It takes no more, and ends when its hands are empty. */
  #letGo(slot: WorkerSlot): void {
    slot.state = "retiring";
    this.settle(slot);
  }

  /** One timer for many idle times: setting and cancelling one for each task would cost more than the task. */
  #watchIdle(slot: WorkerSlot, delay: number): void {
    slot.idleTimer = this.#options.clock.setTimer(() => {
      slot.idleTimer = undefined;
      if (slot.state !== "ready" || !slot.empty) return;
      const left = slot.idleSince + this.#options.idleTimeout - this.#options.clock.now();
      if (left > 0) this.#watchIdle(slot, left);
      else if (this.#alive > this.#options.minWorkers) {
        this.#stop(slot);
        // one that was behind was idle while tasks wait: another can have its place
        this.#events.told(slot);
      }
    }, delay);
  }

  /** Asks a worker with empty hands to end, and ends it after `grace` if it does not. */
  #stop(slot: WorkerSlot): void {
    slot.state = "ending";
    slot.idleTimer?.cancel();
    slot.endTimer = this.#options.clock.setTimer(
      () => slot.host.terminate(),
      this.#options.grace,
      this.#keepsAlive,
    );
    slot.host.stop();
  }

  #exited(slot: WorkerSlot, exit: WorkerExit): void {
    const unasked = slot.state !== "ending";
    slot.state = "ending";
    this.slots.delete(slot);
    this.#count();
    slot.idleTimer?.cancel();
    slot.endTimer?.cancel();
    if (unasked) this.#counters.crashed++;
    if (channels.workerExit.hasSubscribers) {
      channels.workerExit.publish({
        executor: this.#options.name,
        worker: slot.index,
        reason: exit.reason,
        exitCode: exit.exitCode,
      });
    }
    this.#events.exited(slot, exit, unasked);
  }
}
