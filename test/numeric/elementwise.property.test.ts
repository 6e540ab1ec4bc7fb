import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import * as numeric from "ungil/numeric";
import { type DType, from, type NDArray, resultType, zeros } from "ungil/numeric";
import { ulps32, ulps64 } from "./support/bits.js";
import {
  allTypes,
  bitModels,
  exactModels,
  integerRanges,
  isFloat,
  promotedModels,
  realModels,
  truthModels,
  wrapped,
} from "./support/models.js";

type Unary = (a: NDArray, options?: object) => NDArray;
type Binary = (a: NDArray | number, b: NDArray | number, options?: object) => NDArray;

/** The synchronous form of an operation, by name. */
const operation = <F>(name: string): F => (numeric as unknown as Record<string, F>)[`${name}Sync`]!;

const special = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  2.5,
  3.5,
  NaN,
  Infinity,
  -Infinity,
  5e-324,
  1e308,
  -1e308,
  1e22,
  709,
  -745,
];

function element(dtype: DType): fc.Arbitrary<number> {
  const range = integerRanges[dtype];
  if (range) {
    const [min, max] = range;
    return fc.oneof(
      fc.integer({ min, max }),
      fc.integer({ min: Math.max(min, -5), max: 5 }),
      fc.constantFrom(min, max),
    );
  }
  if (dtype === "bool") return fc.constantFrom(0, 1);
  const any = fc.oneof(
    fc.constantFrom(...special),
    fc.double({ min: -10, max: 10, noNaN: true }),
    fc.double(),
  );
  return dtype === "float32" ? any.map(Math.fround) : any;
}

/** An array that lies in memory in one of several ways, with its values in the order of indices. */
interface Given {
  readonly array: NDArray;
  readonly values: readonly number[];
}

const lies = ["plain", "reversed", "every other", "transposed", "unaligned"] as const;

/** An array of two axes. */
function givenArray(dtype: DType, rows: number, columns: number): fc.Arbitrary<Given> {
  const size = rows * columns;
  return fc
    .tuple(fc.array(element(dtype), { minLength: size, maxLength: size }), fc.constantFrom(...lies))
    .map(([values, lie]) => ({ values, array: laid(dtype, values, rows, columns, lie) }));
}

function laid(
  dtype: DType,
  values: number[],
  rows: number,
  columns: number,
  lie: (typeof lies)[number],
): NDArray {
  const array = layout(dtype, rows, columns, lie);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const value = values[i * columns + j]!;
      array.set(i, j, dtype === "bool" ? value !== 0 : value);
    }
  return array;
}

function layout(dtype: DType, rows: number, columns: number, lie: (typeof lies)[number]): NDArray {
  switch (lie) {
    case "plain":
      return zeros([rows, columns], { dtype });
    case "reversed":
      return zeros([rows, columns], { dtype }).slice([null, null, -1], [null, null, -1]);
    case "every other":
      return zeros([rows * 2, columns * 3], { dtype }).slice([null, null, 2], [1, null, 3]);
    case "transposed":
      return zeros([columns, rows], { dtype }).T;
    case "unaligned":
      return zeros([rows * columns + 1], { dtype })
        .slice([1, null])
        .reshape([rows, columns]);
  }
}

const valuesOf = (array: NDArray): number[] =>
  (array.toArray() as unknown[]).flat(3).map((value) => Number(value));

function assertSame(dtype: DType, actual: readonly number[], expected: readonly number[], ulps = 0): void {
  assert.equal(actual.length, expected.length);
  for (const [k, value] of expected.entries()) {
    const distance = dtype === "float32" ? ulps32(actual[k]!, Math.fround(value)) : ulps64(actual[k]!, value);
    // a zero's sign is part of it, but for the smaller and greater of two zeros
    assert.ok(distance <= ulps, `element ${k}: ${actual[k]} is ${distance} steps from ${value}`);
  }
}

const zeroless = (values: readonly number[]): number[] => values.map((value) => (value === 0 ? 0 : value));

const typePair = fc.tuple(fc.constantFrom(...allTypes), fc.constantFrom(...allTypes));

for (const [name, model] of Object.entries(promotedModels)) {
  test(`${name} is what JavaScript computes, of all types and ways to lie in memory`, () => {
    const given = typePair.chain(([one, other]) => fc.tuple(givenArray(one, 3, 7), givenArray(other, 3, 7)));
    fc.assert(
      fc.property(given, ([a, b]) => {
        const type = resultType(a.array.dtype, b.array.dtype);
        if (type === "bool" && !["add", "multiply", "minimum", "maximum", "fmin", "fmax"].includes(name)) {
          assert.throws(() => operation<Binary>(name)(a.array, b.array), {
            code: "ERR_UNGIL_INVALID_ARGUMENT",
          });
          return;
        }
        const result = operation<Binary>(name)(a.array, b.array);
        assert.equal(result.dtype, type);
        const expected = a.values.map((value, k) => {
          const [x, y] = [wrapped(type, value), wrapped(type, b.values[k]!)];
          return wrapped(type, model(x, y, type));
        });
        const signless = isFloat(type) && !/min|max/.test(name);
        if (signless) assertSame(type, valuesOf(result), expected);
        else assertSame(type, zeroless(valuesOf(result)), zeroless(expected));
      }),
      { numRuns: 150 },
    );
  });
}

