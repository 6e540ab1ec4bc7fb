import assert from "node:assert/strict";
import { test } from "node:test";
import * as np from "ungil/numeric";
import { dtypes, isFloat, randomArray } from "../support/arrays.js";
import { type Call, compare } from "../support/compare.js";
import { live, pack, recorded, withoutNumPy } from "../support/numpy.js";

/** Sums in float32 differ from NumPy's by what NumPy rounds. */
const sums = 16;

const calls: Record<string, Call> = {
  "np.sum(a)": { call: ({ a }) => np.sumSync(a!), ulps: sums },
  "np.prod(a)": { call: ({ a }) => np.prodSync(a!), ulps: 64 },
  "np.mean(a)": { call: ({ a }) => np.meanSync(a!), ulps: sums },
  "np.var(a)": { call: ({ a }) => np.varianceSync(a!), ulps: sums },
  "np.std(a)": { call: ({ a }) => np.stdSync(a!), ulps: sums },
  "np.min(a)": { call: ({ a }) => np.minSync(a!) },
  "np.max(a)": { call: ({ a }) => np.maxSync(a!) },
  "np.argmin(a)": { call: ({ a }) => np.argminSync(a!) },
  "np.argmax(a)": { call: ({ a }) => np.argmaxSync(a!) },
  "np.any(a)": { call: ({ a }) => np.anySync(a!) },
  "np.all(a)": { call: ({ a }) => np.allSync(a!) },
  "np.count_nonzero(a)": { call: ({ a }) => np.countNonzeroSync(a!) },
  "np.median(a)": { call: ({ a }) => np.medianSync(a!) },
  "np.ptp(a)": { call: ({ a }) => np.ptpSync(a!) },
  "np.ptp(a, axis=0)": { call: ({ a }) => np.ptpSync(a!, { axis: 0 }) },
  "np.sum(a, axis=0)": { call: ({ a }) => np.sumSync(a!, { axis: 0 }), ulps: 64 },
  "np.sum(a, axis=1)": { call: ({ a }) => np.sumSync(a!, { axis: 1 }), ulps: 64 },
  "np.sum(a, axis=2)": { call: ({ a }) => np.sumSync(a!, { axis: 2 }), ulps: 64 },
  "np.sum(a, axis=(0, 2))": { call: ({ a }) => np.sumSync(a!, { axis: [0, 2] }), ulps: 64 },
  "np.prod(a, axis=1)": { call: ({ a }) => np.prodSync(a!, { axis: 1 }), ulps: 64 },
  "np.mean(a, axis=0, keepdims=True)": {
    call: ({ a }) => np.meanSync(a!, { axis: 0, keepdims: true }),
    ulps: 64,
  },
  "np.var(a, axis=1, ddof=1)": { call: ({ a }) => np.varianceSync(a!, { axis: 1, ddof: 1 }), ulps: 64 },
  "np.std(a, axis=(1, 2))": { call: ({ a }) => np.stdSync(a!, { axis: [1, 2] }), ulps: 64 },
  "np.min(a, axis=0)": { call: ({ a }) => np.minSync(a!, { axis: 0 }) },
  "np.max(a, axis=-1, keepdims=True)": { call: ({ a }) => np.maxSync(a!, { axis: -1, keepdims: true }) },
  "np.argmin(a, axis=1)": { call: ({ a }) => np.argminSync(a!, { axis: 1 }) },
  "np.argmax(a, axis=0)": { call: ({ a }) => np.argmaxSync(a!, { axis: 0 }) },
  "np.any(a, axis=1)": { call: ({ a }) => np.anySync(a!, { axis: 1 }) },
  "np.all(a, axis=2)": { call: ({ a }) => np.allSync(a!, { axis: 2 }) },
  "np.count_nonzero(a, axis=1)": { call: ({ a }) => np.countNonzeroSync(a!, { axis: 1 }) },
  "np.median(a, axis=1)": { call: ({ a }) => np.medianSync(a!, { axis: 1 }) },
  "np.quantile(a, 0.3)": { call: ({ a }) => np.quantileSync(a!, 0.3), ulps: 4 },
  "np.quantile(a, [0, 0.25, 1])": { call: ({ a }) => np.quantileSync(a!, [0, 0.25, 1]), ulps: 4 },
  "np.quantile(a, [0.1, 0.9], axis=1)": {
    call: ({ a }) => np.quantileSync(a!, [0.1, 0.9], { axis: 1 }),
    ulps: 4,
  },
};

test("reductions give what NumPy gave, for every type and its edge cases", () => {
  const cases = recorded("reductions");
  for (const each of cases) {
    const call = calls[each.expression];
    assert.ok(call, `no call for ${each.expression}`);
    if (overflows(each)) continue;
    compare(each, call);
  }
  const seen = new Set(cases.map(({ expression }) => expression));
  assert.deepEqual(
    Object.keys(calls).filter((expression) => !seen.has(expression)),
    [],
  );
});

/** Products of whole numbers wrap around at 64 bits in NumPy, and are rounded here. */
function overflows({ expression, inputs }: { expression: string; inputs: object }): boolean {
  const [{ dtype }] = Object.values(inputs) as [{ dtype: np.DType }];
  return expression.startsWith("np.prod") && !isFloat(dtype) && dtype !== "bool";
}

test("reductions give what NumPy gives, live, for shapes with many blocks", { skip: withoutNumPy() }, () => {
  const requests = [];
  for (const [k, dtype] of dtypes.entries()) {
    for (const shape of [[20_001], [3, 9_001], [1_100, 9], [3, 700, 5]]) {
      const inputs = { a: pack(randomArray(dtype, shape, k)) };
      const axes = shape.length;
      for (const expression of Object.keys(calls)) {
        const axis = /axis=\(?(?:\d, )?(-?\d)/.exec(expression)?.[1];
        if (axis !== undefined && Number(axis) >= axes) continue;
        if (dtype === "bool" && /ptp|quantile/.test(expression)) continue;
        // float32 becomes float64 in some of NumPy's cases, and stays float32 here
        if (dtype === "float32" && expression.includes("quantile")) continue;
        // NumPy subtracts neighbours in their own type, where that may wrap around
        if (dtype.startsWith("int") && expression.includes("quantile")) continue;
        if (overflows({ expression, inputs })) continue;
        requests.push({ expression, inputs });
      }
    }
  }
  for (const each of live(requests)) {
    compare(each, {
      ...calls[each.expression]!,
      ulps: each.output.dtype === "float32" ? 4096 : 256,
      scale: 1000,
    });
  }
});

test("quantile of no parts is an array without elements, as NumPy's", async () => {
  const a = np.from([
    [3, 1, 2],
    [6, 5, 4],
  ]);
  for (const [options, shape] of [
    [{}, [0]],
    [{ axis: 1 }, [0, 2]],
    [{ axis: 0, keepdims: true }, [0, 1, 3]],
  ] as const) {
    assert.deepEqual(np.quantileSync(a, [], options).shape, shape);
    assert.deepEqual((await np.quantile(a, [], options)).shape, shape);
  }
  assert.equal(np.quantileSync(a, []).dtype, "float64");
});
