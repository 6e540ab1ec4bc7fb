import type { Environment } from "../sync/environment.js";
import type { Waiting } from "../sync/waiting.js";
import { Attempt } from "./attempt.js";
import type { Item } from "./item.js";
import type { Layout } from "./layout.js";
import { Pace } from "./pace.js";
import { done, notYet, QueueCore } from "./queue-core.js";
import { WakeQueue } from "./wake-queue.js";

/** How often to look before a thread sleeps for an item, in units of the environment's. */
const patienceOfLooks = 10;

/** The memories of a queue. */
export interface QueueMemories {
  readonly words: Int32Array;
  /** Of those who wait for items, and of those who wait for room. */
  readonly items: Int32Array;
  readonly room: Int32Array;
}

/** Items that come and go, and those who wait for them or for room: who makes a change calls who waits for it. */
export class QueueFlow {
  readonly core: QueueCore;
  /** Who waits for items, and who waits for room. */
  readonly items: WakeQueue;
  readonly room: WakeQueue;
  readonly #layout: Layout;
  readonly #environment: Environment;
  readonly #lookAround: () => void;
  readonly #pace: Pace;
  /** As it was when this thread last found nothing: whether others take, too. */
  #takenByOthers = 0;

  constructor({ words, items, room }: QueueMemories, layout: Layout, environment: Environment) {
    this.core = new QueueCore(words, layout, environment);
    this.items = new WakeQueue(items, environment);
    this.room = new WakeQueue(room, environment);
    this.#layout = layout;
    this.#environment = environment;
    this.#pace = new Pace(layout.maxsize);
    this.#lookAround = () => this.core.lookAround();
  }

  /** Puts an item in, and calls who waits for one; answers as the core does. */
  put(item: Item): number {
    const outcome = this.core.put(item);
    if (outcome !== done) return outcome;
    // rule 9
    if (this.items.isAwaited) this.items.call(1);
    return done;
  }

  /** The same for who waits for room, and may have been called. */
  putAwaited(item: Item): number {
    const outcome = this.put(item);
    // rule 11
    if (outcome === done && this.room.isAwaited && this.core.size < this.#layout.maxsize) this.room.call(1);
    return outcome;
  }

  /** Takes an item out, and calls who waits for room; answers as the core does. */
  take(item: Item): number {
    const outcome = this.core.take(item);
    if (outcome === done && this.room.isAwaited) this.room.call(1);
    return outcome;
  }

  /** A wait until an attempt to take comes to something. */
  taking(attempt: () => number, blocks: boolean): Waiting {
    return new Attempt(attempt, this.items, blocks, this.#lookAround);
  }

  /** A wait until an attempt to put comes to something. */
  putting(attempt: () => number, blocks: boolean): Waiting {
    return new Attempt(attempt, this.room, blocks, this.#lookAround);
  }

  /** Looks for a moment whether there is something to take: to sleep takes longer. */
  takeSoon(item: Item): number {
    const { core } = this;
    const { takenByOthers } = core;
    const alone = takenByOthers === this.#takenByOthers;
    this.#takenByOthers = takenByOthers;
    if (!alone) this.#pace.reset();
    for (let i = this.#environment.spins * patienceOfLooks; i > 0; i--) {
      if (!core.mayHaveItems) continue;
      if (alone) this.#pace.rest(() => core.size);
      const outcome = this.take(item);
      // if another was quicker, there will be more
      if (outcome !== notYet) return outcome;
    }
    return notYet;
  }

  /** The same for an item that is to be put in. */
  putSoon(item: Item): number {
    const { core } = this;
    const { taken } = core;
    for (let i = this.#environment.spins * patienceOfLooks; i > 0; i--) {
      if (core.taken === taken) continue;
      const outcome = this.put(item);
      if (outcome !== notYet) return outcome;
    }
    return notYet;
  }

  /** Ends the queue, and tells all who wait. */
  close(immediate: boolean): void {
    this.core.close(immediate);
    this.items.call(Number.POSITIVE_INFINITY);
    this.room.call(Number.POSITIVE_INFINITY);
  }

  /** Takes back places of those who wait and are dead. */
  tidy(): void {
    this.items.tidy();
    this.room.tidy();
  }
}
