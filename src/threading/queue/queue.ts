import { systemClock } from "../../clock.js";
import {
  InvalidArgumentError,
  InvalidStateError,
  QueueEmptyError,
  QueueFullError,
  QueueShutDownError,
  TimeoutError,
} from "../../errors.js";
import { ambientSignal } from "../../sync/ambient.js";
import { WaitLimits } from "../../sync/promise-waiter.js";
import type { QueueShutdownOptions } from "../../sync/queue.js";
import { checkBoolean, checkInteger, checkOptionNames } from "../../validate.js";
import { waitFor } from "../sync/async-waits.js";
import { blockFor } from "../sync/blocking.js";
import { type AcquireOptions, type AcquireSyncOptions, checkLimits, checkSyncLimit } from "../sync/limits.js";
import { Primitive, partsOf, registerPrimitive } from "../sync/primitive.js";
import { WordWait } from "../sync/word-wait.js";
import { EventLoopWaits } from "./event-loop-waits.js";
import type { Item } from "./item.js";
import { joinWord, Layout, unitBytes } from "./layout.js";
import { done, notYet, shutDown } from "./queue-core.js";
import { QueueEnds } from "./queue-ends.js";
import { answer, GetWaiter, ManyWaiter, PutWaiter, StepWaiter, type TakeWaiter, upTo } from "./waiters.js";

/** How much room a {@link Queue} has. */
export interface SharedQueueOptions {
  /**
   * The most bytes that the items in the queue take together, and so the most of one item. Numbers, booleans, `null`
   * and `undefined` take none. Default 1 MiB; the memory is taken from the system as it is used.
   */
  readonly maxBytes?: number | undefined;
}

/** What `stats()` of a {@link Queue} answers: a snapshot. */
export interface SharedQueueStats {
  /** Items in it, and the most there may be. */
  readonly size: number;
  readonly maxsize: number;
  /** Bytes that they take, and the most that they may take. */
  readonly bytes: number;
  readonly maxBytes: number;
  /** How many threads wait for an item, and how many for room; an event loop counts as one. */
  readonly getting: number;
  readonly putting: number;
  /** Items for which `taskDone` has not been called. */
  readonly unfinished: number;
  readonly isShutDown: boolean;
}

interface Details {
  readonly maxsize: number;
  readonly maxBytes: number;
}

const usualSize = 1_024;
const usualBytes = 2 ** 20;
const mostItems = 2 ** 22;
const mostBytes = 2 ** 28;

const noItem = "no item came";
const noRoom = "the queue had no room";

/**
 * Items on their way between threads, first in, first out: Python's `queue.Queue`. Any number of threads put items in
 * and take them out; who is too quick waits, so that memory is bounded. It can be passed as an argument or captured by
 * a function, and is the same queue in the other thread.
 *
 * _Items_ are copied: any value that structured clone takes. Buffers, URLs and errors arrive as what they are, errors
 * of one's own classes as the nearest that every thread has. Functions, and what consists of shared memory or belongs to
 * a thread (locks, executors), are refused. Texts, numbers and plain data take the quickest way.
 *
 * _Order._ Items leave in the order in which they came, those of one thread in that of its calls. Who waits longest is
 * called first; who comes meanwhile may be quicker.
 *
 * _Waiting._ `get` and `put` let the event loop go on, `getSync` and `putSync` block the thread, `getNowait` and
 * `putNowait` do not wait. While a call waits, it keeps the process alive.
 *
 * _Cancellation._ A call that ends early (`timeout`, `signal`, the scope's signal) has taken nothing out and put nothing
 * in, and the next one has its turn.
 *
 * _Death._ A thread that dies at any point of any call leaves the queue whole. At most what it was just handling is
 * lost: the item that it had taken, or one that it was putting in and that is not there yet.
 *
 * _Memory ordering._ What a thread has written before it put an item in is seen by who takes that.
 *
 * @typeParam T - an item.
 * @example
 * const queue = new Queue<string>(100);
 * const workers = Array.from({ length: 4 }, () => pool.submit(() => {
 *   try {
 *     for (;;) handle(queue.getSync());
 *   } catch (error) {
 *     if (!(error instanceof QueueShutDownError)) throw error;
 *   }
 * }));
 * for await (const line of lines) await queue.put(line);
 * queue.shutdown();
 */
