import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { InvalidArgumentError, MemoryError } from "ungil";
import {
  arange,
  concatenate,
  type DType,
  empty,
  eye,
  from,
  full,
  fullLike,
  identity,
  linspace,
  meshgrid,
  type NDArray,
  type NestedInput,
  ones,
  onesLike,
  stack,
  zeros,
  zerosLike,
} from "ungil/numeric";
import { bits, dtypes, reference, referenceArray } from "./reference.js";

test("arange and linspace give NumPy's numbers, bit for bit", () => {
  assert.ok(reference.ranges.length > 100);
  for (const each of reference.ranges) {
    const { call, args, dtype, endpoint } = each;
    const made =
      call === "arange"
        ? arange(...args, { dtype })
        : linspace(...args, { dtype, endpoint: endpoint === true });
    const what = `${call}(${args.join(", ")}) of ${dtype}, endpoint ${endpoint}`;
    assert.equal(made.dtype, dtype, what);
    assert.equal(`${bits(made)} ${made.shape}`, `${bits(referenceArray(each))} ${each.shape}`, what);
  }
});

test("zeros, ones, full and their like have every type and shape, even in memory that was used before", () => {
  for (const dtype of dtypes) {
    for (const shape of [[], [0], [3], [2, 0, 3], [17, 5]]) {
      full(shape, 1, { dtype }).dispose();
      const a = zeros(shape, { dtype });
      assert.deepEqual([a.dtype, a.shape, a.base], [dtype, shape, undefined]);
      assert.ok(a.typed.every((x) => x === 0));
      assert.ok(ones(shape, { dtype }).typed.every((x) => x === 1));
      assert.ok(zerosLike(ones(shape, { dtype })).equals(a));
      assert.ok(onesLike(a).equals(ones(shape, { dtype })));
      assert.ok(fullLike(a, 1).equals(onesLike(a)));
      assert.equal(empty(shape, { dtype }).size, a.size);
    }
  }
  assert.equal(zeros(2).dtype, "float64");
  assert.equal(full(2, true).dtype, "bool");
  assert.equal(full(2, 3).dtype, "float64");
  assert.equal(onesLike(zeros(2), { dtype: "int8" }).dtype, "int8");
  assert.deepEqual(full([2], 2.9, { dtype: "int32" }).toArray(), [2, 2]);
});

test("memory that was used before does not make bools that are neither true nor false", () => {
  full(1000, 255, { dtype: "uint8" }).dispose();
  assert.ok(empty(1000, { dtype: "bool" }).typed.every((x) => x === 0));
});

test("eye has its ones on the diagonal that is asked for", () => {
  for (const [rows, columns] of [
    [3, 3],
    [2, 4],
    [4, 2],
    [0, 3],
    [1, 1],
  ] as const) {
    for (let k = -5; k <= 5; k++) {
      const a = eye(rows, columns, { k, dtype: "int16" });
      const expected = Array.from({ length: rows }, (_, i) =>
        Array.from({ length: columns }, (_, j) => (j - i === k ? 1 : 0)),
      );
      assert.deepEqual(a.toArray(), expected, `${rows} ${columns} ${k}`);
    }
  }
  assert.ok(identity(3).equals(eye(3)));
  assert.ok(eye(3, { k: 1 }).equals(eye(3, 3, { k: 1 })));
  assert.equal(identity(2, { dtype: "bool" }).dtype, "bool");
});

test("from keeps what it is given: nested lists, typed arrays, arrays, and what iterates", () => {
  const cases: readonly (readonly [NestedInput | Iterable<number>, DType, unknown])[] = [
    [[], "float64", []],
    [[[], []], "float64", [[], []]],
    [5, "float64", 5],
    [true, "bool", true],
    [[true, false], "bool", [true, false]],
    [[true, 2], "float64", [1, 2]],
    [
      [
        [1, 2.5],
        [-0, Number.NaN],
      ],
      "float64",
      [
        [1, 2.5],
        [-0, Number.NaN],
      ],
    ],
    [new Int16Array([1, -2]), "int16", [1, -2]],
    [new Uint8ClampedArray([300]), "uint8", [255]],
    [Buffer.from([1, 2]), "uint8", [1, 2]],
    [
      [new Uint8Array([1, 2]), new Int8Array([-1, 4])],
      "int16",
      [
        [1, 2],
        [-1, 4],
      ],
    ],
    [[new Float32Array([0.1]), [true]], "float32", [[Math.fround(0.1)], [1]]],
    [new Set([3, 1, 2]), "float64", [3, 1, 2]],
  ];
  for (const [source, dtype, expected] of cases) {
    const a = from(source);
    assert.equal(a.dtype, dtype);
    assert.deepEqual(a.toArray(), expected);
  }
  const values = (function* () {
    yield [1, 2];
    yield [3, 4];
  })();
  assert.deepEqual(from(values, { dtype: "uint8" }).toArray(), [
    [1, 2],
    [3, 4],
  ]);
  const foreign = runInNewContext("new Float32Array([1.5])") as Float32Array;
  assert.equal(from(foreign).dtype, "float32");
  const source = new Float64Array([1, 2]);
  const copied = from(source);
  source[0] = 9;
  assert.equal(copied.get(0), 1);
});

