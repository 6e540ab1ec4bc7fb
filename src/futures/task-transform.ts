import { Readable } from "node:stream";
import type { ReadableStream, ReadableWritablePair } from "node:stream/web";
import { CancelledError, InvalidArgumentError } from "../errors.js";
import { checkSignal } from "../validate.js";
import type { MapOptions } from "./map-options.js";
import { checkMapOptionNames } from "./option-names.js";
import type { TaskStream } from "./task-stream.js";
import { webPair } from "./web-pair.js";

/**
 * A `map` that has no items yet: the middle of a pipeline, with back-pressure on both sides. `pipeline` of
 * `node:stream/promises` takes it as it is, `pipeThrough` of web streams as {@link toWeb} gives it. It can be used any
 * number of times; each time is a map of its own.
 *
 * *Cancellation*: what ends the pipeline (its signal, an error before or after, a stream that is destroyed) cancels
 * tasks that have not started and aborts those that run. A task that fails ends the pipeline with its error.
 *
 * @typeParam T - an item.
 * @typeParam R - a result.
 * @example
 * await pipeline(createReadStream("in"), splitLines, pool.map(parse), createWriteStream("out"));
 */
export interface TaskTransform<T, R> {
  /**
   * Maps these items: what `pipeline` calls.
   * @param options - `signal` ends this map, beside the one of {@link with}; its reason is what the map fails with
   *   then, as `pipeline` expects it of a function.
   */
  (
    items: Iterable<T> | AsyncIterable<T>,
    options?: { readonly signal?: AbortSignal | undefined },
  ): TaskStream<R>;
  /**
   * The same with these options of `map`.
   * @throws InvalidArgumentError for a bad option.
   * @example
   * pipeline(source, pool.map(fetchPage).with({ ordered: false, buffersize: 16 }), sink);
   */
  with(options: MapOptions & { readonly errors: "settle" }): TaskTransform<T, PromiseSettledResult<R>>;
  with(options: MapOptions & { readonly errors?: "throw" | undefined }): TaskTransform<T, R>;
  /**
   * A pair of web streams, as `pipeThrough` takes it; for one use. The map starts with it. Who writes to it is told with
   * what the map failed, or why its results were cancelled.
   * @example
   * await response.body.pipeThrough(new TextDecoderStream()).pipeThrough(pool.map(parse).toWeb()).pipeTo(sink);
   */
  toWeb(): ReadableWritablePair<R, T>;
}

/**
 * Makes what `map` answers where it is given no items. For those who write an executor.
 * @param map - `map` of the executor for one function.
 * @example
 * map(fn, items, options) {
 *   if (arguments.length === 1) return createTaskTransform((items, options) => this.map(fn, items, options));
 *   …
 * }
 */
export function createTaskTransform<T, R>(
  map: (items: Iterable<T> | AsyncIterable<T>, options: MapOptions) => TaskStream<R>,
  options: MapOptions = {},
): TaskTransform<T, R> {
  const transform = (
    items: Iterable<T> | AsyncIterable<T>,
    given: { readonly signal?: AbortSignal | undefined } = {},
  ): TaskStream<R> => {
    const { signal } = given;
    if (signal === undefined) return map(items, options);
    checkSignal("signal", signal);
    return new Stage(map(items, { ...options, signal: eitherOf(options.signal, signal) }), signal);
  };
  const methods: Pick<TaskTransform<T, R>, "with" | "toWeb"> = {
    with: (more: MapOptions) => {
      checkMapOptionNames(more);
      if ("into" in more) throw new InvalidArgumentError("into", more.into, "given where there are items");
      return createTaskTransform(map, { ...options, ...more }) as never;
    },
    toWeb: () => webPair((chunks) => transform(chunks).toReadableStream()),
  };
  return Object.assign(transform, methods);
}

function eitherOf(one: AbortSignal | undefined, other: AbortSignal): AbortSignal {
  return one ? AbortSignal.any([one, other]) : other;
}

/**
 * A map in a pipeline. Of the errors of its stages, some versions of Node tell the last one instead of the `AbortError`
 * with which they ended them: here it is the same one.
 */
class Stage<R> implements TaskStream<R> {
  readonly #stream: TaskStream<R>;
  readonly #signal: AbortSignal;

  constructor(stream: TaskStream<R>, signal: AbortSignal) {
    this.#stream = stream;
    this.#signal = signal;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<R, undefined, void> {
    const iterator = this.#stream[Symbol.asyncIterator]();
    const own: AsyncIterableIterator<R, undefined, void> = {
      next: () => iterator.next().catch(this.#rethrow) as Promise<IteratorResult<R, undefined>>,
      return: async () => {
        await iterator.return?.();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]: () => own,
    };
    return own;
  }

  // oxlint-disable-next-line no-thenable
  then<A = R[], B = never>(
    onFulfilled?: ((results: R[]) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return Promise.resolve(this.#stream).catch(this.#rethrow).then(onFulfilled, onRejected);
  }

  readonly #rethrow = (error: unknown): never => {
    const { aborted, reason } = this.#signal;
    throw aborted && error instanceof CancelledError && error.cause === reason ? reason : error;
  };

  cancel(reason?: unknown): void {
    this.#stream.cancel(reason);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stream[Symbol.asyncDispose]();
  }

  toReadable(): Readable {
    return Readable.from(this);
  }

  toReadableStream(): ReadableStream<R> {
    return this.#stream.toReadableStream();
  }

  get [Symbol.toStringTag](): string {
    return "TaskStream";
  }
}
