// oxlint-disable typescript/unbound-method -- functions of a module, taken by name
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { built, captureFunction as capture } from "./api.js";
import { named } from "./fixtures/dep.js";
import { TestWorker } from "./harness.js";

const worker = new TestWorker();
after(() => worker.close());

/** Node 20 forgets the length of modules that have run, and then nothing proves that the file is what runs. */
const noProof = Number(process.versions.node.split(".")[0]) < 22 && "Node 20 does not tell a module's length";

const factor = 3;
const list = [1];
let changing = 1;
let never = 5;
const scale = (x: number): number => x * factor * never;
const viaScale = (x: number): number => scale(x);

test("a function that captures only constant primitives is the same shipped function each time", {
  skip: noProof,
}, async () => {
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
  const unstable = [readsList, readsChanging];
  for (const fn of unstable) {
    assert.equal(capture(fn).stable, false);
    assert.notEqual(capture(fn).id, capture(fn).id);
  }
  changing++;
  const withProperty = Object.assign(() => factor, { calls: 0 });
  assert.equal(capture(withProperty).stable, false);
});

test("a stable function that gets a property is captured anew", { skip: noProof }, async () => {
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
