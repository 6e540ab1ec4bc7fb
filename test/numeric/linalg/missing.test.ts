// What a program has of linear algebra without koffi and without ml-matrix: it is bundled into one file, in a folder of
// its own.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { build } from "esbuild";

const program = `
import { eye, from, matmul, matmulSync, ones, solve, solveSync } from "ungil/numeric";
const told = [];
const a = ones([128, 128]);
told.push(matmulSync(a, a).get(5, 6), (await matmul(a, a)).get(5, 6));
const matrix = from([[3, 1], [1, 2]]);
const calls = [
  () => solveSync(matrix, from([9, 8])),
  () => solve(matrix, from([9, 8])),
  // in another thread
  () => solve(eye(20), ones(20)),
];
for (const call of calls) {
  try {
    const x = await call();
    told.push([...x.typed].map(Math.round).join());
  } catch (error) {
    told.push([error.name, error.code, error.packageName, error.message].join(" "));
  }
}
console.log(JSON.stringify(told));
`;

test("without koffi, kernels multiply; without ml-matrix too, a program is told how to install it, and finds it then", {
  timeout: 60_000,
}, async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "ungil-linalg-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const outfile = path.join(folder, "app.mjs");
  await build({
    stdin: { contents: program, resolveDir: process.cwd() },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "silent",
  });
  const run = (): unknown => {
    const { stdout, stderr } = spawnSync(process.execPath, [outfile], { cwd: folder, encoding: "utf8" });
    assert.equal(stderr, "");
    return JSON.parse(stdout);
  };
  const refusal =
    "MissingDependencyError ERR_UNGIL_MISSING_DEPENDENCY ml-matrix linear algebra without LAPACK needs the package " +
    "ml-matrix: npm install ml-matrix";
  assert.deepEqual(run(), [128, 128, refusal, refusal, refusal]);
  mkdirSync(path.join(folder, "node_modules"));
  const installed = path.join(folder, "node_modules/ml-matrix");
  symlinkSync(path.resolve("node_modules/ml-matrix"), installed, "junction");
  assert.deepEqual(run(), [128, 128, "2,3", "2,3", new Array(20).fill(1).join()]);
});
