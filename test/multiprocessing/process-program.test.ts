// What a program with processes prints and how it ends: each is run as one.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { until } from "ungil/testing";
import { lives } from "./support/lives.js";

const fixture = path.resolve("test/multiprocessing/fixtures/unbuilt/process.mjs");
const limit = { timeout: 60_000 };

interface Program {
  readonly process: ChildProcess;
  /** Everything printed so far. */
  stdout: string;
  stderr: string;
  readonly exited: Promise<unknown[]>;
  /** Also of those who inherited its streams. */
  readonly closed: Promise<unknown>;
}

function run(t: TestContext, ...args: string[]): Program {
  const child = spawn(process.execPath, [fixture, ...args], { stdio: "pipe" });
  const program: Program = {
    process: child,
    stdout: "",
    stderr: "",
    exited: once(child, "exit"),
    closed: once(child, "close"),
  };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => (program[name] += text));
  t.after(() => child.kill("SIGKILL"));
  return program;
}

const linesOf = ({ stdout }: Program): string[] => stdout.split("\n").slice(0, -1);

function fileOf(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), "ungil-program-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, "file");
}

test("what a process prints before process.exit is all there, on both streams", limit, async (t) => {
  const program = run(t, "prints");
  // read late: no pipe holds so much
  program.process.stdout!.pause();
  program.process.stderr!.pause();
  await until(() => program.process.stdout!.readableLength > 0, "the process has begun to print");
  program.process.stdout!.resume();
  program.process.stderr!.resume();
  assert.deepEqual(await program.exited, [7, null]);
  await program.closed;
  assert.deepEqual([program.stdout.length, program.stderr.length], [1_000_000, 1_000_000]);
});

test("what a process prints appears at once, though the program has no time", limit, async (t) => {
  const file = fileOf(t);
  const program = run(t, "printsAtOnce", "", file);
  await until(() => program.stdout === "printed\n", "it is printed");
  writeFileSync(file, "");
  assert.deepEqual(await program.exited, [0, null]);
});

test(
  "H1: an error that nobody catches is printed with its stack, and the exit code is 1",
  limit,
  async (t) => {
    const program = run(t, "throws");
    assert.deepEqual(await program.exited, [11, null]);
    await program.closed;
    assert.match(
      program.stderr,
      /^Process unlucky:\n[^]*RangeError: of the target\n +at [^]*process\.mjs:\d+/,
    );
    assert.match(program.stderr, /detail: 5/);
  },
);

test("H1: also of a promise, and where Node is told only to warn of it", limit, async (t) => {
  const program = run(t, "rejects");
  assert.deepEqual(await program.exited, [11, null]);
  await program.closed;
  assert.match(program.stderr, /RangeError: of the target/);
});

test(
  "a module that starts a process while one imports it for its target is no fork bomb",
  limit,
  async (t) => {
    const program = run(t, "bomb");
    assert.deepEqual(await program.exited, [11, null]);
    await program.closed;
    assert.match(
      program.stderr,
      /self-starting\.mjs to run a task, and that module.* started an executor, a process or a thread/,
    );
    assert.equal(program.stderr.match(/^Process /gm)?.length, 1);
    assert.equal(program.stdout, "");
  },
);

const ends: [end: string, code: number | null, signal: NodeJS.Signals | null][] = [
  ["exception", 1, null],
  ["process.exit", 3, null],
  ["abort", null, "SIGABRT"],
  ["return", 0, null],
  ["SIGTERM", null, "SIGTERM"],
  ["SIGKILL", null, "SIGKILL"],
];

for (const [end, code, signal] of ends) {
  test(`H6: daemonic processes end with a program that ends by ${end}`, limit, async (t) => {
    const program = run(t, "daemons", end);
    await until(() => linesOf(program).length === 2, "both run");
    const pids = linesOf(program).map(Number);
    if (signal && end !== "abort") program.process.kill(signal);
    else program.process.stdin!.write("end\n");
    assert.deepEqual(await program.exited, [code, signal]);
    await until(() => !pids.some(lives), "none is left");
  });
}

test("H6: a process that is not daemonic keeps the program until it has ended", limit, async (t) => {
  const file = fileOf(t);
  writeFileSync(file, "");
  const program = run(t, "keepsProgram", "", file);
  await until(() => linesOf(program).length === 1, "it runs");
  assert.equal(program.process.exitCode, null);
  writeFileSync(file, "stop");
  assert.deepEqual(await program.exited, [0, null]);
  assert.equal(linesOf(program)[1], "ended by itself");
});

for (const end of ["SIGKILL", "process.exit"]) {
  test(`H6: it outlives a program that ends by ${end}, and notices`, limit, async (t) => {
    const program = run(t, "orphan", end);
    await until(() => linesOf(program).length === 1, "it runs");
    const pid = Number(linesOf(program)[0]);
    t.after(() => lives(pid) && process.kill(pid, "SIGKILL"));
    assert.ok(lives(pid));
    if (end === "SIGKILL") program.process.kill(end);
    else program.process.stdin!.write("end\n");
    await program.exited;
    await until(() => linesOf(program).length === 2, "it has noticed");
    assert.equal(linesOf(program)[1], "[true,false,true,false]");
    await program.closed;
  });
}
