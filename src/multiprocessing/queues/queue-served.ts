import { InvalidStateError, QueueEmptyError, QueueFullError, QueueShutDownError } from "../../errors.js";
import { Fifo } from "../../fifo.js";
import type { Served } from "../sharing/index.js";
import { WaitingCalls } from "./waiting-calls.js";

/** How a call to a {@link ServedQueue} is made: name of the method, arguments, answer. */
export interface QueueMethods {
  put(item: unknown): undefined;
  putNowait(item: unknown): undefined;
  get(): unknown;
  getNowait(): unknown;
  qsize(): number;
  empty(): boolean;
  full(): boolean;
  taskDone(): undefined;
  join(): undefined;
  shutdown(immediate: boolean): undefined;
}

/**
 * A queue as its owner keeps it. Items are never looked at: they lie here as they have arrived.
 *
 * 1. Items are there, or somebody waits for one, never both: an item goes straight to whoever has waited longest.
 * 2. There is room, or nobody waits for it: an item that leaves lets in the one that has waited longest.
 * 3. An item that did not reach whoever got it is the first in line again, whether there is room for it or not. Several
 *    of one who has died come back in the reverse of their order; those who wait are served once all are there.
 * 4. An item is unfinished from the moment on that it is in the queue until `taskDone`.
 */
export class ServedQueue implements Served {
  readonly #maxsize: number;
  readonly #items = new Fifo<unknown>();
  readonly #getters = new WaitingCalls();
  readonly #putters = new WaitingCalls<{ readonly item: unknown }>();
  readonly #joiners = new WaitingCalls();
  #unfinished = 0;
  #isShutDown = false;
  #isDropped = false;

  /** @param maxsize - the most items; Infinity for no limit. */
  constructor(maxsize: number) {
    this.#maxsize = maxsize;
  }

  call(method: keyof QueueMethods, args: readonly unknown[], _caller: unknown, signal: AbortSignal): unknown {
    switch (method) {
      case "put":
        return this.#put(args[0]) ? undefined : this.#putters.wait({ item: args[0] }, signal);
      case "putNowait":
        if (this.#put(args[0])) return undefined;
        throw new QueueFullError(
          `the queue holds ${this.#items.size} items already (maxsize: ${this.#maxsize}); wait for room (await queue.put(item))`,
        );
      case "get":
        return this.#isReady() ? this.#take() : this.#getters.wait(undefined, signal);
      case "getNowait":
        if (this.#isReady()) return this.#take();
        throw new QueueEmptyError("the queue is empty; wait for an item (await queue.get())");
      case "qsize":
        return this.#items.size;
      case "empty":
        return this.#items.size === 0;
      case "full":
        return this.#isFull;
      case "taskDone":
        return this.#taskDone();
      case "join":
        return this.#unfinished === 0 ? undefined : this.#joiners.wait(undefined, signal);
      case "shutdown":
        return this.#shutdown(args[0] as boolean);
    }
  }

  gives(method: string): boolean {
    return method === "get" || method === "getNowait";
  }

  undeliverable(method: string, item: unknown): void {
    if (!this.gives(method) || this.#isDropped) return;
    this.#items.unshift(item);
    // older ones may follow, for which others wait just as long
    queueMicrotask(() => this.#serveGetters());
  }

  #serveGetters(): void {
    while (this.#items.size > 0 && this.#getters.size > 0) this.#getters.shift()!.resolve(this.#take());
  }

  get #isFull(): boolean {
    return this.#items.size >= this.#maxsize;
  }

  #put(item: unknown): boolean {
    if (this.#isShutDown) throw new QueueShutDownError();
    if (this.#isFull) return false;
    this.#accept(item);
    return true;
  }

  #accept(item: unknown): void {
    this.#unfinished++;
    const getter = this.#getters.shift();
    if (getter) getter.resolve(item);
    else this.#items.push(item);
  }

  #isReady(): boolean {
    if (this.#items.size > 0) return true;
    if (this.#isShutDown) throw new QueueShutDownError();
    return false;
  }

  #take(): unknown {
    const item = this.#items.shift();
    while (this.#putters.size > 0 && !this.#isFull) {
      const putter = this.#putters.shift()!;
      this.#accept(putter.wanted.item);
      putter.resolve(undefined);
    }
    return item;
  }

  #taskDone(): undefined {
    if (this.#unfinished === 0)
      throw new InvalidStateError("taskDone() was called more often than items were put into the queue");
    this.#unfinished--;
    this.#tellJoiners();
  }

  #shutdown(immediate: boolean): undefined {
    this.#isShutDown = true;
    for (const putter of this.#putters.drain()) putter.refuse(new QueueShutDownError());
    if (immediate) {
      this.#isDropped = true;
      this.#unfinished -= Math.min(this.#items.size, this.#unfinished);
      this.#items.clear();
      this.#tellJoiners();
    }
    // none of them waits while there are items
    for (const getter of this.#getters.drain()) getter.refuse(new QueueShutDownError());
  }

  #tellJoiners(): void {
    if (this.#unfinished === 0) for (const joiner of this.#joiners.drain()) joiner.resolve(undefined);
  }
}
