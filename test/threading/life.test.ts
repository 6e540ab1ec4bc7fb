import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import path from "node:path";
import { test } from "node:test";

const fixtures = path.resolve("test/threading/fixtures/unbuilt");

interface End {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: string | null;
}

/** Runs a program to its end. One that does not end by itself is killed, and says so in `signal`. */
function run(program: string, ...nodeOptions: string[]): Promise<End> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...nodeOptions, path.join(fixtures, `${program}.mjs`)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const hanging = setTimeout(() => child.kill("SIGKILL"), 25_000);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(hanging);
      resolve({ stdout, stderr, code, signal });
    });
  });
}

const cases: [claim: string, program: string, stdout: string, ...nodeOptions: string[]][] = [
  ["a pool that was never used does not keep the process", "unused", "made\n"],
  ["a pool whose only function was refused does not keep the process", "refused", "refused\n"],
  ["an idle pool does not keep the process", "idle", "42\n"],
  ["a pool with minWorkers does not keep the process", "kept-workers", "42\n"],
  ["nor does it while they are still starting", "never-used-kept-workers", "made\n"],
  ["the process stays for running and queued work that nobody awaits", "running", "1\n2\n3\n"],
  ["D15: the process stays for the work after shutdown({ wait: false })", "no-wait", "returned\n1\n2\n3\n"],
  ["D15: and ends after what ran, when the rest is cancelled", "no-wait-cancel", "cancelled\ncancelled\n1\n"],
  ["the process stays for a pause between two attempts", "retry-pause", "second\n"],
  ["await of shutdown at top level comes to its end", "shutdown", "done\nshut-down\nin a block\n"],
  ["terminate ends a thread that never gives way", "terminate", "terminated\n"],
  ["D18: a dropped pool ends its idle workers", "dropped", "done\nworker exit 0\n", "--expose-gc"],
  [
    "D18: a dropped pool finishes its work, then ends its workers",
    "dropped-at-work",
    "1\n2\nworker exit 0\n",
    "--expose-gc",
  ],
  [
    "the limits of a task keep a process that nothing else keeps",
    "async-timeout",
    "TimeoutError,TimeoutError,CancelledError\n",
  ],
  ["process.exit in a task ends its thread and not the program", "exit-code", "WorkerExitError 3 5\n"],
  ["nested work keeps the process", "nested-exit", "inner\n"],
  ["a thread that a timer of a task blocks does not keep the process", "busy-thread", "blocked\n"],
  [
    "an interval of one task ticks while the worker is idle and while it works through a chunk",
    "interval",
    "ticks while idle\nticks during a chunk of objects\nticks during a chunk of objects\n20\n",
  ],
];

for (const [claim, program, stdout, ...nodeOptions] of cases) {
  test(claim, { timeout: 30_000 }, async () => {
    const end = await run(program, ...nodeOptions);
    assert.deepEqual(end, { stdout, stderr: "", code: 0, signal: null });
  });
}

test("what tasks print arrives, all of it", { timeout: 60_000 }, async () => {
  for (const program of ["stdout", "stdout", "stdout-shutdown"]) {
    const { stdout, stderr, code } = await run(program);
    const numbers = (text: string, word: string): number[] =>
      [...text.matchAll(new RegExp(`${word} (\\d+)`, "g"))]
        .map((match) => Number(match[1]))
        .toSorted((a, b) => a - b);
    const all = Array.from({ length: 50 }, (_, i) => i);
    assert.deepEqual([code, numbers(stdout, "out"), numbers(stderr, "err")], [0, all, all]);
  }
});

test("an awaited failure ends the program as any rejection does, with the task's error", {
  timeout: 30_000,
}, async () => {
  const { code, stderr } = await run("failure");
  assert.equal(code, 1);
  assert.match(stderr, /RangeError: from the task/);
});

test("a failure that nobody looks at is one warning, and the program goes on", {
  timeout: 30_000,
}, async () => {
  const { code, stdout, stderr } = await run("lost-failure");
  assert.deepEqual([code, stdout], [0, "on it goes\n"]);
  assert.equal(stderr.match(/UngilWarning/g)?.length, 1);
  assert.match(stderr, /the task lost failed/);
});

test("process.exit in the program does not wait for its threads", { timeout: 30_000 }, async () => {
  const { code, stderr } = await run("main-exits");
  assert.deepEqual([code, stderr], [9, ""]);
});
