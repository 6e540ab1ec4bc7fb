import type { Timer } from "../clock.js";
import type { HostWorker } from "./host.js";
import type { Task } from "./task.js";

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
  /** Tasks in hand, by id. */
  readonly tasks = new Map<number, Task>();
  /** Lanes in use: a chunk of tasks takes one. */
  lanes = 0;
  /** Tasks sent in all. */
  served = 0;
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

  /** Whether nothing is in hand. */
  get empty(): boolean {
    return this.tasks.size === 0;
  }

  /**
   * Lanes that can be lent to nested tasks: those of tasks that have submitted some and gave way.
   * @param submitting - counts as one of them: it is about to.
   */
  lendableTo(depth: number, submitting?: Task): number {
    if (depth === 0) return 0;
    let lendable = 0;
    for (const task of this.tasks.values())
      if (task.depth < depth && ((task.gaveWay && task.children.size > 0) || task === submitting)) lendable++;
    return lendable;
  }
}
