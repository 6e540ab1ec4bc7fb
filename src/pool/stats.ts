import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import type { TimeSummary } from "../futures/executor.js";

/** Spread of a time, recorded in ms and kept as a histogram of µs. */
class TimeSpread {
  #histogram: RecordableHistogram | undefined;

  record(ms: number): void {
    this.#histogram ??= createHistogram();
    this.#histogram.record(Math.max(1, Math.round(ms * 1000)));
  }

  summary(): TimeSummary {
    const histogram = this.#histogram;
    if (!histogram) return Object.freeze({ count: 0, mean: 0, p50: 0, p99: 0, max: 0 });
    return Object.freeze({
      count: histogram.count,
      mean: histogram.mean / 1000,
      p50: histogram.percentile(50) / 1000,
      p99: histogram.percentile(99) / 1000,
      max: histogram.max / 1000,
    });
  }
}

/** What an executor counts. */
export class Counters {
  submitted = 0;
  completed = 0;
  failed = 0;
  cancelled = 0;
  retried = 0;
  running = 0;
  peakQueued = 0;
  peakWorkers = 0;
  started = 0;
  crashed = 0;
  recycled = 0;
  readonly waitTime = new TimeSpread();
  readonly runTime = new TimeSpread();
}
