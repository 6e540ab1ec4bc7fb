// The examples of examples/native, each as a program of its own.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { findBlas } from "ungil/native";
import { root } from "../project/support/project.js";
import { skip, skipWithoutZlib } from "./support/native.js";

/** The lines that an example prints. */
function linesOf(name: string, env: NodeJS.ProcessEnv = {}): string[] {
  const file = path.join(root, "examples/native", name);
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  assert.deepEqual([status, stderr], [0, ""]);
  return stdout.trimEnd().split("\n");
}

test("the example of the C library prints what C computes", { skip }, () => {
  assert.deepEqual(linesOf("libm.mjs"), [
    "2 to the power of 10 is 1024",
    "40 is 0.625 times 2 to the power of 6",
    "sorted by C: 1 3 5 9",
  ]);
});

test("the example of zlib sums up all pieces while a timer fires", { skip: skipWithoutZlib }, () => {
  const [sums, timer] = linesOf("crc32.mjs");
  assert.match(sums ?? "", /^checksums of 4 × 32 MB: (\d+) \1 \1 \1$/);
  assert.equal(timer, "the timer fired meanwhile: true");
});

test("the example of BLAS multiplies, where one is installed", {
  skip: skip || (findBlas() ? false : "no BLAS is installed"),
}, () => {
  const [name, ...results] = linesOf("blas.mjs");
  assert.match(name ?? "", /^[A-Za-z]+BLAS|^BLIS|^Accelerate|^BLAS/);
  assert.deepEqual(results, ["ddot: 32", "dgemm: true"]);
});

test("the example of BLAS says so where none is installed", { skip }, () => {
  assert.match(linesOf("blas.mjs", { UNGIL_BLAS: "none" })[0] ?? "", /^skipped: there is no BLAS here/);
});
