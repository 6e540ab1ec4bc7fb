import assert from "node:assert/strict";
import { test } from "node:test";
import { InvalidArgumentError, InvalidStateError } from "ungil";
import * as np from "ungil/numeric";
import { arrayOf, bitsOf, dtypes, listOf, numbers, randomArray, viewOf } from "../support/arrays.js";
import { inOtherChunks } from "../support/chunks.js";

const axes = [{ axis: 0 }, { axis: 1 }, { axis: -1 }, { axis: [0, 2] }, { axis: [0, 1, 2] }];

const calls: Record<string, (a: np.NDArray, options?: { axis: number | number[] }) => unknown> = {
  sum: (a, options) => (options ? np.sumSync(a, options) : np.sumSync(a)),
  prod: (a, options) => (options ? np.prodSync(a, options) : np.prodSync(a)),
  variance: (a, options) => (options ? np.varianceSync(a, options) : np.varianceSync(a)),
  min: (a, options) => (options ? np.minSync(a, options) : np.minSync(a)),
  max: (a, options) => (options ? np.maxSync(a, options) : np.maxSync(a)),
  any: (a, options) => (options ? np.anySync(a, options) : np.anySync(a)),
  all: (a, options) => (options ? np.allSync(a, options) : np.allSync(a)),
  countNonzero: (a, options) => (options ? np.countNonzeroSync(a, options) : np.countNonzeroSync(a)),
  median: (a, options) => (options ? np.medianSync(a, options) : np.medianSync(a)),
};

const plain = (value: unknown): unknown => (value instanceof np.NDArray ? bitsOf(value) : value);

test("a reduction has the same bits however its work is cut, and whoever does which part first", () => {
  for (const [seed, dtype] of dtypes.entries()) {
    const a = randomArray(dtype, [3, 801, 33], seed);
    const transposed = viewOf(a, [33, 3, 801], [1, 33 * 801, 33]);
    for (const view of [a, transposed]) {
      for (const [name, call] of Object.entries(calls)) {
        for (const options of [undefined, ...axes]) {
          const expected = plain(call(view, options));
          for (let round = 0; round < 2; round++) {
            const actual = inOtherChunks(a, round * 31 + seed, () => plain(call(view, options)));
            assert.deepEqual(actual, expected, `${name} of ${dtype} along ${JSON.stringify(options)}`);
          }
        }
      }
      assert.equal(
        inOtherChunks(a, seed, () => np.argminSync(view)),
        np.argminSync(view),
      );
    }
    a.block.dispose();
  }
});

/** What a sum really is, in units of 2^-1074: exact for doubles. */
function exactly(values: Iterable<number>): number {
  // Shewchuk's partials, as in Python's math.fsum
  const partials: number[] = [];
  for (let x of values) {
    let kept = 0;
    for (let y of partials) {
      if (Math.abs(x) < Math.abs(y)) [x, y] = [y, x];
      const high = x + y;
      const low = y - (high - x);
      if (low !== 0) partials[kept++] = low;
      x = high;
    }
    partials.length = kept;
    partials.push(x);
  }
  return partials.reduceRight((sum, each) => sum + each, 0);
}

test("a sum of a million floats is off by less than a few units in the last place of its terms' sum", () => {
  for (const dtype of ["float64", "float32"] as const) {
    const next = numbers(7);
    const a = np.NDArray.allocate(dtype, [1_000_000]);
    const x = a.typed;
    for (let k = 0; k < x.length; k++) x[k] = next();
    const expected = exactly(x);
    const relative = Math.abs(np.sumSync(a, { dtype: "float64" }) - expected) / expected;
    // NumPy's float32 sum of the same kind is off by 6e-7
    assert.ok(relative <= (dtype === "float64" ? 2 ** -52 : 1e-8), `${dtype}: ${relative}`);
    const sum = np.sumSync(a);
    assert.equal(dtype === "float32" ? Math.fround(sum) : sum, sum);
  }
});

test("a sum of 16 million alternating values is as exact as pairs of blocks make it", () => {
  const n = 1 << 24;
  const a = np.NDArray.allocate("float32", [n]);
  const x = a.typed;
  for (let k = 0; k < n; k++) x[k] = k & 1 ? -1 / 3 : 1 / 3 + 2 ** -20;
  // the terms are multiples of 2^-26, so that their float64 sum is exact
  let expected = 0;
  for (let k = 0; k < n; k++) expected += x[k]!;
  const terms = n / 3;
  const error = Math.abs(np.sumSync(a, { dtype: "float64" }) - expected);
  assert.ok(error <= terms * 1e-7, `${error}`);
  a.block.dispose();
});

test("sums of whole numbers are exact up to 2^53", () => {
  const n = 100_003;
  for (const [dtype, value] of [
    ["int32", -(2 ** 31)],
    ["uint32", 2 ** 32 - 1],
    ["int16", -(2 ** 15)],
    ["uint16", 2 ** 16 - 1],
    ["int8", -128],
    ["uint8", 255],
    ["bool", 1],
  ] as const) {
    const a = np.NDArray.allocate(dtype, [n]);
    a.typed.fill(value);
    assert.equal(np.sumSync(a), n * value);
    assert.deepEqual(listOf(np.sumSync(viewOf(a, [n - 3, 2], [1, 1]), { axis: 0 })), [
      (n - 3) * value,
      (n - 3) * value,
    ]);
    a.block.dispose();
  }
});

