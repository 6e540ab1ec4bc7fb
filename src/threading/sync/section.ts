import type { AtomicsLike } from "./atomics.js";
import type { Environment } from "./environment.js";
import {
  guardWord,
  loggedWord,
  loggedWords,
  logStart,
  mostLogged,
  nodesStart,
  nodeWords,
  stateWord,
  statusAt,
} from "./layout.js";
import { OwnedWord } from "./owned-word.js";

/**
 * The critical section of a primitive, and the changes that are made in it: all of one commit happen, or none,
 * wherever the thread dies. The log is a redo log as databases have it.
 */
export class Section {
  readonly #words: Int32Array;
  readonly #guard: OwnedWord;
  readonly #atomics: AtomicsLike;
  readonly #open: boolean;
  readonly #indexes = new Int32Array(mostLogged);
  readonly #values = new Int32Array(mostLogged);
  #count = 0;
  /** Words to notify when the section is left: whoever wakes does not run into it at once. */
  #wakes: number[] = [];

  /** @param open - whether the memory has a state and nodes, which are looked at without the guard (rule 2). */
  constructor(words: Int32Array, environment: Environment, open = true) {
    this.#words = words;
    this.#guard = new OwnedWord(words, guardWord, environment);
    this.#atomics = environment.atomics;
    this.#open = open;
  }

  /** Runs `body` while no other thread is inside. What it has not committed when it throws does not happen. */
  within<R>(body: () => R): R {
    this.#guard.enter();
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
      if (this.#open && isVisible(index))
        atomics.compareExchange(words, index, atomics.peek(words, entry + 1), value);
      else atomics.poke(words, index, value);
      // rule 6: whoever made the change did not get on to tell it
      if (this.#open && isStatus(index)) this.wakeLater(index);
    }
    atomics.store(words, loggedWord, 0);
  }

  /** Rule 2: what is looked at without the guard changes atomically. */
  #apply(index: number, value: number): void {
    if (this.#open && isVisible(index)) this.#atomics.store(this.#words, index, value);
    else this.#atomics.poke(this.#words, index, value);
  }

  #leave(): void {
    const [words, atomics] = [this.#words, this.#atomics];
    const wakes = this.#wakes;
    if (wakes.length > 0) this.#wakes = [];
    this.#guard.leave();
    for (const index of wakes) atomics.notify(words, index);
  }
}

const isStatus = (index: number): boolean =>
  index >= nodesStart && (index - nodesStart) % nodeWords === statusAt;

/** What is looked at, and changed, without the guard. */
const isVisible = (index: number): boolean => index === stateWord || isStatus(index);
