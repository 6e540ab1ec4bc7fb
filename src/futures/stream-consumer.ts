/**
 * The consumer's side of a `map`, the same for all engines: iterated or awaited once, cancelled, disposed.
 *
 * @module
 */
import { Readable } from "node:stream";
import { InvalidStateError } from "../errors.js";
import type { Collector } from "./collector.js";
import { cancelledBy } from "./future.js";
import type { End, Outlet } from "./outlet.js";

/** What makes the results of a stream. */
export interface StreamProducer<Out> {
  /** Where results wait for the consumer. */
  readonly outlet: Outlet<Out>;
  /** Somebody consumes the stream, and will. */
  claimed(): void;
  /** Looks at the limits of time and signal now. */
  checkLimits(): void;
  /** Goes on with reading as far as it may. */
  pump(): void;
  /** Everything from now on goes to the collector; results that wait in the outlet are taken before. */
  collect?(collector: Collector<Out, unknown>): Promise<void>;
  /** Rule 3: the results are not wanted any more. */
  endFromOutside(end: End, reason: unknown): void;
  /** Closes the input; rejects with what its clean-up throws. */
  closeInput(): Promise<void>;
  /** Settles when nothing of the stream is queued or runs. */
  whenIdle(): Promise<void>;
}

export class StreamConsumer<Out, All> implements AsyncIterable<Out>, PromiseLike<All>, AsyncDisposable {
  readonly #producer: StreamProducer<Out>;
  readonly #collector: () => Collector<Out, All>;
  #claimed = false;
  #all: Promise<All> | undefined;

  /** @param collector - makes what awaiting the stream gives. */
  constructor(producer: StreamProducer<Out>, collector: () => Collector<Out, All>) {
    this.#producer = producer;
    this.#collector = collector;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Out, undefined, void> {
    this.#claim();
    const iterator: AsyncIterableIterator<Out, undefined, void> = {
      next: () => this.#next(),
      return: async () => {
        const closing = this.#producer.closeInput();
        this.#producer.endFromOutside({ failed: false }, undefined);
        await closing;
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  // oxlint-disable-next-line no-thenable
  then<A = All, B = never>(
    onFulfilled?: ((results: All) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#all ??= this.collectWith(this.#collector);
    return this.#all.then(onFulfilled, onRejected);
  }

  cancel(reason?: unknown): void {
    if (this.#producer.outlet.delivered) return;
    const error = cancelledBy(reason, "the map was cancelled");
    this.#producer.endFromOutside({ failed: true, error }, reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closing = this.#producer.closeInput();
    this.cancel();
    await Promise.all([closing, this.#producer.whenIdle()]);
  }

  toReadable(): Readable {
    const iterator = this[Symbol.asyncIterator]();
    return Readable.from({ [Symbol.asyncIterator]: () => iterator });
  }

  toReadableStream(): ReadableStream<Out> {
    const iterator = this[Symbol.asyncIterator]();
    return new ReadableStream<Out>(
      {
        pull: async (controller) => {
          const step = await iterator.next();
          if (step.done) controller.close();
          else controller.enqueue(step.value);
        },
        cancel: async (reason) => {
          this.#producer.endFromOutside({ failed: false }, reason);
          await iterator.return?.();
        },
      },
      // what is read ahead is the map's buffer
      { highWaterMark: 0 },
    );
  }

  get [Symbol.toStringTag](): string {
    return "TaskStream";
  }

  #claim(): void {
    if (this.#claimed) {
      throw new InvalidStateError(
        "a TaskStream is used once, and this one is iterated or awaited already; " +
          "keep the array of `await pool.map(…)` to use the results again",
      );
    }
    this.#claimed = true;
    this.#producer.claimed();
  }

  #next(): Promise<IteratorResult<Out, undefined>> {
    const { outlet } = this.#producer;
    // the loop may be too busy for timers and events
    if (!outlet.delivered) this.#producer.checkLimits();
    const result = outlet.next();
    this.#producer.pump();
    return result;
  }

  /** Consumes all results, but not as awaiting the stream does. */
  async collectWith<Else>(makeCollector: () => Collector<Out, Else>): Promise<Else> {
    this.#claim();
    const collector = makeCollector();
    if (this.#producer.collect) {
      await this.#producer.collect(collector);
      return collector.finish();
    }
    for (;;) {
      const step = await this.#next();
      if (step.done) return collector.finish();
      try {
        collector.append(step.value);
      } catch (error) {
        this.#producer.endFromOutside({ failed: false }, error);
        throw error;
      }
    }
  }
}
