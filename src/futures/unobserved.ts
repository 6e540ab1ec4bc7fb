/**
 * Failures that nobody looked at. A failed future must neither crash the process nor vanish: it is reported
 * once, when the future is collected, when its executor has shut down, or when the program has nothing left to do.
 *
 * @module
 */

import { checkFunction } from "../validate.js";

/** A failure that was never observed. */
export interface UnobservedFailure {
  /** What the task threw. */
  readonly error: unknown;
  /** Name of the task. */
  readonly name: string;
}

/** One failure that waits to be observed or reported. */
export interface PendingReport {
  /** Somebody looked at the failure: it is not reported. */
  observe(): void;
}

const collected = new FinalizationRegistry<Report>((report) => report.deliver());

/** All reports that are not delivered: at the end of a program no future is collected. */
const undelivered = new Set<Report>();

let endIsWatched = false;

function watchEnd(): void {
  if (endIsWatched) return;
  endIsWatched = true;
  process.on("beforeExit", () => {
    for (const report of undelivered) report.deliver();
  });
}

class Report implements PendingReport {
  readonly #failure: UnobservedFailure;
  readonly #owner: UnobservedFailures;

  constructor(failure: UnobservedFailure, owner: UnobservedFailures) {
    this.#failure = failure;
    this.#owner = owner;
  }

  observe(): void {
    this.#take();
  }

  deliver(): void {
    if (this.#take()) this.#owner.report(this.#failure);
  }

  /** @returns whether it was neither observed nor delivered before. */
  #take(): boolean {
    if (!this.#owner.pending.delete(this)) return false;
    undelivered.delete(this);
    collected.unregister(this);
    return true;
  }
}

/** The failures of one executor that nobody observed yet. */
export class UnobservedFailures {
  /** Reports not yet delivered. */
  readonly pending = new Set<PendingReport & { deliver(): void }>();
  readonly #onUnobserved: ((failure: UnobservedFailure) => void) | undefined;

  /** @param onUnobserved - receives each failure; without it a process warning names the task. */
  constructor(onUnobserved?: (failure: UnobservedFailure) => void) {
    if (onUnobserved !== undefined) checkFunction("onUnobserved", onUnobserved);
    this.#onUnobserved = onUnobserved;
  }

  /** Notes a failure of `future`, to be reported unless it is observed. The future itself is not retained. */
  track(future: object, failure: UnobservedFailure): PendingReport {
    const report = new Report(failure, this);
    this.pending.add(report);
    undelivered.add(report);
    watchEnd();
    collected.register(future, report, report);
    return report;
  }

  /** Reports everything that was not observed: the executor has shut down. */
  reportAll(): void {
    for (const report of this.pending) report.deliver();
  }

  /** Hands one failure to the user's function, else to `process.emitWarning`. */
  report(failure: UnobservedFailure): void {
    if (this.#onUnobserved) {
      try {
        this.#onUnobserved(failure);
      } catch (error) {
        warn(`onUnobserved threw while it was told of a failure of ${failure.name}`, error);
      }
      return;
    }
    warn(`the task ${failure.name} failed and nobody awaited it`, failure.error);
  }
}

/** A process warning that carries an error's stack as its detail. */
export function warn(message: string, error: unknown): void {
  process.emitWarning(message, { type: "UngilWarning", detail: textOf(error) });
}

function textOf(error: unknown): string {
  try {
    return String((error instanceof Error && error.stack) || error);
  } catch {
    // its getters or its proxy throw: the warning is worth having without it
    return "an error that can't be shown";
  }
}

/** For futures that belong to no executor. */
export const unownedFailures = new UnobservedFailures();
