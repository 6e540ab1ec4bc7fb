import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { readText, root } from "./support/project.js";

for (const file of ["package-lock.json", "bench/package-lock.json"]) {
  test(`${file} names no registry, so that it installs from any`, () => {
    const lock = JSON.parse(readText(file)) as { packages: Record<string, { resolved?: string }> };
    const resolved = Object.entries(lock.packages).filter(([, { resolved }]) => resolved !== undefined);
    assert.deepEqual(resolved, []);
  });

  test(`${file} lists the optional packages of every platform, so that npm ci accepts it`, () => {
    const script = path.join(root, "scripts/lock.mjs");
    const { status, stderr } = spawnSync(process.execPath, [script, "--check", file], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
  });
}
