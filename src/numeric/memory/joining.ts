import type { HeapFunctions } from "../kernels/module.js";
import { atWorkStart, atWorkStride, joinerWord, seats as seatCount, seatlessWord } from "./layout.js";
import { type Seats, seatOf } from "./seats.js";

/** What `heap_allocate` answers instead of an address: somebody joins blocks; they are to be joined now. */
const busy = 1;
const due = 2;

/** How long to sleep for who joins blocks before looking whether it has died, in ms. */
const patience = 100;

/** How often to do that before doing without what it joins. */
const mostWaits = 50;

/** How often to look whether a thread is still at work on the lists before sleeping, and for how long then, in ms. */
const spins = 2_000;
const nap = 1;

/** How long to wait for threads at work before giving up, in ms: each is there for less than a microsecond. */
const longestWork = 1_000;

/** Free blocks are joined by one thread at a time: rules 7 to 9, as one thread sees them. */
export class Joining {
  readonly #words: Int32Array;
  readonly #seats: Seats;
  readonly #functions: HeapFunctions;
  /** Who was waited for last, and for how long it still may be, in ms. */
  #awaited = 0;
  #patience = 0;

  constructor(words: Int32Array, seats: Seats, functions: HeapFunctions) {
    this.#words = words;
    this.#seats = seats;
    this.#functions = functions;
  }

  /** The address of a new block, as `heap_allocate`; blocks are joined where that is needed. 0: there is no memory. */
  allocate(bytes: number, seat: number): number {
    const functions = this.#functions;
    for (let waits = 0; ; ) {
      const answer = functions.heap_allocate(bytes, seat) >>> 0;
      if (answer > due) return answer;
      if (answer === busy) {
        if (this.#awaitEnd()) continue;
      } else {
        const joined = this.#join(() => functions.heap_join(bytes, seat) >>> 0);
        if (joined !== undefined) return joined;
        // another thread was earlier
        if (Atomics.load(this.#words, joinerWord) !== 0) continue;
      }
      const extended = functions.heap_extend(bytes, seat) >>> 0;
      if (extended !== 0 || answer !== busy || ++waits === mostWaits) return extended;
    }
  }

  /**
   * What a function answers that is refused, by `undefined`, while somebody joins blocks.
   * @param otherwise - what to do where that does not end.
   * @param most - how often to wait for a tenth of a second.
   */
  aside<T extends number | boolean>(fn: () => T | undefined, otherwise: () => T, most = mostWaits): T {
    for (let waits = 0; waits < most; ) {
      const answer = fn();
      if (answer !== undefined) return answer;
      if (!this.#awaitEnd()) waits++;
    }
    return otherwise();
  }

  /** Waits a while for another thread to have joined blocks, or does it if that has died; whether it has ended. */
  #awaitEnd(): boolean {
    const words = this.#words;
    const id = Atomics.load(words, joinerWord);
    if (id === 0) return true;
    if (id !== this.#awaited) {
      this.#awaited = id;
      this.#patience = patience * mostWaits;
    }
    if (this.#seats.isAlive(id)) {
      // nobody waits for ever for who has died unseen
      const time = Math.min(this.#patience, patience);
      if (Atomics.wait(words, joinerWord, id, time) !== "timed-out") {
        this.#awaited = 0;
        return true;
      }
      this.#patience -= time;
      this.#seats.probe(id);
      if (this.#seats.isAlive(id)) return false;
    }
    // what it has joined, it has; what it has taken off the lists is found by who begins again
    this.#join(() => this.#functions.heap_join_only(), id);
    return this.#seats.me !== 0;
  }

  /**
   * Joins blocks, when nobody is at work on the lists any more.
   * @param before - who is to have done it until now; 0: nobody.
   * @returns what the function does; undefined where this thread can't.
   */
  #join<T>(work: () => T, before = 0): T | undefined {
    const words = this.#words;
    const { me } = this.#seats;
    // of who has no seat, nobody would see that it has died
    if (me === 0 || Atomics.compareExchange(words, joinerWord, before, me) !== before) return undefined;
    try {
      this.#functions.heap_join_begin();
      return this.#isQuiet() ? work() : undefined;
    } finally {
      Atomics.store(words, joinerWord, 0);
      Atomics.notify(words, joinerWord);
    }
  }

  /** Waits until no thread is at work on the lists; false where one does not come to an end. */
  #isQuiet(): boolean {
    const since = performance.now();
    const own = seatOf(this.#seats.me);
    for (let seat = 0; seat < seatCount; seat++) {
      const at = atWorkStart + seat * atWorkStride;
      if (seat !== own && !this.#endsBefore(at, since + longestWork, () => this.#seats.isLeft(seat)))
        return false;
    }
    return this.#endsBefore(seatlessWord, since + longestWork, () => false);
  }

  #endsBefore(at: number, latest: number, isLeft: () => boolean): boolean {
    const words = this.#words;
    for (let looks = 0; ; looks++) {
      const value = Atomics.load(words, at);
      if (value === 0) return true;
      if (looks < spins) continue;
      if (isLeft()) return true;
      if (performance.now() > latest) return false;
      Atomics.wait(words, at, value, nap);
    }
  }
}
