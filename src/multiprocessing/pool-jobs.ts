import { type Clock, systemClock } from "../clock.js";
import type { CancelledError } from "../errors.js";
import { cancelledBy } from "../futures/future.js";
import { UnobservedFailures } from "../futures/unobserved.js";
import { type Deferred, deferred } from "../pool/deferred.js";
import type { ProcessPoolExecutorOptions } from "./options.js";
import type { ProcessPoolExecutor } from "./process-pool-executor.js";

/** A map that goes on. */
export interface PoolJob {
  /** The pool takes no more: the job is done to its end, whether or not somebody takes its results. */
  finish(): void;
  /** The pool has ended. */
  end(error: CancelledError): void;
}

/**
 * What a pool has to do, and where it is in its life. Jobs and results hold this and not the pool, so that a pool
 * which was dropped is found out.
 */
export class PoolJobs {
  readonly executor: ProcessPoolExecutor;
  readonly name: string;
  readonly clock: Clock;
  /** Receives failures of whole maps that nobody looks at. */
  readonly unobserved: UnobservedFailures;
  state: "running" | "closed" | "terminated" = "running";
  readonly #open = new Set<PoolJob>();
  readonly #ended: Deferred = deferred();
  #shutsDown = false;

  constructor(executor: ProcessPoolExecutor, { onUnobserved, clock }: ProcessPoolExecutorOptions) {
    this.executor = executor;
    this.name = executor.name;
    this.clock = clock ?? systemClock;
    this.unobserved = new UnobservedFailures(onUnobserved);
  }

  /** Settles when a pool that takes no more has done all, and its processes have ended. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  add(job: PoolJob): void {
    this.#open.add(job);
  }

  remove(job: PoolJob): void {
    if (this.#open.delete(job)) this.#shutDown();
  }

  close(): void {
    if (this.state !== "running") return;
    this.state = "closed";
    for (const job of [...this.#open]) job.finish();
    this.#shutDown();
  }

  terminate(): Promise<void> {
    if (this.state !== "terminated") {
      this.state = "terminated";
      const error = cancelledBy(undefined, `the work was cancelled: ${this.name} was terminated`);
      const open = [...this.#open];
      this.#open.clear();
      for (const job of open) job.end(error);
      this.#endWith(this.executor.terminate());
    }
    return this.ended;
  }

  /** Not before all maps are done: they may have more to submit. */
  #shutDown(): void {
    if (this.state !== "closed" || this.#open.size > 0 || this.#shutsDown) return;
    this.#shutsDown = true;
    this.#endWith(this.executor.shutdown());
  }

  #endWith(end: Promise<void>): void {
    void end.then(() => {
      this.unobserved.reportAll();
      this.#ended.resolve();
    });
  }
}
