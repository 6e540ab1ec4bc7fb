import type { Environment } from "./environment.js";
import type { Waiting } from "./waiting.js";

/** Answers not 0 when what is waited for has happened, by the value that a word has now, or had at first. */
export type WordTest = (now: number, first: number) => boolean;

/** Waits for one word to have a certain value, without a queue: all who wait for it go on at once. */
export class WordWait implements Waiting {
  readonly words: Int32Array;
  readonly environment: Environment;
  readonly at: number;
  readonly #test: WordTest;
  #first: number | undefined;
  #expected = 0;

  constructor(words: Int32Array, at: number, environment: Environment, test: WordTest) {
    this.words = words;
    this.at = at;
    this.environment = environment;
    this.#test = test;
  }

  get expected(): number {
    return this.#expected;
  }

  look(): number {
    const now = this.environment.atomics.load(this.words, this.at);
    this.#first ??= now;
    this.#expected = now;
    return this.#test(now, this.#first) ? 1 : 0;
  }

  giveUp(): number {
    return this.look();
  }

  /** What it waits for is one change of one word: whoever makes it can't die half way. */
  lookAround(): void {}
}
