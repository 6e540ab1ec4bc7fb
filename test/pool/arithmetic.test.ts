// Which functions are taken for such as only compute with their parameters, by their text: on this thread they get no
// async context, as nothing of them could look at it.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import path from "node:path";
import { describe, test } from "node:test";
import { Script } from "node:vm";
import { AsyncExecutor, currentTask, InlineExecutor, WorkerExitError, wait } from "ungil";
import type * as Arithmetic from "../../dist/pool/arithmetic.js";

const root = path.resolve(import.meta.dirname, "../../..");
const { isArithmetic } = (await import(path.join(root, "dist/pool/arithmetic.js"))) as typeof Arithmetic;

const fromText = (text: string): (() => unknown) =>
  new Script(`(${text})`).runInThisContext() as () => unknown;

test("what computes with its parameters and what it declares passes", () => {
  for (const text of [
    "x => x + 1",
    "async x => x + 1",
    "async (x) => (x + 1.5) * 2n",
    "async => async + 1",
    "(a, b) => (a < b ? a : b)",
    "function (x) { return (x % 2) + 1; }",
    "async function named($x, _y) { return $x ** 0x1F - _y; }",
    "(n) => { let s = 0; for (let k = 0; k < n; k++) { if (k & 1) s += k; else s -= k; } return s; }",
    "(n) => { while (n > 9) { n = (n - 1) / (2 + n); } return n; }",
  ]) {
    assert.equal(isArithmetic(fromText(text)), true, text);
    assert.equal(isArithmetic(fromText(text)), true, `${text}, again`);
  }
});

test("whatever may run something else does not pass", () => {
  for (const text of [
    "() => 1",
    "x => x + captured",
    "x => captured",
    "x => f(x)",
    "x => x.length",
    "x => x . length",
    "x => x?.y",
    "x => 1..x",
    "x => x['y']",
    "x => `${x}`",
    "x => 'x' + x",
    "x => /'/ + f(x) + /'/",
    "x => { // comment\n return x; }",
    "x => x /* comment */ + 1",
    "x => \\u0066 + x",
    "x => é + x",
    "x => y => x",
    "x => function () { return x; }",
    "x => new x",
    "x => this",
    "function (x) { return arguments; }",
    "function (x) { y = x; }",
    "function* (x) { return x; }",
    "async x => { await x; }",
    "async x => { for await (const y of x) x; }",
    "x => { for (const y of x) x; }",
    "x => { const { y } = x; return y; }",
    "(x, y = f()) => x",
    "({ x }) => x",
    "([x]) => x",
    "(...x) => x",
    "x => x in y",
    "x => eval(x)",
    "x => import(x)",
    "x => { throw x; }",
    "({ method(x) { return x; } }).method",
    "class { constructor(x) { x; } }",
    `x => x${" + 1".repeat(400)}`,
  ]) {
    assert.equal(isArithmetic(fromText(text)), false, text);
  }
  assert.equal(isArithmetic(fromText("x => x").bind(null)), false, "bound");
  assert.equal(isArithmetic(Math.sqrt as () => number), false, "nobody sees its text");
  assert.equal(isArithmetic(new Proxy(fromText("x => x"), {})), false, "proxy");
});

const executors = [
  ["event loop", () => new AsyncExecutor({ maxWorkers: 2 })],
  ["in place", () => new InlineExecutor()],
] as const;

for (const [name, make] of executors) {
  describe(`functions that only compute: ${name}`, () => {
    test("submitted, mapped, tried again, within tasks", async () => {
      await using executor = make();
      const addOne = async (x: number): Promise<number> => x + 1;
      const add = (a: number, b: number): number => a + b;
      assert.equal(await executor.submit(addOne, 1), 2);
      assert.equal(await executor.submit(add, 1, 2), 3);
      assert.deepEqual(await executor.map(addOne, [1, 2, 3]), [2, 3, 4]);
      assert.deepEqual(await executor.map(addOne, [1, 2, 3], { chunksize: 2 }), [2, 3, 4]);
      const mixed = executor.with({ retries: 2 }).submit(add, 1n as never, 2);
      assert.ok((await mixed.exception()) instanceof TypeError);
      assert.equal(executor.stats().retried, 2);
      assert.equal(await executor.submit(async (x: number) => executor.submit(addOne, x), 4), 5);
    });

    test("what converts its arguments is the code of the task, with its stores", async () => {
      await using executor = make();
      const store = new AsyncLocalStorage<string>();
      const seen: unknown[] = [];
      const number = {
        valueOf() {
          seen.push(currentTask().context, store.getStore());
          return 4;
        },
      };
      const double = async (x: unknown): Promise<number> => (x as number) * 2;
      const view = executor.with({ context: "context" });
      const results = store.run("store", () => [
        view.submit(double, 3),
        view.submit(double, number),
        view.map(double, [3, number]),
      ]);
      assert.deepEqual(await Promise.all(results), [6, 8, [6, 8]]);
      assert.deepEqual(seen, ["context", "store", "context", "store"]);
    });

    test("one that is ended before its promise answers stays ended, and others run", async () => {
      const executor = make();
      const addOne = async (x: number): Promise<number> => x + 1;
      let atOnce: Promise<void> | undefined;
      const states: string[] = [];
      const futures = [1, 2].map((x) => executor.submit(addOne, x));
      const end = (): void => {
        states.push(...futures.map((each) => each.state));
        atOnce = executor.terminate();
      };
      if (name === "in place") end();
      else await Promise.resolve().then(end);
      assert.deepEqual(states, ["running", "running"]);
      await atOnce;
      await wait(futures);
      for (const each of futures) assert.ok((await each.exception()) instanceof WorkerExitError);
      assert.equal(executor.stats().completed, 0);
    });
  });
}
