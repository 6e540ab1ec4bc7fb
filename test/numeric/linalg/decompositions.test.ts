import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { InvalidArgumentError, InvalidStateError } from "ungil";
import {
  type BlasOptions,
  cholesky,
  choleskySync,
  eigh,
  eighSync,
  eye,
  from,
  inv,
  invSync,
  LinAlgError,
  NDArray,
  ones,
  qr,
  qrSync,
  solve,
  solveSync,
  svd,
  svdSync,
  zeros,
} from "ungil/numeric";
import { arrayOf, bitsOf, listOf, numbers } from "../support/arrays.js";
import {
  assertNear,
  laid,
  largest,
  matricesOf,
  type Recipe,
  type Rows,
  recipes,
  roundingOf,
  stackOf,
  times,
  transposed,
  turnsDuring,
  unit,
  ways,
} from "../support/linalg.js";

const runs = { numRuns: 40 };

/** Results are float32 of float32, and float64 of all else. */
const typeOf = ({ dtype }: Recipe): string => (dtype === "float32" ? "float32" : "float64");

const isOrthonormal = (columns: Rows, within: number, what: string): void =>
  assertNear(times(transposed(columns), columns), unit(columns[0]!.length), within, what);

function isDescending(values: readonly number[]): boolean {
  return values.every((value, k) => k === 0 || value <= values[k - 1]!);
}

/** A diagonal matrix that need not be square. */
const diagonal = (values: readonly number[], m: number, n: number): Rows =>
  Array.from({ length: m }, (_, i) => Array.from({ length: n }, (_column, j) => (i === j ? values[i]! : 0)));

/** The same of both forms, so that one is tested with the other. */
async function ofBoth<R>(now: () => R, later: () => Promise<R>, isLater: boolean): Promise<R> {
  return isLater ? await later() : now();
}