for (const [name, model] of Object.entries(truthModels)) {
  test(`${name} is what JavaScript says, of all types`, () => {
    const given = typePair.chain(([one, other]) => fc.tuple(givenArray(one, 2, 9), givenArray(other, 2, 9)));
    fc.assert(
      fc.property(given, ([a, b]) => {
        const result = operation<Binary>(name)(a.array, b.array);
        assert.equal(result.dtype, "bool");
        assert.deepEqual(
          valuesOf(result),
          a.values.map((value, k) => Number(model(value, b.values[k]!))),
        );
      }),
      { numRuns: 100 },
    );
  });
}

for (const [name, model] of Object.entries(bitModels)) {
  test(`${name} goes by the bits of integers, and refuses floats`, () => {
    fc.assert(
      fc.property(
        typePair.chain(([one, other]) => fc.tuple(givenArray(one, 1, 9), givenArray(other, 1, 9))),
        ([a, b]) => {
          const type = resultType(a.array.dtype, b.array.dtype);
          if (isFloat(type)) {
            assert.throws(() => operation<Binary>(name)(a.array, b.array), /integers/);
            return;
          }
          const result = operation<Binary>(name)(a.array, b.array);
          assert.deepEqual(
            valuesOf(result),
            a.values.map((value, k) => wrapped(type, model(value, b.values[k]!, type))),
          );
        },
      ),
      { numRuns: 100 },
    );
  });
}

for (const [name, [model, steps64, steps32]] of Object.entries(realModels)) {
  test(`${name} is near what JavaScript computes, also of single numbers at the end`, () => {
    fc.assert(
      fc.property(
        fc.constantFrom<DType>("float64", "float32").chain((dtype) => givenArray(dtype, 3, 7)),
        ({ array, values }) => {
          const result = operation<Unary>(name)(array);
          assert.equal(result.dtype, array.dtype);
          assertSame(
            array.dtype,
            valuesOf(result),
            values.map(model),
            array.dtype === "float64" ? steps64 : steps32,
          );
        },
      ),
      { numRuns: 100 },
    );
  });
}

for (const [name, model] of Object.entries(exactModels)) {
  test(`${name} is exactly what JavaScript computes of floats`, () => {
    fc.assert(
      fc.property(
        fc.constantFrom<DType>("float64", "float32").chain((dtype) => givenArray(dtype, 3, 7)),
        ({ array, values }) => {
          const result = operation<Unary>(name)(array);
          const [actual, expected] = [valuesOf(result), values.map(model)];
          if (name === "sign") assertSame(array.dtype, zeroless(actual), zeroless(expected));
          else assertSame(array.dtype, actual, expected);
        },
      ),
      { numRuns: 60 },
    );
  });
}

test("functions of real numbers make float32 of small integers and float64 of large ones", () => {
  for (const dtype of allTypes) {
    const result = numeric.sqrtSync(from([0, 1, 1], { dtype: "float64" }).slice([1, null]));
    assert.deepEqual(result.toArray(), [1, 1]);
    const small = ["float32", "int16", "uint16", "int8", "uint8", "bool"].includes(dtype);
    assert.equal(numeric.expSync(zeros([2], { dtype })).dtype, small ? "float32" : "float64");
  }
});

test("shapes are broadcast, and a result may be written into any view of its shape", () => {
  const axis = fc.integer({ min: 1, max: 4 });
  fc.assert(
    fc.property(
      axis,
      axis,
      axis,
      fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
      fc.constantFrom(...lies),
      (depth, rows, columns, ones, lie) => {
        const shapeOf = (flags: readonly boolean[]): number[] =>
          [depth, rows, columns].map((length, k) => (flags[k] ? 1 : length));
        const [one, two] = [shapeOf(ones.slice(0, 3)), shapeOf(ones.slice(3))];
        const count = (shape: number[]): number => shape.reduce((a, b) => a * b, 1);
        const a = numeric.arange(count(one)).reshape(one);
        const b = numeric.multiplySync(numeric.arange(count(two)), 100).reshape(two);
        const shape = numeric.broadcastShapes(one, two);
        const expected = numeric.addSync(a.broadcastTo(shape).copy(), b.broadcastTo(shape).copy()).toArray();
        assert.deepEqual(numeric.addSync(a, b).toArray(), expected);
        const out = layout("float64", shape[0]! * shape[1]!, shape[2]!, lie === "transposed" ? "plain" : lie);
        const flat = numeric.addSync(a, b).reshape([shape[0]! * shape[1]!, shape[2]!]);
        assert.equal(numeric.addSync(flat, 0, { out }), out);
        assert.deepEqual(out.toArray(), flat.toArray());
      },
    ),
    { numRuns: 150 },
  );
});

