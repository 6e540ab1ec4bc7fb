import { InvalidStateError } from "../../errors.js";
import type { AtomicsLike } from "../../threading/sync/atomics.js";
import type { Environment } from "../../threading/sync/environment.js";
import {
  intervalWord,
  isLocked,
  laterBit,
  lockedBit,
  mostSeats,
  numberIn,
  ownerAt,
  requestWord,
  seatIn,
  seatsStart,
  stateWord,
  switchedWord,
  taken,
  takenAbandoned,
  wordOf,
} from "./layout.js";

/** Told of what happens, by the seat of the thread that it happens to. */
export interface GilWatcher {
  /** A thread uses the lock for the first time. */
  seated(seat: number): void;
  /** @param switched - whether another thread had it before. */
  took(seat: number, switched: boolean, abandoned: boolean): void;
  /** It is about to be dropped. */
  drops(seat: number): void;
  /** It was dropped on request, and is not taken again before another had it. */
  forced(seat: number): void;
  asked(seat: number): void;
}

/** The global interpreter lock of CPython from 3.2 on, over shared memory. The README has the rules. */
export class GilCore {
  readonly words: Int32Array;
  readonly environment: Environment;
  readonly watcher: GilWatcher;
  readonly #atomics: AtomicsLike;
  /** The state that `take` found when it was taken. */
  seen = 0;
  #id = 0;
  #seat = 0;

  constructor(words: Int32Array, environment: Environment, watcher: GilWatcher) {
    this.words = words;
    this.environment = environment;
    this.watcher = watcher;
    this.#atomics = environment.atomics;
  }