export class Queue<T> extends Primitive implements AsyncIterable<T> {
  /** The most items in the queue. */
  readonly maxsize: number;
  readonly #maxBytes: number;
  readonly #ends: QueueEnds;
  readonly #getting: EventLoopWaits;
  readonly #putting: EventLoopWaits;

  /**
   * @param maxsize - the most items in the queue. Memory that threads share does not grow, so there is a limit: 1,024
   * by default.
   * @throws InvalidArgumentError for a number below 1 or a bad option.
   */
  constructor(maxsize = usualSize, options: SharedQueueOptions = {}) {
    checkOptionNames("options", options, ["maxBytes"]);
    const { maxBytes = usualBytes } = options;
    checkAtMost("maxsize", maxsize, 1, mostItems);
    checkAtMost("maxBytes", maxBytes, unitBytes, mostBytes);
    super("Queue", new Layout(maxsize, maxBytes).words, { maxsize, maxBytes } satisfies Details);
    const parts = partsOf(this);
    const details = parts.details as Details;
    this.maxsize = details.maxsize;
    this.#maxBytes = details.maxBytes;
    const layout = new Layout(details.maxsize, details.maxBytes);
    const ends = new QueueEnds(parts.memory, layout, details.maxBytes, parts.environment);
    this.#ends = ends;
    this.#getting = new EventLoopWaits((attempt) => ends.flow.taking(attempt, false));
    this.#putting = new EventLoopWaits((attempt) => ends.flow.putting(attempt, false));
    parts.tidy = () => ends.flow.tidy();
  }

  /** How many items are in the queue, as it seems now. */
  qsize(): number {
    return this.#ends.flow.core.size;
  }

  /** Whether there are none. */
  empty(): boolean {
    return this.qsize() === 0;
  }

  /** Whether there are as many as there may be. */
  full(): boolean {
    return this.qsize() >= this.maxsize;
  }

