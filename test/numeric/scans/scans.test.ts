import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { InvalidArgumentError } from "ungil";
import * as np from "ungil/numeric";
import { arrayOf, bitsOf, dtypes, isFloat, listOf, numbers, randomArray, viewOf } from "../support/arrays.js";
import { inOtherChunks } from "../support/chunks.js";
import { type Call, compare } from "../support/compare.js";
import { live, pack, recorded, withoutNumPy } from "../support/numpy.js";
import { anyArray } from "../support/views.js";

const calls: Record<string, Call> = {
  "np.cumsum(a)": { call: ({ a }) => np.cumsumSync(a!), ulps: 32, scale: 10 },
  "np.cumsum(a, axis=0)": { call: ({ a }) => np.cumsumSync(a!, { axis: 0 }), ulps: 32, scale: 10 },
  "np.cumsum(a, axis=-1)": { call: ({ a }) => np.cumsumSync(a!, { axis: -1 }), ulps: 32, scale: 10 },
  "np.cumprod(a)": { call: ({ a }) => np.cumprodSync(a!), ulps: 32 },
  "np.cumprod(a, axis=1)": { call: ({ a }) => np.cumprodSync(a!, { axis: 1 }), ulps: 32 },
  "np.diff(a)": { call: ({ a }) => np.diffSync(a!) },
  "np.diff(a, axis=1)": { call: ({ a }) => np.diffSync(a!, { axis: 1 }) },
  "np.diff(a, n=2, axis=0)": { call: ({ a }) => np.diffSync(a!, { n: 2, axis: 0 }) },
};

/** Products of many whole numbers wrap around at 64 bits in NumPy, and are rounded here. */
const wraps = (expression: string, { dtype, shape }: { dtype: string; shape: readonly number[] }): boolean =>
  expression.startsWith("np.cumprod") &&
  !isFloat(dtype as np.DType) &&
  dtype !== "bool" &&
  shape.length + shape[0]! > 2;

test("scans give what NumPy gave, for every type and its edge cases", () => {
  const cases = recorded("scans");
  for (const each of cases) {
    assert.ok(calls[each.expression], `no call for ${each.expression}`);
    if (wraps(each.expression, each.inputs["a"]!)) continue;
    compare(each, calls[each.expression]!);
  }
  assert.equal(new Set(cases.map(({ expression }) => expression)).size, Object.keys(calls).length);
});

test("scans of many blocks give what NumPy gives, live", { skip: withoutNumPy() }, () => {
  const requests = dtypes.flatMap((dtype, seed) =>
    [[20_011], [3, 8_500], [700, 7]].flatMap((shape) => {
      const inputs = { a: pack(randomArray(dtype, shape, seed)) };
      return Object.keys(calls)
        .filter(
          (expression) =>
            !expression.includes("cumprod") && (shape.length > 1 || !expression.includes("axis=1")),
        )
        .filter((expression) => shape.length > 1 || !expression.includes("axis"))
        .map((expression) => ({ expression, inputs }));
    }),
  );
  for (const each of live(requests)) {
    // NumPy adds up float32 in float32
    compare(each, { ...calls[each.expression]!, ulps: 1e5, scale: 1000 });
  }
});

test("a cumulative sum is off by no more than sums of pairs are, and never falls for numbers that are not negative", () => {
  for (const dtype of ["float64", "float32"] as const) {
    const next = numbers(5);
    const a = np.NDArray.allocate(dtype, [300_000]);
    const x = a.typed;
    for (let k = 0; k < x.length; k++) x[k] = next() ** 30;
    const sums = np.cumsumSync(a).typed;
    let [sum, lost] = [0, 0];
    for (let k = 0; k < x.length; k++) {
      // Kahan's summation is exact to the last bit here
      const term = x[k]! - lost;
      const total = sum + term;
      lost = total - sum - term;
      sum = total;
      assert.ok(Math.abs(sums[k]! - sum) <= sum * (dtype === "float64" ? 1e-14 : 2 ** -23), `${k}`);
      if (k > 0) assert.ok(sums[k]! >= sums[k - 1]!, `${k}`);
    }
  }
});

/** Along an axis, what a loop makes of each row of elements. */
function along(a: np.NDArray, axis: number, work: (row: number[]) => number[]): number[] {
  const inner = a.shape.slice(axis + 1).reduce((x, y) => x * y, 1);
  const n = a.shape[axis]!;
  const list = listOf(a);
  const rows: number[][] = [];
  for (let k = 0; k < list.length / n; k++) {
    const first = Math.floor(k / inner) * n * inner + (k % inner);
    rows.push(work(Array.from({ length: n }, (_, j) => list[first + j * inner]!)));
  }
  const length = rows[0]?.length ?? 0;
  const out: number[] = [];
  for (let outer = 0; outer < rows.length / inner; outer++) {
    for (let j = 0; j < length; j++) for (let k = 0; k < inner; k++) out.push(rows[outer * inner + k]![j]!);
  }
  return out;
}

