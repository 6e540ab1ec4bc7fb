import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import * as numeric from "ungil/numeric";
import { type DType, from, getNumThreads, type NDArray, setNumThreads, zeros } from "ungil/numeric";
import { root } from "../project/support/project.js";
import { ulps32, ulps64 } from "./support/bits.js";

const operation = <F>(name: string): F => (numeric as unknown as Record<string, F>)[`${name}Sync`]!;
type Unary = (a: NDArray) => NDArray;
type Binary = (a: NDArray, b: NDArray) => NDArray;

const reference = JSON.parse(
  readFileSync(path.join(root, "test/numeric/reference/elementary.json"), "utf8"),
) as Record<string, number[][]>;

/** How many steps from the exact value, rounded, results may be in float64. */
function stepsOf(name: string): number {
  if (/^(?:exp|log|power|cbrt|hypot|arcsin|arccos|arctan)(?!h)/.test(name))
    return name.startsWith("arctan2") ? 2 : 1;
  return name.startsWith("arccosh") ? 3 : 2;
}

test("elementary functions are within 1 step of the exact value, hyperbolic ones and sin, cos, tan, arctan2 within 2, arccosh within 3, in float32 all within 2", () => {
  for (const [name, points] of Object.entries(reference)) {
    const arity = points[0]!.length - 1;
    const function_ = operation<(...operands: NDArray[]) => NDArray>(name.split(/[ ,]/)[0]!);
    const results = (of: readonly number[][], dtype: DType): number[] => {
      const operands = Array.from({ length: arity }, (_none, k) =>
        from(
          of.map((point) => point[k]!),
          { dtype },
        ),
      );
      return function_(...operands).toArray() as number[];
    };
    const long = results(points, "float64");
    for (const [k, point] of points.entries())
      assert.ok(
        ulps64(long[k]!, point[arity]!) <= stepsOf(name),
        `${name} of ${point.slice(0, arity)}: ${long[k]}, exactly ${point[arity]}`,
      );
    const singles = points.filter((point) =>
      point.slice(0, arity).every((x) => Math.fround(x) === x && Math.abs(x) < 3e38),
    );
    const short = results(singles, "float32");
    for (const [k, point] of singles.entries())
      assert.ok(
        ulps32(short[k]!, Math.fround(point[arity]!)) <= 2,
        `${name} of float32 ${point.slice(0, arity)}: ${short[k]}, exactly ${point[arity]}`,
      );
  }
});

/** What C and NumPy give for the ends of the ranges. */
const ends: [name: string, operands: number[], result: number][] = [
  ...["arcsin", "arctan", "arcsinh", "arctanh", "cbrt"].flatMap((name): [string, number[], number][] => [
    [name, [0], 0],
    [name, [-0], -0],
    ...(name === "cbrt" ? [] : ([[name, [5e-324], 5e-324]] as [string, number[], number][])),
    [name, [NaN], NaN],
  ]),
  ["cbrt", [5e-324], Math.cbrt(5e-324)],
  ["cbrt", [-Infinity], -Infinity],
  ["arcsin", [1], Math.PI / 2],
  ["arcsin", [-1], -Math.PI / 2],
  ["arcsin", [1.5], NaN],
  ["arccos", [1], 0],
  ["arccos", [-1], Math.PI],
  ["arccos", [-0], Math.PI / 2],
  ["arccos", [-2], NaN],
  ["arccos", [NaN], NaN],
  ["arctan", [Infinity], Math.PI / 2],
  ["arctan", [-Infinity], -Math.PI / 2],
  ["arcsinh", [-Infinity], -Infinity],
  ["arcsinh", [1e300], Math.asinh(1e300)],
  ["arccosh", [1], 0],
  ["arccosh", [0.5], NaN],
  ["arccosh", [Infinity], Infinity],
  ["arctanh", [1], Infinity],
  ["arctanh", [-1], -Infinity],
  ["arctanh", [2], NaN],
  ...[0, -0, 1, -1, 1e-300, -1e300, Infinity, -Infinity, NaN].flatMap((y) =>
    [0, -0, 2, -2, 1e300, -1e-300, Infinity, -Infinity, NaN].flatMap((x): [string, number[], number][] => [
      ["arctan2", [y, x], Math.atan2(y, x)],
      ["hypot", [y, x], Math.hypot(y, x)],
      ["power", [y, x], y === 1 || (y === -1 && Math.abs(x) === Infinity) ? 1 : y ** x],
    ]),
  ),
  ["hypot", [5e-324, 0], 5e-324],
  ["power", [5e-324, 0.5], Math.sqrt(5e-324)],
  ["power", [-3, 3], -27],
  ["power", [-3, 4], 81],
  ["power", [-3, 0.5], NaN],
  ["power", [-2, 2 ** 53 + 2], Infinity],
  ["power", [2, -1074], 5e-324],
  ["power", [2, 1024], Infinity],
  ["power", [-2, -1075], -0],
];

