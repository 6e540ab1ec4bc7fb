import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import {
  type DType,
  dot,
  dotSync,
  empty,
  from,
  matmul,
  matmulSync,
  memoryUsage,
  type NDArray,
  norm,
  normSync,
  outer,
  outerSync,
  setNumThreads,
  trace,
} from "ungil/numeric";

const limit = { timeout: 60_000 };

interface Said {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values: readonly (number | boolean)[];
}

const reference = JSON.parse(readFileSync(path.resolve("test/numeric/reference/linalg.json"), "utf8")) as {
  readonly products: readonly {
    readonly types: readonly [DType, DType];
    readonly shapes: readonly [number[], number[]];
    readonly result: Said;
  }[];
  readonly outers: readonly { readonly types: readonly [DType, DType]; readonly result: Said }[];
  readonly specialOuter: readonly string[];
  readonly specialProduct: readonly string[];
};

/** What `matrix` of reference/linalg.py makes. */
function matrix(dtype: DType, shape: readonly number[], seed: number): NDArray {
  const result = empty(shape, { dtype });
  const lowered = dtype.startsWith("u") || dtype === "bool" ? 0 : 50;
  for (let i = 0; i < result.size; i++) {
    const value = ((i * 37 + seed * 11) % 101) - lowered;
    result.typed[i] = dtype === "bool" ? Number(value % 3 === 0) : value;
  }
  return result;
}

function same(result: NDArray, said: Said, what: string): void {
  assert.equal(result.dtype, said.dtype, what);
  assert.deepEqual([...result.shape], said.shape, what);
  assert.deepEqual([...result.typed], said.values.map(Number), what);
}

test.afterEach(() => setNumThreads(2));

test("products of all types and shapes are what NumPy says", limit, async () => {
  for (const { types, shapes, result } of reference.products) {
    const a = matrix(types[0], shapes[0], 1);
    const b = matrix(types[1], shapes[1], 2);
    const what = `${types.join(" @ ")}, ${shapes.join(" @ ")}`;
    same(matmulSync(a, b), result, what);
    same(await matmul(a, b), result, what);
    if (shapes[0].length === 1 && shapes[1].length === 1) {
      const value = types.every((type) => type === "bool") ? result.values[0] : Number(result.values[0]);
      assert.equal(dotSync(a, b), value, what);
      assert.equal(await dot(a, b), value, what);
    }
  }
});

test("outer products are what NumPy says", limit, async () => {
  for (const { types, result } of reference.outers) {
    const [a, b] = [matrix(types[0], [3], 1), matrix(types[1], [5], 2)];
    same(outerSync(a, b), result, types.join());
    same(await outer(a, b), result, types.join());
  }
});

test("infinities, NaN and signed zeros are multiplied as NumPy does", limit, () => {
  const special = from([0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 1]);
  const spell = (value: number): string =>
    Object.is(value, -0)
      ? "-0.0"
      : Number.isFinite(value)
        ? value.toFixed(1)
        : String(value).toLowerCase().replace("inity", "").replace("infinit", "inf");
  const outerText = [...outerSync(special, special).typed].map(spell);
  assert.deepEqual(outerText, reference.specialOuter);
  const product = matmulSync(special.reshape([2, 3]), special.reshape([3, 2]));
  assert.deepEqual([...product.typed].map(spell), reference.specialProduct);
});

/** The plain way, of whole numbers that no order of adding changes. */
function slowProduct(a: NDArray, b: NDArray): number[] {
  const [m, k] = a.shape as [number, number];
  const n = b.shape[1]!;
  const [left, right] = [a.toArray() as number[][], b.toArray() as number[][]];
  const result: number[] = [];
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += left[i]![l]! * right[l]![j]!;
      result.push(sum);
    }
  }
  return result;
}

const views: Record<string, (a: NDArray) => NDArray> = {
  "as it is": (a) => a,
  transposed: (a) => a.T.copy().T,
  backwards: (a) =>
    a.slice([null, null, -1], [null, null, -1]).copy().slice([null, null, -1], [null, null, -1]),
  "every second": (a) => {
    const wide = empty([a.shape[0]! * 2, a.shape[1]! * 2], { dtype: a.dtype });
    wide.fill(99);
    const view = wide.slice([null, null, 2], [1, null, 2]);
    for (let i = 0; i < a.shape[0]!; i++)
      for (let j = 0; j < a.shape[1]!; j++) view.set(i, j, a.at(i, j).item());
    return view;
  },
  repeated: (a) => a.slice([0, 1]).broadcastTo(a.shape),
};

