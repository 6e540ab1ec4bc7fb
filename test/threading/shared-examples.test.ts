import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";

const limit = { timeout: 60_000 };

function outputOf(program: string, argument: string): string[] {
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, argument], {
    encoding: "utf8",
    timeout: 50_000,
  });
  assert.deepEqual([stderr, status], ["", 0]);
  return stdout.trimEnd().split("\n");
}

test("the example of a cache computes each answer a few times at most, and answers all", limit, () => {
  const [counted, ...answers] = outputOf("examples/shared-cache/start.mjs", "400");
  const [, asked, computed] = /^asked (\d+) times, computed (\d+) times$/.exec(counted ?? "") ?? [];
  assert.equal(Number(asked), 400);
  // several may begin at the same time; without the cache it would be 400 times
  assert.ok(Number(computed) >= 20 && Number(computed) < 400, counted);
  assert.deepEqual(answers, [
    "9592 primes are less than 100000",
    "10453 primes are less than 110000",
    "11301 primes are less than 120000",
  ]);
});

test("the example of a histogram counts every byte of every file once", limit, (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "ungil-bytes-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(path.join(folder, "deep"));
  for (let n = 0; n < 60; n++) writeFileSync(path.join(folder, `${n}.txt`), "a".repeat(100) + "b".repeat(n));
  writeFileSync(path.join(folder, "deep/largest"), "c".repeat(1_000));
  assert.deepEqual(outputOf("examples/shared-histogram/start.mjs", folder), [
    `8770 bytes in 61 files, most of them (1000) in ${path.join(folder, "deep/largest")}`,
    '6000\t"a"',
    '1770\t"b"',
    '1000\t"c"',
    '0\t"\\u0000"',
    '0\t"\\u0001"',
  ]);
});
