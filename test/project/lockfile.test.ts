import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { readText, root } from "./support/project.js";

const lock = JSON.parse(readText("package-lock.json")) as { packages: Record<string, { resolved?: string }> };

test("the lock file names no registry, so that it installs from any", () => {
  const resolved = Object.entries(lock.packages).filter(([, { resolved }]) => resolved !== undefined);
  assert.deepEqual(resolved, []);
});

test("the lock file lists the optional packages of every platform, so that npm ci accepts it", () => {
  const script = path.join(root, "scripts/lock.mjs");
  const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
});
