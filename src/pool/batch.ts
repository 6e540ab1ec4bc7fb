import type { Task } from "./task.js";

/** Tasks that a worker was sent in one go, to run one after the other: one of its lanes. */
export class Batch {
  readonly size: number;
  /** Estimated running time of all of them in ms; Infinity where it is not known. */
  readonly cost: number;
  /** Whether it was sent to wait for a lane. */
  inFront: boolean;
  /** Those that have not ended. */
  left: number;
  /** Status word of the first task, where workers are reached by messages; else -1. */
  word = -1;

  constructor(tasks: readonly Task[], cost: number, inFront: boolean) {
    this.inFront = inFront;
    this.size = this.left = tasks.length;
    this.cost = cost;
  }
}
