import type { Outcome } from "./future.js";
import { StreamEngine, type TaskStreamSource } from "./stream-engine.js";

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
 */
export interface TaskStream<R> extends AsyncIterable<R>, PromiseLike<R[]>, AsyncDisposable {
  /**
   * Stops reading, cancels what has not started and aborts what runs. Whoever still waits for results gets a
   * `CancelledError`.
   * @param reason - becomes the `cause` of the `CancelledError`.
   */
  cancel(reason?: unknown): void;
  /** `cancel`, then waits until the tasks and the input have really ended. */
  [Symbol.asyncDispose](): Promise<void>;
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
  if (source.options.errors === "settle") return new StreamEngine(source, settledResult<R>);
  return new StreamEngine(source, value<R>);
}

function settledResult<R>(outcome: Outcome<R>): PromiseSettledResult<R> {
  if (outcome.failed) return { status: "rejected", reason: outcome.error };
  return { status: "fulfilled", value: outcome.value };
}

function value<R>(outcome: Outcome<R>): R {
  // a failure ends a stream of values (rule 2), so that only values come here
  return (outcome as Outcome<R> & { readonly failed: false }).value;
}
