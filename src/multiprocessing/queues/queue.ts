import { QueueShutDownError } from "../../errors.js";
import { checkBoolean, checkOptionNames } from "../../validate.js";
import { type Endpoint, handleKind, type WaitOptions } from "../sharing/index.js";
import { iterate } from "./iterate.js";
import { QueueBase } from "./queue-base.js";

/** How a {@link Queue} ends. */
export interface QueueShutdownOptions {
  /** true: what is in the queue is dropped. false: it can still be taken. Default false. */
  readonly immediate?: boolean | undefined;
}

/**
 * Items on their way from those who make them to those who use them, first in, first out, over any number of processes
 * and threads: Python's `multiprocessing.Queue`.
 *
 * The process (or thread) that makes it owns it. Any other that is given it, as an argument, by a closure that captures
 * it, as a result or as an item of another queue, has the same queue. When the owner ends, the queue ends with it, and
 * all who use it get a `ConnectionClosedError`.
 *
 * An item arrives as a copy, as arguments of tasks do: functions, classes, errors and large buffers too, and other
 * queues as themselves. An item that a process has taken and that did not reach it because it died is the first in line
 * again.
 *
 * *Cancellation*: a `get` or `put` that ends early (`timeout`, `signal`) has taken nothing out and put nothing in. When
 * it meets the item in the same moment, it has it. The owner decides that, so one that is busy is waited for.
 *
 * *Cost*: two messages an item; those of one turn of the event loop travel together.
 *
 * @typeParam T - an item.
 * @example
 * const jobs = new Queue<string>(100);
 * const consume = async (name: string) => {
 *   for await (const job of jobs) console.log(name, job);
 * };
 * const consumers = ["A", "B"].map((name) => new Process({ target: consume, args: [name] }));
 * for (const consumer of consumers) consumer.start();
 * for (let n = 0; n < 1_000; n++) await jobs.put(`job ${n}`); // waits while 100 are in it
 * await jobs.shutdown(); // ends the loops when the queue is empty
 */
export class Queue<T> extends QueueBase<T> implements AsyncIterable<T> {
  /**
   * @param maxsize - the most items in the queue; 0 or less for no limit. Default 0.
   * @throws InvalidArgumentError for what is not a number.
   */
  constructor(maxsize = 0) {
    super(new.target.kind, maxsize);
  }

  /** What it is to others. */
  protected static readonly kind: string = "Queue";

  /** The most items in the queue; Infinity for no limit. */
  get maxsize(): number {
    return this.limit;
  }

  /**
   * Puts an item into the queue, and waits until there is room for it. The item is copied by the call.
   * @param options - limits of the wait; `timeout` in ms.
   * @throws SerializationError for an item that can't be sent: the queue is as it was; QueueShutDownError when the queue
   *   is shut down, or is meanwhile; TimeoutError, CancelledError; InvalidStateError after `close`;
   *   ConnectionClosedError when the owner has ended. All from the promise.
   */
  put(item: T, options?: WaitOptions): Promise<void> {
    return this.add("put", item, options);
  }

  /**
   * Puts an item into the queue if there is room now.
   * @throws QueueFullError when there is none; else as `put`.
   */
  putNowait(item: T): Promise<void> {
    return this.add("putNowait", item);
  }

  /**
   * Takes the next item out of the queue, and waits until there is one.
   * @param options - limits of the wait; `timeout` in ms.
   * @throws QueueShutDownError when the queue is shut down and empty, or is meanwhile; TimeoutError, CancelledError;
   *   InvalidStateError after `close`; ConnectionClosedError when the owner has ended.
   */
  get(options?: WaitOptions): Promise<T> {
    return this.take("get", options);
  }

  /**
   * Takes the next item out of the queue if there is one now.
   * @throws QueueEmptyError when there is none; else as `get`.
   */
  getNowait(): Promise<T> {
    return this.take("getNowait");
  }

  /** How many items are in the queue at the moment in which its owner is asked. */
  qsize(): Promise<number> {
    return this.ask("qsize", []);
  }

  /** Whether there are none. */
  empty(): Promise<boolean> {
    return this.ask("empty", []);
  }

  /** Whether there is no room for one more. */
  full(): Promise<boolean> {
    return this.ask("full", []);
  }

  /**
   * Ends the queue for all: nothing can be put in any more, and who waits for room gets a `QueueShutDownError`. What is
   * in it can still be taken; then, or at once with `immediate`, who waits for an item gets that error, too. May be
   * called again. Python 3.13's `queue.Queue.shutdown`.
   * @param options - `immediate`: what is in the queue is dropped, and counts as done for `join`.
   * @throws InvalidArgumentError for a bad option.
   */
  async shutdown(options: QueueShutdownOptions = {}): Promise<void> {
    checkOptionNames("options", options, ["immediate"]);
    await this.ask("shutdown", [checkBoolean("immediate", options.immediate ?? false)]);
  }

  /**
   * The items, as `get` would give them, until the queue is shut down and empty. Several loops share the items among
   * them. Leaving the loop takes no item with it.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined, void> {
    return iterate(
      (signal) => this.get({ signal }),
      (error) => error instanceof QueueShutDownError,
    );
  }
}

/**
 * A {@link Queue} that can be waited for until all its items are done: Python's `multiprocessing.JoinableQueue`.
 *
 * @example
 * const jobs = new JoinableQueue<string>();
 * const work = async () => {
 *   for await (const job of jobs) {
 *     await run(job);
 *     await jobs.taskDone();
 *   }
 * };
 * new Process({ target: work, daemon: true }).start();
 * for (const job of list) await jobs.put(job);
 * await jobs.join(); // all done
 */
export class JoinableQueue<T> extends Queue<T> {
  protected static override readonly kind: string = "JoinableQueue";

  /**
   * Says that the work on one item that was taken is done; see {@link join}.
   * @throws InvalidStateError when it was said for all items that were put in; else as `get`.
   */
  async taskDone(): Promise<void> {
    await this.ask("taskDone", []);
  }

  /**
   * Waits until all items that were put in are done: until `taskDone` was called for each. The item of a process that
   * has died since it was taken is never done.
   * @param options - limits of the wait; `timeout` in ms.
   * @throws TimeoutError, CancelledError; InvalidStateError after `close`; ConnectionClosedError.
   */
  async join(options?: WaitOptions): Promise<void> {
    await this.ask("join", [], options);
  }
}

/**
 * A queue with no limit and no more than it needs: Python's `multiprocessing.SimpleQueue`.
 */
export class SimpleQueue<T> extends QueueBase<T> {
  constructor() {
    // what has arrived is given here, and is no argument of the user's
    super("SimpleQueue", (arguments[0] as Endpoint | undefined) ?? 0);
  }

  /** Puts an item into the queue. @throws SerializationError, InvalidStateError, ConnectionClosedError */
  put(item: T): Promise<void> {
    return this.add("put", item);
  }

  /** Takes the next item, and waits until there is one. @throws InvalidStateError, ConnectionClosedError */
  get(): Promise<T> {
    return this.take("get");
  }

  /** Whether there are no items. */
  empty(): Promise<boolean> {
    return this.ask("empty", []);
  }
}

type Made = new (made: Endpoint) => QueueBase<unknown>;

// by their names as texts: a minifier changes those of classes
handleKind("Queue", (endpoint) => new (Queue as unknown as Made)(endpoint));
handleKind("JoinableQueue", (endpoint) => new (JoinableQueue as unknown as Made)(endpoint));
handleKind("SimpleQueue", (endpoint) => new (SimpleQueue as unknown as Made)(endpoint));