for (const { way, blas, skip } of ways) {
  const options: BlasOptions = { blas };
  // starting a thread for each case is what takes the time
  const isLater = (seed: number): boolean => seed % 4 === 0;

  test(`solve and inv by ${way}: a times x is b`, { skip }, async () => {
    await fc.assert(
      fc.asyncProperty(recipes, fc.integer({ min: 0, max: 3 }), async (recipe, columns) => {
        const { n, front, seed, dtype } = recipe;
        // far from singular
        const a = stackOf({ ...recipe, m: n }, 200);
        const next = numbers(seed + 1);
        const shape = columns === 0 ? [n] : [...front.slice(-1), n, columns];
        const size = shape.reduce((product, length) => product * length, 1);
        const how = columns === 0 ? "backwards" : recipe.how;
        const b = laid(
          "float32",
          Array.from({ length: size }, () => Math.fround(next())),
          shape,
          how,
        );
        const x = await ofBoth(
          () => solveSync(a, b, options),
          () => solve(a, b, options),
          isLater(seed),
        );
        assert.equal(x.dtype, typeOf(recipe));
        assert.deepEqual(x.shape, columns === 0 ? [...front, n] : [...front, n, columns]);
        const within = 1e3 * roundingOf(dtype);
        const right = matricesOf(
          columns === 0 ? b.reshape([n, 1]).broadcastTo([...front, n, 1]) : b.broadcastTo(x.shape),
        );
        const found = matricesOf(columns === 0 ? x.expandDims(-1) : x);
        for (const [k, matrix] of matricesOf(a).entries())
          assertNear(times(matrix, found[k]!), right[k]!, within, "a x");
        const inverse = await ofBoth(
          () => invSync(a, options),
          () => inv(a, options),
          isLater(seed),
        );
        assert.equal(inverse.dtype, typeOf(recipe));
        assert.deepEqual(inverse.shape, a.shape);
        for (const [k, matrix] of matricesOf(a).entries())
          assertNear(times(matrix, matricesOf(inverse)[k]!), unit(n), within, "a inv(a)");
      }),
      runs,
    );
  });

  test(`cholesky by ${way}: L times its transpose is the matrix, and above its diagonal it is 0`, {
    skip,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(recipes, async (recipe) => {
        const a = stackOf({ ...recipe, m: recipe.n }, 200, true);
        const l = await ofBoth(
          () => choleskySync(a, options),
          () => cholesky(a, options),
          isLater(recipe.seed),
        );
        assert.equal(l.dtype, typeOf(recipe));
        assert.deepEqual(l.shape, a.shape);
        const lower = matricesOf(l);
        for (const [k, matrix] of matricesOf(a).entries()) {
          const each = lower[k]!;
          assertNear(times(each, transposed(each)), matrix, 1e3 * roundingOf(recipe.dtype), "L Lᵀ");
          for (const [i, row] of each.entries()) {
            assert.ok(row[i]! > 0);
            assert.ok(row.slice(i + 1).every((x) => x === 0));
          }
        }
      }),
      runs,
    );
  });

  test(`qr by ${way}: Q is orthonormal, R is upper triangular, and their product is the matrix`, {
    skip,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        recipes,
        fc.constantFrom("reduced" as const, "complete" as const),
        async (recipe, mode) => {
          const { m, n, front, dtype } = recipe;
          const a = stackOf(recipe);
          const given = { ...options, mode };
          const { Q, R } = await ofBoth(
            () => qrSync(a, given),
            () => qr(a, given),
            isLater(recipe.seed),
          );
          const k = mode === "complete" ? m : Math.min(m, n);
          assert.deepEqual(
            [Q.shape, R.shape],
            [
              [...front, m, k],
              [...front, k, n],
            ],
          );
          assert.equal(Q.dtype, typeOf(recipe));
          const [left, right] = [matricesOf(Q), matricesOf(R)];
          for (const [at, matrix] of matricesOf(a).entries()) {
            isOrthonormal(left[at]!, roundingOf(dtype), "Qᵀ Q");
            assertNear(times(left[at]!, right[at]!), matrix, 100 * roundingOf(dtype), "Q R");
            for (const [i, row] of right[at]!.entries()) assert.ok(row.slice(0, i).every((x) => x === 0));
          }
        },
      ),
      runs,
    );
  });

  test(`svd by ${way}: U and Vh are orthonormal, S descends, and their product is the matrix`, {
    skip,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(recipes, fc.boolean(), async (recipe, fullMatrices) => {
        const { m, n, front, dtype } = recipe;
        const a = stackOf(recipe);
        const given = { ...options, fullMatrices };
        const { U, S, Vh } = await ofBoth(
          () => svdSync(a, given),
          () => svd(a, given),
          isLater(recipe.seed),
        );
        const count = Math.min(m, n);
        const [width, height] = fullMatrices ? [m, n] : [count, count];
        assert.deepEqual(
          [U.shape, S.shape, Vh.shape],
          [
            [...front, m, width],
            [...front, count],
            [...front, height, n],
          ],
        );
        assert.deepEqual(new Set([U.dtype, S.dtype, Vh.dtype]), new Set([typeOf(recipe)]));
        const [left, right, values] = [matricesOf(U), matricesOf(Vh), listOf(S)];
        for (const [at, matrix] of matricesOf(a).entries()) {
          const s = values.slice(at * count, (at + 1) * count);
          assert.ok(isDescending(s) && s.every((value) => value >= 0));
          isOrthonormal(left[at]!, roundingOf(dtype), "Uᵀ U");
          isOrthonormal(transposed(right[at]!), roundingOf(dtype), "Vh Vhᵀ");
          const product = times(times(left[at]!, diagonal(s, width, height)), right[at]!);
          assertNear(product, matrix, 200 * roundingOf(dtype), "U S Vh");
        }
      }),
      runs,
    );
  });

  test(`eigh by ${way}: of the triangle that is read, a v is w v, and w ascends`, { skip }, async () => {
    await fc.assert(
      fc.asyncProperty(recipes, fc.constantFrom("L" as const, "U" as const), async (recipe, UPLO) => {
        const { n, front, dtype } = recipe;
        // not symmetric: the other triangle must not matter
        const a = stackOf({ ...recipe, m: n });
        const given = { ...options, UPLO };
        const { eigenvalues, eigenvectors } = await ofBoth(
          () => eighSync(a, given),
          () => eigh(a, given),
          isLater(recipe.seed),
        );
        assert.deepEqual(
          [eigenvalues.shape, eigenvectors.shape],
          [
            [...front, n],
            [...front, n, n],
          ],
        );
        assert.deepEqual([eigenvalues.dtype, eigenvectors.dtype], [typeOf(recipe), typeOf(recipe)]);
        const [values, vectors] = [listOf(eigenvalues), matricesOf(eigenvectors)];
        for (const [at, matrix] of matricesOf(a).entries()) {
          const symmetric = matrix.map((row, i) =>
            row.map((_, j) => {
              const [far, near] = [Math.max(i, j), Math.min(i, j)];
              return UPLO === "L" ? matrix[far]![near]! : matrix[near]![far]!;
            }),
          );
          const w = values.slice(at * n, (at + 1) * n);
          assert.ok(isDescending(w.toReversed()));
          isOrthonormal(vectors[at]!, roundingOf(dtype), "vᵀ v");
          const scaled = times(vectors[at]!, diagonal(w, n, n));
          assertNear(times(symmetric, vectors[at]!), scaled, 200 * roundingOf(dtype), "a v");
        }
      }),
      runs,
    );
  });

  test(`matrices by ${way} whose elements are very large or small are decomposed to the same digits`, {
    skip,
  }, () => {
    const next = numbers(5);
    const values = Array.from({ length: 36 }, () => next() - 0.5);
    const plain = svdSync(arrayOf("float64", values, [6, 6]), options).S.typed;
    const symmetric = (scale: number): NDArray<"float64"> =>
      arrayOf(
        "float64",
        values.map((_, at) => {
          const [i, j] = [at % 6, Math.floor(at / 6)];
          return values[Math.max(i, j) * 6 + Math.min(i, j)]! * scale;
        }),
        [6, 6],
      );
    const eigenvalues = eighSync(symmetric(1), options).eigenvalues.typed;
    for (const scale of [2 ** 1000, 2 ** -900]) {
      const scaled = svdSync(
        arrayOf(
          "float64",
          values.map((x) => x * scale),
          [6, 6],
        ),
        options,
      ).S.typed;
      const w = eighSync(symmetric(scale), options).eigenvalues.typed;
      assertNear([[...scaled].map((x) => x / scale)], [[...plain]], 1e-13, "S");
      assertNear([[...w].map((x) => x / scale)], [[...eigenvalues]], 1e-13, "eigenvalues");
    }
  });

  test(`what ${way} takes long for is done elsewhere, while the event loop goes on, with the same bits`, {
    skip,
  }, async () => {
    const n = 120;
    const a = stackOf({ dtype: "float64", front: [2], m: n, n, how: "backwards", seed: 3 }, 2000, true);
    const b = a.slice("...", [0, 30]);
    const pairs: [() => Promise<object>, () => object][] = [
      [() => solve(a, b, options), () => solveSync(a, b, options)],
      [() => inv(a, options), () => invSync(a, options)],
      [() => cholesky(a, options), () => choleskySync(a, options)],
      [() => qr(b, { ...options, mode: "complete" }), () => qrSync(b, { ...options, mode: "complete" })],
      [() => svd(b, options), () => svdSync(b, options)],
      [() => eigh(a, options), () => eighSync(a, options)],
    ];
    for (const [later, now] of pairs) {
      const { result, turns } = await turnsDuring(later());
      const arraysOf = (found: object): NDArray[] =>
        found instanceof NDArray ? [found] : Object.values(found);
      assert.ok(turns > 2, `${turns} turns`);
      assert.deepEqual(arraysOf(result).map(bitsOf), arraysOf(now()).map(bitsOf));
    }
    await assert.rejects(solve(zeros([n, n]), ones(n), options), LinAlgError);
  });

  test(`what is not finite in solve and qr by ${way} makes results that are not, and ends`, {
    skip,
  }, async () => {
    const bad = ones([20, 20]);
    bad.set(3, 4, Number.NaN);
    bad.set(5, 6, Number.POSITIVE_INFINITY);
    const { R } = await qr(bad, options);
    assert.ok(listOf(R).some(Number.isNaN));
    const outcome = await solve(bad, ones(20), options).then(
      (x) => listOf(x).some(Number.isNaN),
      (error) => error instanceof LinAlgError,
    );
    assert.ok(outcome);
  });

  test(`matrices of low rank, and of zeros, are decomposed by ${way}`, { skip }, () => {
    for (const a of [zeros([3, 2]), ones([4, 3]), ones([2, 5]), zeros([1, 1])]) {
      const { U, S, Vh } = svdSync(a, options);
      isOrthonormal(matricesOf(U)[0]!, 1e-12, "Uᵀ U");
      isOrthonormal(transposed(matricesOf(Vh)[0]!), 1e-12, "Vh Vhᵀ");
      assert.ok(
        listOf(S)
          .slice(1)
          .every((value) => Math.abs(value) < 1e-12),
      );
      const { Q, R } = qrSync(a, { ...options, mode: "complete" });
      isOrthonormal(matricesOf(Q)[0]!, 1e-12, "Qᵀ Q");
      assertNear(times(matricesOf(Q)[0]!, matricesOf(R)[0]!), matricesOf(a)[0]!, 1e-12, "Q R");
    }
  });

  test(`matrices without rows or columns have results by ${way} as NumPy's`, { skip }, () => {
    assert.deepEqual(solveSync(zeros([0, 0]), zeros([0, 2]), options).shape, [0, 2]);
    assert.deepEqual(choleskySync(zeros([2, 0, 0]), options).shape, [2, 0, 0]);
    assert.deepEqual(eighSync(zeros([0, 0]), options).eigenvalues.shape, [0]);
    const { U, S, Vh } = svdSync(zeros([3, 0]), options);
    assert.deepEqual([U.shape, S.shape, Vh.shape], [[3, 3], [0], [0, 0]]);
    assert.ok(U.equals(eye(3)));
    assert.ok(
      qrSync(zeros([2, 2, 0]), { ...options, mode: "complete" })
        .Q.at(1)
        .equals(eye(2)),
    );
  });

  test(`a matrix that has no result by ${way} is a LinAlgError that says which one`, { skip }, async () => {
    const singular = from([
      [
        [1, 0],
        [0, 1],
      ],
      [
        [1, 2],
        [2, 4],
      ],
    ]);
    const bad = from([
      [1, 0],
      [Number.NaN, 1],
    ]);
    const cases: [() => unknown, RegExp][] = [
      [() => solveSync(singular, ones(2), options), /^a\.at\(1\) is singular/],
      [() => invSync(zeros([2, 2]), options), /^a is singular/],
      [
        () =>
          choleskySync(
            from([
              [1, 2],
              [2, 1],
            ]),
            options,
          ),
        /^a is not positive definite$/,
      ],
      [() => choleskySync(bad, options), /^a is not positive definite$/],
      [() => svdSync(bad, options), /^a has elements that are not finite/],
      [() => eighSync(bad, options), /^a has elements that are not finite/],
    ];
    for (const [call, message] of cases) {
      assert.throws(call, (error: Error) => {
        assert.ok(error instanceof LinAlgError, String(error));
        assert.equal(error.code, "ERR_UNGIL_LINALG");
        assert.match(error.message, message);
        return true;
      });
    }
    await assert.rejects(
      solve(singular, ones(2), options),
      (error) => error instanceof LinAlgError && error.message.startsWith("a.at(1) is singular"),
    );
    assert.equal(eighSync(bad, { ...options, UPLO: "U" }).eigenvalues.get(0), 1);
  });
}

