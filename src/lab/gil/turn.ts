import type { Environment } from "../../threading/sync/environment.js";
import type { Waiting } from "../../threading/sync/waiting.js";
import type { GilCore } from "./core.js";
import { stateWord } from "./layout.js";

/** One wait for a Gil, in rounds of a switch interval (rules 3 and 4). */
export class GilTurn implements Waiting {
  readonly words: Int32Array;
  readonly environment: Environment;
  readonly at = stateWord;
  readonly #core: GilCore;
  readonly #later: boolean;
  #expected = 0;
  #isRound = false;
  #roundEnd = 0;
  #request = 0;

  /** @param later - whether the thread goes on while it waits (rule 10). */
  constructor(core: GilCore, later: boolean) {
    this.words = core.words;
    this.environment = core.environment;
    this.#core = core;
    this.#later = later;
  }

  get expected(): number {
    return this.#expected;
  }

  /** ms until the round ends. */
  get roundLeft(): number {
    return Math.max(0, this.#roundEnd - this.environment.now());
  }

  look(): number {
    const outcome = this.#core.take();
    if (outcome !== 0) return outcome;
    const { seen } = this.#core;
    if (!this.#isRound || seen !== this.#expected) {
      this.#isRound = true;
      this.#expected = seen;
      this.#roundEnd = this.environment.now() + this.#core.interval;
    }
    return 0;
  }

  /** It was woken, and begins another round if it comes too late. */
  woken(): void {
    this.#isRound = false;
  }

  lookAround(): void {
    this.environment.threads.probe(this.#core.holderIn(this.#expected));
    if (this.roundLeft > 0) return;
    this.#isRound = false;
    const request = this.#core.ask(this.#expected, this.#later);
    if (request !== 0) this.#request = request;
  }

  /** Rule 9: who has dropped it for this request counts on its being taken. */
  giveUp(): number {
    const outcome = this.#core.take();
    if (outcome !== 0) return outcome;
    if (this.#request === 0 || this.#core.withdraw(this.#request)) return 0;
    return this.#core.take();
  }
}

/**
 * Blocks the thread.
 * @param timeout - in ms; Infinity for no limit.
 * @returns what `take` answered; 0 when the time is up.
 */
export function blockUntilTaken(turn: GilTurn, timeout: number): number {
  const { words, environment } = turn;
  const { atomics, patience } = environment;
  const end = timeout === Number.POSITIVE_INFINITY ? timeout : environment.now() + timeout;
  for (;;) {
    const outcome = turn.look();
    if (outcome !== 0) return outcome;
    const left = end === Number.POSITIVE_INFINITY ? end : end - environment.now();
    if (left <= 0) return turn.giveUp();
    const time = Math.min(left, turn.roundLeft, patience);
    if (atomics.wait(words, turn.at, turn.expected, time) === "timed-out") turn.lookAround();
    else turn.woken();
  }
}
