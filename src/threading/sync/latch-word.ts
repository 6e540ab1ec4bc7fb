import type { Environment } from "./environment.js";
import { WordWait } from "./word-wait.js";

const countWord = 0;

/** A number that is counted down to 0, and waits for that. */
export class LatchWord {
  readonly words: Int32Array;
  readonly #environment: Environment;

  constructor(words: Int32Array, environment: Environment) {
    this.words = words;
    this.#environment = environment;
  }

  get count(): number {
    return this.#environment.atomics.load(this.words, countWord);
  }

  /** @returns what is left; -1, and nothing is changed, if less was left than that. */
  countDown(by: number): number {
    const { atomics } = this.#environment;
    let seen = atomics.load(this.words, countWord);
    for (;;) {
      if (seen < by) return -1;
      const found = atomics.compareExchange(this.words, countWord, seen, seen - by);
      if (found === seen) break;
      seen = found;
    }
    if (seen === by) atomics.notify(this.words, countWord);
    return seen - by;
  }

  waiting(): WordWait {
    return new WordWait(this.words, countWord, this.#environment, (now) => now === 0);
  }
}
