/** So many items, or places, are worth waiting for: what two cores hand over one by one costs several times as much. */
const worthWaitingFor = 32;

/** Times in steps of a loop, which takes a nanosecond or less for each: to begin with, and at most. */
const firstRest = 300;
const longestRest = 20_000;

/** How often not to rest before it is tried again whether that is of use. */
const trials = 16;

let dust = 0;

/** Keeps the thread busy without touching memory that others use. */
function pass(steps: number): void {
  let sum = dust;
  for (let i = 0; i < steps; i++) sum = (sum + i) | 0;
  dust = sum;
}

/**
 * How long a thread that found nothing lets items gather once there is one. Where it is as quick as who puts them in, it
 * would meet each item when that is just written, and the two cores would fight for the same memory. It rests longer as
 * long as that brings more items, and not at all where they come one by one.
 */
export class Pace {
  readonly #enough: number;
  #rest = 0;
  /** How many there were after the last rest. */
  #last = 0;
  #skipped = 0;

  /** @param maxsize - of the queue, which is not to get full meanwhile. */
  constructor(maxsize: number) {
    this.#enough = Math.min(worthWaitingFor, maxsize >> 2);
  }

  /** Rests, for as long as it was of use lately. */
  rest(size: () => number): void {
    if (this.#enough < 2) return;
    if (this.#rest === 0) {
      if (++this.#skipped < trials) return;
      this.#rest = firstRest;
      this.#last = 1;
    }
    pass(this.#rest);
    this.#learn(size());
  }

  /** Others take as well: what gathers is not for this thread. */
  reset(): void {
    this.#rest = 0;
    this.#skipped = 0;
  }

  #learn(gathered: number): void {
    if (gathered >= this.#enough) return;
    if (gathered > this.#last) this.#rest = Math.min(2 * this.#rest, longestRest);
    else if (gathered < 2 || this.#last < 2) this.reset();
    else this.#rest = Math.max(firstRest, this.#rest >> 1);
    this.#last = gathered;
  }
}
