import { ownTask, startOfTask } from "../../system-thread.js";
import { seatBits, seats, seatsStart, seatWords } from "./layout.js";

/** Words of a seat. */
const lifeAt = 0;
const threadAt = 1;
const taskAt = 2;
const startAt = 3;
const generationAt = 4;
const parentAt = 5;

/**
 * Life of a seat that nobody has, and of one that is being taken or cleared. Else it is the id of who has it, negative
 * when that has died and what it had was not taken back yet.
 */
const free = 0;
const changing = 1;

/** How long an answer of the system about a thread is taken for true, in ms. */
const leastProbeTime = 50;

const mostGenerations = 2 ** 20;

/** The number of the seat that an id belongs to. */
export const seatOf = (id: number): number => id & (seats - 1);

/**
 * Who lives, of the threads that use a heap: each has a seat in it, which is marked when the thread's end is seen, by
 * whoever sees it. An id holds the number of the seat and how often that was taken, so that the id of a dead thread never
 * stands for another.
 */
export class Seats {
  readonly #words: Int32Array;
  /** Threads that the system was asked for lately, and since when. */
  readonly #probed = new Set<number>();
  #probedSince = 0;
  #me: number;

  /**
   * @param thread - Node's number for this one.
   * @param parent - that of the one that has started it, as far as is known; -1: none.
   */
  constructor(words: Int32Array, thread: number, parent: number) {
    this.#words = words;
    this.#me = this.#take(thread, parent);
  }

  /** The id of this thread; 0 where there was no seat left: then nobody sees when it dies. */
  get me(): number {
    return this.#me;
  }

  isAlive(id: number): boolean {
    return Atomics.load(this.#words, seatAt(id) + lifeAt) === id;
  }

  /** Finds out whether a thread has died without anybody's noticing, where the system tells. */
  probe(id: number): void {
    const now = performance.now();
    if (now - this.#probedSince >= leastProbeTime) {
      this.#probed.clear();
      this.#probedSince = now;
    }
    // however many wait for a thread, the system is asked once for all of them
    if (this.#probed.has(id)) return;
    this.#probed.add(id);
    const task = Atomics.load(this.#words, seatAt(id) + taskAt);
    const start = Atomics.load(this.#words, seatAt(id) + startAt);
    if (task !== 0 && this.isAlive(id) && startOfTask(task) !== start) this.#bury(id);
  }

  /** Whether nobody has the seat of this number, or has died, as far as can be found out. */
  isLeft(number: number): boolean {
    const life = (): number => Atomics.load(this.#words, seatAt(number) + lifeAt);
    const id = life();
    if (id > changing) this.probe(id);
    return life() <= changing;
  }

  /** Marks a thread that has ended, by Node's number for it, and those that it had started: they have ended before. */
  threadEnded(thread: number): void {
    const words = this.#words;
    const ended = new Set([thread]);
    for (const each of ended) {
      for (const id of this.#alive()) {
        const own = Atomics.load(words, seatAt(id) + threadAt);
        if (own !== each && Atomics.load(words, seatAt(id) + parentAt) !== each) continue;
        ended.add(own);
        this.#bury(id);
      }
    }
  }

  /** This thread is about to end; those that it has started may still work. */
  leave(): void {
    if (this.#me !== 0) this.#bury(this.#me);
    this.#me = 0;
  }

  /** Asks for every thread that counts as alive. */
  probeAll(): void {
    for (const id of this.#alive()) if (id !== this.#me) this.probe(id);
  }

  *#alive(): Generator<number> {
    for (let number = 0; number < seats; number++) {
      const life = Atomics.load(this.#words, seatAt(number) + lifeAt);
      if (life > changing) yield life;
    }
  }

  #bury(id: number): void {
    Atomics.compareExchange(this.#words, seatAt(id) + lifeAt, id, -id);
  }

  /** Those who have died, and still have what they had. */
  dead(): number[] {
    const found: number[] = [];
    for (let number = 0; number < seats; number++) {
      const life = Atomics.load(this.#words, seatAt(number) + lifeAt);
      if (life < 0) found.push(-life);
    }
    return found;
  }

  /**
   * Frees the seat of a dead thread, once what it had was taken back.
   * @param takeBack - answers whether it was; called by one thread at a time.
   */
  clear(id: number, takeBack: () => boolean): void {
    const at = seatAt(id) + lifeAt;
    if (Atomics.compareExchange(this.#words, at, -id, changing) !== -id) return;
    Atomics.store(this.#words, at, takeBack() ? free : -id);
  }

  #take(thread: number, parent: number): number {
    const words = this.#words;
    for (let number = 0; number < seats; number++) {
      const seat = seatAt(number);
      if (Atomics.compareExchange(words, seat + lifeAt, free, changing) !== free) continue;
      const generation = (Atomics.load(words, seat + generationAt) % mostGenerations) + 1;
      const id = (generation << seatBits) | number;
      const task = ownTask();
      Atomics.store(words, seat + generationAt, generation);
      Atomics.store(words, seat + threadAt, thread);
      Atomics.store(words, seat + parentAt, parent);
      Atomics.store(words, seat + taskAt, task);
      Atomics.store(words, seat + startAt, task === 0 ? 0 : startOfTask(task));
      Atomics.store(words, seat + lifeAt, id);
      return id;
    }
    return 0;
  }
}

const seatAt = (id: number): number => seatsStart + seatOf(id) * seatWords;
