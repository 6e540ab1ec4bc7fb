import { InvalidStateError, QueueEmptyError, QueueFullError, QueueShutDownError } from "../errors.js";
import type { Store } from "./stores.js";
import { type Waiter, WaitList } from "./wait-list.js";

/** Somebody who waits for an item. */
export interface Getter<T> extends Waiter {
  /** The item is its own now, and in no queue any more. */
  grant(item: T): void;
}

/** Somebody who waits for room for an item. */
export interface Putter<T> extends Waiter {
  readonly item: T;
  /** The item is in the queue. */
  grant(): void;
}

/** Somebody who waits until all items are done. */
export interface Joiner extends Waiter {
  grant(): void;
}

/**
 * A queue without promises: its items, who waits for one, who waits for room, and what is left to do.
 *
 * 1. Items are there, or somebody waits for one, never both: an item goes straight to whoever has waited longest.
 * 2. There is room, or nobody waits for it: an item that leaves lets in the one that has waited longest.
 * 3. An item is unfinished from the moment on that it is in the queue until `taskDone`. One whose putter still waits
 *    is not in the queue.
 */
export class QueueCore<T> {
  readonly maxsize: number;
  store: Store<T>;
  readonly getters = new WaitList<Getter<T>>();
  readonly putters = new WaitList<Putter<T>>();
  readonly joiners = new WaitList<Joiner>();
  unfinished = 0;
  peakSize = 0;
  isShutDown = false;

  constructor(store: Store<T>, maxsize: number) {
    this.store = store;
    this.maxsize = maxsize > 0 ? maxsize : Number.POSITIVE_INFINITY;
  }

  get full(): boolean {
    return this.store.size >= this.maxsize;
  }

  /** Puts an item in if there is room. @returns whether there was. @throws QueueShutDownError */
  put(item: T): boolean {
    if (this.isShutDown) throw new QueueShutDownError();
    this.store.check?.(item);
    if (this.full) return false;
    this.#accept(item);
    return true;
  }

  /** Whether an item can be taken now. @throws QueueShutDownError when there will be none any more. */
  get ready(): boolean {
    if (this.store.size > 0) return true;
    if (this.isShutDown) throw new QueueShutDownError();
    return false;
  }

  /** Takes the item that is next; there is one. */
  take(): T {
    const item = this.store.shift();
    this.#letIn();
    return item;
  }

  /** One item is done. @throws InvalidStateError when none is left to be. */
  taskDone(): void {
    if (this.unfinished === 0) {
      throw new InvalidStateError("taskDone() was called more often than items were put into the queue");
    }
    this.unfinished--;
    this.#tellJoiners();
  }

  /** Nothing comes in any more. @param immediate - whether what is there is dropped. */
  shutdown(immediate: boolean): void {
    this.isShutDown = true;
    refuseAll(this.putters);
    if (immediate) {
      this.unfinished -= Math.min(this.store.size, this.unfinished);
      this.store.clear();
      this.#tellJoiners();
    }
    refuseAll(this.getters);
  }

  fullError(): QueueFullError {
    return new QueueFullError(
      `the queue holds ${this.store.size} items already (maxsize: ${this.maxsize}); wait for room (await queue.put(item))`,
    );
  }

  emptyError(): QueueEmptyError {
    return new QueueEmptyError("the queue is empty; wait for an item (await queue.get())");
  }

  #accept(item: T): void {
    const getter = this.getters.shift();
    if (getter === undefined) {
      this.store.push(item);
      if (this.store.size > this.peakSize) this.peakSize = this.store.size;
    }
    this.unfinished++;
    getter?.grant(item);
  }

  #letIn(): void {
    while (this.putters.size > 0 && !this.full) {
      const putter = this.putters.shift()!;
      try {
        this.#accept(putter.item);
      } catch (error) {
        // its item can't be compared with what came in since
        putter.refuse(error);
        continue;
      }
      putter.grant();
    }
  }

  #tellJoiners(): void {
    if (this.unfinished > 0) return;
    for (let joiner = this.joiners.shift(); joiner; joiner = this.joiners.shift()) joiner.grant();
  }
}

/** Those who wait when the queue is shut down wait for nothing: each gets an error of its own. */
function refuseAll(waiters: WaitList<Waiter>): void {
  for (let waiter = waiters.shift(); waiter; waiter = waiters.shift())
    waiter.refuse(new QueueShutDownError());
}
