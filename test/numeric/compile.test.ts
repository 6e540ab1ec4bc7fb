import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arange, compile, from, type NDArray, zeros } from "ungil/numeric";
import { ulps64 } from "./support/bits.js";

/** Expressions in a, b and c whose value does not hang on how a function is computed. */
const expression: fc.Arbitrary<string> = fc.letrec<{ number: string; truth: string }>((tie) => ({
  number: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom("a", "b", "c"),
    fc.constantFrom("0", "1", "-2.5", "1e3", "Math.PI", "Infinity", "NaN"),
    fc
      .tuple(tie("number"), fc.constantFrom("+", "-", "*", "/", "%"), tie("number"))
      .map(([x, op, y]) => `(${x} ${op} ${y})`),
    tie("number").map((x) => `-(${x})`),
    tie("number").map((x) => `(${x}) ** 2`),
    fc
      .tuple(fc.constantFrom("sqrt", "abs", "floor", "ceil", "trunc", "round", "sign"), tie("number"))
      .map(([f, x]) => `Math.${f}(${x})`),
    fc
      .tuple(fc.constantFrom("min", "max"), tie("number"), tie("number"), tie("number"))
      .map(([f, x, y, z]) => `Math.${f}(${x}, ${y}, ${z})`),
    fc.tuple(tie("truth"), tie("number"), tie("number")).map(([t, x, y]) => `(${t} ? ${x} : ${y})`),
    fc
      .tuple(tie("number"), fc.constantFrom("&&", "||"), tie("number"))
      .map(([x, op, y]) => `(${x} ${op} ${y})`),
    tie("truth").map((t) => `(${t} + 1)`),
  ),
  truth: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc
      .tuple(tie("number"), fc.constantFrom("<", "<=", ">", ">=", "===", "!=="), tie("number"))
      .map(([x, op, y]) => `(${x} ${op} ${y})`),
    fc
      .tuple(tie("truth"), fc.constantFrom("&&", "||"), tie("truth"))
      .map(([x, op, y]) => `(${x} ${op} ${y})`),
    tie("number").map((x) => `!(${x})`),
    fc.tuple(tie("truth"), tie("truth"), tie("truth")).map(([t, x, y]) => `(${t} ? ${x} : ${y})`),
    fc.constantFrom("true", "false"),
  ),
})).number;

const makeFunction = (text: string): ((a: number, b: number, c: number) => number | boolean) =>
  // oxlint-disable-next-line no-new-func, no-implied-eval
  new Function("a", "b", "c", `return ${text};`) as (a: number, b: number, c: number) => number | boolean;

const values = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  1e3,
  -7,
  3.25,
  NaN,
  Infinity,
  -Infinity,
  1e-300,
  0.1,
  5,
];

test("a compiled function gives, for each element, just what the function does", () => {
  fc.assert(
    fc.property(expression, fc.shuffledSubarray(values, { minLength: 13, maxLength: 13 }), (text, list) => {
      const fn = makeFunction(text);
      const [a, b] = [from(list), from(list.toReversed())];
      const result = compile(fn).sync(a, b, 3).toArray() as (number | boolean)[];
      for (const [k, value] of result.entries()) {
        const expected = Number(fn(list[k]!, list.toReversed()[k]!, 3));
        assert.equal(
          ulps64(Number(value), expected),
          0,
          `${text} of ${list[k]} and ${list.toReversed()[k]}: ${value}, not ${expected}`,
        );
      }
    }),
    { numRuns: Number(process.env["FORMULA_RUNS"] ?? 400) },
  );
});

