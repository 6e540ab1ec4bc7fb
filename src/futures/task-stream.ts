/** The results of a `map`: iterate it with `for await`, or await it for an array. */
export interface TaskStream<R> extends AsyncIterable<R>, PromiseLike<R[]>, AsyncDisposable {
  /** Stops reading, cancels what has not started and aborts what runs. */
  cancel(reason?: unknown): void;
}
