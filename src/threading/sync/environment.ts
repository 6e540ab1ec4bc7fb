import type { AtomicsLike } from "./atomics.js";

/** What a primitive has to know of threads. */
export interface Threads {
  /** The id of this thread, from 1 up to 30 bits. */
  readonly me: number;
  /** Whether a thread lives, as far as is known. */
  isAlive(id: number): boolean;
  /** How many deaths are known: when it has not changed, nobody has died. */
  deaths(): number;
  /** Finds out whether a thread that counts as alive has died without anybody's noticing. */
  probe(id: number): void;
}

/** All that the algorithms need from around them; tests give them another world. */
export interface Environment {
  readonly atomics: AtomicsLike;
  readonly threads: Threads;
  /** A monotonic time in ms. */
  now(): number;
  /** How long to sleep before looking whether somebody has died, in ms. */
  readonly patience: number;
  /** How often to look at a word before sleeping for it. */
  readonly spins: number;
}
