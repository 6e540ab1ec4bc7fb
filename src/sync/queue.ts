import type { Clock } from "../clock.js";
import { InvalidArgumentError, QueueShutDownError } from "../errors.js";
import { checkBoolean, checkFunction, checkOptionNames } from "../validate.js";
import { SignalWaiter } from "./event.js";
import { clockOf, Primitive, type PrimitiveOptions } from "./primitive.js";
import { limitsOf, PromiseWaiter } from "./promise-waiter.js";
import { type Getter, type Putter, QueueCore } from "./queue-core.js";
import { FifoStore, LifoStore, naturalOrder, PriorityStore, type Store } from "./stores.js";
import type { WaitOptions } from "./wait-options.js";

/** A frozen look at a {@link Queue}. */
export interface QueueStats {
  /** Items in it, and the most there have been. */
  readonly size: number;
  readonly peakSize: number;
  /** The most there may be; Infinity for no limit. */
  readonly maxsize: number;
  /** How many wait for an item, and how many for room. */
  readonly getting: number;
  readonly putting: number;
  /** Items for which `taskDone` has not been called. */
  readonly unfinished: number;
  readonly isShutDown: boolean;
}

/** How a queue ends. */
export interface QueueShutdownOptions {
  /** true: what is in the queue is dropped. false: it can still be taken. Default false. */
  readonly immediate?: boolean | undefined;
}

/** Options of a {@link PriorityQueue}. */
export interface PriorityQueueOptions<T> extends PrimitiveOptions {
  /**
   * The order of the items: below 0 when the first leaves before the second. Equals leave in the order in which they
   * came. Default: numbers, strings and dates in their order, arrays item by item; anything else is refused.
   */
  readonly compare?: ((one: T, other: T) => number) | undefined;
}

class GetWaiter<T> extends PromiseWaiter<T> implements Getter<T> {
  grant(item: T): void {
    this.resolve(item);
  }
}

class PutWaiter<T> extends PromiseWaiter<void> implements Putter<T> {
  readonly item: T;

  constructor(item: T) {
    super();
    this.item = item;
  }

  grant(): void {
    this.resolve();
  }
}

/** One step of `for await`. */
class StepWaiter<T> extends PromiseWaiter<IteratorResult<T, undefined>> implements Getter<T> {
  grant(value: T): void {
    this.resolve({ done: false, value });
  }

  end(): void {
    this.resolve({ done: true, value: undefined });
  }

  override refuse(error: unknown): void {
    if (error instanceof QueueShutDownError) this.end();
    else super.refuse(error);
  }
}

const nothing = Promise.resolve();

/** The queue keeps its items there; it is new. */
let keepIn: <T>(queue: Queue<T>, store: Store<T>) => void;

/**
 * Items on their way from those who make them to those who use them, first in, first out. With `maxsize` who makes them
 * waits for who uses them.
 *
 * *Cancellation*: a `get` or `put` that ends early (`timeout`, `signal`, the scope's signal) has taken nothing out and
 * put nothing in, and the next one has its turn. Who was given an item in the same moment has it.
 *
 * *Errors*: `QueueShutDownError` after `shutdown`; `TimeoutError`, `CancelledError` from what waits; `QueueFullError`,
 * `QueueEmptyError` from what does not.
 *
 * *Cost*: constant, however many wait; a few hundred bytes for each who waits.
 *
 * Follows `asyncio.Queue`, contract items P6 and P7.
 *
 * @typeParam T - an item.
 * @example
 * const queue = new Queue<string>(100);
 * const worker = async () => {
 *   for await (const url of queue) {
 *     await load(url);
 *     queue.taskDone();
 *   }
 * };
 * for (const url of urls) await queue.put(url);
 * queue.shutdown();
 */
export class Queue<T> extends Primitive implements AsyncIterable<T> {
  readonly #core: QueueCore<T>;
  readonly #clock: Clock;

  /**
   * @param maxsize - the most items in the queue; 0 or less for no limit. Default 0.
   * @throws InvalidArgumentError for what is not a number, or a bad option.
   */
  constructor(maxsize = 0, options: PrimitiveOptions = {}) {
    super();
    if (typeof maxsize !== "number" || Number.isNaN(maxsize)) {
      throw new InvalidArgumentError("maxsize", maxsize, "a number of items, 0 or less for no limit");
    }
    this.#clock = clockOf(options);
    this.#core = new QueueCore<T>(new FifoStore<T>(), maxsize);
  }

  override get [Symbol.toStringTag](): string {
    return "Queue";
  }

  /** The most items in the queue; Infinity for no limit. */
  get maxsize(): number {
    return this.#core.maxsize;
  }

  /** How many items are in the queue. */
  qsize(): number {
    return this.#core.store.size;
  }

  /** Whether there are none. */
  empty(): boolean {
    return this.#core.store.size === 0;
  }

  /** Whether there is no room for one more. */
  full(): boolean {
    return this.#core.full;
  }

