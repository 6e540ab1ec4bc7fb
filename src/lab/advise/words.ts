/**
 * Numbers as people read them.
 *
 * @module
 */
import { type Plan, planName } from "./plan.js";
import type { Spread } from "./statistics.js";

/** A time in ms: `0.3 µs`, `42 µs`, `1.7 ms`, `2.6 s`. */
export function timeInWords(ms: number): string {
  if (ms < 0.001) return `${digits(ms * 1e6)} ns`;
  if (ms < 1) return `${digits(ms * 1000)} µs`;
  if (ms < 1000) return `${digits(ms)} ms`;
  return `${digits(ms / 1000)} s`;
}

/** A size in bytes: `12 bytes`, `3.4 KB`, `2 MB`. */
export function sizeInWords(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} bytes`;
  if (bytes < 1e6) return `${digits(bytes / 1e3)} KB`;
  return `${digits(bytes / 1e6)} MB`;
}

/** A part from 0 to 1 in percent. */
export function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}

/** `3.4 times (3.1 to 3.6)`. */
export function timesInWords({ median, low, high }: Spread): string {
  return `${digits(median)} times (${digits(low)} to ${digits(high)})`;
}

/** A plan in a sentence. */
export function planInWords(plan: Plan): string {
  if (plan.executor === "inline") return "a plain loop";
  if (plan.executor === "async") return `an AsyncExecutor with ${plan.maxWorkers} calls in flight`;
  return planName(plan).replace(
    /^(thread|process) × (\d+)/,
    (_, kind: string, count: string) =>
      `${count} ${count === "1" ? kind : kind === "thread" ? "threads" : "processes"}`,
  );
}

/** Two digits that matter, and no zeros for show. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return "∞";
  if (value >= 100) return String(Math.round(value));
  return String(Number(value.toPrecision(2)));
}