test("scans go along any axis of any view, as a loop over its elements does", () => {
  const running = (step: (x: number, y: number) => number) => (row: number[]) => {
    let value: number | undefined;
    return row.map((x) => (value = value === undefined ? x : step(value, x)));
  };
  fc.assert(
    fc.property(anyArray(undefined, 1), fc.nat(3), (a, axis) => {
      fc.pre(axis < a.shape.length);
      const single = a.dtype === "float32";
      const near = (actual: np.NDArray, expected: number[]): void => {
        for (const [k, x] of listOf(actual).entries()) {
          const y = single ? Math.fround(expected[k]!) : expected[k]!;
          assert.ok(
            x === y || Math.abs(x - y) <= (single ? 1e-3 : 1e-9) * Math.max(1, Math.abs(y)),
            `${x} ${y}`,
          );
        }
        assert.equal(actual.size, expected.length);
      };
      near(
        np.cumsumSync(a, { axis }),
        along(
          a,
          axis,
          running((x, y) => x + y),
        ),
      );
      near(
        np.cumprodSync(a, { axis }),
        along(
          a,
          axis,
          running((x, y) => x * y),
        ),
      );
      assert.equal(np.cumsumSync(a, { axis, dtype: "float32" }).dtype, "float32");
      const Elements = arrayOf(a.dtype, [0]).typed.constructor as new (length: number) => Int8Array;
      const whole = new Elements(1);
      const difference = (x: number, y: number): number => {
        whole[0] = a.dtype === "bool" ? x ^ y : y - x;
        return whole[0];
      };
      assert.deepEqual(
        listOf(np.diffSync(a, { axis })),
        along(a, axis, (row) => row.slice(1).map((y, k) => difference(row[k]!, y))),
      );
      near(
        np.cumsumSync(a),
        along(
          arrayOf(a.dtype, listOf(a)),
          0,
          running((x, y) => x + y),
        ),
      );
    }),
    { numRuns: 400 },
  );
});

test("a scan has the same bits however its work is cut, and whoever does which part first", () => {
  for (const [seed, dtype] of dtypes.entries()) {
    for (const shape of [[70_003], [3, 20_000], [2, 50, 700]]) {
      const a = randomArray(dtype, shape, seed);
      for (const axis of shape.keys()) {
        for (const call of [np.cumsumSync, np.cumprodSync, np.diffSync]) {
          const expected = bitsOf(call(a, { axis }));
          assert.equal(
            inOtherChunks(a, seed, () => bitsOf(call(a, { axis }))),
            expected,
          );
        }
      }
      a.block.dispose();
    }
  }
});

test("scans of nothing, of one element and beyond the length of an axis have the shapes that NumPy gives", async () => {
  const none = arrayOf("float32", [], [2, 0]);
  assert.deepEqual(np.cumsumSync(none).shape, [0]);
  assert.deepEqual(np.cumsumSync(none, { axis: 0 }).shape, [2, 0]);
  assert.deepEqual(np.diffSync(none).shape, [2, 0]);
  assert.deepEqual(np.diffSync(none, { axis: 0 }).shape, [1, 0]);
  const a = arrayOf("int16", [1, 4, 9, 16]);
  assert.deepEqual(listOf(np.diffSync(a, { n: 3 })), [0]);
  assert.deepEqual(np.diffSync(a, { n: 9 }).shape, [0]);
  assert.deepEqual(listOf(np.diffSync(viewOf(a, [4], [-1], 3), { n: 0 })), [16, 9, 4, 1]);
  assert.deepEqual(listOf(await np.cumsum(a)), [1, 5, 14, 30]);
  assert.deepEqual(listOf(await np.cumprod(a)), [1, 4, 36, 576]);
  assert.deepEqual(listOf(await np.diff(a)), [3, 5, 7]);
});

test("bad arguments of scans are refused from the call, by name", () => {
  const a = arrayOf("float64", [1, 2]);
  const refused = (work: () => unknown, argument: string): void => {
    assert.throws(work, (error) => error instanceof InvalidArgumentError && error.argument === argument);
  };
  refused(() => np.cumsum(a, { axis: 1 }), "axis");
  refused(() => np.cumprodSync(a, { dtype: "int8" as never }), "dtype");
  refused(() => np.diff(a, { n: -1 }), "n");
  refused(() => np.diffSync(arrayOf("float64", [1], [])), "a");
  refused(() => np.diffSync(a, { order: 1 } as never), "order");
});
