import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { InvalidArgumentError, LibraryLoadError, ThreadPoolExecutor } from "ungil";
import { type Blas, findBlas, type Gemm, NativeExecutor } from "ungil/native";
import { skip as skipSystem } from "./support/native.js";

const blas = (skipSystem ? undefined : findBlas()) as Blas;
const skip = skipSystem || (blas ? false : "no BLAS is installed (libopenblas0-pthread, libblas3)");
const skipLapack = skip || (blas.lapack ? false : "the BLAS has no LAPACK");

/** The product by its definition. */
function product({
  m,
  n,
  k,
  a,
  b,
  c,
  alpha = 1,
  beta = 0,
  transA,
  transB,
  ...rows
}: Gemm<Float64Array>): number[] {
  const { lda = transA ? m : k, ldb = transB ? k : n, ldc = n } = rows;
  const result = [...c];
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++)
        sum += (transA ? a[p * lda + i]! : a[i * lda + p]!) * (transB ? b[j * ldb + p]! : b[p * ldb + j]!);
      result[i * ldc + j] = alpha * sum + (beta === 0 ? 0 : beta * c[i * ldc + j]!);
    }
  }
  return result;
}

function assertClose(given: ArrayLike<number>, wanted: ArrayLike<number>, within: number): void {
  assert.equal(given.length, wanted.length);
  for (let at = 0; at < given.length; at++)
    assert.ok(Math.abs(given[at]! - wanted[at]!) <= within, `[${at}]: ${given[at]} instead of ${wanted[at]}`);
}

