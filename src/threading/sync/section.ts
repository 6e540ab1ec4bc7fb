import type { AtomicsLike } from "./atomics.js";
import type { Environment } from "./environment.js";
import {
  guardWord,
  idBits,
  loggedWord,
  loggedWords,
  logStart,
  mostLogged,
  nodesStart,
  nodeWords,
  stateWord,
  statusAt,
  wantedBit,
} from "./layout.js";

/**
 * The critical section of a primitive, and the changes that are made in it: all of one commit happen, or none,
 * wherever the thread dies. The lock is the three-state futex of U. Drepper, "Futexes Are Tricky" (2011), with the
 * owner's id in it; the log is a redo log as databases have it.
 */
export class Section {
  readonly #words: Int32Array;
  readonly #environment: Environment;
  readonly #atomics: AtomicsLike;
  readonly #indexes = new Int32Array(mostLogged);
  readonly #values = new Int32Array(mostLogged);
  #count = 0;
  /** Words to notify when the section is left: whoever wakes does not run into it at once. */
  #wakes: number[] = [];

  constructor(words: Int32Array, environment: Environment) {
    this.#words = words;
    this.#environment = environment;
    this.#atomics = environment.atomics;
  }

  /** Runs `body` while no other thread is inside. What it has not committed when it throws does not happen. */
  within<R>(body: () => R): R {
    this.#enter();
    try {
      // rule 3: who committed this did not get on to apply it
      const logged = this.#atomics.peek(this.#words, loggedWord);
      if (logged > 0) this.#replay(logged);
      return body();
    } finally {
      this.#count = 0;
      this.#leave();
    }
  }

  /** A word as this commit leaves it. Only within the section. */
  get(index: number): number {
    for (let i = this.#count - 1; i >= 0; i--) if (this.#indexes[i] === index) return this.#values[i]!;
    return this.#atomics.peek(this.#words, index);
  }

  /** Plans a change. Changes are applied in the order in which they were planned last. */
  set(index: number, value: number): void {
    // one change of a word: rule 4
    for (let i = 0; i < this.#count; i++) if (this.#indexes[i] === index) this.#forget(i);
    this.#indexes[this.#count] = index;
    this.#values[this.#count] = value;
    this.#count++;
  }

  /** Makes the planned changes: all, or none. */
  commit(): void {
    const count = this.#count;
    if (count > mostLogged) throw new RangeError(`a commit of ${count} changes`);
    if (count > 1) {
      for (let i = 0; i < count; i++) {
        const index = this.#indexes[i]!;
        const entry = logStart + loggedWords * i;
        this.#atomics.poke(this.#words, entry, index);
        this.#atomics.poke(this.#words, entry + 1, this.#atomics.peek(this.#words, index));
        this.#atomics.poke(this.#words, entry + 2, this.#values[i]!);
      }
      this.#atomics.store(this.#words, loggedWord, count);
    }
    for (let i = 0; i < count; i++) this.#apply(this.#indexes[i]!, this.#values[i]!);
    if (count > 1) this.#atomics.store(this.#words, loggedWord, 0);
    this.#count = 0;
  }

  /** Wakes all who wait for a word, after the section is left. */
  wakeLater(index: number): void {
    this.#wakes.push(index);
  }

  #forget(at: number): void {
    this.#count--;
    this.#indexes.copyWithin(at, at + 1, this.#count + 1);
    this.#values.copyWithin(at, at + 1, this.#count + 1);
  }

  #replay(count: number): void {
    const [words, atomics] = [this.#words, this.#atomics];
    for (let i = 0; i < count; i++) {
      const entry = logStart + loggedWords * i;
      const index = atomics.peek(words, entry);
      const value = atomics.peek(words, entry + 2);
      // rule 4: if it was applied, others may have gone on from there
      if (isVisible(index)) atomics.compareExchange(words, index, atomics.peek(words, entry + 1), value);
      else atomics.poke(words, index, value);
      // rule 6: whoever made the change did not get on to tell it
      if (isStatus(index)) this.wakeLater(index);
    }
    atomics.store(words, loggedWord, 0);
  }

  /** Rule 2: what is looked at without the guard changes atomically. */
  #apply(index: number, value: number): void {
    if (isVisible(index)) this.#atomics.store(this.#words, index, value);
    else this.#atomics.poke(this.#words, index, value);
  }

  #enter(): void {
    const { me } = this.#environment.threads;
    if (this.#atomics.compareExchange(this.#words, guardWord, 0, me) !== 0) this.#enterContended(me);
  }

  #enterContended(me: number): void {
    const { threads, patience, spins } = this.#environment;
    const [words, atomics] = [this.#words, this.#atomics];
    let mine = me;
    for (let looks = 0; ; looks++) {
      const seen = atomics.compareExchange(words, guardWord, 0, mine);
      if (seen === 0) return;
      if (looks < spins) continue;
      const owner = seen & idBits;
      // rule 5: what a dead thread was about to do either was committed or never happens
      // its own id: an error such as a stack that is full kept it from leaving
      if (owner === me || !threads.isAlive(owner)) {
        if (atomics.compareExchange(words, guardWord, seen, me | wantedBit) === seen) return;
        continue;
      }
      const wanted = seen | wantedBit;
      if (seen !== wanted && atomics.compareExchange(words, guardWord, seen, wanted) !== seen) continue;
      if (atomics.wait(words, guardWord, wanted, patience) === "timed-out") threads.probe(owner);
      // others may sleep still, and whoever leaves has to know
      mine = me | wantedBit;
    }
  }

  #leave(): void {
    const [words, atomics] = [this.#words, this.#atomics];
    const wakes = this.#wakes;
    if (wakes.length > 0) this.#wakes = [];
    if ((atomics.exchange(words, guardWord, 0) & wantedBit) !== 0) atomics.notify(words, guardWord, 1);
    for (const index of wakes) atomics.notify(words, index);
  }
}

const isStatus = (index: number): boolean =>
  index >= nodesStart && (index - nodesStart) % nodeWords === statusAt;

/** What is looked at, and changed, without the guard. */
const isVisible = (index: number): boolean => index === stateWord || isStatus(index);
