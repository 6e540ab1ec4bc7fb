// oxlint-disable typescript/unbound-method, typescript/no-implied-eval -- lone methods and evaluated code are what is sent
import assert from "node:assert/strict";
import fs, { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { after, test } from "node:test";
import vm from "node:vm";
import { captureFunction } from "./api.js";
import * as namespace from "./fixtures/dep.js";
import def, {
  arrow as aliased,
  api,
  bump,
  change,
  changing,
  curried,
  getInternal,
  live,
  makeAdder,
  named,
  Point,
} from "./fixtures/dep.js";
import anonymous, { five } from "./fixtures/dep2.js";
import { refusal, TestWorker } from "./harness.js";
import { fixtures } from "./run-program.js";

const worker = new TestWorker();
after(() => worker.close());

const constant = 42;
const nodeTypes = (fn: (...args: never[]) => unknown): string[] =>
  captureFunction(fn).graph.nodes.map(({ type }) => type);

test("case 6: imports by name, alias, default and namespace are imported again", async () => {
  const use = (): unknown[] => [named(1), aliased(2), def(), namespace.named(3), typeof namespace.Point];
  assert.deepEqual(await worker.run(use), ["named1h2", 4, "def", "named3h2", "function"]);
  assert.deepEqual(new Set(nodeTypes(use)), new Set(["function", "import"]));
  bump();
  assert.equal(await worker.run(() => live), 1, "module state is fresh in the worker");
});

test("case 7: builtin modules, and a builtin function as the task", async () => {
  const use = (): unknown[] => [typeof fs.readFileSync, typeof readFileSync, path.join("a", "b")];
  assert.deepEqual(await worker.run(use), ["function", "function", path.join("a", "b")]);
  assert.equal(await worker.run(path.basename, "/b/c"), "c");
});

test("case 10: exports are sent by reference: named, default, anonymous, member and static", async () => {
  for (const fn of [named, def, anonymous, api.run, Point.origin, namespace.arrow, curried])
    assert.deepEqual(nodeTypes(fn), ["module"], fn.name);
  assert.equal(await worker.run(named, 9), "named9h2");
  assert.equal(await worker.run(def), "def");
  assert.equal(await worker.run(anonymous), "anonymous default");
  assert.equal(await worker.run(api.run, 5), "5h2");
  assert.deepEqual(await worker.run(Point.origin), { x: 0, y: 0 });
  assert.equal(await worker.run(curried, 1), 6);
});

test("case 11: a function that its module does not export brings that module's imports", async () => {
  assert.equal(await worker.run(getInternal()), "h2");
});

test("case 12: a closure made by another module's factory", async () => {
  assert.equal(await worker.run(makeAdder(5), 1), "6h2");
});

test("case 13: an export that was reassigned is sent by value", async () => {
  change();
  assert.deepEqual(nodeTypes(changing), ["function"]);
  assert.equal(await worker.run(changing), "second");
});

test("`byReference` never sends the text of an export, and only refuses what is none", async () => {
  const text = captureFunction(named, { byReference: "never" });
  assert.equal(text.graph.nodes[0]?.type, "function");
  assert.equal(await worker.call(text, 1), "named1h2");
  const local = (): number => constant;
  assert.match(refusal(local, { byReference: "only" }).message, /not an export of a module/);
  assert.throws(() => captureFunction(local, { byReference: "sometimes" as "auto" }), {
    code: "ERR_UNGIL_INVALID_ARGUMENT",
  });
  assert.throws(() => captureFunction(5 as never), { code: "ERR_UNGIL_INVALID_ARGUMENT" });
});

test("case 27: functions of eval, new Function and vm scripts; direct eval within is refused", async () => {
  assert.equal(await worker.run(eval("(x) => x + constant") as () => number, 1), 43);
  assert.equal(await worker.run(new Function("a", "return a * 3") as () => number, 2), 6);
  assert.equal(await worker.run(vm.runInThisContext("(x) => x + 1") as () => number, 1), 2);
  vm.runInThisContext("const scriptConstant = 5; let scriptVariable = 6");
  assert.equal(
    await worker.run(vm.runInThisContext("() => scriptConstant + scriptVariable") as () => number),
    11,
  );
  const foreign = vm.runInNewContext(
    "const data = { list: [1, 2], when: new Date(5) }; () => [data.list.length, data.when.getTime()]",
  ) as () => number[];
  assert.deepEqual(await worker.run(foreign), [2, 5]);
  assert.match(refusal((x: string) => eval(x)).message, /calls eval\(\)/);
  assert.match(refusal(new Function("o", "with (o) { return x }")).message, /`with` statement/);
});

test("case 28: closures and exports of CommonJS modules", async () => {
  const require = createRequire(new URL("modules.test.js", fixtures));
  const cjs = require("./commonjs.cjs") as {
    exported(x: number): string;
    make(k: number): (x: number) => unknown[];
    sloppy(): () => string;
    notExported(): () => string;
  };
  assert.deepEqual(nodeTypes(cjs.exported), ["module"]);
  assert.equal(await worker.run(cjs.exported, 3), "b613");
  assert.deepEqual(await worker.run(cjs.make(7), 3), ["z", 6, 13, 7, "commonjs.cjs", 2]);
  assert.equal(await worker.run(cjs.sloppy()), "object");
  assert.equal(await worker.run(cjs.notExported()), "hidden");
});

test("case 30: import.meta, and import() relative to the defining module", async () => {
  const use = (): unknown[] => [import.meta.url.split("/").pop(), typeof import.meta.resolve];
  assert.deepEqual(await worker.run(use), ["modules.test.js", "function"]);
  assert.equal(await worker.run(async () => (await import("./fixtures/dep2.js")).five), five);
  assert.equal(await worker.run(async () => typeof (await import("acorn")).parse), "function");
});

test("case 40: the worker's stack shows the original line and column", async () => {
  const here = /modules\.test\.[tj]s:(\d+):\d+/.exec(new Error("here").stack!)!;
  const boom = (): never => {
    throw new Error("boom");
  };
  const expected = here[0].replace(/:\d+:\d+$/, `:${Number(here[1]) + 2}:`);
  await assert.rejects(worker.run(boom), (error: Error & { remoteStack: string }) => {
    const frame = error.remoteStack.split("\n")[1];
    assert.ok(frame?.includes("boom") && frame.includes(expected), `${frame} is not at ${expected}`);
    return true;
  });
});
