/** Atomic steps on words that threads share; tests put other ones in their place. */
export interface AtomicSteps {
  load(words: Int32Array, index: number): number;
  store(words: Int32Array, index: number, value: number): number;
  add(words: Int32Array, index: number, amount: number): number;
  sub(words: Int32Array, index: number, amount: number): number;
  compareExchange(words: Int32Array, index: number, expected: number, replacement: number): number;
  notify(words: Int32Array, index: number, count?: number): number;
  /** Sleeps while the word has this value, at most so many ms. */
  wait(words: Int32Array, index: number, expected: number, timeout?: number): string;
}

/** What the crew has to know of threads. */
export interface Lives {
  /** The id of this thread. */
  readonly me: number;
  isAlive(id: number): boolean;
  /** Finds out whether a thread that counts as alive has died without anybody's noticing. */
  probe(id: number): void;
}

/** All that the crew's algorithm needs from around it; tests give it another world. */
export interface Environment {
  readonly atomics: AtomicSteps;
  readonly threads: Lives;
  /** A monotonic time in ms. */
  now(): number;
  /** How long to sleep before looking whether somebody has died, in ms. */
  readonly patience: number;
  /** How often to look at a word before sleeping for it. */
  readonly spins: number;
}

/** The machine's. */
export const machineAtomics: AtomicSteps = {
  load: (words, index) => Atomics.load(words, index),
  store: (words, index, value) => Atomics.store(words, index, value),
  add: (words, index, amount) => Atomics.add(words, index, amount),
  sub: (words, index, amount) => Atomics.sub(words, index, amount),
  compareExchange: (words, index, expected, replacement) =>
    Atomics.compareExchange(words, index, expected, replacement),
  notify: (words, index, count) => Atomics.notify(words, index, count),
  wait: (words, index, expected, timeout) => Atomics.wait(words, index, expected, timeout),
};
