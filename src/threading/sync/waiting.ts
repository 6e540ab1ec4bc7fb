/**
 * The two ways to wait: the thread blocks, or its event loop goes on. What is waited for is the same.
 *
 * @module
 */
import type { Environment } from "./environment.js";

/** Something to wait for, as one waiter sees it. */
export interface Waiting {
  readonly words: Int32Array;
  readonly environment: Environment;
  /** The word to wait for, while it has the value `expected`; both as of the last `look`. */
  readonly at: number;
  readonly expected: number;
  /** What has come of it; 0 while there is nothing. */
  look(): number;
  /** Waits no longer. Answers what has come of it at the last moment; 0: nothing will. */
  giveUp(): number;
  /** Looks after what nobody tells: that a thread has died. */
  lookAround(): void;
}

/**
 * Blocks the thread.
 * @param timeout - in ms; Infinity for no limit.
 * @returns what `look` answered; 0 when the time is up.
 */
export function block(waiting: Waiting, timeout: number): number {
  const { words, environment } = waiting;
  const { atomics, patience, spins } = environment;
  const end = timeout === Number.POSITIVE_INFINITY ? timeout : environment.now() + timeout;
  let looks = 0;
  for (;;) {
    const outcome = waiting.look();
    if (outcome !== 0) return outcome;
    const left = end === Number.POSITIVE_INFINITY ? end : end - environment.now();
    if (left <= 0) return waiting.giveUp();
    if (looks++ < spins) continue;
    if (atomics.wait(words, waiting.at, waiting.expected, Math.min(left, patience)) === "timed-out")
      waiting.lookAround();
  }
}

/** A wait that does not block. */
export class Watch {
  readonly #waiting: Waiting;
  readonly #done: (outcome: number) => void;
  #ended = false;
  /** The word that it is woken by; -1: none. */
  #armedAt = -1;

  /** @param done - called once, with what `look` answered; not before `look` was called. */
  constructor(waiting: Waiting, done: (outcome: number) => void) {
    this.#waiting = waiting;
    this.#done = done;
  }

  /** Whether it waits no longer. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Looks now, and whenever the word is notified. */
  look(): void {
    while (!this.#ended) {
      const outcome = this.#waiting.look();
      if (outcome !== 0) {
        this.#ended = true;
        this.#done(outcome);
        return;
      }
      const { words, environment, at, expected } = this.#waiting;
      if (this.#armedAt === at) return;
      const begun = environment.atomics.waitAsync(words, at, expected);
      if (!begun.async) continue;
      this.#armedAt = at;
      begun.value.then(() => {
        if (this.#armedAt === at) this.#armedAt = -1;
        this.look();
      });
      return;
    }
  }

  /** Looks again without being told, after those who may have died. */
  lookAround(): void {
    if (this.#ended) return;
    this.#waiting.lookAround();
    this.look();
  }

  /** Waits no longer. Answers what has come of it at the last moment, and does not call `done`. */
  giveUp(): number {
    if (this.#ended) return 0;
    this.#ended = true;
    const outcome = this.#waiting.giveUp();
    const { words, environment } = this.#waiting;
    // the engine keeps the wait until it is woken
    if (this.#armedAt >= 0) environment.atomics.notify(words, this.#armedAt);
    return outcome;
  }
}
