import { InvalidStateError } from "../../errors.js";
import { checkInteger } from "../../validate.js";
import { waitFor } from "./async-waits.js";
import { blockFor } from "./blocking.js";
import { LatchWord } from "./latch-word.js";
import { type AcquireOptions, type AcquireSyncOptions, checkLimits, checkSyncLimit } from "./limits.js";
import { checkPermits } from "./permit-queue.js";
import { Primitive, partsOf, registerPrimitive } from "./primitive.js";

/** What `stats()` of a latch answers: a snapshot. */
export interface LatchStats {
  /** How often it is still to be counted down. */
  readonly count: number;
}

/**
 * Waiting for a number of things to have happened, once: C++'s `std::latch`, Java's `CountDownLatch`.
 *
 * _Fairness._ All who wait go on together.
 *
 * _Death._ A thread that dies before it has counted down does not count.
 *
 * _Memory ordering._ What was written before each `countDown` is seen by who has waited.
 *
 * @example
 * const loaded = new Latch(files.length);
 * // in the tasks: loaded.countDown();
 * await loaded.wait();
 */
export class Latch extends Primitive {
  readonly #word: LatchWord;

  /**
   * @param count - how often it is to be counted down.
   * @throws InvalidArgumentError
   */
  constructor(count = 1) {
    checkPermits("count", count, 0);
    super("Latch", 1, undefined);
    const { memory, environment, isNew } = partsOf(this);
    this.#word = new LatchWord(new Int32Array(memory), environment);
    if (isNew) environment.atomics.store(this.#word.words, 0, count);
  }

  /** How often it is still to be counted down. */
  get count(): number {
    return this.#word.count;
  }

  /**
   * Counts it down; at 0, all who wait go on.
   * @param by - how far.
   * @returns what is left.
   * @throws InvalidStateError when less is left than that; InvalidArgumentError.
   */
  countDown(by = 1): number {
    checkInteger("by", by, 1);
    const left = this.#word.countDown(by);
    if (left < 0) throw new InvalidStateError(`the Latch can't be counted down by ${by}: less is left`);
    return left;
  }

  /**
   * Waits until it is at 0, without blocking the event loop. While it waits, it keeps the process alive.
   * @returns false when the time is up.
   * @throws CancelledError when the signal aborts; InvalidArgumentError.
   */
  async wait(options?: AcquireOptions): Promise<boolean> {
    return (await waitFor(this.#word.waiting(), checkLimits(options), () => {})) !== 0;
  }

  /**
   * Blocks the thread, with its event loop, until it is at 0.
   * @returns false when the time is up.
   * @throws InvalidStateError where a thread must not block; InvalidArgumentError.
   */
  waitSync(options?: AcquireSyncOptions): boolean {
    return blockFor(this.#word.waiting(), checkSyncLimit(options), "latch.wait()") !== 0;
  }

  /** A snapshot for logs and dashboards. */
  stats(): LatchStats {
    return { count: this.count };
  }
}

registerPrimitive("Latch", () => new Latch());
