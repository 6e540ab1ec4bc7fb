/**
 * What few futures need: who listens to their progress, and a failure that is to be reported.
 *
 * @module
 */
import { ProgressFeed } from "./progress.js";
import type { PendingReport } from "./unobserved.js";

/** What is noted of one future. */
export class FutureNotes {
  /** Whether somebody looks for its failure. */
  observed: boolean;
  /** Of a failure that nobody has looked at. */
  report: PendingReport | undefined = undefined;
  #progress: ProgressFeed | undefined = undefined;

  constructor(observed: boolean) {
    this.observed = observed;
  }

  observe(): void {
    this.observed = true;
    this.report?.observe();
    this.report = undefined;
  }

  /** @param ended - whether the future is done, so that there is nothing to come. */
  listen(ended: boolean): AsyncIterator<unknown, void> {
    this.#progress ??= new ProgressFeed(ended);
    return this.#progress.listen();
  }

  /** Hands a report to those who listen. */
  tell(report: unknown): void {
    this.#progress?.push(report);
  }

  /** The future is done. */
  end(): void {
    this.#progress?.end();
  }
}

/** Those of all futures of which there is no more to note than that they are observed: most of them. */
export const onlyObserved = new FutureNotes(true);
Object.freeze(onlyObserved);
