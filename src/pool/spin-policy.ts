/**
 * Whether to look for each other or to sleep: rules 4 and 5 of `spin-lane.ts`, by nothing but what they are told.
 *
 * @module
 */

/** Tasks between two trials of the other way, and tasks of a trial; of each the first few don't count. */
const period = 512;
const trial = 32;
const settling = 4;
/** The first trial comes sooner: nothing is known yet. */
const firstPeriod = 128;

/** The other way has to be so much better before spinning is given up for it. */
const advantage = 0.6;

/** Longer answers count as this, in ms: one that was interrupted must not outweigh all others. */
const longestSample = 0.3;

/** For so many tasks nobody looks after the first interruption, and at most. */
const firstRest = 128;
const longestRest = 16 * 1_024;
/** So many tasks that are quicker for it outweigh an interruption. */
const worthwhile = 1_024;

/** Whether to spin, by what tasks took the one way and the other, and by who was interrupted while looking. */
export class SpinPolicy {
  /** Whether to spin now. */
  spins = true;
  /** The way that is kept outside of trials. */
  #kept = true;
  #length = firstPeriod;
  #count = 0;
  #sum = 0;
  #usual = 0;
  /** Tasks for which nobody looks yet. */
  #rests = 0;
  /** For how many the next interruption will make it so. */
  #nextRest = firstRest;
  /** Tasks since anybody looks again. */
  #calm = 0;

  /** Rule 4: takes in what a task took that was alone under way, in ms. */
  sample(took: number): void {
    if (this.#rests > 0) {
      if (--this.#rests > 0) return;
      this.#calm = 0;
      return this.#begin();
    }
    this.#calm++;
    const at = this.#count++;
    const usually = this.#length - trial;
    const from = at >= usually ? usually : 0;
    if (at >= from + settling) this.#sum += Math.min(took, longestSample);
    if (at === usually - 1) {
      this.#usual = this.#sum / (usually - settling);
      this.#sum = 0;
      this.spins = !this.#kept;
    } else if (at === this.#length - 1) {
      const other = this.#sum / (trial - settling);
      if (other < this.#usual * (this.#kept ? advantage : 1)) this.#kept = !this.#kept;
      this.#length = period;
      this.#begin();
    }
  }

  /** Rule 5: somebody who looked was interrupted. */
  interrupted(): void {
    if (this.#rests > 0) return;
    this.#rests = this.#calm < worthwhile ? this.#nextRest : firstRest;
    this.#nextRest = Math.min(2 * this.#rests, longestRest);
    this.spins = false;
  }

  #begin(): void {
    this.spins = this.#kept;
    this.#count = this.#sum = 0;
  }
}
