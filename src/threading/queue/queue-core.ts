import type { AtomicsLike } from "../sync/atomics.js";
import type { Environment } from "../sync/environment.js";
import { OwnedWord } from "../sync/owned-word.js";
import type { Item } from "./item.js";
import {
  closedBit,
  doneWord,
  emptiedBit,
  endAt,
  firstAt,
  headerWords,
  joinWord,
  type Layout,
  putGuardWord,
  putWord,
  secondAt,
  seenEndWord,
  seenPutWord,
  seenTakenWord,
  slotWords,
  stateWord,
  tagAt,
  takeGuardWord,
  takenWord,
  unitWords,
} from "./layout.js";

/** What has come of an attempt: nothing yet. */
export const notYet = 0;
/** The item is in the queue, or was taken out of it. */
export const done = 1;
/** The queue is shut down. */
export const shutDown = 2;

/**
 * Items in shared memory, first in, first out, for as many who put and who take as like. One puts at a time and one
 * takes at a time, and the two don't hinder each other: the queue of two locks of M. Michael and M. Scott, "Simple,
 * Fast, and Practical Non-Blocking and Blocking Concurrent Queue Algorithms" (1996), over a ring. The README has the
 * rules.
 */
export class QueueCore {
  readonly #words: Int32Array;
  readonly #layout: Layout;
  readonly #atomics: AtomicsLike;
  readonly #environment: Environment;
  readonly #putGuard: OwnedWord;
  readonly #takeGuard: OwnedWord;
  /** How many items this thread has taken. */
  #ownTaken = 0;

  constructor(words: Int32Array, layout: Layout, environment: Environment) {
    this.#words = words;
    this.#layout = layout;
    this.#environment = environment;
    this.#atomics = environment.atomics;
    this.#putGuard = new OwnedWord(words, putGuardWord, environment);
    this.#takeGuard = new OwnedWord(words, takeGuardWord, environment);
  }

