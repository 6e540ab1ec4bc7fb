// However a program ends, its worker processes end with it: also those that never give way.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { until } from "ungil/testing";
import { lives } from "./support/lives.js";

const program = path.resolve("test/multiprocessing/fixtures/unbuilt/busy.mjs");

const ends: [end: string, code: number | null, signal: NodeJS.Signals | null][] = [
  ["exception", 1, null],
  ["rejection", 1, null],
  ["process.exit", 3, null],
  ["abort", null, "SIGABRT"],
  ["terminate", 0, null],
  ["idle", 0, null],
  ["SIGTERM", null, "SIGTERM"],
  ["SIGINT", null, "SIGINT"],
  ["SIGKILL", null, "SIGKILL"],
];

for (const [end, code, signal] of ends) {
  test(`F11: a program that ends by ${end} leaves no worker behind`, { timeout: 60_000 }, async () => {
    const child = spawn(process.execPath, [program, end], { stdio: ["pipe", "pipe", "ignore"] });
    const exited = once(child, "exit");
    const pids: number[] = [];
    createInterface({ input: child.stdout }).on("line", (line) => pids.push(Number(line)));
    if (end !== "idle") {
      await until(() => pids.length === 2, "both workers run");
      if (signal && end !== "abort") child.kill(signal);
      else child.stdin.write("end\n");
    }
    assert.deepEqual(await exited, [code, signal]);
    await until(() => pids.length > 0 && !pids.some(lives), "no worker is left", 5_000);
  });
}

test("F11: workers outlive a signal to the whole group no longer than the program does", {
  timeout: 60_000,
}, async () => {
  // as a terminal sends it: to the program, its workers and whatever else it has started
  const child = spawn(process.execPath, [program, "SIGINT"], {
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
  });
  const exited = once(child, "exit");
  const pids: number[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => pids.push(Number(line)));
  await until(() => pids.length === 2, "both workers run");
  process.kill(-child.pid!, "SIGINT");
  assert.deepEqual(await exited, [null, "SIGINT"]);
  await until(() => !pids.some(lives), "no worker is left", 5_000);
});
