/**
 * The part of `Atomics` that the link is built on, so that a test can stand between two operations and explore
 * every order in which two threads may take their steps. All operations are sequentially consistent.
 */
export interface AtomicsLike {
  load(words: Int32Array, index: number): number;
  store(words: Int32Array, index: number, value: number): number;
  /** Answers the value that was there before. */
  compareExchange(words: Int32Array, index: number, expected: number, replacement: number): number;
}
