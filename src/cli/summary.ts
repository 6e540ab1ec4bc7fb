/**
 * What the command says at the end of a run.
 *
 * @module
 */
import { formatDuration } from "./duration.js";
import type { Histogram } from "./histogram.js";

/** Counters of a run. */
export interface RunCounts {
  ok: number;
  failed: number;
  /** Started or queued, but not finished when the run was ended. */
  cancelled: number;
  /** Left out, because the job log has them. */
  skipped: number;
  /** Tries beyond the first of each record. */
  retried: number;
}

/** Counters at the start of a run. */
export function noCounts(): RunCounts {
  return { ok: 0, failed: 0, cancelled: 0, skipped: 0, retried: 0 };
}

/** A number of records per second: `229/s`, `3.4/s`, `12,000/s`. */
export function formatRate(perSecond: number): string {
  const digits = perSecond < 10 ? 1 : 0;
  return `${perSecond.toLocaleString("en", { maximumFractionDigits: digits })}/s`;
}

/**
 * `10,000 ok, 3 failed in 43.7 s (229/s), retried 12, run p50 2 ms p99 31 ms`. What is zero is left out, but for
 * ok and failed.
 * @param elapsed - of the whole run, in ms.
 * @param runTimes - run time of each finished record's last attempt.
 */
export function summaryLine(counts: Readonly<RunCounts>, elapsed: number, runTimes: Histogram): string {
  const number = (value: number): string => value.toLocaleString("en");
  const parts = [`${number(counts.ok)} ok`, `${number(counts.failed)} failed`];
  if (counts.cancelled > 0) parts.push(`${number(counts.cancelled)} cancelled`);
  if (counts.skipped > 0) parts.push(`${number(counts.skipped)} skipped (in the job log)`);
  const done = counts.ok + counts.failed;
  let line = `${parts.join(", ")} in ${formatDuration(elapsed)}`;
  if (done > 0 && elapsed > 0) line += ` (${formatRate((done / elapsed) * 1000)})`;
  if (counts.retried > 0) line += `, retried ${number(counts.retried)}`;
  if (runTimes.count > 0) {
    line += `, run p50 ${formatDuration(runTimes.percentile(0.5))} p99 ${formatDuration(runTimes.percentile(0.99))}`;
  }
  return line;
}

/** The same as JSON, for `--progress json`: times in ms. */
export function summaryJson(counts: Readonly<RunCounts>, elapsed: number, runTimes: Histogram): string {
  const milliseconds = (value: number): number => Number(value.toFixed(3));
  return JSON.stringify({
    summary: {
      ...counts,
      elapsed: Math.round(elapsed),
      runP50: milliseconds(runTimes.percentile(0.5)),
      runP99: milliseconds(runTimes.percentile(0.99)),
    },
  });
}
