import type { AtomicsLike } from "./atomics.js";
import type { Environment } from "./environment.js";
import { idBits, wantedBit } from "./layout.js";

/**
 * A word that lets one thread at a time in, and survives its death: the three-state futex of U. Drepper, "Futexes Are
 * Tricky" (2011), with the owner's id in it. The README has the rules.
 */
export class OwnedWord {
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #environment: Environment;
  readonly #atomics: AtomicsLike;

  constructor(words: Int32Array, at: number, environment: Environment) {
    this.#words = words;
    this.#at = at;
    this.#environment = environment;
    this.#atomics = environment.atomics;
  }

  /** Who is inside, as it seems now; 0: nobody. */
  get owner(): number {
    return this.#atomics.load(this.#words, this.#at) & idBits;
  }

  /** Waits until nobody else is inside. */
  enter(): void {
    const { me } = this.#environment.threads;
    if (this.#atomics.compareExchange(this.#words, this.#at, 0, me) !== 0) this.#enterContended(me);
  }

  /** Lets others in. */
  leave(): void {
    if ((this.#atomics.exchange(this.#words, this.#at, 0) & wantedBit) !== 0)
      this.#atomics.notify(this.#words, this.#at, 1);
  }

  #enterContended(me: number): void {
    const { threads, patience, spins } = this.#environment;
    const [words, at, atomics] = [this.#words, this.#at, this.#atomics];
    let mine = me;
    for (let looks = 0; ; looks++) {
      const seen = atomics.compareExchange(words, at, 0, mine);
      if (seen === 0) return;
      if (looks < spins) continue;
      const owner = seen & idBits;
      // rule 5: what a dead thread was about to do either was committed or never happens
      // its own id: an error such as a stack that is full kept it from leaving
      if (owner === me || !threads.isAlive(owner)) {
        if (atomics.compareExchange(words, at, seen, me | wantedBit) === seen) return;
        continue;
      }
      const wanted = seen | wantedBit;
      if (seen !== wanted && atomics.compareExchange(words, at, seen, wanted) !== seen) continue;
      if (atomics.wait(words, at, wanted, patience) === "timed-out") threads.probe(owner);
      // others may sleep still, and whoever leaves has to know
      mine = me | wantedBit;
    }
  }
}