test("both ways give the same numbers, up to the signs of vectors", { skip: ways[0]!.skip }, () => {
  fc.assert(
    fc.property(recipes, (recipe) => {
      const { n, dtype } = recipe;
      const within = 1e3 * roundingOf(dtype);
      const near = (call: (options: BlasOptions) => NDArray): void => {
        const [one, two] = [call({ blas: "auto" }), call({ blas: "none" })];
        assert.deepEqual(one.shape, two.shape);
        assertNear([listOf(one).map(Math.abs)], [listOf(two).map(Math.abs)], within, "auto and none");
      };
      const square = stackOf({ ...recipe, m: n }, 200, true);
      near((options) => solveSync(square, ones(n), options));
      near((options) => choleskySync(square, options));
      near((options) => eighSync(square, options).eigenvalues);
      const a = stackOf(recipe, 200);
      near((options) => svdSync(a, options).S);
      near((options) => qrSync(a, options).R);
      assert.ok(largest([listOf(qrSync(a, { blas: "none" }).R)]) < 1e5);
    }),
    runs,
  );
});

test("bad input is told from the call, in both forms, before any work", () => {
  const a = eye(3);
  const gone = eye(2);
  gone.dispose();
  const cases: [call: (() => unknown)[], message: RegExp][] = [
    [
      [() => solveSync(ones([2, 3]), ones(2)), () => solve(ones([2, 3]), ones(2))],
      /a must be square in its last two axes, got .*2, 3/,
    ],
    [
      [() => solveSync(a, ones(2)), () => solve(a, ones(2))],
      /b must be of shape \[3\] or \[\.\.\., 3, k\], to fit a of shape/,
    ],
    [[() => solveSync(ones([2, 3, 3]), ones([4, 3, 1]))], /shapes that broadcast together/],
    [[() => choleskySync(ones(3)), () => cholesky(ones(3))], /a must be an array of at least two axes/],
    [[() => qrSync([[1]] as never), () => qr([[1]] as never)], /a must be an NDArray/],
    [[() => svdSync(a, { fullMatrices: 1 as never })], /fullMatrices must be true or false/],
    [[() => svdSync(a, { full_matrices: true } as never)], /did you mean fullMatrices\?/],
    [[() => qrSync(a, { mode: "raw" as never })], /mode must be .*reduced/],
    [[() => eighSync(a, { UPLO: "l" as never })], /UPLO must be/],
    [[() => invSync(a, { blas: "mkl" as never }), () => inv(a, { blas: "mkl" as never })], /blas must be/],
  ];
  for (const [calls, message] of cases) {
    for (const call of calls) {
      assert.throws(call, (error: Error) => {
        assert.ok(error instanceof InvalidArgumentError, String(error));
        assert.match(error.message, message);
        return true;
      });
    }
  }
  assert.throws(() => svdSync(gone), InvalidStateError);
  assert.throws(() => svd(gone), InvalidStateError);
});