test("a result that overlaps its operand is what it would be elsewhere", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 60 }),
      fc.integer({ min: 1, max: 3 }),
      fc.boolean(),
      (length, by, back) => {
        const memory = numeric.arange(length + by);
        const [lower, upper] = [memory.slice([0, length]), memory.slice([by, length + by])];
        const [source, target] = back ? [upper, lower] : [lower, upper];
        const expected = numeric.multiplySync(source, 2).toArray();
        numeric.multiplySync(source, 2, { out: target });
        assert.deepEqual(target.toArray(), expected);
      },
    ),
  );
  const turned = numeric.arange(9);
  numeric.negativeSync(turned, { out: turned.slice([null, null, -1]) });
  assert.deepEqual(turned.toArray(), [-8, -7, -6, -5, -4, -3, -2, -1, -0]);
});

test("casts cut fractions off, keep lower bits, and make 0 of what is no number", () => {
  fc.assert(
    fc.property(
      typePair.chain(([one, to]) => fc.tuple(givenArray(one, 1, 9), fc.constant(to))),
      ([a, to]) => {
        const result = numeric.astypeSync(a.array, to);
        assert.equal(result.dtype, to);
        const expected = a.values.map((value) => {
          if (to === "bool") return Number(value !== 0);
          if (isFloat(to)) return wrapped(to, value);
          if (!isFloat(a.array.dtype)) return wrapped(to, value);
          const [low, high] = integerRanges[to === "uint32" ? "uint32" : "int32"]!;
          const whole = Number.isNaN(value) ? 0 : Math.trunc(Math.max(low, Math.min(high, value)));
          return wrapped(to, whole);
        });
        assertSame(
          to,
          valuesOf(result).map((value) => (isFloat(to) ? value : value + 0)),
          expected.map((value) => (isFloat(to) ? value : value + 0)),
        );
      },
    ),
    { numRuns: 200 },
  );
});

test("where and clip choose by element, of arrays and numbers", () => {
  const a = numeric.arange(10);
  assert.deepEqual(
    numeric.whereSync(numeric.lessSync(a, 3), a, -1).toArray(),
    [0, 1, 2, -1, -1, -1, -1, -1, -1, -1],
  );
  assert.deepEqual(numeric.clipSync(a, 2, 7).toArray(), [2, 2, 2, 3, 4, 5, 6, 7, 7, 7]);
  assert.deepEqual(
    numeric.clipSync(a, 7, 2).toArray(),
    Array.from({ length: 10 }, () => 2),
  );
  const counts = from([1, 2, 300], { dtype: "int16" });
  const chosen = numeric.whereSync(numeric.greaterSync(counts, 1), counts, 0);
  assert.equal(chosen.dtype, "int16");
  assert.deepEqual(chosen.toArray(), [0, 2, 300]);
  assert.deepEqual(numeric.roundSync(from([0.125, -1.005, 2.5, 3.5]), 2).toArray(), [0.12, -1, 2.5, 3.5]);
  assert.deepEqual(numeric.roundSync(from([2.5, 3.5, -0.5])).toArray(), [2, 4, -0]);
  assert.deepEqual(numeric.roundSync(from([1234.5, -1250]), -2).toArray(), [1200, -1200]);
});

test("powers and shifts of integers are those of their bits", () => {
  const a = from([2, -3, 1, -1, 10, 0], { dtype: "int32" });
  assert.deepEqual(
    numeric.powerSync(a, from([10, 3, -5, -3, 9, 0], { dtype: "int32" })).toArray(),
    [1024, -27, 1, -1, 1_000_000_000, 1],
  );
  assert.deepEqual(
    numeric.powerSync(a, from([-1, -1, -1, -2, 10, 1], { dtype: "int32" })).toArray(),
    [0, 0, 1, 1, 1_410_065_408, 0],
  );
  assert.deepEqual(
    numeric
      .leftShiftSync(from([1, 3, 255], { dtype: "uint8" }), from([7, 7, 40], { dtype: "uint8" }))
      .toArray(),
    [128, 128, 0],
  );
  assert.deepEqual(
    numeric.rightShiftSync(from([-8, 127], { dtype: "int8" }), from([1, 100], { dtype: "int8" })).toArray(),
    [-4, 0],
  );
  assert.deepEqual(numeric.invertSync(from([0, 255], { dtype: "uint8" })).toArray(), [255, 0]);
  assert.deepEqual(numeric.invertSync(from([true, false])).toArray(), [false, true]);
});
