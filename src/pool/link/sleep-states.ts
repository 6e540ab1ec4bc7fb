import type { AtomicsLike } from "./atomics.js";
import { type LinkSide, stateWord } from "./memory.js";

/** Zero is asleep: fresh memory has both sides asleep (rule 5). */
const asleep = 0;
const awake = 1;

/** Who of the two sides of a link sleeps, as one of them sees and changes it. */
export class SleepStates {
  readonly #words: Int32Array;
  readonly #own: number;
  readonly #other: number;
  readonly #atomics: AtomicsLike;

  constructor(words: Int32Array, side: LinkSide, atomics: AtomicsLike) {
    this.#words = words;
    this.#own = stateWord(side);
    this.#other = stateWord(side === "scheduler" ? "worker" : "scheduler");
    this.#atomics = atomics;
  }

  /** Whether the other side sleeps, as it seems now. */
  get otherSleeps(): boolean {
    return this.#atomics.load(this.#words, this.#other) === asleep;
  }

  /** Whether the other side sleeps and this call has taken it on to wake it: the caller has to (rule 6). */
  claimWakeUp(): boolean {
    return (
      this.#atomics.load(this.#words, this.#other) === asleep &&
      this.#atomics.compareExchange(this.#words, this.#other, asleep, awake) === asleep
    );
  }

  sleep(): void {
    this.#atomics.store(this.#words, this.#own, asleep);
  }

  /** Awake after all. If the other side has just claimed the wake-up, one arrives for nothing: no harm. */
  stayAwake(): void {
    this.#atomics.compareExchange(this.#words, this.#own, asleep, awake);
  }

  wake(): void {
    this.#atomics.store(this.#words, this.#own, awake);
  }
}
