// What a whole program with threads does: how it prints, what keeps it alive, and how it ends. Each is run as one.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import path from "node:path";
import { test } from "node:test";

const fixture = path.resolve("test/threading/fixtures/unbuilt/thread.mjs");
const limit = { timeout: 60_000 };

interface End {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

/** Runs a program to its end; one that does not end by itself is killed, and has no code. */
function run(...args: string[]): Promise<End> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [fixture, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    const end = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const)
      child[name].setEncoding("utf8").on("data", (text: string) => (end[name] += text));
    const hanging = setTimeout(() => child.kill("SIGKILL"), 40_000);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(hanging);
      resolve({ ...end, code });
    });
  });
}

test("what a thread prints before process.exit is all there, on both streams", limit, async () => {
  const { stdout, stderr, code } = await run("prints");
  assert.deepEqual([stdout.length, stderr.length, code], [1_000_001, 1_000_000, 0]);
});

const quiet: [claim: string, program: string, stdout: string, code?: number][] = [
  [
    "a thread that is not daemonic keeps the program until it has ended",
    "keepsProgram",
    "the main thread has ended\nthe thread has ended\n",
  ],
  [
    "daemonic threads end with the program, whatever they do",
    "daemon",
    "said by a daemon\nthe main thread has ended\n",
  ],
  [
    "what a daemonic thread has printed is there when the program ends",
    "daemonPrints",
    "the main thread has ended\nsaid by a daemon\n",
  ],
  ["join keeps the program for a daemonic thread", "joinKeeps", "true\n"],
  ["its sentinel does not", "sentinelDoesNot", "ended\n"],
  ["process.exit in the main thread ends all threads", "exit", "", 3],
  ["threads that join each other end in that order", "chain", "<Thread MainThread ident=0>\nthreads 0 1 2\n"],
];
for (const [claim, program, expected, expectedCode = 0] of quiet) {
  test(claim, limit, async () => {
    assert.deepEqual(await run(program), { stdout: expected, stderr: "", code: expectedCode });
  });
}

test(
  "excepthook: by default the error is printed below the thread's name, and the program goes on",
  limit,
  async () => {
    const { stdout, stderr, code } = await run("fails");
    assert.match(
      stderr,
      /^Exception in thread unlucky:\nRangeError: of the target\n +at failing.*thread\.mjs:\d+/,
    );
    assert.match(stderr, /detail: 5/);
    assert.deepEqual([stdout, code], ["1 1\n", 0]);
  },
);

test("excepthook: also of a thread that another thread has started", limit, async () => {
  const { stdout, stderr, code } = await run("failsInside");
  assert.match(stderr, /^Exception in thread inner:\nRangeError: inside\n/);
  assert.deepEqual([stdout, code], ["goes on\n", 0]);
});

test("excepthook: one that throws is printed with the error that it was told of", limit, async () => {
  const { stdout, stderr, code } = await run("hookFails");
  for (const [name, message] of [
    ["one", "of the hook"],
    ["two", "of the async hook"],
  ]) {
    const text = `Exception in thread ${name}:\nTypeError: [^]*Exception in the excepthook that was told of it:\nError: ${message}`;
    assert.match(stderr, new RegExp(text));
  }
  assert.match(stderr, /Exception in thread three:\nTypeError/);
  assert.deepEqual([stdout, code], ["function\n", 0]);
});

test("excepthook: a target's rejection counts where Node is told only to warn of them", limit, async () => {
  const { stdout, stderr, code } = await run("rejects");
  assert.match(stderr, /^Exception in thread warner:\nRangeError: of the target/);
  assert.deepEqual([stdout, code], ["1\n", 0]);
});

test("a module that starts a thread while one imports it for its target is no fork bomb", limit, async () => {
  const { stdout, stderr, code } = await run("bomb");
  assert.match(
    stderr,
    /self-starting-thread\.mjs to run a task, and that module.* started an executor, a process or a thread/,
  );
  assert.ok(stderr.match(/^Exception in thread /gm)!.length <= 2, stderr);
  assert.deepEqual([stdout, code], ["1\n", 0]);
});