test("what is found says what it is", { skip }, () => {
  assert.match(blas.name, /^(?:OpenBLAS|BLIS|Accelerate|BLAS)$/);
  assert.ok(blas.library.has("cblas_ddot"));
  assert.equal(blas.cblas, true);
  assert.match(blas.path, /\//);
  assert.equal(findBlas(), blas);
  if (blas.name === "OpenBLAS") assert.match(blas.version ?? "", /^\d+\.\d+/);
});

test("UNGIL_BLAS names another one, none, or is an error", { skip: skipSystem }, (t) => {
  const before = process.env["UNGIL_BLAS"];
  t.after(() => {
    if (before === undefined) delete process.env["UNGIL_BLAS"];
    else process.env["UNGIL_BLAS"] = before;
  });
  process.env["UNGIL_BLAS"] = "none";
  assert.equal(findBlas(), undefined);
  process.env["UNGIL_BLAS"] = "m";
  assert.throws(findBlas, (error: Error) => {
    assert.ok(error instanceof LibraryLoadError, String(error));
    assert.match(error.message, /"m": set UNGIL_BLAS to a library that can be used[^]*it has no cblas_dgemm/);
    return true;
  });
  process.env["UNGIL_BLAS"] = "ungil-no-such-library";
  assert.throws(findBlas, LibraryLoadError);
  if (!blas) return;
  process.env["UNGIL_BLAS"] = blas.path;
  assert.equal(findBlas()?.name, blas.name);
});

test("dgemm and sgemm give the product of any matrices, transposed and in wider rows too", {
  skip,
}, async () => {
  const sizes = fc.record({
    m: fc.integer({ min: 1, max: 9 }),
    n: fc.integer({ min: 1, max: 9 }),
    k: fc.integer({ min: 1, max: 9 }),
    transA: fc.boolean(),
    transB: fc.boolean(),
    alpha: fc.integer({ min: -3, max: 3 }),
    beta: fc.integer({ min: -3, max: 3 }),
    extra: fc.integer({ min: 0, max: 3 }),
    seed: fc.integer({ min: 0, max: 1_000 }),
  });
  await fc.assert(
    fc.asyncProperty(sizes, async ({ extra, seed, ...given }) => {
      const { m, n, k, transA, transB } = given;
      const fill = (length: number, factor: number): Float64Array =>
        Float64Array.from({ length }, (_, at) => ((seed + at * factor) % 17) - 8);
      const [rowsA, lda] = transA ? [k, m + extra] : [m, k + extra];
      const [rowsB, ldb] = transB ? [n, k + extra] : [k, n + extra];
      const ldc = n + extra;
      const call = {
        ...given,
        a: fill(rowsA * lda, 7),
        b: fill(rowsB * ldb, 5),
        c: fill(m * ldc, 3),
        lda,
        ldb,
        ldc,
      };
      const wanted = product(call);
      const c = new Float32Array(call.c);
      if (seed % 2 === 0) blas.dgemm(call);
      else await blas.dgemm.submit(call);
      assertClose(call.c, wanted, 1e-9);
      blas.sgemm({ ...call, a: new Float32Array(call.a), b: new Float32Array(call.b), c });
      assertClose(c, wanted, 1e-2);
    }),
    { numRuns: 60 },
  );
});

test("a product of wrong sizes is refused before anything is written", { skip }, () => {
  const [a, b, c] = [new Float64Array(6), new Float64Array(6), new Float64Array(4)];
  const fine = { m: 2, n: 2, k: 3, a, b, c };
  blas.dgemm(fine);
  const wrong: [object, RegExp][] = [
    [{ a: new Float64Array(5) }, /a\.length must be at least 6 \(2 × 3\), got 5/],
    [{ ldb: 3 }, /b\.length must be at least 8 \(3 × 2 in rows of 3\)/],
    [{ lda: 2 }, /lda must be at least 3, the columns of a/],
    [{ m: -1 }, /m must be a whole number of at least 0/],
    [{ n: 2.5 }, /n must be a whole number/],
    [{ k: 2 ** 31 }, /k must be at most 2147483647/],
    [{ a: new Float32Array(6) }, /a must be a Float64Array/],
    [{ c: a }, /c must be memory of its own: it is written while a is read/],
    [{ transA: 1 }, /transA must be true or false/],
    [{ alhpa: 1 }, /did you mean alpha\?/],
  ];
  for (const [change, message] of wrong) {
    assert.throws(
      () => blas.dgemm({ ...fine, ...change }),
      (error: Error) => {
        assert.ok(error instanceof InvalidArgumentError, String(error));
        assert.match(error.message, message);
        return true;
      },
    );
  }
  assert.throws(() => blas.dgemm.submit({ ...fine, m: 3 }), /a\.length must be at least 9/);
  blas.dgemm({ m: 0, n: 2, k: 3, a: new Float64Array(0), b, c: new Float64Array(0) });
});

test("many products at once, in shared memory, disturb each other in nothing", { skip }, async () => {
  const n = 96;
  const shared = (fill: (at: number) => number): Float64Array => {
    const array = new Float64Array(new SharedArrayBuffer(n * n * 8));
    for (let at = 0; at < array.length; at++) array[at] = fill(at);
    return array;
  };
  const [a, b] = [shared((at) => (at % 13) - 6), shared((at) => (at % 7) - 3)];
  const wanted = product({ m: n, n, k: n, a, b, c: new Float64Array(n * n) });
  await using executor = new NativeExecutor({ maxWorkers: 4 });
  const results = await Promise.all(
    Array.from({ length: 40 }, async () => {
      const c = shared(() => 0);
      await executor.submit(blas.dgemm, { m: n, n, k: n, a, b, c });
      return c;
    }),
  );
  for (const c of results) assertClose(c, wanted, 1e-9);
});

test("a thread of a pool finds the same BLAS", { skip }, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const c = await pool.submit(async () => {
    const found = (await import("ungil/native")).findBlas();
    const result = new Float64Array(1);
    found?.dgemm({ m: 1, n: 1, k: 2, a: new Float64Array([2, 3]), b: new Float64Array([4, 5]), c: result });
    return result;
  });
  assert.deepEqual([...c], [23]);
});

test("the threads of a BLAS are counted and set", {
  skip: skip || (blas.threads ? false : `${blas.name} does not tell`),
}, (t) => {
  const threads = blas.threads!;
  const before = threads.get();
  t.after(() => threads.set(before));
  threads.set(1);
  assert.equal(threads.get(), 1);
  assert.throws(() => threads.set(0), /threads must be a whole number of at least 1/);
});

