/**
 * A map between two web streams. A `TransformStream` in front of it would do the same, but tells the source nothing of
 * why the map ended, and in some versions of Node an error of its own instead.
 *
 * @module
 */
import type { ReadableWritablePair } from "node:stream/web";
import { Outlet } from "./outlet.js";

/** @param map - starts a map of the chunks that are written; answers with its results. */
export function webPair<T, R>(
  map: (chunks: AsyncIterable<T>) => ReadableStream<R>,
): ReadableWritablePair<R, T> {
  const input = new WebInput<T>();
  const results = map(input).getReader();
  const readable = new ReadableStream<R>(
    {
      pull: async (controller) => {
        try {
          const step = await results.read();
          if (step.done) controller.close();
          else controller.enqueue(step.value);
          if (step.done) input.fail(undefined);
        } catch (error) {
          input.fail(error);
          throw error;
        }
      },
      cancel: async (reason) => {
        input.fail(reason);
        await results.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return { readable, writable: input.writable };
}

/** What is written, for one who iterates it: a chunk is written when it was taken. */
class WebInput<T> implements AsyncIterable<T> {
  readonly writable: WritableStream<T>;
  readonly #chunks = new Outlet<T>(() => this.#taken?.());
  #taken: (() => void) | undefined;
  #controller!: WritableStreamDefaultController;

  constructor() {
    this.writable = new WritableStream<T>({
      start: (controller) => {
        this.#controller = controller;
      },
      write: (chunk) =>
        new Promise<void>((resolve) => {
          this.#taken = resolve;
          this.#chunks.push(chunk);
        }),
      close: () => this.#chunks.end({ failed: false }),
      abort: (error) => this.#chunks.end({ failed: true, error }),
    });
  }

  /** Nothing more is taken: who writes is told why, and who reads from a source cancels that. */
  fail(reason: unknown): void {
    this.#controller.error(reason);
    this.#taken?.();
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined, void> {
    return {
      next: () => this.#chunks.next(),
      return: async () => {
        // whoever reads the results learns why, and tells by `fail`
        this.#chunks.close({ failed: false });
        return { done: true, value: undefined };
      },
    };
  }
}
