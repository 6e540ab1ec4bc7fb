import type { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { InvalidArgumentError } from "../errors.js";
import { checkFunction } from "../validate.js";
import { ArrayCollector, type Collector, TypedArrayCollector, tooShort } from "./collector.js";
import type { Outcome } from "./future.js";
import { lengthOf } from "./map-input.js";
import type { CheckedMapOptions } from "./map-options.js";
import { StreamConsumer } from "./stream-consumer.js";
import { type BegunSource, StreamEngine, type TaskStreamSource } from "./stream-engine.js";
import { isShifted, isTypedArray } from "./typed-arrays.js";

export type { TaskStreamSource } from "./stream-engine.js";

/**
 * The results of a `map`: iterate it with `for await`, or await it for an array of all. Work starts with the
 * call of `map`. It is used once: a second iteration throws an `InvalidStateError`; awaiting it again gives
 * the same array.
 *
 * *Cancellation*: leaving the loop, `cancel`, the signal, the timeout and a failure all stop the reading, close
 * the input, cancel tasks that have not started and abort those that run.
 *
 * *Cost*: memory for `buffersize` items, whatever the length of the input.
 *
 * @typeParam R - a result.
 * @typeParam All - what awaiting gives: an array, or with `into` a typed array.
 */
export interface TaskStream<R, All = R[]> extends AsyncIterable<R>, PromiseLike<All>, AsyncDisposable {
  /**
   * Stops reading, cancels what has not started and aborts what runs. Whoever still waits for results gets a
   * `CancelledError`.
   * @param reason - becomes the `cause` of the `CancelledError`.
   */
  cancel(reason?: unknown): void;
  /** `cancel`, then waits until the tasks and the input have really ended. */
  [Symbol.asyncDispose](): Promise<void>;
  /**
   * The results as a stream of Node, in object mode, with back-pressure. Destroying it cancels the map; a failure is
   * its error. `null`, which no stream of Node can hold as a value, is an error, too.
   * @throws InvalidStateError when the results are consumed already.
   */
  toReadable(): Readable;
  /**
   * The results as a web stream, with back-pressure: nothing is taken before somebody reads. Cancelling it cancels the
   * map; a failure is its error.
   * @throws InvalidStateError when the results are consumed already.
   */
  toReadableStream(): ReadableStream<R>;
}

/**
 * Makes the stream of a `map`, and starts it. For those who write an executor.
 *
 * *Errors*: what the first `submit` throws, unless the input is async: `ShutdownError`, `QueueFullError`,
 * `CaptureError` and the like come out of the call of `map`. An empty input submits nothing, and so fails
 * nowhere. `InvalidArgumentError` when `items` can't be iterated.
 *
 * @param source - the input, how to submit one item of it, and options checked by `validateMapOptions`.
 * @example
 * map(fn, items, options) {
 *   return createTaskStream({
 *     items,
 *     submit: (item, index) => this.submit(fn, item, index),
 *     options: validateMapOptions(options),
 *   });
 * }
 */
export function createTaskStream<T, R>(
  source: TaskStreamSource<T, R>,
): TaskStream<R> | TaskStream<PromiseSettledResult<R>> {
  checkFunction("submit", source?.submit);
  if (typeof source.options !== "object" || source.options === null)
    throw new InvalidArgumentError("options", source.options, "what validateMapOptions returns");
  return createItemStream({ ...source, begin: source.submit }) as
    | TaskStream<R>
    | TaskStream<PromiseSettledResult<R>>;
}

/** The same, for executors of ours. */
export function createItemStream<T>(source: BegunSource<T, unknown>): StreamConsumer<unknown, unknown> {
  const collector = collectorOf(source.items, source.options, undefined);
  return new StreamConsumer(new StreamEngine(source, outputOf(source.options)), collector);
}

/**
 * What awaiting a stream makes of its results.
 * @param length - number of items, where each result has its place.
 * @throws InvalidArgumentError where there are more items than places, or results would overwrite items.
 */
export function collectorOf(
  items: unknown,
  { into }: CheckedMapOptions,
  length: number | undefined,
): () => Collector<unknown, unknown> {
  if (!into) return () => new ArrayCollector<unknown>(length);
  const known = lengthOf(items);
  if (isTypedArray(into) && known !== undefined && known > into.length) throw tooShort(into, known);
  if (isTypedArray(into) && isTypedArray(items) && isShifted(into, items)) {
    throw new InvalidArgumentError(
      "into",
      into,
      "in memory of its own, or in that of the items from their start on",
    );
  }
  return () => new TypedArrayCollector(into, known);
}

/** What a stream gives for each outcome. */
export function outputOf({ errors }: CheckedMapOptions): (outcome: Outcome<unknown>) => unknown {
  return errors === "settle" ? settledResult<unknown> : value<unknown>;
}

function settledResult<R>(outcome: Outcome<R>): PromiseSettledResult<R> {
  if (outcome.failed) return { status: "rejected", reason: outcome.error };
  return { status: "fulfilled", value: outcome.value };
}

function value<R>(outcome: Outcome<R>): R {
  // a failure ends a stream of values (rule 2), so that only values come here
  return (outcome as Outcome<R> & { readonly failed: false }).value;
}
