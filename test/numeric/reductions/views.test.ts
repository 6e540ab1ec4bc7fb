import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import * as np from "ungil/numeric";
import { isFloat, listOf } from "../support/arrays.js";
import { anyArray } from "../support/views.js";

/** For each index of the kept axes, in their order, the elements along the others. */
function groups(a: np.NDArray, axes: readonly number[]): number[][] {
  const kept = a.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const found: number[][] = Array.from(
    { length: kept.reduce((size, axis) => size * a.shape[axis]!, 1) },
    () => [],
  );
  for (const [flat, value] of listOf(a).entries()) {
    const index: number[] = [];
    let rest = flat;
    for (let axis = a.shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % a.shape[axis]!;
      rest = Math.floor(rest / a.shape[axis]!);
    }
    let at = 0;
    for (const axis of kept) at = at * a.shape[axis]! + index[axis]!;
    found[at]!.push(value);
  }
  return found;
}

const total = (x: readonly number[]): number => x.reduce((sum, each) => sum + each, 0);
const average = (x: readonly number[]): number => total(x) / x.length;
const spread = (x: readonly number[]): number => total(x.map((each) => (each - average(x)) ** 2)) / x.length;
const close = (actual: number, expected: number, single: boolean): boolean =>
  Object.is(actual, expected) ||
  actual === expected ||
  Math.abs(actual - expected) <= (single ? 1e-4 : 1e-9) * Math.max(1, Math.abs(expected));

/** Whether some part of a product overflows: then the order decides whether a 0 makes it 0 or NaN, and blocks have theirs. */
const overflows = (x: readonly number[]): boolean =>
  total(x.map((each) => Math.max(0, Math.log(Math.abs(each))))) > Math.log(Number.MAX_VALUE);

type Axes = { axis: number[]; keepdims: boolean };

const reductions: Record<string, [(a: np.NDArray, options: Axes) => np.NDArray, (x: number[]) => number]> = {
  sum: [np.sumSync, total],
  prod: [np.prodSync, (x) => x.reduce((product, each) => product * each, 1)],
  mean: [np.meanSync, average],
  variance: [np.varianceSync, spread],
  std: [np.stdSync, (x) => Math.sqrt(spread(x))],
  min: [np.minSync, (x) => Math.min(...x)],
  max: [np.maxSync, (x) => Math.max(...x)],
  any: [np.anySync, (x) => Number(x.some(Boolean))],
  all: [np.allSync, (x) => Number(x.every(Boolean))],
  countNonzero: [np.countNonzeroSync, (x) => x.filter(Boolean).length],
  median: [
    np.medianSync,
    (x) => {
      const sorted = x.toSorted((a, b) => a - b);
      return (sorted[(x.length - 1) >> 1]! + sorted[x.length >> 1]!) / 2;
    },
  ],
  quantile: [
    (a, options) => np.quantileSync(a, 0.25, options),
    (x) => {
      const sorted = x.toSorted((a, b) => a - b);
      const place = (x.length - 1) * 0.25;
      const low = sorted[Math.floor(place)]!;
      return low + (sorted[Math.ceil(place)]! - low) * (place - Math.floor(place));
    },
  ],
};

for (const [name, [call, plain]] of Object.entries(reductions)) {
  test(`${name} reduces any view along any axes, as a loop over its elements does`, () => {
    const least = ["min", "max", "median", "quantile"].includes(name) ? 1 : 0;
    fc.assert(
      fc.property(anyArray(undefined, least), fc.nat(15), fc.boolean(), (a, mask, keepdims) => {
        const axis = a.shape.map((_, k) => k).filter((k) => mask & (1 << k));
        const elements = groups(a, axis);
        fc.pre(name !== "prod" || !elements.some(overflows));
        const result = call(a, { axis, keepdims });
        const expected = elements.map(plain);
        const shape = keepdims
          ? a.shape.map((length, k) => (axis.includes(k) ? 1 : length))
          : a.shape.filter((_, k) => !axis.includes(k));
        assert.deepEqual(result.shape, shape);
        const actual = listOf(result);
        assert.equal(actual.length, expected.length);
        for (const [k, value] of actual.entries()) {
          const wanted = result.dtype === "float32" ? Math.fround(expected[k]!) : expected[k]!;
          assert.ok(close(value, wanted, result.dtype === "float32"), `${value} for ${wanted}`);
        }
      }),
      { numRuns: 300 },
    );
  });
}

test("argmin and argmax find the first one in any view along any axis", () => {
  fc.assert(
    fc.property(anyArray(undefined, 1), fc.nat(3), (a, axis) => {
      fc.pre(axis < a.shape.length);
      for (const [call, best] of [
        [np.argminSync, Math.min],
        [np.argmaxSync, Math.max],
      ] as const) {
        const expected = groups(a, [axis]).map((x) => x.indexOf(best(...x)));
        assert.deepEqual(listOf(call(a, { axis })), expected);
        assert.equal(call(a), listOf(a).indexOf(best(...listOf(a))));
      }
    }),
    { numRuns: 300 },
  );
});

test("the whole of a view is reduced to a number", () => {
  fc.assert(
    fc.property(anyArray(undefined, 1), (a) => {
      const x = listOf(a);
      const single = a.dtype === "float32";
      assert.ok(close(np.sumSync(a), total(x), single));
      assert.ok(close(np.stdSync(a), Math.sqrt(spread(x)), single));
      assert.equal(np.minSync(a), Math.min(...x));
      assert.equal(np.countNonzeroSync(a), x.filter(Boolean).length);
      assert.equal(np.anySync(a), x.some(Boolean));
      if (isFloat(a.dtype)) assert.ok(close(np.ptpSync(a), Math.max(...x) - Math.min(...x), single));
    }),
    { numRuns: 300 },
  );
});
