// What a program is told where koffi is not installed: it is bundled into one file, in a folder of its own.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import { skip } from "./support/native.js";

const program = `
import { ThreadPoolExecutor } from "ungil";
import { findBlas, load, NativeExecutor, struct } from "ungil/native";
const told = [];
for (const use of [() => load("m"), () => findBlas(), () => struct("P", { x: "int" }).size]) {
  try {
    use();
    told.push("there");
  } catch (error) {
    told.push([error.name, error.code, error.packageName, error.message].join(" "));
  }
}
if (told[0] === "there") {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const abs = load(null).func("int abs(int x)");
  told.push(await pool.submit(() => abs(-3)));
  await pool.shutdown();
} else {
  const executor = new NativeExecutor();
  told.push(await executor.submit(() => "JavaScript runs"));
}
console.log(JSON.stringify(told));
`;

test("a bundled program is told how to install koffi, and finds it beside it", {
  timeout: 60_000,
  skip,
}, async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "ungil-native-"));
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
    "MissingDependencyError ERR_UNGIL_MISSING_DEPENDENCY koffi ungil/native needs the package koffi: npm install koffi";
  assert.deepEqual(run(), [refusal, refusal, refusal, "JavaScript runs"]);
  mkdirSync(path.join(folder, "node_modules"));
  for (const name of ["koffi", "@koromix"])
    symlinkSync(path.resolve("node_modules", name), path.join(folder, "node_modules", name));
  assert.deepEqual(run(), ["there", "there", "there", 3]);
});
