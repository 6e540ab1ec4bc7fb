import type { Environment } from "./environment.js";
import { roomWord, statusAt, waiting } from "./layout.js";
import type { WaitQueue } from "./wait-queue.js";
import type { Waiting } from "./waiting.js";

/** A place in a queue, as its owner sees it. */
export class Turn implements Waiting {
  readonly #queue: WaitQueue;
  /** Whether the thread blocks while it waits. */
  readonly blocks: boolean;
  /** How much it wants. */
  readonly amount: number;
  /** Its node; 0 while there is none. */
  node = 0;
  /** Tells apart those who have the same node one after the other. */
  serial = 0;
  /** What its node said beside its status. */
  note = 0;
  #room = 0;

  constructor(queue: WaitQueue, blocks: boolean, amount: number) {
    this.#queue = queue;
    this.blocks = blocks;
    this.amount = amount;
  }

  get words(): Int32Array {
    return this.#queue.words;
  }

  get environment(): Environment {
    return this.#queue.environment;
  }

  /** Rule 9: without a node, it waits for room. */
  get at(): number {
    return this.node === 0 ? roomWord : this.node + statusAt;
  }

  get expected(): number {
    return this.node === 0 ? this.#room : waiting;
  }

  look(): number {
    const { atomics } = this.environment;
    if (this.node === 0) {
      this.#room = atomics.load(this.words, roomWord);
      return this.#queue.arrive(this);
    }
    const status = atomics.load(this.words, this.node + statusAt);
    return status === waiting ? 0 : this.#queue.claim(this, status);
  }

  giveUp(): number {
    return this.#queue.leave(this);
  }

  lookAround(): void {
    this.#queue.lookAround();
  }
}
