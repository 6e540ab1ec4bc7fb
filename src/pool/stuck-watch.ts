/**
 * Takes back what waits in front of a worker that does not get on (rule 14): a task may take longer than those
 * of its function before it, may wait for one that was sent behind it, or never end.
 *
 * @module
 */
import { systemClock, type Timer } from "../clock.js";
import type { WorkerSlot } from "./worker-slot.js";

/** How often workers are looked at, in ms: at least, and at most while all have long work in hand. */
const interval = 2;
const longestInterval = 16;

/** A worker that has answered nothing in so many times what its batch should take is taken for stuck. */
const patience = 4;

/** What is on its way to a worker is given so long: bytes a ms. A slow machine is ten times as fast. */
const slowestWay = 50_000;

/** Longest time in ms that a worker is given because it was taken for stuck before, and was not. */
const longestPatience = 128;

/** How far a worker was when it was last seen to get on. */
interface Progress {
  answers: number;
  at: number;
}

export class StuckWatch {
  readonly #slots: ReadonlySet<WorkerSlot>;
  readonly #takeBack: (slot: WorkerSlot) => void;
  readonly #progress = new Map<WorkerSlot, Progress>();
  /** The next look. */
  #timer: Timer | undefined;
  /** ms that it was planned ahead. */
  #wait = 0;

  /** @param takeBack - takes back all tasks of a worker that have not begun. */
  constructor(slots: ReadonlySet<WorkerSlot>, takeBack: (slot: WorkerSlot) => void) {
    this.#slots = slots;
    this.#takeBack = takeBack;
  }

  /** Tasks wait in front of a worker from now on. */
  watch(slot: WorkerSlot): void {
    if (!this.#progress.has(slot))
      this.#progress.set(slot, { answers: slot.host.answers, at: systemClock.now() });
    this.#planNext();
  }

  #planNext(): void {
    if (this.#timer && this.#wait <= interval) return;
    let wait = longestInterval;
    // each look takes time from a worker: what takes long is looked at less often
    for (const slot of this.#progress.keys()) wait = Math.min(wait, this.#longest(slot) / patience);
    wait = Math.max(wait, interval);
    if (this.#timer && this.#wait <= wait) return;
    this.#timer?.cancel();
    this.#wait = wait;
    // real time, not the executor's: this is about getting on, and no time that a user has set
    this.#timer = systemClock.setTimer(() => this.#look(), wait);
  }

  #look(): void {
    this.#timer = undefined;
    for (const [slot, progress] of [...this.#progress]) {
      if (this.#slots.has(slot)) slot.host.poll();
      if (!this.#slots.has(slot) || slot.tasks.size < 2) this.#progress.delete(slot);
      else if (progress.answers !== slot.host.answers) {
        progress.answers = slot.host.answers;
        progress.at = systemClock.now();
        slot.patience = Math.max(interval, Math.floor(0.9 * slot.patience));
      } else if (systemClock.now() - progress.at >= this.#longest(slot)) {
        // goes on: what it does yet may be told without a bell
        progress.at = systemClock.now();
        // on a machine that is busy with other things, taking back and sending again would only make more work
        slot.patience = Math.min(2 * slot.patience, longestPatience);
        slot.stuck = true;
        this.#takeBack(slot);
      }
    }
    if (this.#progress.size > 0) this.#planNext();
  }

  /** How long a worker may take until it answers, in ms. */
  #longest(slot: WorkerSlot): number {
    const cost = slot.batches[0]?.cost ?? 0;
    const onItsWay = slot.host.unwritten / slowestWay;
    return onItsWay + Math.max(slot.patience, cost === Number.POSITIVE_INFINITY ? 0 : patience * cost);
  }
}