  /**
   * Puts an item into the queue, and waits until there is room for it.
   * @param options - limits of the wait; `timeout` in ms.
   * @throws QueueShutDownError when the queue is shut down, or is meanwhile; TimeoutError; CancelledError.
   */
  put(item: T, options?: WaitOptions): Promise<void> {
    const limits = limitsOf(options);
    const cancelled = limits?.cancelled;
    if (cancelled) return Promise.reject(cancelled);
    try {
      if (this.#core.put(item)) return nothing;
    } catch (error) {
      return Promise.reject(error);
    }
    return new PutWaiter(item).wait(this.#core.putters, limits, this.#clock, "the queue had no room");
  }

  /**
   * Puts an item into the queue without waiting.
   * @throws QueueFullError when there is no room; QueueShutDownError.
   */
  putNowait(item: T): void {
    if (!this.#core.put(item)) throw this.#core.fullError();
  }

  /**
   * Takes the next item out of the queue, and waits until there is one.
   * @param options - limits of the wait; `timeout` in ms.
   * @throws QueueShutDownError when the queue is shut down and empty, or is meanwhile; TimeoutError; CancelledError.
   */
  get(options?: WaitOptions): Promise<T> {
    const limits = limitsOf(options);
    const cancelled = limits?.cancelled;
    if (cancelled) return Promise.reject(cancelled);
    try {
      if (this.#core.ready) return Promise.resolve(this.#core.take());
    } catch (error) {
      return Promise.reject(error);
    }
    return new GetWaiter<T>().wait(this.#core.getters, limits, this.#clock, "no item came");
  }

  /**
   * Takes the next item out of the queue without waiting.
   * @throws QueueEmptyError when there is none; QueueShutDownError when there will be none any more.
   */
  getNowait(): T {
    if (!this.#core.ready) throw this.#core.emptyError();
    return this.#core.take();
  }

  /**
   * Says that the work on one item that was taken is done; see {@link join}.
   * @throws InvalidStateError when it was said for all items that were put in.
   */
  taskDone(): void {
    this.#core.taskDone();
  }

  /**
   * Waits until all items that were put in are done: until `taskDone` was called for each.
   * @param options - limits of the wait; `timeout` in ms.
   * @throws TimeoutError, CancelledError.
   */
  join(options?: WaitOptions): Promise<void> {
    const limits = limitsOf(options);
    const cancelled = limits?.cancelled;
    if (cancelled) return Promise.reject(cancelled);
    if (this.#core.unfinished === 0) return nothing;
    return new SignalWaiter().wait(this.#core.joiners, limits, this.#clock, "the items were not done");
  }

  /**
   * Ends the queue: nothing can be put in any more, and who waits for room gets a `QueueShutDownError`. What is in it
   * can still be taken; then, or at once with `immediate`, who waits for an item gets that error, too. May be called
   * again.
   * @param options - `immediate`: what is in the queue is dropped, and counts as done for `join`.
   * @throws InvalidArgumentError for a bad option.
   */
  shutdown(options: QueueShutdownOptions = {}): void {
    checkOptionNames("options", options, ["immediate"]);
    const { immediate = false } = options;
    this.#core.shutdown(checkBoolean("immediate", immediate));
  }

  /**
   * The items, as `get` would give them, until the queue is shut down and empty. Several loops share the items among
   * them. Leaving the loop takes no item with it.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined, void> {
    const core = this.#core;
    const waiting = new Set<StepWaiter<T>>();
    let ended = false;
    const end = (): IteratorReturnResult<undefined> => {
      ended = true;
      return { done: true, value: undefined };
    };
    const step = async (): Promise<IteratorResult<T, undefined>> => {
      if (ended) return end();
      const limits = limitsOf(undefined);
      const cancelled = limits?.cancelled;
      if (cancelled) throw cancelled;
      if (core.store.size > 0) return { done: false, value: core.take() };
      if (core.isShutDown) return end();
      const waiter = new StepWaiter<T>();
      waiting.add(waiter);
      try {
        return await waiter.wait(core.getters, limits, this.#clock, "no item came");
      } finally {
        waiting.delete(waiter);
      }
    };
    const iterator: AsyncIterableIterator<T, undefined, void> = {
      next: step,
      return: async () => {
        for (const waiter of waiting) if (core.getters.remove(waiter)) waiter.end();
        return end();
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /** A frozen look at it. */
  stats(): QueueStats {
    const { store, peakSize, maxsize, getters, putters, unfinished, isShutDown } = this.#core;
    return Object.freeze({
      size: store.size,
      peakSize,
      maxsize,
      getting: getters.size,
      putting: putters.size,
      unfinished,
      isShutDown,
    });
  }

  static {
    keepIn = (queue, store) => {
      queue.#core.store = store;
    };
  }
}

/**
 * A {@link Queue} whose smallest item leaves first; equals leave in the order in which they came.
 *
 * *Cost*: log₂ of its size for an item that comes in or leaves.
 *
 * @example
 * const jobs = new PriorityQueue<Job>(0, { compare: (one, other) => one.due - other.due });
 */
export class PriorityQueue<T> extends Queue<T> {
  /**
   * @param maxsize - the most items in the queue; 0 or less for no limit. Default 0.
   * @param options - `compare`: the order of the items.
   * @throws InvalidArgumentError for what is not a number, or a bad option; from `put` for an item that has no order.
   */
  constructor(maxsize = 0, options: PriorityQueueOptions<T> = {}) {
    checkOptionNames("options", options, ["clock", "compare"]);
    const { compare, ...rest } = options;
    if (compare !== undefined) checkFunction("compare", compare);
    super(maxsize, rest);
    keepIn(this, new PriorityStore<T>(compare ?? naturalOrder));
  }

  override get [Symbol.toStringTag](): string {
    return "PriorityQueue";
  }
}

/** A {@link Queue} whose newest item leaves first. */
export class LifoQueue<T> extends Queue<T> {
  /**
   * @param maxsize - the most items in the queue; 0 or less for no limit. Default 0.
   * @throws InvalidArgumentError for what is not a number, or a bad option.
   */
  constructor(maxsize = 0, options: PrimitiveOptions = {}) {
    super(maxsize, options);
    keepIn(this, new LifoStore<T>());
  }

  override get [Symbol.toStringTag](): string {
    return "LifoQueue";
  }
}
