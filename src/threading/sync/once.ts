import { InvalidStateError } from "../../errors.js";
import { checkFunction } from "../../validate.js";
import { isAborted, waitFor } from "./async-waits.js";
import { blockFor } from "./blocking.js";
import { firstOwnWord, granted } from "./layout.js";
import {
  type AcquireOptions,
  type AcquireSyncOptions,
  checkLimits,
  checkSyncLimit,
  tooLate,
} from "./limits.js";
import { LockQueue } from "./lock-queue.js";
import { Primitive, partsOf, registerPrimitive } from "./primitive.js";
import { memoryFor, type QueueOptions } from "./queue-options.js";

/** What `stats()` of a `Once` answers: a snapshot. */
export interface OnceStats {
  /** Whether it is done. */
  readonly done: boolean;
  /** Whether somebody does it now. */
  readonly running: boolean;
  /** How many wait for that. */
  readonly waiting: number;
}

/**
 * Something that is done once, by whichever thread comes first, and that the others wait for: Go's `sync.Once`, C++'s
 * `std::call_once`. If the function throws, or its thread dies, it is not done, and the next who has come runs its own.
 *
 * _Memory ordering._ What the function has written is seen by all whose `run` has ended.
 *
 * @example
 * const filled = new Once();
 * // in every thread
 * filled.runSync(() => table.fill(1));
 */
export class Once extends Primitive {
  readonly #queue: LockQueue;
  #running = false;

  /** @throws InvalidArgumentError for a bad option. */
  constructor(options?: QueueOptions) {
    super("Once", memoryFor(options), undefined);
    const { memory, environment } = partsOf(this);
    const queue = new LockQueue(new Int32Array(memory), environment);
    this.#queue = queue;
    partsOf(this).tidy = () => queue.tidy();
  }

  /** Whether it is done. */
  get done(): boolean {
    const { words, environment } = this.#queue;
    return environment.atomics.load(words, firstOwnWord) !== 0;
  }

  /**
   * Runs the function if it is not done yet, and waits for who does it now, without blocking the event loop.
   * @returns whether this call has done it.
   * @throws what the function throws; TimeoutError when the time is up before it is done, CancelledError when the
   * signal aborts; InvalidArgumentError.
   */
  async run(fn: () => unknown, options?: AcquireOptions): Promise<boolean> {
    checkFunction("fn", fn);
    const limits = checkLimits(options);
    if (this.done) return false;
    if (isAborted(limits) || !this.#queue.takeFree()) {
      const turn = this.#queue.turn(false);
      const outcome = await waitFor(turn, limits, () => this.#queue.release(this.#queue.me));
      if (outcome === 0) throw tooLate("Once", limits.timeout);
    }
    if (this.done) return this.#release(false);
    this.#running = true;
    try {
      await fn();
      this.#markDone();
    } finally {
      this.#release(true);
    }
    return true;
  }

  /**
   * The same, and blocks the thread while another does it.
   * @param fn - not an async function: nothing waits for what it promises.
   * @returns whether this call has done it.
   * @throws what the function throws; TimeoutError when the time is up before it is done; InvalidStateError when this
   * very thread does it now, or where a thread must not block; InvalidArgumentError.
   */
  runSync(fn: () => unknown, options?: AcquireSyncOptions): boolean {
    checkFunction("fn", fn);
    const timeout = checkSyncLimit(options);
    if (this.done) return false;
    if (!this.#queue.takeFree()) {
      if (this.#running)
        throw new InvalidStateError(
          "this thread does it now, and would wait for itself: use run, and await it",
        );
      const outcome = blockFor(this.#queue.turn(true), timeout, "once.run()");
      if (outcome === 0) throw tooLate("Once", timeout);
    }
    if (this.done) return this.#release(false);
    this.#running = true;
    try {
      const answer = fn();
      if (typeof (answer as PromiseLike<unknown> | undefined)?.then === "function")
        throw new InvalidStateError(
          "runSync does not wait for what an async function promises: use run, and await it",
        );
      this.#markDone();
    } finally {
      this.#release(true);
    }
    return true;
  }

  /** A snapshot for logs and dashboards. */
  stats(): OnceStats {
    const { done } = this;
    return { done, running: !done && this.#queue.holder !== 0, waiting: this.#queue.waiters };
  }

  #markDone(): void {
    const { words, environment } = this.#queue;
    environment.atomics.store(words, firstOwnWord, granted);
  }

  #release(ran: boolean): boolean {
    this.#running = false;
    this.#queue.release(this.#queue.me);
    return ran;
  }
}

registerPrimitive("Once", () => new Once());
