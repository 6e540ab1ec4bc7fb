/**
 * Medians, and how far what was measured can be trusted.
 *
 * @module
 */
import { interpolated } from "../statistics/summary.js";

/** A measured value: its median, and the interval in which it lies with 90 % confidence. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Fewer rounds tell little of how far rounds differ: a quarter is added on either side. */
const fewRounds = 3;
const unknownSpread = 1.25;

/** The middle value. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("no values");
  return interpolated(values, 0.5);
}

/** Standard deviation over mean: 0 where all are alike. */
export function variation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (!(mean > 0)) return 0;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return Math.sqrt(squares) / mean;
}

/**
 * Median and its interval of confidence from the order of the values alone: how they are distributed does not matter
 * (the sign test's interval: W. J. Conover, Practical Nonparametric Statistics, chapter 3). Of five or fewer it is
 * their range.
 * @param values - positive, at least one.
 */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  const left = leftOut(sorted.length);
  const widen = sorted.length < fewRounds ? unknownSpread : 1;
  return {
    median: median(sorted),
    low: sorted[left]! / widen,
    high: sorted[sorted.length - 1 - left]! * widen,
  };
}

/** How many values at each end lie outside of the interval: as many as keep 90 % confidence. */
function leftOut(count: number): number {
  // the chance that fewer than k of `count` fair coins show heads
  let below = 0;
  let term = 0.5 ** count;
  for (let k = 0; k < count / 2; k++) {
    below += term;
    if (2 * below > 0.1) return Math.max(0, k - 1);
    term *= (count - k) / (k + 1);
  }
  return 0;
}