  /**
   * Puts an item into the queue as it is now, and waits until there is room for it.
   * @param options - limits of the wait; `timeout` in ms, 0 or less: not at all.
   * @throws QueueShutDownError when the queue is shut down, or is meanwhile; TimeoutError; CancelledError;
   * SerializationError for what can't be put in; InvalidArgumentError for what takes more than `maxBytes`.
   */
  put(item: T, options?: AcquireOptions): Promise<void> {
    try {
      const limits = limitsOf(options);
      const cancelled = limits?.cancelled;
      if (cancelled) return Promise.reject(cancelled);
      const written = this.#ends.codec.write(item);
      // who waits already goes first
      const outcome = this.#putting.size === 0 ? this.#ends.flow.put(written) : notYet;
      if (outcome === done) return answer<void>(undefined);
      if (outcome === shutDown) throw new QueueShutDownError();
      return this.#waitToPut(written.copy(), limits);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Puts an item into the queue, and blocks the thread, with its event loop, until there is room for it.
   * @param options - `timeout` in ms, 0 or less: not at all.
   * @throws QueueShutDownError when the queue is shut down, or is meanwhile; TimeoutError; InvalidStateError where a
   * thread must not block; SerializationError for what can't be put in; InvalidArgumentError for what takes more than
   * `maxBytes`, or a bad option.
   */
  putSync(item: T, options?: AcquireSyncOptions): void {
    const timeout = checkSyncLimit(options);
    const { flow, codec } = this.#ends;
    const written = codec.write(item);
    let outcome = flow.put(written);
    if (outcome === notYet && timeout > 0) {
      outcome = flow.putSoon(written);
      if (outcome === notYet)
        outcome = blockFor(
          flow.putting(() => flow.putAwaited(written), true),
          timeout,
          "queue.put()",
        );
    }
    if (outcome === done) return;
    if (outcome === shutDown) throw new QueueShutDownError();
    throw late(noRoom, timeout);
  }

  /**
   * Puts an item into the queue without waiting.
   * @throws QueueFullError when there is no room; QueueShutDownError; SerializationError; InvalidArgumentError.
   */
  putNowait(item: T): void {
    const outcome = this.#ends.flow.put(this.#ends.codec.write(item));
    if (outcome === done) return;
    if (outcome === shutDown) throw new QueueShutDownError();
    const { size, bytes } = this.stats();
    throw new QueueFullError(
      `the queue holds ${size} items in ${bytes} bytes already (maxsize: ${this.maxsize}, maxBytes: ${this.#maxBytes}); ` +
        "wait for room (await queue.put(item))",
    );
  }

  /**
   * Takes the next item out of the queue, and waits until there is one.
   * @param options - limits of the wait; `timeout` in ms, 0 or less: not at all.
   * @throws QueueShutDownError when the queue is shut down and empty, or is meanwhile; TimeoutError; CancelledError.
   */
  get(options?: AcquireOptions): Promise<T> {
    return this.#take(
      options,
      () => this.#ends.taken<T>(),
      () => new GetWaiter<T>(this.#ends),
    );
  }

  /**
   * Takes the next item out of the queue, and blocks the thread, with its event loop, until there is one.
   * @param options - `timeout` in ms, 0 or less: not at all.
   * @throws QueueShutDownError when the queue is shut down and empty, or is meanwhile; TimeoutError; InvalidStateError
   * where a thread must not block; InvalidArgumentError.
   */
  getSync(options?: AcquireSyncOptions): T {
    const timeout = checkSyncLimit(options);
    this.#takeSync(timeout);
    return this.#ends.taken<T>();
  }

  /**
   * Takes the next item out of the queue without waiting.
   * @throws QueueEmptyError when there is none; QueueShutDownError when there will be none any more.
   */
  getNowait(): T {
    const outcome = this.#ends.take();
    if (outcome === done) return this.#ends.taken<T>();
    if (outcome === shutDown) throw new QueueShutDownError();
    throw new QueueEmptyError("the queue is empty; wait for an item (await queue.get())");
  }

  /**
   * Takes the next items out of the queue: waits until there is one, and takes what is there. Quicker than as many
   * calls of `get`.
   * @param most - how many at most.
   * @param options - limits of the wait; `timeout` in ms, 0 or less: not at all.
   * @returns one at least.
   * @throws what `get` throws; InvalidArgumentError.
   */
  getMany(most: number, options?: AcquireOptions): Promise<T[]> {
    try {
      checkInteger("most", most, 1, true);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#take(
      options,
      () => upTo<T>(most, this.#ends),
      () => new ManyWaiter<T>(this.#ends, most),
    );
  }

  /**
   * The same, and blocks the thread until there is an item.
   * @param most - how many at most.
   * @param options - `timeout` in ms, 0 or less: not at all.
   * @returns one at least.
   * @throws what `getSync` throws.
   */
  getManySync(most: number, options?: AcquireSyncOptions): T[] {
    checkInteger("most", most, 1, true);
    this.#takeSync(checkSyncLimit(options));
    return upTo<T>(most, this.#ends);
  }

  /**
   * Says that the work on one item that was taken is done; see {@link join}.
   * @throws InvalidStateError when it was said for all items that were put in.
   */
  taskDone(): void {
    if (!this.#ends.flow.core.finishOne())
      throw new InvalidStateError("taskDone() was called more often than items were put into the queue");
  }

  /**
   * Waits until all items that were put in are done: until `taskDone` was called for each. The item of a thread that
   * has died since it took it is never done.
   * @param options - limits of the wait; `timeout` in ms, 0 or less: not at all.
   * @throws TimeoutError, CancelledError, InvalidArgumentError.
   */
  async join(options?: AcquireOptions): Promise<void> {
    const limits = checkLimits(options);
    if ((await waitFor(this.#joining(), limits, () => {})) === 0) throw late(notDone, limits.timeout);
  }

  /**
   * The same, and blocks the thread, with its event loop.
   * @param options - `timeout` in ms, 0 or less: not at all.
   * @throws TimeoutError; InvalidStateError where a thread must not block; InvalidArgumentError.
   */
  joinSync(options?: AcquireSyncOptions): void {
    const timeout = checkSyncLimit(options);
    if (blockFor(this.#joining(), timeout, "queue.join()") === 0) throw late(notDone, timeout);
  }

  /**
   * Ends the queue for all threads: nothing can be put in any more, and who waits for room gets a `QueueShutDownError`.
   * What is in it can still be taken; then, or at once with `immediate`, who waits for an item gets that error, too. May
   * be called again. Python 3.13's `queue.Queue.shutdown`.
   * @param options - `immediate`: what is in the queue is dropped, and counts as done for `join`.
   * @throws InvalidArgumentError for a bad option.
   */
  shutdown(options: QueueShutdownOptions = {}): void {
    checkOptionNames("options", options, ["immediate"]);
    this.#ends.flow.close(checkBoolean("immediate", options.immediate ?? false));
  }

  /**
   * The items, as `get` would give them, until the queue is shut down and empty. Several loops, in all threads, share
   * the items among them. Leaving the loop takes no item with it.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined, void> {
    const waiting = new Set<StepWaiter<T>>();
    const end: IteratorReturnResult<undefined> = { done: true, value: undefined };
    let ended = false;
    const step = (): Promise<IteratorResult<T, undefined>> => {
      if (ended) return Promise.resolve(end);
      let waiter: StepWaiter<T> | undefined;
      const next = this.#take<IteratorResult<T, undefined>>(
        undefined,
        () => ({ done: false, value: this.#ends.taken<T>() }),
        () => {
          waiter = new StepWaiter<T>(this.#ends);
          waiting.add(waiter);
          return waiter;
        },
        () => {
          ended = true;
          return end;
        },
      );
      const left = waiter;
      return left ? next.finally(() => void waiting.delete(left)) : next;
    };
    const iterator: AsyncIterableIterator<T, undefined, void> = {
      next: step,
      return: async () => {
        ended = true;
        for (const waiter of waiting) if (this.#getting.remove(waiter)) waiter.end();
        return end;
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /** A snapshot for logs and dashboards. */
  stats(): SharedQueueStats {
    const { core, items, room } = this.#ends.flow;
    return Object.freeze({
      size: core.size,
      maxsize: this.maxsize,
      bytes: core.units * unitBytes,
      maxBytes: this.#maxBytes,
      getting: items.waiters,
      putting: room.waiters,
      unfinished: core.unfinished,
      isShutDown: core.isClosed,
    });
  }

  /** @param atEnd - what it is when the queue is shut down; without it, an error. */
  #take<R>(
    options: AcquireOptions | undefined,
    taken: () => R,
    waiterFor: () => TakeWaiter<R>,
    atEnd?: () => R,
  ): Promise<R> {
    try {
      const limits = limitsOf(options);
      const cancelled = limits?.cancelled;
      if (cancelled) return Promise.reject(cancelled);
      // who waits already goes first
      const outcome = this.#getting.size === 0 ? this.#ends.take() : notYet;
      if (outcome === done) return answer(taken());
      if (outcome === shutDown) {
        if (atEnd) return Promise.resolve(atEnd());
        throw new QueueShutDownError();
      }
      const waiting = waiterFor().wait(this.#getting, limits, systemClock, noItem);
      this.#getting.start();
      return waiting;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #takeSync(timeout: number): void {
    const ends = this.#ends;
    let outcome = ends.take();
    if (outcome === notYet && timeout > 0) {
      outcome = ends.takeSoon();
      if (outcome === notYet)
        outcome = blockFor(
          ends.flow.taking(() => ends.take(), true),
          timeout,
          "queue.get()",
        );
    }
    if (outcome === done) return;
    if (outcome === shutDown) throw new QueueShutDownError();
    throw late(noItem, timeout);
  }

  #waitToPut(item: Item, limits: WaitLimits | undefined): Promise<void> {
    const waiting = new PutWaiter(this.#ends.flow, item).wait(this.#putting, limits, systemClock, noRoom);
    this.#putting.start();
    return waiting;
  }

  #joining(): WordWait {
    const { words, environment, flow } = this.#ends;
    const { core } = flow;
    return new WordWait(words, joinWord, environment, () => core.unfinished === 0);
  }
}

const notDone = "the items were not done";

/** The limits of a wait that begins here and now; undefined where there are none. */
function limitsOf(options: AcquireOptions | undefined): WaitLimits | undefined {
  const scope = ambientSignal();
  if (options === undefined) return scope && new WaitLimits(undefined, undefined, scope);
  const { timeout, signal } = checkLimits(options);
  return new WaitLimits(timeout, signal, scope);
}

function late(what: string, timeout: number): TimeoutError {
  return new TimeoutError(timeout === 0 ? `${what} at once` : `${what} within ${timeout} ms`);
}

/** @throws InvalidArgumentError */
function checkAtMost(argument: string, value: number, least: number, most: number): void {
  checkInteger(argument, value, least);
  if (value > most) throw new InvalidArgumentError(argument, value, `at most ${most}`);
}

registerPrimitive("Queue", () => new Queue());