// ── LAPACK: matrices column by column ───────────────────────────────────────────────────────────────────

/** The product of matrices that lie column by column. */
function times(a: ArrayLike<number>, b: ArrayLike<number>, m: number, k: number, n: number): number[] {
  return Array.from({ length: m * n }, (_, at) => {
    const [row, column] = [at % m, Math.floor(at / m)];
    let sum = 0;
    for (let p = 0; p < k; p++) sum += a[row + p * m]! * b[p + column * k]!;
    return sum;
  });
}

const transposed = (a: ArrayLike<number>, m: number, n: number): number[] =>
  Array.from({ length: m * n }, (_, at) => a[Math.floor(at / n) + (at % n) * m]!);

test("dgesv solves, and tells of a matrix that is singular", { skip: skipLapack }, async () => {
  const { dgesv } = blas.lapack!;
  const a = new Float64Array([4, 2, 2, 3]);
  const [b, info] = [new Float64Array([2, 1]), [-1]];
  dgesv([2], [1], a, [2], new Int32Array(2), b, [2], info);
  assertClose(b, [0.5, 0], 1e-12);
  assert.deepEqual(info, [0]);
  const singular = new Float64Array([1, 1, 1, 1]);
  await dgesv.submit([2], [1], singular, [2], [0, 0], [1, 2], [2], info);
  assert.ok(info[0]! > 0);
});

test("dpotrf factorises, of which the product is the matrix", { skip: skipLapack }, () => {
  const a = new Float64Array([4, 2, 2, 3]);
  const info = new Int32Array(1);
  blas.lapack!.dpotrf("L", [2], a, [2], info);
  assert.equal(info[0], 0);
  const lower = [a[0]!, a[1]!, 0, a[3]!];
  assertClose(times(lower, transposed(lower, 2, 2), 2, 2, 2), [4, 2, 2, 3], 1e-12);
});

test("dgeqrf and dorgqr factorise, and a query tells how much room they need", { skip: skipLapack }, () => {
  const { dgeqrf, dorgqr } = blas.lapack!;
  const [m, n] = [3, 2];
  const given = [1, 2, 3, 4, 5, 7];
  const [a, tau, query, info] = [new Float64Array(given), new Float64Array(n), [0], [0]];
  dgeqrf([m], [n], a, [m], tau, query, [-1], info);
  const size = Math.max(1, query[0]!);
  const work = new Float64Array(size);
  dgeqrf([m], [n], a, [m], tau, work, [size], info);
  const r = [a[0]!, 0, a[3]!, a[4]!];
  dorgqr([m], [n], [n], a, [m], tau, work, [size], info);
  assert.deepEqual(info, [0]);
  assertClose(times(a, r, m, n, n), given, 1e-12);
  assertClose(times(transposed(a, m, n), a, n, m, n), [1, 0, 0, 1], 1e-12);
});

test("dgesdd and dsyevd decompose, of which the product is the matrix", { skip: skipLapack }, async () => {
  const { dgesdd, dsyevd } = blas.lapack!;
  const given = [2, 1, 1, 3];
  const [s, u, vt, info] = [new Float64Array(2), new Float64Array(4), new Float64Array(4), [-1]];
  const [work, iwork] = [new Float64Array(256), new Int32Array(64)];
  await dgesdd.submit(
    "A",
    [2],
    [2],
    new Float64Array(given),
    [2],
    s,
    u,
    [2],
    vt,
    [2],
    work,
    [256],
    iwork,
    info,
  );
  assert.deepEqual(info, [0]);
  assertClose(times(times(u, [s[0]!, 0, 0, s[1]!], 2, 2, 2), vt, 2, 2, 2), given, 1e-12);

  const [vectors, values] = [new Float64Array(given), new Float64Array(2)];
  dsyevd("V", "U", [2], vectors, [2], values, work, [256], iwork, [64], info);
  assert.deepEqual(info, [0]);
  const scaled = times(vectors, [values[0]!, 0, 0, values[1]!], 2, 2, 2);
  assertClose(times(scaled, transposed(vectors, 2, 2), 2, 2, 2), given, 1e-12);
});
