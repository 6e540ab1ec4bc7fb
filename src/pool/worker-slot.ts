import type { Timer } from "../clock.js";
import type { Batch } from "./batch.js";
import type { HostWorker } from "./host.js";
import type { Task } from "./task.js";
import { TaskList } from "./task-list.js";

/**
 * Where a worker is.
 *
 * - `starting`: not ready yet.
 * - `ready`: takes tasks.
 * - `retiring`: takes none any more; is asked to end when its hands are empty.
 * - `ending`: told to end, or being ended.
 */
export type WorkerState = "starting" | "ready" | "retiring" | "ending";

/** A worker as the scheduler sees it. */
export class WorkerSlot {
  readonly index: number;
  state: WorkerState = "starting";
  host!: HostWorker;
  /** Tasks in hand. */
  readonly tasks = new TaskList();
  /** The same by batch, in the order of sending: each takes a lane, or waits for one. */
  readonly batches: Batch[] = [];
  /** How many tasks in hand are in no batch: each takes a lane. */
  #alone = 0;
  /** How many of the batches wait for a lane. */
  #inFront = 0;
  /** Tasks sent in all, but for those that were taken back before they began. */
  served = 0;
  /** Whether it retires because it was sent as many as it may run, and for nothing else. */
  hadItsShare = false;
  /** Whether it retires because the pool was made smaller, and for nothing else: nothing is wrong with it. */
  isSurplus = false;
  /** Set while it does not get on: nothing is sent to wait in front of it. */
  stuck = false;
  /** ms without an answer after which it is taken for stuck. */
  patience = 2;
  /** When it was last left with empty hands, by the executor's clock. */
  idleSince = 0;
  /** Fires when it may have been idle for too long; it may have been busy meanwhile. */
  idleTimer: Timer | undefined;
  /** Set while it is ending. */
  endTimer: Timer | undefined;
  /** Why it is being ended, when the scheduler ends it. */
  endedFor: string | undefined;

  constructor(index: number) {
    this.index = index;
  }

  /** Lanes in use. */
  get lanes(): number {
    return this.batches.length + this.#alone;
  }

  /** Whether nothing is in hand. */
  get empty(): boolean {
    return this.tasks.size === 0;
  }

  /** The worker is sent a batch. */
  add(batch: Batch): void {
    this.batches.push(batch);
    if (batch.inFront) this.#inFront++;
  }

  /** The worker is to start a task that is in no batch. */
  addAlone(): void {
    this.#alone++;
  }

  /** The place of such a task is free; the task has left. */
  leaveAlone(): void {
    this.#alone--;
  }

  /** Takes a task out of the worker's hands. */
  remove(task: Task): void {
    this.tasks.remove(task);
    const { batch } = task;
    if (!batch) return void this.#alone--;
    if (--batch.left > 0) return;
    this.batches.splice(this.batches.indexOf(batch), 1);
    if (this.#inFront === 0) return;
    this.#inFront--;
    // the lane is the next one's
    if (!batch.inFront) this.batches.find((each) => each.inFront)!.inFront = false;
  }

  /**
   * Lanes that can be lent to nested tasks: those of tasks that have submitted some and gave way.
   * @param submitting - counts as one of them: it is about to.
   */
  lendableTo(depth: number, submitting?: Task): number {
    if (depth === 0) return 0;
    let lendable = 0;
    for (let task = this.tasks.first; task; task = task.next) {
      if (task.depth >= depth) continue;
      if ((task.gaveWay && task.children && task.children.size > 0) || task === submitting) lendable++;
    }
    return lendable;
  }
}
