import { InvalidArgumentError } from "../../errors.js";

/** What was measured with a number of workers. */
export interface Load {
  /** Workers, threads, users: whatever grows. At least 1. */
  readonly workers: number;
  /** Work done in a time, in any unit. */
  readonly throughput: number;
}

/** A coefficient has to explain more than what arithmetic is off by. */
const rounding = 1e-14;

/** What {@link fitUsl} found. */
export interface UslFit {
  /** Throughput of one worker, in the unit of the measurements. */
  readonly single: number;
  /** σ, contention: the share of the work that only one can do at a time, from 0 to 1 for real systems. */
  readonly contention: number;
  /** κ, coherence: what each pair of workers costs by having to agree, as a share of the work. */
  readonly coherence: number;
  /** The number of workers with the highest throughput, by the law; Infinity where coherence is 0. */
  readonly peak: number;
  /** The highest throughput, as a multiple of one worker's: Infinity where neither coefficient limits it. */
  readonly limit: number;
  /** R²: the share of what differs between the measurements that the law explains; 1 is all. */
  readonly explained: number;
}

/**
 * The Universal Scalability Law: how many times as much N workers do as one,
 * C(N) = N / (1 + σ (N − 1) + κ N (N − 1)). Without κ it is Amdahl's law.
 */
export function uslCapacity(workers: number, contention: number, coherence: number): number {
  return workers / (1 + contention * (workers - 1) + coherence * workers * (workers - 1));
}

/**
 * Fits the Universal Scalability Law to measurements.
 *
 * The law becomes linear when it is turned over: N / X(N) = a + b (N − 1) + c N (N − 1), where a is one worker's time
 * for a piece of work, σ = b / a and κ = c / a. That is solved by least squares, each measurement weighted so that errors
 * count as shares of it; coefficients below zero mean nothing, so the best fit without them is taken.
 *
 * N. J. Gunther, "A General Theory of Computational Scalability Based on Rational Functions", arXiv:0808.1431 (2008).
 *
 * @param loads - of three different numbers of workers at least.
 * @throws InvalidArgumentError where they are fewer, or a number is none.
 * @example
 * fitUsl([{ workers: 1, throughput: 100 }, { workers: 2, throughput: 180 }, { workers: 4, throughput: 290 }]);
 */
export function fitUsl(loads: readonly Load[]): UslFit {
  if (!Array.isArray(loads) || !loads.every((load) => typeof load === "object" && load !== null))
    throw new InvalidArgumentError("loads", loads, "a list of measurements, { workers, throughput }");
  if (new Set(loads.map(({ workers }) => workers)).size < 3)
    throw new InvalidArgumentError(
      "loads",
      loads.length,
      "measurements of three numbers of workers at least",
    );
  for (const { workers, throughput } of loads) {
    if (!(workers >= 1 && Number.isFinite(workers)))
      throw new InvalidArgumentError("loads", workers, "a number of workers of at least 1 in each");
    if (!(throughput > 0 && Number.isFinite(throughput)))
      throw new InvalidArgumentError("loads", throughput, "a throughput above 0 in each");
  }
  const fits = [[0], [0, 1], [0, 2], [0, 1, 2]].flatMap((columns) => solve(loads, columns));
  // [0] is a mean of positive numbers: there always is one
  const best = fits.reduce((one, other) => (other.error < one.error - rounding ? other : one));
  const [a, b, c] = best.coefficients;
  const contention = b / a;
  const coherence = c / a;
  const peak = coherence > 0 ? Math.max(1, Math.sqrt(Math.max(0, 1 - contention) / coherence)) : Infinity;
  return {
    single: 1 / a,
    contention,
    coherence,
    peak,
    limit: Number.isFinite(peak) ? uslCapacity(peak, contention, coherence) : 1 / contention,
    explained: explainedBy(loads, ({ workers }) => uslCapacity(workers, contention, coherence) / a),
  };
}

interface Solution {
  readonly coefficients: readonly [number, number, number];
  readonly error: number;
}

/** The weighted least squares of some of the three columns; none where a coefficient is below zero. */
function solve(loads: readonly Load[], columns: readonly number[]): Solution[] {
  // both sides are divided by what was measured: the error is a share of it then
  const rows = loads.map(({ workers, throughput }) => {
    const time = workers / throughput;
    return [1 / time, (workers - 1) / time, (workers * (workers - 1)) / time] as const;
  });
  const sum = (of: (row: readonly [number, number, number]) => number): number =>
    rows.reduce((total, row) => total + of(row), 0);
  const matrix = columns.map((i) => columns.map((j) => sum((row) => row[i]! * row[j]!)));
  const found = gauss(
    matrix,
    columns.map((i) => sum((row) => row[i]!)),
  );
  if (!found) return [];
  const coefficients: [number, number, number] = [0, 0, 0];
  for (const [at, column] of columns.entries()) coefficients[column] = found[at]!;
  const [a, b, c] = coefficients;
  if (!(a > 0 && b >= 0 && c >= 0)) return [];
  return [{ coefficients, error: sum((row) => (1 - a * row[0] - b * row[1] - c * row[2]) ** 2) }];
}

/** Solves linear equations by Gauss's elimination with the greatest pivot; undefined where they have no one solution. */
function gauss(matrix: readonly (readonly number[])[], right: readonly number[]): number[] | undefined {
  const rows = matrix.map((row, at) => [...row, right[at]!]);
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    const below = rows.slice(column);
    const pivot = below.reduce((one, row) => (Math.abs(row[column]!) > Math.abs(one[column]!) ? row : one));
    if (pivot[column] === 0) return undefined;
    rows[rows.indexOf(pivot)] = rows[column]!;
    rows[column] = pivot;
    for (const row of rows) {
      if (row === pivot) continue;
      const factor = row[column]! / pivot[column]!;
      for (let at = column; at <= size; at++) row[at] = row[at]! - factor * pivot[at]!;
    }
  }
  return rows.map((row, at) => row[size]! / row[at]!);
}

function explainedBy(loads: readonly Load[], predict: (load: Load) => number): number {
  const mean = loads.reduce((sum, { throughput }) => sum + throughput, 0) / loads.length;
  const square = (of: (load: Load) => number): number =>
    loads.reduce((sum, load) => sum + (load.throughput - of(load)) ** 2, 0);
  const spread = square(() => mean);
  return spread === 0 ? 1 : 1 - square(predict) / spread;
}
