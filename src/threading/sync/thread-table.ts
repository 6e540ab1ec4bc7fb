import { nextId } from "../../functions/index.js";
import { ownTask, startOfTask } from "../../system-thread.js";
import type { Threads } from "./environment.js";

/** Words of the header: how many deaths are known. */
const deathsWord = 0;
const slotsStart = 16;
const slotWords = 4;
const slots = 4_096;

/** Words of a slot. */
const lifeAt = 0;
const threadAt = 1;
const taskAt = 2;
const startAt = 3;

/** Life of a slot that is being taken. Else it is twice the id of who had it last, and one more while that lives. */
const taking = -1;

/** How long an answer of the system about a thread is taken for true, in ms: shorter than who waits sleeps. */
const leastProbeTime = 50;

const slotBits = 12;
const mostGenerations = 2 ** 18;

/** What travels of a table. */
export interface ThreadTableReference {
  readonly id: number;
  readonly memory: SharedArrayBuffer;
}

/**
 * Who lives, of the threads of a process: each has a slot in shared memory, which is marked when the thread's end is
 * seen, by whoever sees it. An id holds the number of the slot, and how often that was given away, so that the id of a
 * dead thread never stands for another.
 */
export class ThreadTable implements Threads {
  readonly reference: ThreadTableReference;
  readonly #words: Int32Array;
  #me: number;
  /** Threads that the system was asked for lately, and since when. */
  readonly #probed = new Set<number>();
  #probedSince = 0;

  constructor(
    reference: ThreadTableReference = {
      id: nextId(),
      memory: new SharedArrayBuffer(4 * (slotsStart + slots * slotWords)),
    },
    thread = 0,
  ) {
    this.reference = reference;
    this.#words = new Int32Array(reference.memory);
    this.#me = this.#register(thread);
  }

  get me(): number {
    return this.#me;
  }

  isAlive(id: number): boolean {
    return Atomics.load(this.#words, slotOf(id) + lifeAt) === id * 2 + 1;
  }

  deaths(): number {
    return Atomics.load(this.#words, deathsWord);
  }

  /** Looks whether the system still has the thread, where it tells: on Linux. */
  probe(id: number): void {
    if (!this.#isDue(id)) return;
    const slot = slotOf(id);
    const task = Atomics.load(this.#words, slot + taskAt);
    const start = Atomics.load(this.#words, slot + startAt);
    if (task !== 0 && this.isAlive(id) && startOfTask(task) !== start) this.#bury(slot, id * 2 + 1);
  }

  /** Marks a thread that has ended, by Node's number for it. */
  threadEnded(thread: number): void {
    for (let slot = slotsStart; slot < this.#words.length; slot += slotWords) {
      const life = Atomics.load(this.#words, slot + lifeAt);
      if (life > 0 && (life & 1) === 1 && Atomics.load(this.#words, slot + threadAt) === thread)
        this.#bury(slot, life);
    }
  }

  /** This thread is about to end: what it has is free. What it takes after that has another id. */
  leave(thread: number): void {
    const left = this.#me;
    this.#me = this.#register(thread);
    this.#bury(slotOf(left), left * 2 + 1);
  }

  /** However many wait for a thread, the system is asked once for all of them. */
  #isDue(id: number): boolean {
    const now = performance.now();
    if (now - this.#probedSince >= leastProbeTime) {
      this.#probed.clear();
      this.#probedSince = now;
    }
    if (this.#probed.has(id)) return false;
    this.#probed.add(id);
    return true;
  }

  #bury(slot: number, life: number): void {
    if (Atomics.compareExchange(this.#words, slot + lifeAt, life, life - 1) === life)
      Atomics.add(this.#words, deathsWord, 1);
  }

  #register(thread: number): number {
    const words = this.#words;
    for (let number = 0; number < slots; number++) {
      const slot = slotsStart + number * slotWords;
      const life = Atomics.load(words, slot + lifeAt);
      if (life === taking || (life & 1) === 1) continue;
      if (Atomics.compareExchange(words, slot + lifeAt, life, taking) !== life) continue;
      const generation = ((life >>> 1) >> slotBits) + 1;
      const id = ((generation < mostGenerations ? generation : 1) << slotBits) | number;
      const task = ownTask();
      Atomics.store(words, slot + threadAt, thread);
      Atomics.store(words, slot + taskAt, task);
      Atomics.store(words, slot + startAt, task === 0 ? 0 : startOfTask(task));
      Atomics.store(words, slot + lifeAt, id * 2 + 1);
      return id;
    }
    throw new RangeError(`more than ${slots} threads of this process use locks at once`);
  }
}

const slotOf = (id: number): number => slotsStart + (id & ((1 << slotBits) - 1)) * slotWords;
