import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { InvalidArgumentError, LibraryLoadError, ThreadPoolExecutor } from "ungil";
import {
  type BlasChoice,
  broadcastShapes,
  type DType,
  defaultRng,
  getBlas,
  getNumThreads,
  matmul,
  matmulSync,
  type NDArray,
  ones,
  resultType,
  setBlas,
  setNumThreads,
} from "ungil/numeric";
import { arrayOf, bitsOf, listOf, numbers } from "../support/arrays.js";
import { blas, type Lies, laid, turnsDuring } from "../support/linalg.js";

const skip = blas ? false : "no BLAS is installed (libopenblas0-pthread, libblas3)";

/** The product by its definition, of whole numbers so small that every order of the terms gives the same bits. */
function product(a: NDArray, b: NDArray): { readonly shape: readonly number[]; readonly values: number[] } {
  const left = a.ndim === 1 ? a.expandDims(0) : a;
  const right = b.ndim === 1 ? b.expandDims(1) : b;
  const front = broadcastShapes(left.shape.slice(0, -2), right.shape.slice(0, -2));
  const [m, k, n] = [left.shape.at(-2)!, left.shape.at(-1)!, right.shape.at(-1)!];
  const one = left.broadcastTo([...front, m, k]).copy().typed;
  const two = right.broadcastTo([...front, k, n]).copy().typed;
  const count = front.reduce((size, length) => size * length, 1);
  const values = Array.from({ length: count * m * n }, (_, at) => {
    const [of, i, j] = [Math.floor(at / (m * n)), Math.floor(at / n) % m, at % n];
    let sum = 0;
    for (let p = 0; p < k; p++) sum += one[(of * m + i) * k + p]! * two[(of * k + p) * n + j]!;
    return sum;
  });
  const shape = [...front, ...(a.ndim === 1 ? [] : [m]), ...(b.ndim === 1 ? [] : [n])];
  return { shape, values };
}

const ways: readonly Lies[] = ["in order", "transposed", "backwards", "with gaps"];

const operand = (dtype: DType, shape: readonly number[], how: Lies, seed: number): NDArray => {
  const next = numbers(seed);
  const size = shape.reduce((all, length) => all * length, 1);
  const least = dtype === "uint8" ? 0 : -8;
  return laid(
    dtype,
    Array.from({ length: size }, () => Math.floor(next() * 16) + least),
    shape,
    how,
  );
};

/** From 2 ** 20 terms on a BLAS is used, so here are sizes around that, and thin ones. */
const sizes = fc.constantFrom(
  [1024, 1024, 1],
  [1, 1024, 1024],
  [1024, 1, 1024],
  [64, 1024, 16],
  [103, 101, 102],
  [64, 1023, 16],
  [3, 5, 2],
  [1, 1, 1],
) as fc.Arbitrary<readonly [m: number, k: number, n: number]>;

test("a product of matrices is that of its definition, by a BLAS and by kernels, however they lie", async () => {
  const inputs = fc.record({
    sizes,
    fronts: fc.constantFrom([[], []], [[2], []], [[2, 1], [3]], [[], [2]]),
    types: fc.constantFrom<readonly [DType, DType]>(
      ["float64", "float64"],
      ["float64", "float64"],
      ["float32", "float32"],
      ["float32", "uint8"],
      ["float32", "float64"],
      ["int32", "int8"],
    ),
    lies: fc.tuple(fc.constantFrom(...ways), fc.constantFrom(...ways)),
    isLater: fc.boolean(),
    seed: fc.integer({ min: 0, max: 1 << 20 }),
  });
  await fc.assert(
    fc.asyncProperty(inputs, async ({ sizes: [m, k, n], fronts, types, lies, isLater, seed }) => {
      const a = operand(types[0], [...fronts[0], m, k], lies[0], seed);
      const b = operand(types[1], [...fronts[1], k, n], lies[1], seed + 1);
      const wanted = product(a, b);
      const dtype = resultType(types[0], types[1]);
      const expected = bitsOf(arrayOf(dtype, wanted.values, wanted.shape));
      for (const blas of ["auto", "none"] as const) {
        const c = isLater ? await matmul(a, b, { blas }) : matmulSync(a, b, { blas });
        assert.equal(c.dtype, dtype);
        assert.deepEqual(c.shape, wanted.shape);
        assert.equal(bitsOf(c), expected, blas);
        c.dispose();
      }
    }),
    { numRuns: 12 },
  );
});

test("a BLAS is given matrices of every way to lie, on either side, in one type or two", { skip }, () => {
  for (const [k, one] of ways.entries()) {
    for (const two of ways) {
      const a = operand("float64", [103, 101], one, k);
      const b = operand(k % 2 === 0 ? "float64" : "float32", [101, 102], two, k + 9);
      assert.deepEqual(listOf(matmulSync(a, b, { blas: "auto" })), product(a, b).values, `${one}, ${two}`);
    }
  }
});