test("functions of Math are near what they are in JavaScript", () => {
  const x = [0.1, 0.5, 0.9, -0.3, 0.75, 0.001, -0.99, 0.33, 0.66];
  const functions = {
    exp: compile((a: number) => Math.exp(a)),
    log: compile((a: number) => Math.log(a)),
    sin: compile((a: number) => Math.sin(a)),
    cos: compile((a: number) => Math.cos(a)),
    tan: compile((a: number) => Math.tan(a)),
    asin: compile((a: number) => Math.asin(a)),
    acos: compile((a: number) => Math.acos(a)),
    atan: compile((a: number) => Math.atan(a)),
    sinh: compile((a: number) => Math.sinh(a)),
    cosh: compile((a: number) => Math.cosh(a)),
    tanh: compile((a: number) => Math.tanh(a)),
    asinh: compile((a: number) => Math.asinh(a)),
    acosh: compile((a: number) => Math.acosh(a)),
    atanh: compile((a: number) => Math.atanh(a)),
    cbrt: compile((a: number) => Math.cbrt(a)),
    expm1: compile((a: number) => Math.expm1(a)),
    log1p: compile((a: number) => Math.log1p(a)),
    log2: compile((a: number) => Math.log2(a)),
    log10: compile((a: number) => Math.log10(a)),
  };
  for (const [name, compiled] of Object.entries(functions)) {
    const result = compiled.sync(from(x)).toArray() as number[];
    const expected = x.map((Math as unknown as Record<string, (x: number) => number>)[name]!);
    for (const [k, value] of result.entries())
      assert.ok(ulps64(value, expected[k]!) <= 3, `Math.${name}(${x[k]}) is ${expected[k]}, not ${value}`);
  }
  const pairs = compile((a: number, b: number) => Math.atan2(a, b) + Math.hypot(a, b) + a ** b);
  const [value] = pairs.sync(from([2]), from([0.5])).toArray() as number[];
  assert.ok(Math.abs(value! - (Math.atan2(2, 0.5) + Math.hypot(2, 0.5) + 2 ** 0.5)) < 1e-14);
});

test("it is computed in float32 only where all arrays together are, and answers truth values for conditions", async () => {
  const product = compile((a, b) => a * b);
  const single = zeros([3], { dtype: "float32" });
  assert.equal(product.sync(single, 0.1).dtype, "float32");
  assert.equal(product.sync(single, zeros([3], { dtype: "int16" })).dtype, "float32");
  assert.equal(product.sync(single, zeros([3], { dtype: "int32" })).dtype, "float64");
  assert.equal(product.sync(zeros([3], { dtype: "int8" }), 2).dtype, "float64");
  const above = compile((a, limit) => a > limit);
  const mask = await above(arange(4), 1);
  assert.equal(mask.dtype, "bool");
  assert.deepEqual(mask.toArray(), [false, false, true, true]);
  const chosen = compile((a, mask) => (mask ? a : -1));
  assert.deepEqual(chosen.sync(arange(4), mask).toArray(), [-1, -1, 2, 3]);
});

test("constants hold parts, shapes are broadcast, and the result may go into an array", () => {
  const variance = compile((x, mean) => {
    const d = x - mean;
    return d * d;
  });
  const out = zeros([2, 3], { dtype: "float32" });
  const rows: NDArray = arange(6).reshape([2, 3]);
  const result = variance.sync(rows, from([[1], [4]]), { out });
  assert.equal(result, out);
  assert.deepEqual(out.toArray(), [
    [1, 0, 1],
    [1, 0, 1],
  ]);
});

test("a dozen inputs are one kernel", () => {
  const names = Array.from({ length: 12 }, (_none, k) => `x${k}`);
  // oxlint-disable-next-line no-new-func, no-implied-eval
  const sum = compile(new Function(...names, `return ${names.join(" + ")};`) as (...x: number[]) => number);
  assert.deepEqual(
    sum.sync(...names.map((_name, k) => arange(3, { dtype: k % 2 ? "float64" : "int8" }))).toArray(),
    [0, 12, 24],
  );
});

test("what can't be compiled is refused when it is to be, with its place", () => {
  const outside = 3;
  const refused: [unknown, RegExp][] = [
    [(a: number) => a + outside, /line 1, column \d+.*from outside.*outside/],
    [(a: number) => parseFloat(String(a)), /of functions there are Math\./],
    [(a: number) => a | 1, /operators between values/],
    [(a: number) => Math.random() * a, /of functions there are Math/],
    [(a: number) => a * Number.EPSILON, /of properties there are only/],
    [() => 1, /a parameter for each array/],
    [async (a: number) => a, /no async function/],
    [(a = 1) => a, /plain names/],
    [
      (a: number) => {
        let b = a;
        b += 1;
        return b;
      },
      /there are only constants/,
    ],
    [(a: number) => `${a}`, /only numbers, parameters/],
    [Math.sin, /written in JavaScript/],
    [5, /a function of numbers/],
    [
      (a: number) => {
        if (a > 0) return 1;
        return 0;
      },
      /there are only constants/,
    ],
  ];
  for (const [fn, message] of refused) {
    assert.throws(
      () => compile(fn as (a: number) => number),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, "ERR_UNGIL_INVALID_ARGUMENT");
        assert.match(error.message, message);
        return true;
      },
    );
  }
  const doubled = compile((a) => a * 2);
  assert.throws(() => doubled.sync(...([] as unknown as [NDArray])), /a must be an NDArray/);
  assert.throws(() => doubled.sync([1] as unknown as NDArray), /operand 0 must be an NDArray/);
});