test("the least and the greatest are NaN wherever a NaN is, but not for infinities of both signs", () => {
  for (const dtype of ["float64", "float32"] as const) {
    const a = randomArray(dtype, [40, 70], 3);
    const x = a.typed;
    [x[5], x[6], x[2_000]] = [Infinity, -Infinity, Infinity];
    assert.equal(np.minSync(a), -Infinity);
    assert.equal(np.maxSync(a), Infinity);
    assert.equal(np.minSync(a, { axis: 0 }).typed[6], -Infinity);
    for (const at of [0, 1, 7, 69, 70, 71, 1_400, 2_798, 2_799]) {
      const before = x[at]!;
      x[at] = NaN;
      assert.equal(np.minSync(a), NaN);
      assert.equal(np.maxSync(a), NaN);
      assert.equal(np.argminSync(a), at);
      assert.equal(np.argmaxSync(a), at);
      const [row, column] = [Math.floor(at / 70), at % 70];
      const nans = (r: np.NDArray): number[] => listOf(r).flatMap((y, k) => (Number.isNaN(y) ? [k] : []));
      assert.deepEqual(nans(np.minSync(a, { axis: 0 })), [column]);
      assert.deepEqual(nans(np.maxSync(a, { axis: 1 })), [row]);
      assert.deepEqual(nans(np.medianSync(a, { axis: 1 })), [row]);
      x[at] = before;
    }
    a.block.dispose();
  }
});

test("a bound that is found late, in the last element of a view that is not aligned, counts", () => {
  for (const dtype of dtypes) {
    for (const n of [1, 3, 15, 16, 17, 63, 64, 65, 127, 8_191, 8_192, 8_193, 20_001]) {
      const a = np.NDArray.allocate(dtype, [n + 1]);
      const x = a.typed.fill(0);
      x[n] = 1;
      const view = viewOf(a, [n], [1], 1);
      assert.equal(np.maxSync(view), 1);
      assert.equal(np.argmaxSync(view), n - 1);
      assert.equal(np.countNonzeroSync(view), 1);
      assert.equal(np.anySync(view), true);
      assert.equal(np.anySync(viewOf(a, [n], [1])), false);
      assert.equal(np.sumSync(view), 1);
      x.fill(1);
      x[n] = 0;
      assert.equal(np.allSync(view), false);
      assert.equal(np.allSync(viewOf(a, [n], [1])), true);
      assert.equal(np.minSync(view), 0);
      assert.equal(np.prodSync(view), 0);
      a.block.dispose();
    }
  }
});

test("both forms give the same, and the one that waits leaves its array's memory alone", async () => {
  const a = randomArray("float64", [50_000], 1);
  assert.equal(await np.sum(a), np.sumSync(a));
  assert.equal(await np.argmin(a), np.argminSync(a));
  assert.deepEqual(listOf(await np.quantile(a, [0.1, 0.5])), listOf(np.quantileSync(a, [0.1, 0.5])));
  assert.deepEqual(await np.all(a), np.allSync(a));
});

test("reductions need no memory that they do not give back", () => {
  const a = randomArray("float32", [40, 1_000], 1);
  const { heap } = a.block;
  const work = (): void => {
    for (const call of Object.values(calls)) {
      call(a);
      for (const axis of [0, 1])
        (call(viewOf(a, [500, 40], [2, 1_000]), { axis }) as np.NDArray).block.dispose();
    }
  };
  work();
  const before = heap.top;
  for (let k = 0; k < 50; k++) work();
  assert.equal(heap.top, before);
});

test("bad arguments are refused from the call, by name, in both forms", () => {
  const a = arrayOf("float64", [1, 2, 3, 4], [2, 2]);
  const refused = (work: () => unknown, argument: string): void => {
    assert.throws(work, (error) => error instanceof InvalidArgumentError && error.argument === argument);
  };
  refused(() => np.sum(a, { axis: 2 }), "axis");
  refused(() => np.sumSync(a, { axis: -3 }), "axis");
  refused(() => np.sumSync(a, { axis: 0.5 }), "axis");
  refused(() => np.sumSync(a, { axis: [0, -2] }), "axis");
  refused(() => np.sumSync(a, { axis: [0, 7] }), "axis[1]");
  refused(() => np.sumSync(a, { axis: "0" as never }), "axis");
  refused(() => np.sumSync(a, { keepdims: 1 as never, axis: 0 }), "keepdims");
  refused(() => np.sumSync(a, { keepDims: true } as never), "keepDims");
  refused(() => np.sumSync(a, { dtype: "int32" as never }), "dtype");
  refused(() => np.sumSync([1, 2] as never), "a");
  refused(() => np.stdSync(a, { ddof: NaN }), "ddof");
  refused(() => np.quantile(a, 1.5), "q");
  refused(() => np.quantile(a, [0.5, NaN]), "q[1]");
  refused(() => np.argmin(a, { axis: [0] as never }), "axis");
  refused(() => np.ptpSync(arrayOf("bool", [1])), "a");
  const none = arrayOf("float64", [], [0, 3]);
  for (const call of [np.minSync, np.maxSync, np.ptpSync]) refused(() => call(none), "a");
  refused(() => np.argminSync(none), "a");
  refused(() => np.maxSync(none, { axis: 0 }), "a");
  refused(() => np.quantileSync(none, 0.5), "a");
  assert.deepEqual(np.maxSync(none, { axis: 1 }).shape, [0]);
  assert.equal(np.meanSync(none), NaN);
  assert.equal(np.medianSync(none), NaN);
  assert.deepEqual(listOf(np.sumSync(none, { axis: 0 })), [0, 0, 0]);
  a.block.dispose();
  assert.throws(() => np.sumSync(a), InvalidStateError);
  assert.throws(() => np.sum(a), InvalidStateError);
});

test("a divisor of 0 or less gives what NumPy gives", () => {
  assert.equal(np.varianceSync(arrayOf("float64", [1, 2]), { ddof: 2 }), Infinity);
  assert.equal(np.varianceSync(arrayOf("float64", [1]), { ddof: 1 }), NaN);
});
