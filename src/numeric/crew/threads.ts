import { availableParallelism } from "node:os";
import { checkInteger } from "../../validate.js";
import { currentHeap, type Heap } from "../memory/heap.js";
import { mostHelpers, threadsWord } from "../memory/layout.js";

const cores = availableParallelism();

/** How many threads an operation over arrays of a heap uses. */
export function threadsOf(heap: Heap): number {
  return Atomics.load(heap.words, threadsWord) || cores;
}

/**
 * Says how many threads operations use from now on, in all threads of the process: as many as there are cores at first
 * (`os.availableParallelism()`). The thread that calls a synchronous form is one of them; an asynchronous one is done by
 * as many others, and by one at least. Results do not depend on it.
 * @param count - from 1 to 256.
 * @throws InvalidArgumentError
 * @example
 * setNumThreads(1); // synchronous operations start no threads
 */
export function setNumThreads(count: number): void {
  checkInteger("count", count, 1);
  Atomics.store(currentHeap().words, threadsWord, Math.min(count, mostHelpers));
}

/** How many threads operations use. */
export function getNumThreads(): number {
  return threadsOf(currentHeap());
}
