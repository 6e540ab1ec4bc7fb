import type { Environment } from "../sync/environment.js";
import type { Turn } from "../sync/turn.js";
import type { Waiting } from "../sync/waiting.js";
import type { WakeQueue } from "./wake-queue.js";

/**
 * Waits until an attempt comes to something. It is made again whenever somebody has changed what it depends on; who
 * comes meanwhile may be quicker.
 */
export class Attempt implements Waiting {
  readonly #attempt: () => number;
  readonly #queue: WakeQueue;
  readonly #blocks: boolean;
  readonly #lookAround: () => void;
  #turn: Turn | undefined;

  /**
   * @param attempt - answers what has come of it; 0: nothing yet.
   * @param queue - those who wait for the same.
   * @param blocks - whether the thread blocks while it waits.
   * @param lookAround - looks after who may have died in the middle of a change.
   */
  constructor(attempt: () => number, queue: WakeQueue, blocks: boolean, lookAround: () => void) {
    this.#attempt = attempt;
    this.#queue = queue;
    this.#blocks = blocks;
    this.#lookAround = lookAround;
  }

  get words(): Int32Array {
    return this.#queue.words;
  }

  get environment(): Environment {
    return this.#queue.environment;
  }

  get at(): number {
    return this.#turn!.at;
  }

  get expected(): number {
    return this.#turn!.expected;
  }

  look(): number {
    for (;;) {
      const outcome = this.#attempt();
      if (outcome !== 0) {
        this.#leave();
        return outcome;
      }
      const queued = this.#turn !== undefined && this.#turn.node !== 0;
      this.#turn ??= this.#queue.turn(this.#blocks);
      const called = this.#turn.look();
      if (called !== 0) this.#turn = undefined;
      // rule 9: who has just been queued looks again, for who makes a change only now sees it
      else if (queued || this.#turn.node === 0) return 0;
    }
  }

  /** Waits no longer: whatever happens in this moment is for others. */
  giveUp(): number {
    this.#leave();
    return 0;
  }

  lookAround(): void {
    this.#turn?.lookAround();
    this.#lookAround();
  }

  #leave(): void {
    const turn = this.#turn;
    if (!turn) return;
    this.#turn = undefined;
    const called = turn.giveUp() !== 0;
    // the engine keeps a wait that does not block until it is woken
    if (turn.node !== 0 && !this.#blocks) this.environment.atomics.notify(this.words, turn.at);
    // rule 10: the call may have been for something else than it has got
    if (called) this.#queue.call(1);
  }
}
