import { BrokenBarrierError, SerializationError } from "../../errors.js";
import { checkFunction, checkOptionNames } from "../../validate.js";
import { waitFor } from "./async-waits.js";
import { acts, BarrierQueue, passes } from "./barrier-queue.js";
import { blockFor } from "./blocking.js";
import { actor, granted } from "./layout.js";
import { checkLimits, checkSyncLimit, checkTimeout } from "./limits.js";
import { Primitive, partsOf, registerPrimitive } from "./primitive.js";
import { checkPlaces, memoryFor, type QueueOptions } from "./queue-options.js";
import type { Turn } from "./turn.js";

/** Options of a {@link Barrier}. */
export interface BarrierOptions extends QueueOptions {
  /** Run by who comes last, before all go on. It belongs to this thread: others give theirs to `wait`. */
  readonly action?: (() => unknown) | undefined;
  /** How long `wait` waits if it is not told otherwise, in ms. Default: no limit. */
  readonly timeout?: number | undefined;
}

/** What a wait at a barrier takes. */
export interface BarrierWaitOptions {
  /** How long to wait, in ms. When the time is up, the barrier is broken for all. */
  readonly timeout?: number | undefined;
  /** Ends the wait when it aborts, and breaks the barrier for all. */
  readonly signal?: AbortSignal | undefined;
  /** Run if this one comes last, before all go on; the barrier's own action by default. */
  readonly action?: (() => unknown) | undefined;
}

/** The same for a wait that blocks. */
export type BarrierWaitSyncOptions = Omit<BarrierWaitOptions, "signal">;

/** What `stats()` of a barrier answers: a snapshot. */
export interface BarrierStats {
  /** How many have to come. */
  readonly parties: number;
  /** How many have come, and wait. */
  readonly waiting: number;
  /** Whether it is broken. */
  readonly broken: boolean;
}

const kind = "Barrier";

/** One that came early for the next round, and one that has not left the last. */
const placesOfParty = 2;

interface Details {
  readonly parties: number;
  readonly timeout: number;
}

/**
 * A place where a number of threads wait for each other, again and again: Python's `threading.Barrier`.
 *
 * _Death._ When a thread dies while it waits, or runs the action, the barrier is broken: the others would wait for it
 * for ever.
 *
 * _Memory ordering._ What each has written before it came, and the action, is seen by all who go on.
 *
 * @example
 * const step = new Barrier(4);
 * // in each of four threads
 * for (const each of steps) {
 *   compute(each);
 *   step.waitSync();
 * }
 */
export class Barrier extends Primitive {
  readonly #queue: BarrierQueue;
  readonly #timeout: number;
  readonly #action: (() => unknown) | undefined;

  /**
   * @param parties - how many have to come.
   * @throws InvalidArgumentError
   */
  constructor(parties: number, options?: BarrierOptions) {
    checkPlaces("parties", parties, 1, placesOfParty);
    const words = memoryFor(options, placesOfParty * parties, ["action", "timeout"]);
    const { action, timeout } = options ?? {};
    if (action !== undefined) checkFunction("action", action);
    super(kind, words, { parties, timeout: checkTimeout(timeout) } satisfies Details);
    const { memory, environment, details } = partsOf(this);
    const known = details as Details;
    const queue = new BarrierQueue(new Int32Array(memory), environment, known.parties);
    this.#queue = queue;
    this.#timeout = known.timeout;
    this.#action = action;
    const parts = partsOf(this);
    parts.tidy = () => queue.tidy();
    parts.checkTravel = () => {
      if (!action) return;
      throw new SerializationError(
        "a Barrier with an action belongs to its thread: make it without, and give the action to wait in each thread",
        kind,
      );
    };
  }

  /** How many have to come. */
  get parties(): number {
    return this.#queue.parties;
  }

  /** How many have come, and wait. */
  get nWaiting(): number {
    return this.#queue.waiters;
  }

  /** Whether it is broken: nobody passes until `reset`. */
  get broken(): boolean {
    return this.#queue.isBroken;
  }

  /**
   * Waits until all have come, without blocking the event loop. While it waits, it keeps the process alive.
   * @returns in which place this one came, from 0 on: another number for each.
   * @throws BrokenBarrierError when the barrier is broken: by `abort` or `reset`, a time that is up, an action that
   * throws, or the death of a thread; what the action throws, to who ran it; CancelledError when the signal aborts,
   * which breaks it too; InvalidArgumentError.
   */
  async wait(options?: BarrierWaitOptions): Promise<number> {
    const action = this.#check(options, ["timeout", "signal", "action"]);
    const limits = checkLimits({ timeout: options?.timeout ?? this.#timeout, signal: options?.signal });
    const turn = this.#queue.turn(false, action ? acts : passes);
    const outcome = await waitFor(turn, limits, (status) => {
      if (status === actor) this.#queue.acted(turn, false);
      else this.#queue.abort();
    });
    if (outcome !== actor) return this.#place(turn, outcome);
    let well = false;
    try {
      await action!();
      well = true;
    } finally {
      if (!well) this.#queue.acted(turn, false);
    }
    return this.#place(turn, this.#queue.acted(turn, true));
  }

  /**
   * Blocks the thread, with its event loop, until all have come.
   * @returns in which place this one came, from 0 on: another number for each.
   * @throws what `wait` throws; InvalidStateError where a thread must not block.
   */
  waitSync(options?: BarrierWaitSyncOptions): number {
    const action = this.#check(options, ["timeout", "action"]);
    const timeout = checkSyncLimit({ timeout: options?.timeout ?? this.#timeout });
    const turn = this.#queue.turn(true, action ? acts : passes);
    const outcome = blockFor(turn, timeout, "barrier.wait()");
    if (outcome !== actor) return this.#place(turn, outcome);
    let well = false;
    try {
      action!();
      well = true;
    } finally {
      if (!well) this.#queue.acted(turn, false);
    }
    return this.#place(turn, this.#queue.acted(turn, true));
  }

  /** Breaks it: who waits, and who comes, gets a BrokenBarrierError. */
  abort(): void {
    this.#queue.abort();
  }

  /** Makes it as new. Who waits gets a BrokenBarrierError. */
  reset(): void {
    this.#queue.reset();
  }

  /** A snapshot for logs and dashboards. */
  stats(): BarrierStats {
    return { parties: this.parties, waiting: this.nWaiting, broken: this.broken };
  }

  #check(options: BarrierWaitOptions | undefined, names: readonly string[]): (() => unknown) | undefined {
    checkOptionNames("options", options, names);
    const action = options?.action ?? this.#action;
    if (action !== undefined) checkFunction("action", action);
    return action;
  }

  #place(turn: Turn, outcome: number): number {
    if (outcome === granted) return turn.note;
    throw new BrokenBarrierError("the barrier is broken: reset it before it is used again");
  }
}

registerPrimitive(kind, () => new Barrier(1));