test("a number for an exponent gives what an array of it does", () => {
  const values = [0, -0, 1, -1, 0.3, -0.3, 3e10, 5e-324, 1e300, Infinity, -Infinity, NaN];
  for (const exponent of [2, -1, 0.5, 3, -2, 0, 1, 1.5]) {
    for (const dtype of ["float64", "float32"] as const) {
      const a = from(values, { dtype });
      const alone = numeric.powerSync(a, exponent).toArray() as number[];
      const beside = numeric
        .powerSync(
          a,
          from(
            values.map(() => exponent),
            { dtype },
          ),
        )
        .toArray() as number[];
      const steps = dtype === "float64" ? ulps64 : ulps32;
      for (const [k, value] of alone.entries()) {
        assert.ok(
          steps(value, beside[k]!) <= 1,
          `${values[k]} to ${exponent} in ${dtype}: ${value}, ${beside[k]}`,
        );
        assert.equal(
          Object.is(value, -0),
          Object.is(beside[k], -0),
          `${values[k]} to ${exponent}: the sign of 0`,
        );
      }
    }
    if (exponent < 0 || !Number.isInteger(exponent)) continue;
    const whole = numeric.powerSync(from([-3, 0, 5], { dtype: "int32" }), exponent);
    assert.equal(whole.dtype, "int32");
    assert.deepEqual(whole.toArray(), [(-3) ** exponent, 0 ** exponent, 5 ** exponent]);
  }
});

test("the ends of the ranges are those of C and NumPy, beside whatever element", () => {
  for (const [name, operands, exact] of ends) {
    const function_ = operation<(...operands: NDArray[]) => NDArray>(name);
    for (const dtype of ["float64", "float32"] as const) {
      // float32 does not hold these
      if (
        dtype === "float32" &&
        [...operands, exact].some(
          (x) =>
            !Object.is(Math.fround(x), x) &&
            !Number.isNaN(x) &&
            Math.abs(Math.fround(x) - x) > Math.abs(x) * 1e-7,
        )
      )
        continue;
      const at = (k: number): NDArray => from([0.5, operands[k]!, 0.75, operands[k]!, 1], { dtype });
      const results = function_(...operands.map((_operand, k) => at(k))).toArray() as number[];
      for (const k of [1, 3]) {
        const steps =
          dtype === "float64" ? ulps64(results[k]!, exact) : ulps32(results[k]!, Math.fround(exact));
        assert.ok(steps <= 1, `${name} of ${dtype} ${operands}: ${results[k]}, exactly ${exact}`);
        assert.equal(
          Object.is(results[k], -0),
          Object.is(exact, -0),
          `${name} of ${dtype} ${operands}: the sign of 0`,
        );
      }
    }
  }
});

/** Numbers of all kinds, rare ones among usual ones in no order. */
function mixed(dtype: DType, length: number): NDArray {
  const array = zeros([length], { dtype });
  const values = array.typed;
  const rare = [NaN, Infinity, -Infinity, -0, 5e-324, 1e300, -1e300, 720, -760, 1e6, -1e6, -3];
  let state = 12_345;
  for (let k = 0; k < length; k++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    values[k] = state % 17 === 0 ? rare[(state >>> 8) % rare.length]! : (state / 2 ** 32) * 20 - 10;
  }
  return array;
}

