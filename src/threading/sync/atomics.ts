/**
 * The operations on shared memory that locks are built on, so that a test can stand between two of them and explore
 * every order in which threads may take their steps, and every step at which a thread may die.
 *
 * @module
 */

/** How a wait for a word ended: woken, or the word had another value, or the time was up. */
export type WordWaitResult = "ok" | "not-equal" | "timed-out";

/** The beginning of a wait that does not block. */
export type WordWaitBegin =
  | { readonly async: false; readonly value: "not-equal" | "timed-out" }
  | { readonly async: true; readonly value: PromiseLike<WordWaitResult> };

/** Operations on the words of a memory. All but `peek` and `poke` are atomic and sequentially consistent. */
export interface AtomicsLike {
  load(words: Int32Array, index: number): number;
  store(words: Int32Array, index: number, value: number): number;
  /** This and the next four answer the value that was there before. */
  add(words: Int32Array, index: number, amount: number): number;
  sub(words: Int32Array, index: number, amount: number): number;
  or(words: Int32Array, index: number, bits: number): number;
  and(words: Int32Array, index: number, bits: number): number;
  exchange(words: Int32Array, index: number, value: number): number;
  compareExchange(words: Int32Array, index: number, expected: number, replacement: number): number;
  /** Wakes those who wait for a word; answers how many. */
  notify(words: Int32Array, index: number, count?: number): number;
  /** Blocks the thread until it is woken, `timeout` ms at most, if the word has the expected value. */
  wait(words: Int32Array, index: number, expected: number, timeout?: number): WordWaitResult;
  /** The same without blocking. The promise alone does not keep the process alive. */
  waitAsync(words: Int32Array, index: number, expected: number): WordWaitBegin;
  /** A plain read of a word that only the owner of the guard changes (rule 2). */
  peek(words: Int32Array, index: number): number;
  /** A plain write of such a word. */
  poke(words: Int32Array, index: number, value: number): void;
  /** Plain reads of such words, `count` from `index` on, which go to `into` from `at` on. */
  peekRun(words: Int32Array, index: number, into: Int32Array, at: number, count: number): void;
  /** Plain writes of such words, `count` from `index` on, to what is in `from` from `at` on. */
  pokeRun(words: Int32Array, index: number, from: Int32Array, at: number, count: number): void;
}

interface AtomicsWithWaitAsync {
  waitAsync(words: Int32Array, index: number, expected: number): WordWaitBegin;
}

/** From here on a loop is slower than a call of the engine. */
const longRun = 64;

function copyRun(from: Int32Array, start: number, to: Int32Array, at: number, count: number): void {
  if (count >= longRun) to.set(from.subarray(start, start + count), at);
  else for (let i = 0; i < count; i++) to[at + i] = from[start + i]!;
}

/** The machine's. */
export const machineAtomics: AtomicsLike = {
  load: (words, index) => Atomics.load(words, index),
  store: (words, index, value) => Atomics.store(words, index, value),
  add: (words, index, amount) => Atomics.add(words, index, amount),
  sub: (words, index, amount) => Atomics.sub(words, index, amount),
  or: (words, index, bits) => Atomics.or(words, index, bits),
  and: (words, index, bits) => Atomics.and(words, index, bits),
  exchange: (words, index, value) => Atomics.exchange(words, index, value),
  compareExchange: (words, index, expected, replacement) =>
    Atomics.compareExchange(words, index, expected, replacement),
  notify: (words, index, count) => Atomics.notify(words, index, count),
  wait: (words, index, expected, timeout) => Atomics.wait(words, index, expected, timeout),
  waitAsync: (words, index, expected) =>
    (Atomics as unknown as AtomicsWithWaitAsync).waitAsync(words, index, expected),
  peek: (words, index) => words[index]!,
  poke: (words, index, value) => {
    words[index] = value;
  },
  peekRun: (words, index, into, at, count) => copyRun(words, index, into, at, count),
  pokeRun: (words, index, from, at, count) => copyRun(from, at, words, index, count),
};
