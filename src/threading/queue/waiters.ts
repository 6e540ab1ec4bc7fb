/**
 * Those who wait for a queue on their event loop.
 *
 * @module
 */
import { QueueShutDownError } from "../../errors.js";
import { PromiseWaiter } from "../../sync/promise-waiter.js";
import type { LoopWaiter } from "./event-loop-waits.js";
import type { Item } from "./item.js";
import { done } from "./queue-core.js";
import type { QueueEnds } from "./queue-ends.js";
import type { QueueFlow } from "./queue-flow.js";

/** Waits for room. */
export class PutWaiter extends PromiseWaiter<void> implements LoopWaiter {
  readonly #flow: QueueFlow;
  readonly #item: Item;

  constructor(flow: QueueFlow, item: Item) {
    super();
    this.#flow = flow;
    this.#item = item;
  }

  attempt(): number {
    const outcome = this.#flow.putAwaited(this.#item);
    if (outcome === done) {
      this.list!.remove(this);
      this.resolve();
    }
    return outcome;
  }

  end(): void {
    this.refuse(new QueueShutDownError());
  }
}

/** Waits for what is made of one item or more. */
export abstract class TakeWaiter<R> extends PromiseWaiter<R> implements LoopWaiter {
  readonly ends: QueueEnds;

  constructor(ends: QueueEnds) {
    super();
    this.ends = ends;
  }

  attempt(): number {
    try {
      const outcome = this.ends.take();
      if (outcome === done) {
        this.list!.remove(this);
        this.resolve(this.result());
      }
      return outcome;
    } catch (error) {
      // an item that can't be read is that of who has taken it
      this.list?.remove(this);
      this.refuse(error);
      return done;
    }
  }

  end(): void {
    this.refuse(new QueueShutDownError());
  }

  /** What it gets, when a value was taken. */
  protected abstract result(): R;
}

export class GetWaiter<T> extends TakeWaiter<T> {
  protected result(): T {
    return this.ends.taken<T>();
  }
}

/** Waits for one item, and gets up to so many. */
export class ManyWaiter<T> extends TakeWaiter<T[]> {
  readonly #most: number;

  constructor(ends: QueueEnds, most: number) {
    super(ends);
    this.#most = most;
  }

  protected result(): T[] {
    return upTo<T>(this.#most, this.ends);
  }
}

/** One step of `for await`. */
export class StepWaiter<T> extends TakeWaiter<IteratorResult<T, undefined>> {
  protected result(): IteratorResult<T, undefined> {
    return { done: false, value: this.ends.taken<T>() };
  }

  override end(): void {
    this.resolve({ done: true, value: undefined });
  }
}

/** The value that was taken, and those that are there, up to so many in all. */
export function upTo<T>(most: number, ends: QueueEnds): T[] {
  const values = [ends.taken<T>()];
  while (values.length < most && ends.take() === done) values.push(ends.taken<T>());
  return values;
}

/** Many calls that need not wait, one after the other: then others on the event loop have their turn. */
const atOnce = 512;
let inARow = 0;

/**
 * What a call answers that need not wait. Nobody else on this event loop would have a turn while another thread keeps
 * up with such calls, so that one in many waits for that.
 */
export function answer<R>(value: R): Promise<R> {
  if (++inARow < atOnce) return Promise.resolve(value);
  inARow = 0;
  return new Promise((resolve) => {
    setImmediate(resolve, value);
  });
}
