import type { Environment } from "../sync/environment.js";
import type { Waiting } from "../sync/waiting.js";
import { readerSleepsWord, readWord, writerSleepsWord, writtenWord } from "./layout.js";
import type { RingCore } from "./ring-core.js";

/** Waits until an attempt of this side comes to something; the other side wakes it. */
export class RingWait implements Waiting {
  readonly words: Int32Array;
  readonly environment: Environment;
  readonly at: number;
  expected = 0;
  readonly #core: RingCore;
  readonly #other: "reader" | "writer";
  readonly #sleeps: number;
  readonly #attempt: () => number;

  /** @param attempt - answers what has come of it; 0: nothing yet. */
  constructor(core: RingCore, side: "reader" | "writer", attempt: () => number) {
    this.words = core.words;
    this.environment = core.environment;
    this.#core = core;
    this.#attempt = attempt;
    const reads = side === "reader";
    this.#other = reads ? "writer" : "reader";
    this.at = reads ? writtenWord : readWord;
    this.#sleeps = reads ? readerSleepsWord : writerSleepsWord;
  }

  look(): number {
    const { atomics } = this.environment;
    // rule 3: first the word, then the attempt, then the flag: whatever happens after the first shows in the word
    this.expected = atomics.load(this.words, this.at);
    const outcome = this.#attempt();
    if (outcome === 0 && atomics.load(this.words, this.#sleeps) === 0)
      atomics.store(this.words, this.#sleeps, 1);
    return outcome;
  }

  /** What comes at this moment is there for the next call. */
  giveUp(): number {
    return 0;
  }

  lookAround(): void {
    this.#core.probe(this.#other);
  }
}
