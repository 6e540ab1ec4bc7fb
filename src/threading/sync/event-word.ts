import type { Environment } from "./environment.js";
import { WordWait } from "./word-wait.js";

const flagWord = 0;
const setBit = 1;

/** A flag, and how often it was set: one word, so that nobody can miss that it was set, however short a time. */
export class EventWord {
  readonly words: Int32Array;
  readonly #environment: Environment;

  constructor(words: Int32Array, environment: Environment) {
    this.words = words;
    this.#environment = environment;
  }

  get isSet(): boolean {
    return (this.#environment.atomics.load(this.words, flagWord) & setBit) !== 0;
  }

  set(): void {
    const { atomics } = this.#environment;
    let seen = atomics.load(this.words, flagWord);
    while ((seen & setBit) === 0) {
      const found = atomics.compareExchange(this.words, flagWord, seen, (seen + 3) | 0);
      if (found === seen) break;
      seen = found;
    }
    // also when it was set before: who did that may have died before this
    atomics.notify(this.words, flagWord);
  }

  clear(): void {
    this.#environment.atomics.and(this.words, flagWord, ~setBit);
  }

  /** A wait until it is set: also one that is cleared again before the waiter looks. */
  waiting(): WordWait {
    return new WordWait(
      this.words,
      flagWord,
      this.#environment,
      (now, first) => (now & setBit) !== 0 || now !== first,
    );
  }
}
