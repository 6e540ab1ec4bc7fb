/**
 * A whole stream as one future: what `forEach` and `reduce` answer.
 *
 * @module
 */
import { SeparateCalls } from "../async-context.js";
import { CancelledError, InvalidArgumentError } from "../errors.js";
import { checkFunction, checkOneOf } from "../validate.js";
import type { Collector } from "./collector.js";
import { Future } from "./future.js";
import type { FutureOptions } from "./future-options.js";
import type { TaskStream } from "./task-stream.js";

/** What of a stream is needed to wait for it, and to end it. */
type Cancellable = Pick<TaskStream<unknown>, "cancel">;

/** How a stream becomes a future. */
export type StreamFutureOptions = Pick<FutureOptions, "name" | "unobserved">;

/**
 * Waits for all results of a stream and drops them: a `forEach` for those who write an executor.
 * @param stream - of values, or of settled results.
 * @param errors - as it was given to the stream; with `"settle"` the failures become one `AggregateError`.
 * @returns a future; `abort` cancels the stream.
 * @example
 * forEach(fn, items, options) {
 *   return drainStream(this.map(fn, items, options), options?.errors);
 * }
 */
export function drainStream(
  stream: TaskStream<unknown>,
  errors: "throw" | "settle" = "throw",
  options: StreamFutureOptions = {},
): Future<void> {
  checkStream(stream);
  checkOneOf("errors", errors, ["throw", "settle"]);
  const failures = new FailureCollector();
  const drain = async (): Promise<void> => {
    for await (const result of stream) {
      if (errors === "settle") failures.append(result as PromiseSettledResult<unknown>);
    }
    failures.finish();
  };
  return futureOfStream(stream, drain, options);
}

/**
 * Combines all results of a stream to one: a `reduce` for those who write an executor.
 * @param combine - makes one of two neighbours, the earlier one first; must not answer with a promise.
 * @param initial - stands in front of the first result, unless it is undefined.
 * @returns a future; `abort` cancels the stream. It fails with an `InvalidArgumentError` where there is nothing
 *   to answer with.
 */
export function reduceStream<R>(
  stream: TaskStream<R>,
  combine: (one: R, other: R) => R,
  initial?: R,
  options: StreamFutureOptions = {},
): Future<R> {
  checkStream(stream);
  checkFunction("combine", combine);
  return futureOfStream(
    stream,
    async () => {
      const calls = new SeparateCalls();
      const separately = (one: R, other: R): R => calls.next.runInAsyncScope(combine, undefined, one, other);
      let total: { value: R } | undefined = initial === undefined ? undefined : { value: initial };
      for await (const value of stream)
        total = { value: total ? combineTwo(separately, total.value, value) : value };
      if (!total) throw new InvalidArgumentError("initial", initial, "given where there may be no items");
      return total.value;
    },
    options,
  );
}

/** One value of two. @throws TypeError for a promise. */
export function combineTwo<R>(combine: (one: R, other: R) => R, one: R, other: R): R {
  const value = combine(one, other);
  if (typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === "function") {
    throw new TypeError("combine answered with a promise; it has to be synchronous");
  }
  return value;
}

/** A future that runs with a stream, settles with what is made of it, and cancels it when it is aborted. */
export function futureOfStream<R>(
  stream: Cancellable,
  run: () => PromiseLike<R>,
  options: StreamFutureOptions,
): Future<R> {
  const { future, start, resolve, reject, cancelRunning } = Future.withResolvers<R>({
    ...options,
    onAbort: (reason) => stream.cancel(reason),
  });
  start();
  run().then(resolve, (error: unknown) => {
    if (error instanceof CancelledError) cancelRunning(error);
    else reject(error);
  });
  return future;
}

/** The failures among settled results. */
export class FailureCollector implements Collector<PromiseSettledResult<unknown>, void> {
  readonly anyOrder = false;
  readonly #failures: unknown[] = [];
  #count = 0;

  append(result: PromiseSettledResult<unknown>): void {
    this.#count += 1;
    if (result.status === "rejected") this.#failures.push(result.reason);
  }

  put(_first: number, results: ArrayLike<PromiseSettledResult<unknown>>): void {
    for (let i = 0; i < results.length; i += 1) this.append(results[i]!);
  }

  skip(_first: number, count: number): void {
    this.#count += count;
  }

  /** @throws AggregateError where there are failures. */
  finish(): void {
    const failed = this.#failures.length;
    if (failed === 0) return;
    throw new AggregateError(this.#failures, `${failed} of ${this.#count} items failed`);
  }
}

function checkStream(stream: TaskStream<unknown>): void {
  if (typeof stream?.[Symbol.asyncIterator] !== "function" || typeof stream.cancel !== "function")
    throw new InvalidArgumentError("stream", stream, "a stream, as map returns it");
}