  /** How long who waits lets the holder have it, in ms (rule 3). */
  get interval(): number {
    return Math.max(1, this.#atomics.load(this.words, intervalWord)) / 1_000;
  }

  /**
   * The seat of this thread.
   * @throws InvalidStateError where too many threads use it.
   */
  get seat(): number {
    // a thread that is about to end has another id from then on
    const { me } = this.environment.threads;
    if (me !== this.#id) {
      this.#seat = this.#sit(me);
      this.#id = me;
    }
    return this.#seat;
  }

  /** The id of the thread that a state or a request names. */
  holderIn(word: number): number {
    return this.#atomics.load(this.words, ownerAt(seatIn(word)));
  }

  /** Takes it, if no thread has it or the one that had it is dead (rules 2 and 9). Answers 0 if it is taken. */
  take(): number {
    const { words } = this;
    const atomics = this.#atomics;
    for (;;) {
      const seen = atomics.load(words, stateWord);
      const abandoned = isLocked(seen) && !this.environment.threads.isAlive(this.holderIn(seen));
      if (isLocked(seen) && !abandoned) {
        this.seen = seen;
        return 0;
      }
      const asked = atomics.load(words, requestWord);
      const { seat } = this;
      const switches = seatIn(seen) !== seat;
      const state = switches ? wordOf(numberIn(seen) + 1, seat) : seen | lockedBit;
      if (atomics.compareExchange(words, stateWord, seen, state) !== seen) continue;
      // what was asked, was asked of who had it before; one that comes now is not of the same value
      if (asked !== 0) atomics.compareExchange(words, requestWord, asked, 0);
      if (switches) {
        atomics.add(words, switchedWord, 1);
        atomics.notify(words, switchedWord);
      }
      this.watcher.took(seat, switches, abandoned);
      return abandoned ? takenAbandoned : taken;
    }
  }

  /** Whether anything was asked, of whomever: one read (rule 6). */
  get isAsked(): boolean {
    return this.#atomics.load(this.words, requestWord) !== 0;
  }

  /** Whether this thread, which has it, is asked to drop it (rule 5). */
  get isAskedOfMe(): boolean {
    const asked = this.#atomics.load(this.words, requestWord);
    if (asked === 0) return false;
    if (numberIn(asked) === numberIn(this.#atomics.load(this.words, stateWord))) return true;
    // it was asked of a holder before; gone, so that the next look is a cheap one
    this.#atomics.compareExchange(this.words, requestWord, asked, 0);
    return false;
  }

  /** Gives back what this thread has (rule 7), and if it was asked for that waits for the switch (rule 8). */
  drop(): void {
    const { words, seat } = this;
    const atomics = this.#atomics;
    const state = atomics.load(words, stateWord);
    // of a thread that is about to end it was taken back already
    if (!isLocked(state) || seatIn(state) !== seat) return;
    const free = state & ~lockedBit;
    this.watcher.drops(seat);
    if (atomics.compareExchange(words, stateWord, state, free) !== state) return;
    atomics.notify(words, stateWord, 1);
    for (;;) {
      const asked = atomics.load(words, requestWord);
      if (asked === 0 || numberIn(asked) !== numberIn(free)) return;
      if (atomics.load(words, stateWord) !== free) return;
      if (atomics.compareExchange(words, requestWord, asked, 0) !== asked) continue;
      this.watcher.forced(seat);
      return this.#awaitSwitch(free, asked);
    }
  }

  /**
   * Asks the holder for it, if it is still that of a state (rules 4 and 5).
   * @param later - whether this thread may come late for it.
   * @returns the request; 0 where it was not made.
   */
  ask(state: number, later: boolean): number {
    const { words, seat } = this;
    const atomics = this.#atomics;
    const before = atomics.load(words, requestWord);
    const now = atomics.load(words, stateWord);
    if (!isLocked(now) || numberIn(now) !== numberIn(state)) return 0;
    const request = wordOf(numberIn(state), seat, later ? laterBit : 0);
    if (atomics.compareExchange(words, requestWord, before, request) !== before) return 0;
    this.watcher.asked(seat);
    return request;
  }

  /** Takes a request back. Answers false if it is no longer there: somebody may count on who made it. */
  withdraw(request: number): boolean {
    return this.#atomics.compareExchange(this.words, requestWord, request, 0) === request;
  }

  /** Wakes all who wait, so that they see that the holder is dead (rule 9). */
  tidy(): void {
    const state = this.#atomics.load(this.words, stateWord);
    if (isLocked(state) && !this.environment.threads.isAlive(this.holderIn(state)))
      this.#atomics.notify(this.words, stateWord);
  }

  /** Rule 8. */
  #awaitSwitch(free: number, asked: number): void {
    const { words } = this;
    const { threads, patience, now } = this.environment;
    const atomics = this.#atomics;
    const owner = this.holderIn(asked);
    const end = (asked & laterBit) === 0 ? Number.POSITIVE_INFINITY : now() + this.interval;
    for (;;) {
      const switched = atomics.load(words, switchedWord);
      if (atomics.load(words, stateWord) !== free || !threads.isAlive(owner)) return;
      const left = end === Number.POSITIVE_INFINITY ? end : end - now();
      if (left <= 0) return;
      if (atomics.wait(words, switchedWord, switched, Math.min(left, patience)) === "timed-out")
        threads.probe(owner);
    }
  }

  #sit(me: number): number {
    const { words } = this;
    const atomics = this.#atomics;
    const last = Math.min(mostSeats, words.length - seatsStart);
    // those of the dead last, so that what they did can be told for long
    for (const mayReplace of [false, true]) {
      for (let seat = 1; seat <= last; seat++) {
        const owner = atomics.load(words, ownerAt(seat));
        if (owner === me) return seat;
        if (owner !== 0 && !(mayReplace && this.#isVacant(seat, owner))) continue;
        if (atomics.compareExchange(words, ownerAt(seat), owner, me) !== owner) continue;
        this.watcher.seated(seat);
        return seat;
      }
    }
    throw new InvalidStateError(
      `more than ${last} threads use this Gil at once: give it to fewer, or make another`,
    );
  }

  /** A dead thread's seat may be given away, but not while the state tells by it who has died. */
  #isVacant(seat: number, owner: number): boolean {
    const named = seatIn(this.#atomics.load(this.words, stateWord)) === seat;
    return !named && !this.environment.threads.isAlive(owner);
  }
}
