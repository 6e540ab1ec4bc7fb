import { CancelledError } from "../errors.js";
import { Future, type FutureResolvers } from "../futures/future.js";
import { MapInput } from "../futures/map-input.js";
import { type PlainMap, plainMapOn } from "../pool/base-executor.js";
import { checkArgLists, readAll } from "./pool-input.js";
import type { PoolJob, PoolJobs } from "./pool-jobs.js";

/** What a map of a pool is to do. */
export interface MapCall extends Pick<PlainMap, "fn" | "items" | "passes" | "outermost"> {
  readonly chunksize: number | "auto";
}

/**
 * A map of a pool as one future. As in Python the input is read to its end before anything is run, all items are run
 * whatever happens to one, and the first failure in their order is that of the map.
 *
 * *Errors*: `InvalidArgumentError` where the items can't be iterated; what the first submission throws.
 */
export function mapOn(jobs: PoolJobs, call: MapCall): Future<unknown[]> {
  const input = new MapInput(call.items);
  const name = call.fn.name || "(anonymous)";
  const { unobserved } = jobs;
  const resolvers = Future.withResolvers<unknown[]>({ name, unobserved, clock: jobs.clock });
  resolvers.start();
  const job = new MapJob(jobs, call, input, resolvers);
  job.start();
  return resolvers.future;
}

class MapJob implements PoolJob {
  readonly #jobs: PoolJobs;
  readonly #call: MapCall;
  readonly #input: MapInput<unknown>;
  readonly #resolvers: FutureResolvers<unknown[]>;
  #stream: { cancel(reason?: unknown): void } | undefined;

  constructor(
    jobs: PoolJobs,
    call: MapCall,
    input: MapInput<unknown>,
    resolvers: FutureResolvers<unknown[]>,
  ) {
    this.#jobs = jobs;
    this.#call = call;
    this.#input = input;
    this.#resolvers = resolvers;
  }

  start(): void {
    this.#jobs.add(this);
    let items: unknown[] | Promise<unknown[]>;
    try {
      const given = this.#call.items;
      items = Array.isArray(given) ? Array.from(given) : readAll(this.#input);
    } catch (error) {
      return this.#fail(error);
    }
    if (!(items instanceof Promise)) {
      try {
        this.#run(items);
      } catch (error) {
        this.#jobs.remove(this);
        throw error;
      }
      return;
    }
    items.then((all) => this.#run(all)).catch((error: unknown) => this.#fail(error));
  }

  finish(): void {}

  end(error: CancelledError): void {
    this.#fail(error);
    this.#input.closeQuietly();
    this.#stream?.cancel(error);
  }

  #run(items: unknown[]): void {
    if (this.#resolvers.future.done()) return;
    if (items.length === 0) return this.#resolve([]);
    const { fn, passes, chunksize, outermost } = this.#call;
    if (passes === "elements") {
      try {
        checkArgLists(items);
      } catch (error) {
        return this.#fail(error);
      }
    }
    // all at once: what takes long must not keep workers from what is behind it
    const options = { chunksize, errors: "settle", buffersize: Number.POSITIVE_INFINITY } as const;
    const stream = plainMapOn(this.#jobs.executor, { fn, items, options, passes, outermost });
    this.#stream = stream;
    stream.then(
      (results) => this.#settle(results as PromiseSettledResult<unknown>[]),
      (error: unknown) => this.#fail(error),
    );
  }

  #settle(results: readonly PromiseSettledResult<unknown>[]): void {
    const failed = results.find(({ status }) => status === "rejected") as PromiseRejectedResult | undefined;
    if (failed) this.#fail(failed.reason);
    else this.#resolve(results.map((result) => (result as PromiseFulfilledResult<unknown>).value));
  }

  #resolve(results: unknown[]): void {
    if (!this.#resolvers.future.done()) this.#resolvers.resolve(results);
    this.#jobs.remove(this);
  }

  #fail(error: unknown): void {
    if (!this.#resolvers.future.done()) {
      if (error instanceof CancelledError) this.#resolvers.cancelRunning(error);
      else this.#resolvers.reject(error);
    }
    this.#jobs.remove(this);
  }
}