test("any sizes, strides and float types are multiplied as by the plain way", limit, async () => {
  const size = fc.oneof(
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: 90 }),
    fc.constantFrom(255, 256, 257, 300),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(fc.integer({ min: 1, max: 70 }), size, fc.integer({ min: 1, max: 70 })),
      fc.constantFrom<DType>("float64", "float32", "int32"),
      fc.constantFrom(...Object.keys(views)),
      fc.constantFrom(...Object.keys(views)),
      async ([m, k, n], dtype, one, two) => {
        const a = views[one]!(matrix(dtype, [m, k], 1));
        const b = views[two]!(matrix(dtype, [k, n], 5));
        const expected = slowProduct(a, b);
        assert.deepEqual([...matmulSync(a, b).typed], expected);
        assert.deepEqual([...(await matmul(a, b)).typed], expected);
      },
    ),
    { numRuns: 60 },
  );
});

function uneven(dtype: DType, shape: readonly number[], seed: number): NDArray {
  const a = empty(shape, { dtype });
  for (let i = 0; i < a.size; i++) a.typed[i] = Math.sin(i * 12.9898 + seed) * 10 ** (i % 7);
  return a;
}

test("products are the same bits for one to four threads", limit, async () => {
  for (const dtype of ["float64", "float32"] as const) {
    const [a, b] = [uneven(dtype, [203, 517], 1), uneven(dtype, [517, 300], 2)];
    const [x, y] = [uneven(dtype, [300_001], 3), uneven(dtype, [300_001], 4)];
    setNumThreads(1);
    const expected = [...matmulSync(a, b).typed];
    const numbers = [dotSync(x, y), normSync(x)];
    for (const threads of [1, 2, 3, 4]) {
      setNumThreads(threads);
      assert.deepEqual([...matmulSync(a, b).typed], expected);
      assert.deepEqual([...(await matmul(a, b)).typed], expected);
      assert.deepEqual([dotSync(x, y), normSync(x)], numbers);
      assert.deepEqual([await dot(x, y), await norm(x)], numbers);
    }
  }
});

test("sums of products are at least as exact as added one by one in float64", limit, () => {
  const [x, y] = [uneven("float64", [100_003], 3), uneven("float64", [100_003], 4)];
  let [sum, correction, magnitude] = [0, 0, 0];
  for (let i = 0; i < x.size; i++) {
    // Neumaier's sum; the products are rounded once in both
    const term = x.typed[i]! * y.typed[i]!;
    const next = sum + term;
    correction += Math.abs(sum) >= Math.abs(term) ? sum - next + term : term - next + sum;
    sum = next;
    magnitude += Math.abs(term);
  }
  assert.ok(Math.abs(Number(dotSync(x, y)) - (sum + correction)) <= magnitude * 1e-15);
});

test("vectors of any type, strides and length have the dot product and norm of their numbers", limit, () => {
  for (const dtype of ["float64", "float32", "int32", "int16", "uint8"] as const) {
    for (const length of [0, 1, 2, 7, 8, 9, 31, 1023, 1025, 8191, 8193, 20_000]) {
      const wide = matrix(dtype, [length * 2], 3);
      const view = wide.slice([null, null, -2]);
      let [sum, squares] = [0, 0];
      for (let i = 0; i < view.size; i++) {
        const value = Number(view.at(i).item());
        sum += value * value;
        squares += value * value;
      }
      const wrapped = { int16: (sum << 16) >> 16, uint8: sum & 255, int32: sum | 0 }[dtype as string] ?? sum;
      const exact = dtype === "float32" ? Math.fround(wrapped) : wrapped;
      assert.equal(dotSync(view, view), exact, `${dtype} ${length}`);
      const root = Math.sqrt(squares);
      assert.equal(normSync(view), dtype === "float32" ? Math.fround(root) : root, `norm ${dtype} ${length}`);
    }
  }
  assert.equal(
    normSync(
      from([
        [3, 0],
        [0, 4],
      ]),
    ),
    5,
  );
});