const bytesOf = (array: NDArray): Buffer => {
  const { buffer, byteOffset, byteLength } = array.typed;
  return Buffer.from(new Uint8Array(buffer, byteOffset, byteLength).slice());
};

test("results are the same bits with 1, 2, 3 and 4 threads, whatever lies beside an element", () => {
  const unary = [
    ...[
      "sqrt",
      "floor",
      "isnan",
      "negative",
      "cbrt",
      "exp",
      "exp2",
      "expm1",
      "log",
      "log2",
      "log10",
      "log1p",
    ],
    ...["sin", "cos", "tan", "sinh", "cosh", "tanh"],
    ...["arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh"],
  ];
  const binary = ["add", "multiply", "power", "minimum", "remainder", "arctan2", "hypot", "less"];
  const before = getNumThreads();
  try {
    for (const dtype of ["float64", "float32"] as const) {
      const [a, b] = [mixed(dtype, 100_003), mixed(dtype, 100_003)];
      const shifted = a.slice([1, null]);
      for (const name of [...unary, ...binary]) {
        const results = [1, 2, 3, 4].map((threads) => {
          setNumThreads(threads);
          return bytesOf(unary.includes(name) ? operation<Unary>(name)(a) : operation<Binary>(name)(a, b));
        });
        for (const result of results) assert.ok(result.equals(results[0]!), `${name} of ${dtype}`);
        // elements one place further have other neighbours
        if (!unary.includes(name)) continue;
        const alone = bytesOf(operation<Unary>(name)(shifted));
        const itemsize = alone.length / (a.size - 1);
        assert.ok(alone.equals(results[0]!.subarray(itemsize)), `${name} of ${dtype}, one place further`);
      }
    }
  } finally {
    setNumThreads(before);
  }
});

test("the form that leaves the event loop free gives what the other one does", async () => {
  const a = mixed("float64", 200_000);
  const [one, two] = await Promise.all([numeric.exp(a), numeric.add(a, a)]);
  assert.ok(bytesOf(one).equals(bytesOf(numeric.expSync(a))));
  assert.ok(bytesOf(two).equals(bytesOf(numeric.addSync(a, a))));
});

test("empty arrays, arrays of no axes and arrays of one element are arrays too", () => {
  assert.deepEqual(numeric.addSync(zeros([0, 3]), 1).shape, [0, 3]);
  assert.equal(numeric.addSync(from(2), 3).item(), 5);
  assert.deepEqual(numeric.addSync(zeros([1]), zeros([0])).shape, [0]);
  const out = zeros([2, 0]);
  assert.equal(numeric.addSync(zeros([2, 0]), 1, { out }), out, "an empty array repeats nothing");
  assert.deepEqual(numeric.expSync(zeros([1])).toArray(), [1]);
});

test("a result is repeated over an out of a larger shape, as NumPy does", async () => {
  const row = from([1, 2, 3]);
  const twice = (array: NDArray): unknown => (array.toArray() as unknown[]).flat();
  const rows = [2, 3, 4, 2, 3, 4];
  assert.deepEqual(twice(numeric.addSync(row, 1, { out: zeros([2, 3]) })), rows);
  assert.deepEqual(twice(await numeric.add(row, 1, { out: zeros([2, 3]) })), rows);
  assert.deepEqual(twice(numeric.addSync(row.reshape([1, 3]), 1, { out: zeros([2, 3]) })), rows);
  assert.deepEqual(twice(numeric.addSync(1, 2, { out: zeros([2, 2]) })), [3, 3, 3, 3]);
  assert.deepEqual(
    twice(numeric.expSync(zeros([2, 1]), { out: zeros([2, 3]).T.copy().T })),
    [1, 1, 1, 1, 1, 1],
  );
  const plusOne = numeric.compile((x) => x + 1);
  assert.deepEqual(twice(await plusOne(row, { out: zeros([2, 3]) })), rows);
  // the row that is read lies in what is written
  const out = from([
    [1, 2, 3],
    [0, 0, 0],
  ]);
  assert.deepEqual(twice(numeric.addSync(out.slice([0, 1]), 1, { out })), rows);
  for (const shape of [[3], [3, 2], [2, 1]])
    assert.throws(
      () => numeric.addSync(zeros([2, 3]), 1, { out: zeros(shape) }),
      /out must be of the result's shape \(2, 3\)/,
    );
});

