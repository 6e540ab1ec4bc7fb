/**
 * How work scales with workers: Amdahl's law, and where there are enough points the Universal Scalability Law.
 *
 * Sources: G. M. Amdahl: Validity of the single processor approach to achieving large scale computing capabilities.
 * AFIPS 1967. N. J. Gunther: Guerrilla Capacity Planning. Springer 2007, chapters 4 to 6.
 *
 * @module
 */

/** How many items a ms so many workers do. */
export interface ScalingPoint {
  readonly workers: number;
  /** Items per ms. */
  readonly throughput: number;
}

/**
 * `throughput(n) = single · n / (1 + contention · (n − 1) + coherency · n · (n − 1))`. Without the last term this is
 * Amdahl's law, and `contention` its serial fraction.
 */
export interface Scaling {
  readonly law: "Amdahl" | "USL";
  /** Items per ms of one worker, as fitted. */
  readonly single: number;
  /** The part of the work that only one can do at a time: 0 scales without end, 1 does not at all. */
  readonly contention: number;
  /** What each pair of workers costs the other: above 0, throughput falls again from some number of workers on. */
  readonly coherency: number;
  /** Workers beyond which more make it slower; Infinity without coherency. */
  readonly peakWorkers: number;
  /** How many times as fast as with one worker it can get, with however many. */
  readonly maxSpeedup: number;
  readonly points: readonly ScalingPoint[];
}

/** From so many numbers of workers on there is a third coefficient. */
const pointsOfUsl = 4;

/**
 * Fits the law to measured points, by least squares of relative errors. In `n / throughput` it is linear in its
 * coefficients, so that the fit is exact and needs no start; coefficients that come out negative are none.
 * @param points - of at least two different numbers of workers; undefined is the answer to fewer.
 */
export function fitScaling(points: readonly ScalingPoint[]): Scaling | undefined {
  const different = new Set(points.map(({ workers }) => workers)).size;
  if (different < 2) return undefined;
  const terms: ((n: number) => number)[] = [() => 1, (n) => n - 1, (n) => n * (n - 1)];
  const law = different >= pointsOfUsl ? "USL" : "Amdahl";
  // which terms take part: of all choices without a negative coefficient the one that fits best
  const choices = law === "USL" ? [[0, 1, 2], [0, 1], [0, 2], [0]] : [[0, 1], [0]];
  let best: { error: number; coefficients: number[] } | undefined;
  for (const choice of choices) {
    const fit = leastSquares(
      points,
      choice.map((at) => terms[at]!),
    );
    if (!fit || fit.coefficients.some((value, at) => value < (at === 0 ? Number.MIN_VALUE : 0))) continue;
    if (best && fit.error >= best.error) continue;
    const coefficients = [0, 0, 0];
    for (const [at, term] of choice.entries()) coefficients[term] = fit.coefficients[at]!;
    best = { error: fit.error, coefficients };
  }
  if (!best) return undefined;
  const [base = 0, slope = 0, curve = 0] = best.coefficients;
  const contention = Math.min(1, slope / base);
  const coherency = curve / base;
  const peakWorkers =
    coherency > 0 ? Math.max(1, Math.sqrt((1 - contention) / coherency)) : Number.POSITIVE_INFINITY;
  return {
    law,
    single: 1 / base,
    contention,
    coherency,
    peakWorkers,
    maxSpeedup: Number.isFinite(peakWorkers)
      ? speedup(contention, coherency, peakWorkers)
      : contention > 0
        ? 1 / contention
        : Number.POSITIVE_INFINITY,
    points,
  };
}

/** How many times as fast as one worker so many are. */
export function speedup(contention: number, coherency: number, workers: number): number {
  return workers / (1 + contention * (workers - 1) + coherency * workers * (workers - 1));
}

type Terms = readonly ((workers: number) => number)[];

/** Coefficients of the terms, by the normal equations: at most three of them. */
function leastSquares(
  points: readonly ScalingPoint[],
  terms: Terms,
): { coefficients: number[]; error: number } | undefined {
  // each equation divided by its right side: errors count in proportion
  const rows = points.map(({ workers, throughput }) => {
    const target = workers / throughput;
    return terms.map((term) => term(workers) / target);
  });
  const matrix = terms.map((_, i) => terms.map((_, j) => sum(rows.map((row) => row[i]! * row[j]!))));
  const right = terms.map((_, i) => sum(rows.map((row) => row[i]!)));
  const coefficients = solve(matrix, right);
  if (!coefficients) return undefined;
  const error = sum(rows.map((row) => (sum(row.map((value, at) => value * coefficients[at]!)) - 1) ** 2));
  return { coefficients, error };
}

/** Gauss's elimination with pivots; undefined where there is no single answer. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] | undefined {
  const size = right.length;
  const rows = matrix.map((row, at) => [...row, right[at]!]);
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row;
    }
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const lead = rows[column]!;
    if (Math.abs(lead[column]!) < 1e-300) return undefined;
    for (const [at, row] of rows.entries()) {
      if (at === column) continue;
      const factor = row[column]! / lead[column]!;
      for (let k = column; k <= size; k++) row[k] = row[k]! - factor * lead[k]!;
    }
  }
  return rows.map((row, at) => row[size]! / row[at]!);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
