/** Plain matrices to test linear algebra with, and which of its ways can be tested on this machine. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Blas, findBlas } from "ungil/native";
import { type BlasChoice, type DType, NDArray } from "ungil/numeric";
import { arrayOf, listOf, numbers } from "./arrays.js";

/** The system's BLAS, where there is one. */
export const blas: Blas | undefined = process.platform === "win32" ? undefined : findBlas();

/** Both ways to compute, and why one can't be tested, if it can't. */
export const ways: readonly {
  readonly way: string;
  readonly blas: BlasChoice;
  readonly skip: string | false;
}[] = [
  {
    way: "LAPACK",
    blas: "auto",
    skip: blas?.lapack ? false : "no LAPACK is installed (libopenblas0-pthread, liblapack3)",
  },
  { way: "the package ml-matrix", blas: "none", skip: false },
];

/** Row by row. */
export type Rows = readonly (readonly number[])[];

/** The matrices of a stack. */
export function matricesOf(a: NDArray): Rows[] {
  const [m, n] = a.shape.slice(-2) as [number, number];
  const list = listOf(a);
  const count = m * n === 0 ? 0 : list.length / (m * n);
  return Array.from({ length: count }, (_, k) =>
    Array.from({ length: m }, (_row, i) => list.slice((k * m + i) * n, (k * m + i + 1) * n)),
  );
}

export const transposed = (a: Rows): Rows => (a[0] ?? []).map((_, j) => a.map((row) => row[j]!));

/** The product by its definition. */
export const times = (a: Rows, b: Rows): Rows =>
  a.map((row) => (b[0] ?? []).map((_, j) => row.reduce((sum, x, k) => sum + x * b[k]![j]!, 0)));

export const unit = (n: number): Rows =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_column, j) => (i === j ? 1 : 0)));

export const largest = (a: Rows): number => Math.max(0, ...a.flat().map(Math.abs));

export function assertNear(given: Rows, wanted: Rows, within: number, what: string): void {
  assert.equal(given.length, wanted.length, what);
  for (const [i, row] of given.entries()) {
    assert.equal(row.length, wanted[i]!.length, what);
    for (const [j, x] of row.entries()) {
      const y = wanted[i]![j]!;
      assert.ok(Math.abs(x - y) <= within, `${what}: [${i}, ${j}] is ${x}, not ${y}, within ${within}`);
    }
  }
}

/** Rounding errors of a result of this type, for matrices of a size below ten. */
export const roundingOf = (dtype: DType): number => (dtype === "float32" ? 1e-5 : 1e-12);

/** How a stack lies in memory. */
export type Lies = "in order" | "transposed" | "backwards" | "with gaps";

/** An array of these elements, as a view that lies in some way. */
export function laid<T extends DType>(
  dtype: T,
  values: readonly number[],
  shape: readonly number[],
  how: Lies,
): NDArray<T> {
  const whole = arrayOf(dtype, values, shape);
  if (how === "in order") return whole;
  if (how === "transposed") return whole.swapaxes(-1, -2).copy().swapaxes(-1, -2);
  if (how === "backwards") return whole.flip().copy().flip();
  const wide = NDArray.allocate(
    dtype,
    shape.map((length) => length * 2),
  );
  const view = wide.slice(...shape.map(() => "1::2"));
  return view.assign(whole);
}

/** What a stack of matrices is made of. */
export interface Recipe {
  readonly dtype: DType;
  readonly front: readonly number[];
  readonly m: number;
  readonly n: number;
  readonly how: Lies;
  readonly seed: number;
}

export const recipes: fc.Arbitrary<Recipe> = fc.record({
  dtype: fc.constantFrom<DType>("float64", "float64", "float32", "int32", "uint8"),
  front: fc.constantFrom([], [], [3], [1], [2, 2], [0]),
  m: fc.integer({ min: 1, max: 7 }),
  n: fc.integer({ min: 1, max: 7 }),
  how: fc.constantFrom<Lies>("in order", "transposed", "backwards", "with gaps"),
  seed: fc.integer({ min: 0, max: 1 << 20 }),
});

/** A stack of matrices with elements of 0 to 20, plus a number on the diagonal. */
export function stackOf(
  { dtype, front, m, n, how, seed }: Recipe,
  diagonal = 0,
  isSymmetric = false,
): NDArray {
  const next = numbers(seed);
  const isFloat = dtype.startsWith("float");
  const count = front.reduce((product, length) => product * length, 1);
  const values: number[] = [];
  for (let k = 0; k < count; k++) {
    const rows = Array.from({ length: m }, (_, i) =>
      Array.from({ length: n }, (_column, j) => {
        const value = next() * 20 + (i === j ? diagonal : 0);
        return isFloat ? Math.fround(value) : Math.floor(value);
      }),
    );
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) values.push(isSymmetric && j > i ? rows[j]![i]! : rows[i]![j]!);
  }
  return laid(dtype, values, [...front, m, n], how);
}

/** How often the event loop comes around until something is done. */
export async function turnsDuring<R>(
  promise: Promise<R>,
): Promise<{ readonly result: R; readonly turns: number }> {
  const state = { isDone: false, turns: 0 };
  const watched = promise.finally(() => {
    state.isDone = true;
  });
  while (!state.isDone) {
    await new Promise((resolve) => setImmediate(resolve));
    state.turns++;
  }
  return { result: await watched, turns: state.turns };
}