test("a vector counts as a row on the left and as a column on the right, by a BLAS and by kernels", () => {
  const matrix = operand("float64", [1024, 1024], "in order", 1);
  const vector = operand("float64", [1024], "backwards", 2);
  for (const blas of ["auto", "none"] as const) {
    for (const [a, b] of [
      [matrix, vector],
      [vector, matrix],
    ] as const) {
      const { shape, values } = product(a, b);
      const c = matmulSync(a, b, { blas });
      assert.deepEqual([c.shape, listOf(c)], [shape, values]);
    }
  }
});

test("a product that overlaps itself in memory, as of a matrix with its transpose, is right", {
  skip,
}, () => {
  const a = operand("float64", [120, 120], "in order", 3);
  assert.deepEqual(listOf(matmulSync(a, a.T)), product(a, a.T).values);
});

test("with one thread or four, a product has the same bits", () => {
  const rng = defaultRng(7);
  const [a, b] = [rng.normalSync(0, 1, [150, 170]), rng.normalSync(0, 1, [170, 130])];
  const before = getNumThreads();
  try {
    for (const blas of ["auto", "none"] as const) {
      const found = [1, 2, 3, 4].map((threads) => {
        setNumThreads(threads);
        return bitsOf(matmulSync(a, b, { blas }));
      });
      assert.equal(new Set(found).size, 1, blas);
    }
  } finally {
    setNumThreads(before);
  }
});

/** How often a BLAS is called, seen by its results: a product whose terms are rounded differently in another order. */
function isByBlas(options: { readonly blas?: BlasChoice } = {}): boolean {
  const rng = defaultRng(11);
  const [a, b] = [rng.normalSync(0, 1, [256, 256]), rng.normalSync(0, 1, [256, 256])];
  return bitsOf(matmulSync(a, b, options)) !== bitsOf(matmulSync(a, b, { blas: "none" }));
}

test("setBlas says for all threads whether a BLAS computes, and a call's own option goes before it", {
  skip: skip || (isByBlas({ blas: "auto" }) ? false : "this BLAS rounds as the kernels do: it can't be told"),
}, async (t) => {
  t.after(() => setBlas("auto"));
  assert.equal(getBlas(), "auto");
  assert.ok(isByBlas());
  assert.ok(!isByBlas({ blas: "none" }));
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const there = async (): Promise<BlasChoice> => (await import("ungil/numeric")).getBlas();
  setBlas("none");
  assert.equal(await pool.submit(there), "none");
  assert.ok(!isByBlas());
  assert.ok(isByBlas({ blas: "auto" }));
});

test("UNGIL_BLAS names no BLAS, or one that can't be used, which is an error", { skip }, async (t) => {
  const before = process.env["UNGIL_BLAS"];
  t.after(() => {
    if (before === undefined) delete process.env["UNGIL_BLAS"];
    else process.env["UNGIL_BLAS"] = before;
  });
  process.env["UNGIL_BLAS"] = "none";
  assert.ok(!isByBlas());
  process.env["UNGIL_BLAS"] = "ungil-no-such-library";
  const a = ones([128, 128]);
  assert.throws(() => matmulSync(a, a), LibraryLoadError);
  assert.throws(() => matmul(a, a), LibraryLoadError);
  assert.equal(matmulSync(a, a, { blas: "none" }).get(0, 0), 128);
});

test("the event loop goes on during a product by a BLAS", { skip }, async () => {
  const a = ones([1500, 1500]);
  const { result: c, turns } = await turnsDuring(matmul(a, a, { blas: "auto" }));
  assert.equal(c.get(3, 4), 1500);
  assert.ok(turns > 20, `${turns} turns`);
});

test("an array may be disposed as soon as its product is begun", { skip }, async () => {
  const a = ones([300, 300]);
  const promise = matmul(a, a.T, { blas: "auto" });
  a.dispose();
  const others = Array.from({ length: 8 }, () => ones([300, 300]).fill(7));
  const c = await promise;
  assert.ok(c.typed.every((x) => x === 300));
  assert.equal(others.length, 8);
});

test("bad input is told from the call", () => {
  const a = ones([2, 3]);
  const cases: [() => unknown, RegExp][] = [
    [() => matmulSync(a, a), /b must be of a shape that fits/],
    [() => matmul(a, a), /b must be of a shape that fits/],
    [() => matmulSync(a, a.T, { blas: "mkl" as never }), /blas must be/],
    [() => matmul(a, a.T, { bals: "none" } as never), /did you mean blas\?/],
    [() => setBlas("openblas" as never), /choice must be/],
  ];
  for (const [call, message] of cases) {
    assert.throws(
      call,
      (error: Error) => error instanceof InvalidArgumentError && message.test(error.message),
    );
  }
});