test("from with a type takes the whole part for integers and refuses what they don't hold, with the place", () => {
  assert.deepEqual(from([2.9, -2.9], { dtype: "int8" }).toArray(), [2, -2]);
  assert.deepEqual(
    from(
      [
        [0, 3],
        [-0, Number.NaN],
      ],
      { dtype: "bool" },
    ).toArray(),
    [
      [false, true],
      [false, true],
    ],
  );
  assert.throws(
    () =>
      from(
        [
          [1, 2],
          [3, 300],
        ],
        { dtype: "uint8" },
      ),
    /source\[1\]\[1\] must be from 0 to 255.*got 300/,
  );
  assert.throws(() => from([Number.NaN], { dtype: "int32" }), /source\[0\] must be from .*got NaN/);
  assert.throws(() => from(new Float64Array([1, 1e10]), { dtype: "int32" }), /source\[1\] must be/);
  assert.throws(() => from(full(2, -1), { dtype: "uint16" }), InvalidArgumentError);
  assert.deepEqual(from(arange(4).reshape([2, 2]).T, { dtype: "int8" }).toArray(), [
    [0, 2],
    [1, 3],
  ]);
  assert.deepEqual(from(zeros(2), { dtype: "bool" }).toArray(), [false, false]);
});

test("from refuses lists that make no array, with the place", () => {
  const refused: readonly (readonly [unknown, RegExp])[] = [
    [[[1, 2], [3]], /source\[1\] must be a list of 2, .*shape \(2, 2\).*got an array of 1/],
    [[[1, 2], 3], /source\[1\] must be a list of 2/],
    [[1, [2]], /source\[1\] must be a number or a boolean/],
    [[[1], ["a"]], /source\[1\]\[0\] must be a number or a boolean, got "a"/],
    [[1, null], /source\[1\] must be/],
    [[undefined], /source\[0\] must be/],
    [[1n], /source\[0\] must be a number or a boolean: Number\(value\)/],
    ["12", /source must be/],
    [null, /source must be/],
    [{}, /source must be/],
    [new BigInt64Array(2), /make a Float64Array of it/],
  ];
  for (const [source, message] of refused) {
    assert.throws(
      () => from(source as number[]),
      (error: Error) => {
        assert.ok(error instanceof InvalidArgumentError);
        assert.match(error.message, message);
        return true;
      },
    );
  }
  const deep = Array.from({ length: 40 }).reduce<unknown>((inner) => [inner], 1);
  assert.throws(() => from(deep as number[]), /at most 32 axes/);
});

test("concatenate and stack join what fits, views and types included", () => {
  const a = arange(6).reshape([2, 3]);
  const b = from([[7, 8, 9]], { dtype: "int16" });
  const joined = concatenate([a, b, a.flip()]);
  assert.equal(joined.dtype, "float64");
  assert.deepEqual(joined.toArray(), [
    [0, 1, 2],
    [3, 4, 5],
    [7, 8, 9],
    [5, 4, 3],
    [2, 1, 0],
  ]);
  assert.deepEqual(concatenate([a.T, a.T], { axis: -1 }).toArray(), [
    [0, 3, 0, 3],
    [1, 4, 1, 4],
    [2, 5, 2, 5],
  ]);
  assert.deepEqual(stack([a, a.flip()], { axis: 2 }).at(1).toArray(), [
    [3, 2],
    [4, 1],
    [5, 0],
  ]);
  assert.deepEqual(stack([zeros(3), ones(3)]).shape, [2, 3]);
  assert.equal(concatenate([ones(1, { dtype: "uint8" }), ones(1, { dtype: "int8" })]).dtype, "int16");
  assert.equal(concatenate([ones(1)], { dtype: "bool" }).dtype, "bool");
  assert.deepEqual(concatenate([zeros([0, 3]), a]).shape, [2, 3]);
  assert.throws(
    () => concatenate([a, zeros([2, 2])]),
    /arrays\[1\] must be of the shape \(2, 3\).*along axis 0/,
  );
  assert.throws(() => concatenate([a, zeros(3)]), InvalidArgumentError);
  assert.throws(() => concatenate([zeros([])]), /axis must be left out|no axes/);
  assert.throws(() => concatenate([]), /at least one NDArray/);
  assert.throws(() => stack([a, b]), /arrays\[1\]/);
  assert.throws(() => stack([a], { axis: 3 }), /axis must be/);
  assert.throws(() => concatenate([a, [1] as unknown as NDArray]), /arrays\[1\] must be an NDArray/);
  assert.throws(() => concatenate([full(1, 300)], { dtype: "uint8" }), InvalidArgumentError);
});

