import {
  CancelledError,
  type Clock,
  createTaskStream,
  Future,
  type FutureResolvers,
  type MapOptions,
  QueueFullError,
  type TaskStream,
  type UnobservedFailure,
  UnobservedFailures,
  validateMapOptions,
} from "ungil";

/** A submitted item, for the test to start and settle. */
export interface ManualTask<T, R> extends FutureResolvers<R> {
  readonly item: T;
  readonly index: number;
}

/** An executor's submitting side in the hands of a test: nothing happens but what the test does. */
export class ManualTasks<T, R> {
  /** Everything submitted, in order. */
  readonly tasks: ManualTask<T, R>[] = [];
  /** What happened to futures from outside: `"cancel 3"`, `"abort 0"`. */
  readonly calls: string[] = [];
  readonly reports: UnobservedFailure[] = [];
  readonly unobserved = new UnobservedFailures((failure) => this.reports.push(failure));
  /** Unsettled tasks from which on `submit` throws a `QueueFullError`. */
  limit = Number.POSITIVE_INFINITY;

  readonly submit = (item: T, index: number): Future<R> => {
    if (this.unsettled.length >= this.limit) throw new QueueFullError("full");
    const resolvers = Future.withResolvers<R>({
      name: `task ${index}`,
      unobserved: this.unobserved,
      onCancel: () => this.calls.push(`cancel ${index}`),
      onAbort: (reason) => {
        this.calls.push(`abort ${index}`);
        resolvers.cancelRunning(new CancelledError("stopped", { cause: reason }));
      },
    });
    this.tasks.push({ ...resolvers, item, index });
    return resolvers.future;
  };

  get unsettled(): ManualTask<T, R>[] {
    return this.tasks.filter(({ future }) => !future.done());
  }

  map(
    items: Iterable<T> | AsyncIterable<T>,
    options: MapOptions & { readonly errors: "settle"; readonly clock?: Clock },
  ): TaskStream<PromiseSettledResult<R>>;
  map(
    items: Iterable<T> | AsyncIterable<T>,
    options?: MapOptions & { readonly clock?: Clock },
  ): TaskStream<R>;
  map(items: Iterable<T> | AsyncIterable<T>, options: MapOptions & { readonly clock?: Clock } = {}) {
    return createTaskStream({
      items,
      submit: this.submit,
      options: validateMapOptions(options),
      clock: options.clock,
    });
  }
}

/** All that promises have queued has run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
