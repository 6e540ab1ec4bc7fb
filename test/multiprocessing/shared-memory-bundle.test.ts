// Where koffi is found, and what is said where it is not: the program is bundled into one file, in a folder of its own.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import { skip } from "./support/blocks.js";

const program = `
  import { ProcessPoolExecutor, ThreadPoolExecutor } from "ungil";
  import { SharedMemory, ShareableList } from "ungil/multiprocessing";
  async function main() {
    let block;
    try {
      block = new SharedMemory({ create: true, size: 16 });
    } catch (error) {
      return console.log(error.name, error.code, error.packageName, error.message);
    }
    const list = new ShareableList(["a"]);
    for (const Executor of [ProcessPoolExecutor, ThreadPoolExecutor]) {
      const pool = new Executor({ maxWorkers: 1 });
      await pool.submit((shared) => void (shared.array(Float64Array)[1] += 1), block);
      await pool.submit(() => list.set(0, list.get(0) + "b"));
      await pool.shutdown();
    }
    console.log(block.array(Float64Array)[1], list.get(0));
    block.unlink();
    list.shm.unlink();
  }
  main();
`;

for (const format of ["esm", "cjs"] as const) {
  test(`L3: a bundled program (${format}) finds koffi beside it, or is told how to install it`, {
    timeout: 60_000,
    skip,
  }, async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), "ungil-bundle-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const outfile = path.join(folder, format === "esm" ? "app.mjs" : "app.cjs");
    await build({
      stdin: { contents: program, resolveDir: process.cwd() },
      outfile,
      bundle: true,
      format,
      conditions: ["module"],
      platform: "node",
      target: "node20",
      logLevel: "silent",
    });
    const run = () => {
      const { stdout, stderr } = spawnSync(process.execPath, [outfile], { cwd: tmpdir(), encoding: "utf8" });
      return [stdout, stderr];
    };
    assert.deepEqual(run(), [
      "MissingDependencyError ERR_UNGIL_MISSING_DEPENDENCY koffi SharedMemory needs the package koffi: npm install koffi\n",
      "",
    ]);
    mkdirSync(path.join(folder, "node_modules"));
    for (const name of ["koffi", "@koromix"])
      symlinkSync(path.resolve("node_modules", name), path.join(folder, "node_modules", name));
    assert.deepEqual(run(), ["2 abb\n", ""]);
  });
}
