import { currentHeap } from "./heap.js";

/** What {@link memoryUsage} tells; sizes in bytes. */
export interface MemoryUsage {
  /** How much the arrays of all threads take. */
  readonly used: number;
  /** What the arena has grown to: it does not shrink, what is freed in it is used again. */
  readonly arena: number;
  /** What it can grow to. */
  readonly limit: number;
  /** How many messages with arrays are on their way between threads. */
  readonly messages: number;
}

/**
 * How much memory arrays take, in the arena that the threads of the process share.
 * @example
 * const { used, limit } = memoryUsage();
 * if (used > limit / 2) await disposeOldArrays();
 */
export function memoryUsage(): MemoryUsage {
  const { used, top, limit, functions } = currentHeap();
  return { used, arena: top, limit, messages: functions.heap_messages() };
}
