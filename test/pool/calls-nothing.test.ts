// Which functions a worker takes for such as call no other, by their text: they get no context of their own.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { Script } from "node:vm";
import type * as CallsNothing from "../../dist/pool/calls-nothing.js";

const root = path.resolve(import.meta.dirname, "../../..");
const { callsNothing } = (await import(path.join(root, "dist/pool/calls-nothing.js"))) as typeof CallsNothing;

const fromText = (text: string): (() => unknown) =>
  new Script(`(${text})`).runInThisContext() as () => unknown;

test("arithmetic calls nothing, whatever it groups", () => {
  for (const text of [
    "x => x + 1",
    "(x) => (x + 1) * 2",
    "function (x) { return (x % 2) + 1; }",
    "function named(x, i) { let s = 0; for (let k = 0; k < x; k++) { if (k & 1) s += k; else s -= k; } return s; }",
    "(x) => { while (x > 9) { x = (x - 1) / (2 + x); } return (x); }",
    "(x) => Math.sqrt(Math.max(x, 1)) + Math.PI",
    "(a, b) => (a < b ? a : b)",
    "({ price, count }) => price * count",
    "(x) => { // counts (all)\n return x; }".replace("(all)", "all"),
  ]) {
    assert.equal(callsNothing(fromText(text)), true, text);
  }
});

test("whatever may call something does not pass", () => {
  for (const text of [
    "x => f(x)",
    "x => f (x)",
    "x => f?.(x)",
    "x => f\n(x)",
    "x => f/* here */(x)",
    "x => f // here\n (x)",
    "x => é(x)",
    "x => \\u0066(x)",
    "x => o.f(x)",
    "x => o[f](x)",
    "x => (f)(x)",
    "x => o.if(x)",
    "x => o. return (x)",
    "x => $if(x)",
    "x => o.Math.max(x)",
    "x => Math.max.call(x)",
    "x => f`x`",
    "x => f `x`",
    "x => o.return `x`",
    "x => (f)`x`",
    "x => new F",
    "x => new F(x)",
    "async x => x",
    "async x => { await x; }",
    "x => import('./x.js')",
    "x => eval('x')",
    "function (x) { return (function () { return x; })(); }",
    "x => { class A { static { o.f; } } }",
    `x => { return x${" + 1".repeat(400)}; }`,
  ]) {
    assert.equal(callsNothing(fromText(text)), false, text);
  }
  assert.equal(callsNothing(fromText("x => x").bind(null)), false, "bound");
  assert.equal(callsNothing(Math.sqrt as () => number), false, "nobody sees its text");
  assert.equal(callsNothing(new Proxy(() => 1, {})), false, "proxy");
});