test("meshgrid has each array along its own axis", () => {
  const [x, y] = meshgrid([arange(3), arange(2)]);
  assert.deepEqual(x!.toArray(), [
    [0, 1, 2],
    [0, 1, 2],
  ]);
  assert.deepEqual(y!.toArray(), [
    [0, 0, 0],
    [1, 1, 1],
  ]);
  for (const arrays of [null, 5, "x"])
    assert.throws(() => meshgrid(arrays as never), { name: "InvalidArgumentError", argument: "arrays" });
  const [i, j, k] = meshgrid([arange(2), arange(3), arange(4)], { indexing: "ij" });
  assert.deepEqual([i!.shape, i!.get(1, 2, 3), j!.get(1, 2, 3), k!.get(1, 2, 3)], [[2, 3, 4], 1, 2, 3]);
  assert.deepEqual(meshgrid([arange(2), arange(3), arange(4)])[0]!.shape, [3, 2, 4]);
  assert.deepEqual(meshgrid([arange(3)])[0]!.toArray(), [0, 1, 2]);
  assert.deepEqual(meshgrid([]), []);
  assert.throws(() => meshgrid([zeros([2, 2])]), /arrays\[0\]/);
  assert.throws(() => meshgrid([], { indexing: "xz" as "xy" }), /indexing must be/);
});

test("a shape, a type or an option that there is not is refused before anything is made", () => {
  const refused: readonly (readonly [() => unknown, RegExp])[] = [
    [() => zeros(-1), /shape must be a whole number of at least 0.*got -1/],
    [() => zeros([2, 1.5]), /shape\[1\] must be/],
    [() => zeros("3" as unknown as number), /shape must be/],
    [() => zeros([3, "4" as unknown as number]), /shape\[1\]/],
    [() => zeros([2 ** 30, 2 ** 30]), /fewer than 2 \*\* 53/],
    [() => zeros([0, 2 ** 30, 2 ** 30]), /fewer than 2 \*\* 53/],
    [() => zeros(new Array(33).fill(1)), /at most 32 axes/],
    [() => zeros(3, { dtype: "int64" as DType }), /dtype must be one of float64/],
    [() => zeros(3, { type: "int8" } as object), /type must be an option that there is/],
    [() => full(2, 256, { dtype: "uint8" }), /value must be from 0 to 255/],
    [() => full(2, "1" as unknown as number), /value must be a number or a boolean/],
    [() => eye(-1), /rows must be/],
    [() => eye(2, 2, { k: 0.5 }), /k must be/],
    [() => arange(0, 1, 0), /step must be other than 0/],
    [() => arange(Number.NaN), /stop must be a finite number/],
    [() => arange(200, { dtype: "int8" }), /stop must be such that all elements are from -128 to 127/],
    [() => arange(-1, 3, { dtype: "uint8" }), /start must be/],
    [() => linspace(0, 1, -1), /num must be/],
    [() => linspace(0, 300, 4, { dtype: "uint8" }), /stop must be/],
    [() => fullLike([] as unknown as NDArray, 1), /a must be an NDArray/],
  ];
  for (const [make, message] of refused) {
    assert.throws(make, (error: Error) => {
      assert.ok(error instanceof InvalidArgumentError, error.stack ?? "");
      assert.match(error.message, message);
      return true;
    });
  }
});

test("an array for which there can't be memory is a MemoryError, and the next one is made", () => {
  assert.throws(() => zeros(2 ** 40), MemoryError);
  assert.throws(() => zeros([2 ** 26, 2 ** 26]), /no room for \d+ bytes/);
  assert.equal(zeros(3).size, 3);
});