test("integers are rounded before the point as floats are, and stay what they are behind it", () => {
  for (const dtype of ["int32", "int16", "uint16"] as const) {
    const a = from([15, 25, 151, 149], { dtype });
    const rounded = numeric.roundSync(a, -1);
    assert.equal(rounded.dtype, dtype);
    assert.deepEqual(rounded.toArray(), [20, 20, 150, 150]);
    assert.deepEqual(numeric.roundSync(a, -2).toArray(), [0, 0, 200, 100]);
    assert.deepEqual(numeric.roundSync(a, 2).toArray(), [15, 25, 151, 149]);
  }
  assert.deepEqual(numeric.roundSync(from([-15, -25, 7], { dtype: "int8" }), -1).toArray(), [-20, -20, 10]);
});

test("more axes than a job has arguments are walked all the same", () => {
  const shape = Array.from({ length: 16 }, () => 2);
  const a = numeric.arange(2 ** 16).reshape(shape);
  const turned = a.transpose(shape.map((_length, axis) => (axis * 7) % 16));
  const sum = numeric.addSync(
    numeric.addSync(turned, a),
    turned.slice(...shape.map((): [null, null, number] => [null, null, -1])),
  );
  const index = shape.map((_length, axis) => axis % 2);
  const opposite = index.map((k) => 1 - k);
  const at = (array: NDArray, indices: number[]): number => array.get(...indices) as number;
  assert.equal(at(sum, index), at(turned, index) + at(a, index) + at(turned, opposite));
});

test("what is wrong throws from the call, in both forms, and names itself", () => {
  const a = zeros([2, 3]);
  const wrong = { name: /./, code: "ERR_UNGIL_INVALID_ARGUMENT" };
  const calls: [() => unknown, RegExp][] = [
    [() => numeric.addSync(a, zeros([2])), /\(2, 3\) \(2,\)/],
    [() => numeric.add(a, zeros([2])), /\(2, 3\) \(2,\)/],
    [() => numeric.addSync(a, "1" as unknown as number), /operand 1 must be an NDArray/],
    [() => (numeric.addSync as unknown as (a: NDArray) => unknown)(a), /operand 1/],
    [() => numeric.addSync(a, 1, { out: zeros([3, 2]) }), /out.*\(2, 3\).*\(3, 2\)/],
    [() => numeric.addSync(a, 0.5, { out: zeros([2, 3], { dtype: "int32" }) }), /float64 may be cast/],
    [() => numeric.addSync(a, 1, { out: zeros([3]).broadcastTo([2, 3]) }), /each element once|read/],
    [() => numeric.addSync(a, 1, { into: a } as object), /into/],
    [() => numeric.subtractSync(from([true]), from([true])), /logicalXor/],
    [() => numeric.addSync(zeros([1], { dtype: "uint8" }), 256), /uint8/],
    [() => numeric.astypeSync(a, "int64" as DType), /int64/],
    [() => numeric.roundSync(a, 0.5), /decimals/],
  ];
  for (const [call, message] of calls) {
    assert.throws(call, (error: Error & { code?: string }) => {
      assert.equal(error.code, wrong.code);
      assert.match(error.message, message);
      return true;
    });
  }
});

test("a disposed array is refused, and so is one that is disposed while it waits to be read", async () => {
  const a = zeros([10]);
  a.dispose();
  assert.throws(() => numeric.addSync(a, 1), { code: "ERR_UNGIL_INVALID_STATE" });
  await assert.rejects(async () => numeric.add(a, 1), { code: "ERR_UNGIL_INVALID_STATE" });
});
