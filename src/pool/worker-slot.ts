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
  /** Set while it has nothing to do. */
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

  /** Lanes lent to nested tasks: those of tasks that have submitted some and wait. */
  lendableTo(depth: number): number {
    let lendable = 0;
    for (const task of this.tasks.values()) if (task.depth < depth && task.children.size > 0) lendable++;
    return lendable;
  }
}
