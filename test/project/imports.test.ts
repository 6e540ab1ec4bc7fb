import assert from "node:assert/strict";
import { test } from "node:test";
import { cycles, floorViolations, importsOf, sourceFiles } from "./support/imports.js";

const files = sourceFiles();
const imports = importsOf(files);

test("an import never goes up a floor and never sideways between chapters", () => {
  assert.ok(imports.length > 5, "the source files are found");
  assert.deepEqual(floorViolations(imports, files.keys()), []);
});

test("there is no cycle of imports", () => {
  assert.deepEqual(cycles(imports), []);
});

test("every import of a source file leads to a source file", () => {
  assert.deepEqual(
    imports.filter(({ to }) => !files.has(to)),
    [],
  );
});

/** The violations of a tree given as path and text. */
function violationsOf(tree: Record<string, string>): string[] {
  const planted = new Map(Object.entries(tree));
  return floorViolations(importsOf(planted), planted.keys());
}

test("the floors notice an import that goes up, in each of its forms", () => {
  for (const statement of [
    `import { Pool } from "../pool/pool.js";`,
    `import type { Pool } from "../pool/pool.js";`,
    `export * from "../pool/pool.js";`,
    `const pool = await import("../pool/pool.js");`,
    `let pool: import("../pool/pool.js").Pool;`,
    `new Worker(new URL("../pool/pool.js", import.meta.url));`,
  ]) {
    assert.deepEqual(
      violationsOf({ "futures/future.ts": `\n${statement}`, "pool/pool.ts": "" }),
      ["src/futures/future.ts:2 imports src/pool/pool.ts, which is above it"],
      statement,
    );
  }
});

test("the floors notice an import between chapters, and a folder they don't know", () => {
  assert.deepEqual(violationsOf({ "asyncio/run.ts": `import "../threading/lock.js";` }), [
    "src/asyncio/run.ts:1 imports src/threading/lock.ts, which is beside it: share through a floor below",
  ]);
  assert.deepEqual(violationsOf({ "misc/helper.ts": "" }), [
    "src/misc/helper.ts is on no floor: name misc in `floors`",
  ]);
  assert.deepEqual(violationsOf({ "asyncio/run.ts": `import "./sleep.js"; import "../pool/pool.js";` }), []);
});

test("a cycle is noticed, unless one of its imports is gone at run time", () => {
  const tree = (second: string) =>
    importsOf(new Map([["a.ts", `import { b } from "./b.js";`] as const, ["b.ts", second] as const]));
  assert.deepEqual(cycles(tree(`import { a } from "./a.js";`)), [["a.ts", "b.ts", "a.ts"]]);
  assert.deepEqual(cycles(tree(`import { type A } from "./a.js";`)), [["a.ts", "b.ts", "a.ts"]]);
  assert.deepEqual(cycles(tree(`import type { A } from "./a.js";`)), []);
});