  /** Puts an item in: {@link done}, {@link notYet} where there is no room, or {@link shutDown}. */
  put(item: Item): number {
    const atomics = this.#atomics;
    const words = this.#words;
    this.#putGuard.enter();
    try {
      // rule 6: it is said within this guard
      if ((atomics.peek(words, stateWord) & closedBit) !== 0) return shutDown;
      const put = atomics.peek(words, putWord);
      const start = this.#endOf((put - 1) | 0);
      const { units } = item;
      if (!this.#hasRoom(put, start, units)) {
        // rule 5: as much as was known is not enough
        const taken = atomics.load(words, takenWord);
        atomics.poke(words, seenTakenWord, taken);
        atomics.poke(words, seenEndWord, this.#endOf((taken - 1) | 0));
        if (!this.#hasRoom(put, start, units)) return notYet;
      }
      if (units > 0) this.#write(start, item);
      const slot = this.#slotOf(put);
      atomics.poke(words, slot + endAt, (start + units) | 0);
      atomics.poke(words, slot + tagAt, item.tag);
      atomics.poke(words, slot + firstAt, item.first);
      atomics.poke(words, slot + secondAt, item.second);
      // rule 2: from here on it is in the queue
      atomics.store(words, putWord, (put + 1) | 0);
      return done;
    } finally {
      this.#putGuard.leave();
    }
  }

  /** Takes the next item: {@link done}, {@link notYet} where there is none, or {@link shutDown}. */
  take(item: Item): number {
    const atomics = this.#atomics;
    const words = this.#words;
    this.#takeGuard.enter();
    try {
      // rule 6: it is said within this guard
      if ((atomics.peek(words, stateWord) & emptiedBit) !== 0) return shutDown;
      const taken = atomics.peek(words, takenWord);
      if (taken === atomics.peek(words, seenPutWord)) {
        // rule 6: before the count, so that nothing is put in later if it says so
        const state = atomics.load(words, stateWord);
        const put = atomics.load(words, putWord);
        if (taken === put) return (state & closedBit) === 0 ? notYet : shutDown;
        atomics.poke(words, seenPutWord, put);
      }
      const start = this.#endOf((taken - 1) | 0);
      const slot = this.#slotOf(taken);
      item.units = (atomics.peek(words, slot + endAt) - start) | 0;
      item.tag = atomics.peek(words, slot + tagAt);
      item.first = atomics.peek(words, slot + firstAt);
      item.second = atomics.peek(words, slot + secondAt);
      if (item.units > 0) this.#read(start, item);
      // rule 2: from here on its place is free
      atomics.store(words, takenWord, (taken + 1) | 0);
      this.#ownTaken = (this.#ownTaken + 1) | 0;
      return done;
    } finally {
      this.#takeGuard.leave();
    }
  }

  /** Nothing can be put in any more, and with `immediate` nothing can be taken. */
  close(immediate: boolean): void {
    // rule 6: when this returns, nobody is in the middle of what is not allowed any more
    this.#putGuard.enter();
    this.#atomics.or(this.#words, stateWord, closedBit);
    this.#putGuard.leave();
    if (!immediate) return;
    this.#takeGuard.enter();
    this.#atomics.or(this.#words, stateWord, emptiedBit);
    this.#takeGuard.leave();
    this.#tellJoiners();
  }

  /** How many items other threads have taken. */
  get takenByOthers(): number {
    return (this.taken - this.#ownTaken) | 0;
  }

  get isClosed(): boolean {
    return (this.#atomics.load(this.#words, stateWord) & closedBit) !== 0;
  }

  /** How many items there are, as it seems now. */
  get size(): number {
    const { load } = this.#atomics;
    if ((load(this.#words, stateWord) & emptiedBit) !== 0) return 0;
    // first what was taken: never more than was put in
    const taken = load(this.#words, takenWord);
    return Math.min((load(this.#words, putWord) - taken) | 0, this.#layout.maxsize);
  }

  /** Whether there is something to take, as it seems now: or nothing will come any more. */
  get mayHaveItems(): boolean {
    const { load } = this.#atomics;
    return load(this.#words, putWord) !== load(this.#words, takenWord) || this.isClosed;
  }

  /** How many bytes of the arena they take, as it seems now. */
  get units(): number {
    if (this.size === 0) return 0;
    const { load } = this.#atomics;
    const end = (count: number): number => load(this.#words, this.#slotOf((count - 1) | 0) + endAt);
    const start = end(load(this.#words, takenWord));
    return Math.min(Math.max(0, (end(load(this.#words, putWord)) - start) | 0), this.#layout.maxUnits);
  }

  /** Counts items that were taken: when it changes, there may be room. */
  get taken(): number {
    return this.#atomics.load(this.#words, takenWord);
  }

  /** How many items were put in, or, where the rest was dropped, taken, and are not done. */
  get unfinished(): number {
    const { load } = this.#atomics;
    const finished = load(this.#words, doneWord);
    const emptied = (load(this.#words, stateWord) & emptiedBit) !== 0;
    // rule 7: what is dropped is not unfinished
    return Math.max(0, (load(this.#words, emptied ? takenWord : putWord) - finished) | 0);
  }

  /** One item is done. Answers false when none is left to be. */
  finishOne(): boolean {
    for (;;) {
      const finished = this.#atomics.load(this.#words, doneWord);
      if (this.unfinished === 0) return false;
      const next = (finished + 1) | 0;
      if (this.#atomics.compareExchange(this.#words, doneWord, finished, next) === finished) break;
    }
    if (this.unfinished === 0) this.#tellJoiners();
    return true;
  }

  /** Looks whether who is just putting or taking has died. */
  lookAround(): void {
    const { threads } = this.#environment;
    for (const { owner } of [this.#putGuard, this.#takeGuard])
      if (owner !== 0 && owner !== threads.me) threads.probe(owner);
  }

  /** Rule 8: who joins reads the word, then looks, then sleeps on it. */
  #tellJoiners(): void {
    this.#atomics.add(this.#words, joinWord, 1);
    this.#atomics.notify(this.#words, joinWord);
  }

  /** Whether there is room, as far as it is known, behind the last item, which ends at `start`. */
  #hasRoom(put: number, start: number, units: number): boolean {
    const { maxsize, maxUnits } = this.#layout;
    if (((put - this.#atomics.peek(this.#words, seenTakenWord)) | 0) >= maxsize) return false;
    const used = (start - this.#atomics.peek(this.#words, seenEndWord)) | 0;
    return units === 0 || used + units <= maxUnits;
  }

  #slotOf(count: number): number {
    return headerWords + (count & this.#layout.slotMask) * slotWords;
  }

  /** Where the item of a number ends in the arena. */
  #endOf(count: number): number {
    return this.#atomics.peek(this.#words, this.#slotOf(count) + endAt);
  }

  #write(start: number, item: Item): void {
    const { arenaStart, unitMask } = this.#layout;
    const unit = start & unitMask;
    const at = arenaStart + unit * unitWords;
    const left = (unitMask + 1 - unit) * unitWords;
    const count = item.units * unitWords;
    if (count <= left) {
      if (!item.writeInPlace(4 * at)) this.#copyIn(at, item.memory.words, 0, count);
      return;
    }
    item.fill();
    const { words } = item.memory;
    this.#copyIn(at, words, 0, left);
    this.#copyIn(arenaStart, words, left, count - left);
  }

  #read(start: number, item: Item): void {
    const { arenaStart, unitMask } = this.#layout;
    const unit = start & unitMask;
    const at = arenaStart + unit * unitWords;
    const left = (unitMask + 1 - unit) * unitWords;
    const count = item.units * unitWords;
    if (count <= left && item.readInPlace(4 * at)) return;
    item.reserve(4 * count);
    const { words } = item.memory;
    this.#copyOut(at, words, 0, Math.min(count, left));
    if (count > left) this.#copyOut(arenaStart, words, left, count - left);
  }

  #copyIn(to: number, words: Int32Array, from: number, count: number): void {
    this.#atomics.pokeRun(this.#words, to, words, from, count);
  }

  #copyOut(from: number, words: Int32Array, to: number, count: number): void {
    this.#atomics.peekRun(this.#words, from, words, to, count);
  }
}
