// oxlint-disable typescript/unbound-method -- functions of a module, taken by name
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { Script } from "node:vm";
import { built, captureFunction as capture } from "./api.js";
import { named } from "./fixtures/dep.js";
import { TestWorker } from "./harness.js";
import { assertProgram } from "./run-program.js";

const worker = new TestWorker();
after(() => worker.close());

const folder = mkdtempSync(path.join(os.tmpdir(), "ungil-stability-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const require = createRequire(import.meta.url);

/** What a module of the tests below exports: closures, and a capture with that module on the stack. */
interface Maker {
  make(): Record<"read" | "change", () => number>;
  take(capture: Capture, fn: () => number): ReturnType<Capture>;
}
type Capture = (fn: () => number) => { readonly stable: boolean };

/** A source whose `read` reads a variable that its `change` assigns, and one as long that never assigns it. */
const changes = `exports.make = () => {
  let value = 1, other = 1;
  const read = () => value;
  const change = () => { value = 2; return other; };
  return { read, change };
};
exports.take = (capture, fn) => capture(fn);
`;
const keeps = changes.replace("value = 2; return other", "other = 2; return value");

const factor = 3;
const list = [1];
let changing = 1;
let never = 5;
const scale = (x: number): number => x * factor * never;
const viaScale = (x: number): number => scale(x);

test("a function that captures only constant primitives is the same shipped function each time", async () => {
  const first = capture(scale);
  assert.equal(first.stable, true);
  assert.equal(capture(scale), first);
  assert.equal(capture(viaScale), capture(viaScale));
  assert.equal(await worker.call(first, 2), 30);
});

test("an export and a text without variables are stable, also as a fresh closure", () => {
  assert.equal(capture(named), capture(named));
  const fresh = (): ((x: number) => number) => (x) => x * 2;
  assert.equal(capture(fresh()), capture(fresh()));
});

test("what can change is captured anew", () => {
  const readsList = (): number => list.length;
  const readsChanging = (): number => changing;
  for (const fn of [readsList, readsChanging]) assert.equal(capture(fn).stable, false);
  assert.notEqual(capture(readsList).id, capture(readsList).id);
  const before = capture(readsChanging);
  changing++;
  assert.notEqual(capture(readsChanging).id, before.id);
  const withProperty = Object.assign(() => factor, { calls: 0 });
  assert.equal(capture(withProperty).stable, false);
});

test("a snapshot is answered again for as long as the captured variables keep their values", async () => {
  let value: unknown = 1;
  let helper = (x: number): unknown => [x, value];
  const set = (next: unknown): void => {
    value = next;
  };
  const fn = (x: number): unknown => helper(x);
  for (const next of [1, 0, -0, Number.NaN, "1", 1n, undefined, named, capture, Math.max]) {
    set(next === capture ? (): unknown => value : next);
    const [once, twice, again] = [capture(fn), capture(fn), capture(fn)];
    assert.equal(once.stable, false);
    assert.equal(twice.id, once.id);
    assert.equal(twice.stable, true);
    assert.equal(again, twice);
    if (typeof next !== "function") assert.deepEqual(await worker.call(twice, 2), [2, next]);
  }
  helper = (x) => x;
  assert.equal(await worker.run(fn, 2), 2);
  for (const next of [{}, [1], Symbol("s"), class {}, Object.assign(() => 1, { own: 1 }), new Map()]) {
    helper = (x) => [x, value];
    set(next);
    assert.notEqual(capture(fn).id, capture(fn).id);
    assert.equal(capture(fn).stable, false);
  }
});

test("a stable function that gets a property is captured anew", async () => {
  const fn = (): number => factor;
  const first = capture(fn);
  assert.equal(first.stable, true);
  Object.assign(fn, { extra: 1 });
  const second = capture(fn);
  assert.notEqual(second, first);
  assert.equal(second.stable, false);
});

test("`byReference` other than auto never uses what was cached", () => {
  assert.notEqual(capture(named, { byReference: "never" }), capture(named));
});

test("each capture sees what a captured variable and a captured object hold now", async () => {
  let count = 1;
  const state = { count: 1 };
  const read = (): number[] => [count, state.count];
  assert.deepEqual(await worker.run(read), [1, 1]);
  count++;
  state.count = 5;
  assert.deepEqual(await worker.run(read), [2, 5]);
});

test("what stands in a file proves constants, with the module that captures on the stack", () => {
  for (const [name, source, stable] of [
    ["keeps.cjs", keeps, true],
    ["changes.cjs", changes, false],
  ] as const) {
    const file = path.join(folder, name);
    writeFileSync(file, source);
    const { make, take } = require(file) as Maker;
    const { read, change } = make();
    assert.equal(take(capture, read).stable, stable, name);
    change();
    assert.equal(take(capture, read).stable, stable, name);
  }
});

test("a file that was changed after it was loaded proves nothing, be it as long as before", async () => {
  for (const [name, onDisk] of [
    ["shorter.cjs", keeps.trimEnd()],
    ["as-long.cjs", keeps],
  ] as const) {
    const file = path.join(folder, name);
    writeFileSync(file, changes);
    const { make, take } = require(file) as Maker;
    writeFileSync(file, onDisk);
    const { read, change } = make();
    assert.equal(take(capture, read).stable, false, name);
    assert.equal(await worker.run(read), 1);
    change();
    assert.equal(await worker.run(read), 2, name);
  }
});

test("the script on the stack proves nothing of another one with the same name", async () => {
  const file = path.join(folder, "twins.cjs");
  writeFileSync(file, changes);
  const first = require(file) as Maker;
  Reflect.deleteProperty(require.cache, file);
  writeFileSync(file, keeps);
  const second = require(file) as Maker;
  const named = new Script(`(() => { const exports = {};\n${changes}; return exports; })()`, {
    filename: file,
    lineOffset: -1,
  }).runInThisContext() as Maker;
  const capturedBySecond: Capture = (fn) => second.take(capture, fn);
  const farBelow = (depth: number, fn: () => number): ReturnType<Capture> =>
    depth === 0 ? capturedBySecond(fn) : farBelow(depth - 1, fn);
  const ways: Capture[] = [
    // too far for the stack of an error, which tells hashes, but not for the inspector, which tells ids
    (fn) => first.take((each) => farBelow(60, each), fn),
    capturedBySecond,
  ];
  for (const maker of [first, named]) {
    // fresh closures, as an unchanged one is answered again
    const closures = ways.map(() => maker.make());
    ways.forEach((way, index) => {
      assert.equal(way(closures[index]!.read).stable, false);
    });
    for (const { read, change } of closures) {
      change();
      assert.equal(await worker.run(read), 2);
    }
  }
  // both call from one place, which therefore tells nothing
  assert.equal(first.take(capturedBySecond, second.make().read).stable, false);
  assert.equal(second.take(capture, second.make().read).stable, true);
});

test("evaluated code proves nothing of variables that the code around it can assign", async () => {
  // in a program of its own, since V8 tells less of evaluated code before the first capture
  const program = path.join(folder, "evaluates.cjs");
  writeFileSync(
    program,
    `(async () => {
  const { check, finish } = await import(process.env.UNGIL_TEST_PROGRAM);
  function around(code) {
    const read = eval(code);
    return { read, set: (value) => { x = value; } };
  }
  const { read, set } = around("var x = 1; (() => x)");
  await check("before", () => read, 1);
  set(2);
  await check("after", () => read, 2);
  await finish();
})();
`,
  );
  await assertProgram([program]);
  interface Made {
    read(): number;
    set(value: number): void;
  }
  const made = new Function("let x = 1; return { read: () => x, set: (v) => { x = v; } };") as () => Made;
  const { read, set } = made();
  assert.equal(capture(read).stable, false);
  set(2);
  assert.equal(await worker.run(read), 2);
});

test("a variable is constant only where its script proves it", async () => {
  const { isConstant } = (await built("functions/analysis/constants.js")) as {
    isConstant(binding: object | undefined, value: unknown): boolean;
  };
  const { analyseModule } = (await built("functions/analysis/module-facts.js")) as {
    analyseModule(
      source: string,
      isModule: boolean,
    ): {
      bindingAt(name: string, offset: number): object | undefined;
    };
  };
  const constant = (source: string, isModule = true): boolean => {
    const at = source.indexOf("()=>x");
    return isConstant(analyseModule(source, isModule).bindingAt("x", at), 1);
  };
  const yes = [
    "const x = 1; const f = ()=>x;",
    "let x = 1; const f = ()=>x;",
    "function g(x) { return ()=>x; }",
    "function g() { var x = 1; return ()=>x; }",
    "for (const x of [1]) { f(()=>x); }",
    "for (let x of [1]) { f(()=>x); }",
    "try { g(); } catch (x) { f(()=>x); }",
    "let x = 1; { let x = 2; x = 3; } const f = ()=>x;",
    "const { a: [x] } = g(); const f = ()=>x;",
  ];
  const no = [
    "let x; x = 1; const f = ()=>x;",
    "let x = 1; const f = ()=>x; x++;",
    "let x = 1; const f = ()=>x; function g() { ({ x } = h()); }",
    "let x = 1; const f = ()=>x; function g() { [x = 5] = h(); }",
    "let x = 1; const f = ()=>x; for (x of h()) {}",
    "for (let x = 0; x < 3; x++) { f(()=>x); }",
    "for (var x of [1]) { f(()=>x); }",
    "while (g()) { var x = 1; f(()=>x); }",
    "var x = 1; var x = 2; const f = ()=>x;",
    "let x = 1; const f = ()=>x; function g(c) { eval(c); }",
    "const f = ()=>x;",
    "let x = 1; const f = ()=>x; x ??= 2;",
  ];
  for (const source of yes) assert.equal(constant(source), true, source);
  for (const source of no) assert.equal(constant(source), false, source);
  assert.equal(constant("function g(x) { arguments[0] = 2; return ()=>x; }", false), false);
  assert.equal(constant("function x() {} function x() {} const f = ()=>x;", false), false);
  assert.equal(constant("var x = 1; with (o) {} const f = ()=>x;", false), false);
  assert.equal(constant("{ function x() {} } const f = ()=>x;", false), false);
});

test("ids are unique and code records are shared between captures of one function", () => {
  const make =
    (n: number): (() => number) =>
    () =>
      n + list.length;
  const [one, two] = [capture(make(1)), capture(make(2))];
  assert.notEqual(one.id, two.id);
  assert.equal(one.codes[0], two.codes[0]);
  assert.equal(one.name, "(anonymous)");
  assert.match(one.location!, /stability\.test\.[jt]s:\d+:\d+$/);
});