test("traces are sums of a diagonal", limit, () => {
  const a = matrix("float64", [4, 6], 1);
  const rows = a.toArray() as number[][];
  const sumOf = (offset: number): number => rows.reduce((sum, row, i) => sum + (row[i + offset] ?? 0), 0);
  for (const offset of [-5, -3, -1, 0, 1, 2, 5, 7]) {
    assert.equal(trace(a, { offset }), sumOf(offset));
    assert.equal(trace(a.T, { offset: -offset }), sumOf(offset));
  }
  assert.throws(() => trace(from([[1]]), null as never), {
    name: "InvalidArgumentError",
    argument: "options",
  });
  assert.throws(() => trace(from([1, 2])), { code: "ERR_UNGIL_INVALID_ARGUMENT", message: /two axes/ });
});

test("what does not fit is refused by the call, with both shapes", limit, () => {
  const [a, b] = [empty([2, 3]), empty([4, 5])];
  for (const call of [matmul, matmulSync]) {
    assert.throws(() => call(a, b), { code: "ERR_UNGIL_INVALID_ARGUMENT", message: /\(2, 3\).*\(4, 5\)/ });
    assert.throws(() => call(empty([2, 3, 4]), empty([3, 4, 5])), { code: "ERR_UNGIL_INVALID_ARGUMENT" });
    assert.throws(() => call(a.at(0, 0), b), { code: "ERR_UNGIL_INVALID_ARGUMENT" });
    assert.throws(() => call([[1]] as unknown as NDArray, b), { code: "ERR_UNGIL_INVALID_ARGUMENT" });
  }
  for (const call of [dot, dotSync]) {
    assert.throws(() => call(a, a), { code: "ERR_UNGIL_INVALID_ARGUMENT", message: /vector.*matmul/ });
    assert.throws(() => call(empty([2]), empty([3])), { code: "ERR_UNGIL_INVALID_ARGUMENT" });
  }
  const gone = empty([3, 3]);
  gone.dispose();
  for (const call of [matmul, matmulSync, outer, outerSync])
    assert.throws(() => call(gone, a.T), { code: "ERR_UNGIL_INVALID_STATE" });
  assert.throws(() => normSync(gone), { code: "ERR_UNGIL_INVALID_STATE" });
});

test("a product frees all that it took but its result", limit, async () => {
  const [a, b] = [matrix("int16", [50, 60], 1), matrix("int16", [60, 40], 2)];
  matmulSync(a, b).dispose();
  (await matmul(a, b)).dispose();
  const { used } = memoryUsage();
  for (let i = 0; i < 20; i++) {
    matmulSync(a, b).dispose();
    (await matmul(a, b)).dispose();
    outerSync(a, b).dispose();
    normSync(a.T);
  }
  assert.equal(memoryUsage().used, used);
});

const script = `
import json, sys
import numpy as np
n = int(sys.argv[1])
for t in ("float64", "float32"):
    a = np.sin(np.arange(n * n) * 0.7).reshape(n, n).astype(t)
    b = np.cos(np.arange(n * n) * 0.3).reshape(n, n).astype(t)
    print(json.dumps((a.T @ b).astype("float64").ravel().tolist()))
`;

test("a large product is NumPy's within the bounds of rounding", limit, (t) => {
  const n = 130;
  const { status, stdout } = spawnSync("python3", ["-c", script, String(n)], {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) return t.skip("there is no python3 with NumPy here");
  for (const [line, dtype] of (["float64", "float32"] as const).entries()) {
    const said = JSON.parse(stdout.split("\n")[line]!) as number[];
    const a = empty([n, n], { dtype });
    const b = empty([n, n], { dtype });
    for (let i = 0; i < n * n; i++) {
      a.typed[i] = Math.sin(i * 0.7);
      b.typed[i] = Math.cos(i * 0.3);
    }
    // n products of at most 1, each sum rounded
    const bound = n * n * (dtype === "float64" ? 2 ** -52 : 2 ** -23);
    const { typed } = matmulSync(a.T, b);
    for (const [i, value] of said.entries()) assert.ok(Math.abs(typed[i]! - value) <= bound, `${dtype} ${i}`);
  }
});
