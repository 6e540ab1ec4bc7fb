import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, from, memoryUsage, type NDArray } from "ungil/numeric";

type Formula = (a: number, b: number) => number;

const formula = (text: string): Formula =>
  // oxlint-disable-next-line no-new-func, no-implied-eval
  new Function("a", "b", text) as Formula;

const bools = from([true, false]);
const numbers = from([1, 0]);

test("what minifiers make of const is taken; what changes a variable is refused", () => {
  const a = from([3, 4]);
  for (const kind of ["const", "let", "var"])
    assert.deepEqual(
      compile(formula(`${kind} d=a-b,e=d*d;return e+1`))
        .sync(a, 1)
        .toArray(),
      [5, 10],
    );
  assert.deepEqual(compile(formula("var a = a * 2; return a - b")).sync(a, 1).toArray(), [5, 7]);
  for (const text of ["let d = a; d += b; return d", "let d; return a", "var d = (a = b); return d"])
    assert.throws(() => compile(formula(text)), { code: "ERR_UNGIL_INVALID_ARGUMENT" });
});

test("no number is the same as a truth value, but may be equal to one", () => {
  const applied = (text: string, a: NDArray): unknown => compile(formula(text)).sync(a, 0).toArray();
  assert.deepEqual(applied("return (a > b) === 1", numbers), [false, false]);
  assert.deepEqual(applied("return (a > b) !== 1", numbers), [true, true]);
  assert.deepEqual(applied("return (a > b) == 1", numbers), [true, false]);
  assert.deepEqual(applied("return a === 1", bools), [false, false]);
  assert.deepEqual(applied("return a === true", bools), [true, false]);
  assert.deepEqual(applied("return a === true", numbers), [false, false]);
  // false where a is not greater, else b
  assert.throws(() => compile(formula("return (a > 0 && b) === 0")), /line \d+, column \d+.*== or !=/);
  assert.deepEqual(applied("return (a > 0 && b) == 0", numbers), [true, true]);
});

test("a formula that is too large for an engine is refused when it is compiled", () => {
  const chain = (length: number): string =>
    Array.from({ length }, (_, k) => `const c${k} = ${k === 0 ? "a" : `c${k - 1}`} + 1;`).join("") +
    `return c${length - 1}`;
  const wide = (length: number): string =>
    `${Array.from({ length }, (_, k) => `const c${k} = Math.sin(a + ${k}) + Math.log(a - ${k});`).join("")}
     return ${Array.from({ length }, (_, k) => `c${k}`).join("+")}`;
  for (const text of [chain(5000), wide(400)])
    assert.throws(() => compile(formula(text)), {
      code: "ERR_UNGIL_INVALID_ARGUMENT",
      message: /less of it; compile its parts/,
    });
  assert.deepEqual(
    compile(formula(chain(1500)))
      .sync(numbers, 0)
      .toArray(),
    [1501, 1500],
  );
  assert.equal(compile(formula(wide(30))).sync(numbers, 0).size, 2);
});

test("a function that is compiled again and again has the kernels of the first time", () => {
  const round = (): void => {
    for (let k = 0; k < 50; k++)
      compile((a, b) => (a - b) / (a + b + 0.25))
        .sync(numbers, 2)
        .dispose();
  };
  round();
  const { used } = memoryUsage();
  round();
  assert.equal(memoryUsage().used, used);
});
