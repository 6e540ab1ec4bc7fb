import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { crc32 as crc32OfNode, deflateSync } from "node:zlib";
import {
  CancelledError,
  type Future,
  InvalidStateError,
  ProcessPoolExecutor,
  ThreadPoolExecutor,
} from "ungil";
import { decode, load, struct } from "ungil/native";
import { until } from "ungil/testing";
import { errorOf, limit, nativeGate, skip, skipWithoutZlib, turn } from "./support/native.js";

const c = skip ? undefined! : load(null);
const crcSignature = "unsigned long crc32(unsigned long start, const uint8_t *bytes, unsigned int length)";

test("while a submitted call waits in native code, timers fire and files are read", limit, async (t) => {
  const gate = nativeGate(t);
  const into = new Uint8Array(1);
  const future = gate.pass.submit(...gate.args(into));
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  await until(() => ticks >= 5, "five ticks");
  clearInterval(timer);
  assert.equal(future.state, "running");
  gate.open();
  assert.equal(await future, 1);
  assert.equal(into[0], 7);
});

test("while a checksum of much memory is made, the event loop goes on", {
  skip: skipWithoutZlib,
}, async () => {
  const crc32 = load("z").func(crcSignature);
  const bytes = new Uint8Array(new SharedArrayBuffer(2 ** 27));
  const future = crc32.submit(0, bytes, bytes.length);
  let turns = 0;
  while (!future.done()) {
    await turn();
    turns++;
  }
  assert.ok(turns > 10, `${turns} turns`);
  assert.equal(Number(await future), Number(crc32(0, bytes, bytes.length)));
});

test("thousands of calls may be submitted at once, and each has its own result", { skip }, async () => {
  const labs = c.func<(x: number) => number>("long long llabs(long long x)");
  const results = await Promise.all(Array.from({ length: 3_000 }, (_, i) => labs.submit(-i)));
  assert.deepEqual(
    results,
    Array.from({ length: 3_000 }, (_, i) => i),
  );
});

test("memory that only the call has is there until it returns, and not for longer", {
  ...limit,
  skip: skip || (globalThis.gc ? false : "needs --expose-gc"),
}, async (t) => {
  const gate = nativeGate(t);
  const call = (): [WeakRef<Uint8Array>, Future<number>] => {
    const into = new Uint8Array(2 ** 16);
    return [new WeakRef(into), gate.pass.submit(...gate.args(into))];
  };
  // some run, the others wait for a thread
  const calls = Array.from({ length: 8 }, call);
  const [, aborted] = calls[0]!;
  await turn();
  aborted.abort();
  assert.match((await errorOf(aborted)).message, /runs on and keeps its place until it returns/);
  for (let round = 0; round < 5; round++) {
    await turn();
    globalThis.gc?.();
  }
  assert.ok(calls.every(([memory]) => memory.deref() !== undefined));
  gate.open(8);
  for (const [, future] of calls.slice(1)) assert.equal(await future, 1);
  await until(() => {
    globalThis.gc?.();
    return calls.every(([memory]) => memory.deref() === undefined);
  }, "the memory is collected");
});

test("a native function has the stack of a program, here and on other threads", {
  skip:
    skip || (process.platform === "linux" ? false : "how deep regcomp recurses is known of glibc and musl"),
}, async () => {
  const compile = c.func("int regcomp(void *expression, const char *text, int flags)");
  const free = c.func("void regfree(void *expression)");
  // of the size of a regex_t, and more
  const expression = new Uint8Array(256);
  const deep = `${"(".repeat(1_500)}a${")".repeat(1_500)}`;
  const extended = 1;
  assert.equal(compile(expression, deep, extended), 0);
  free(expression);
  assert.equal(await compile.submit(expression, deep, extended), 0);
  free(expression);
});

test("arguments are those of the time of submit", limit, async (t) => {
  const gate = nativeGate(t);
  const labels: string[] = ["one", "two"];
  const strlen = c.func("size_t strlen(const char *text)");
  const blocked = Array.from({ length: 8 }, () => gate.pass.submit(...gate.args()));
  const length = strlen.submit(labels[0]!);
  labels[0] = "changed";
  gate.open(8);
  await Promise.all(blocked);
  assert.equal(await length, 3);
});

test("a struct and a list that a submitted call writes are written when it has returned", {
  skip,
}, async () => {
  const result = [0];
  assert.equal(await load("m").func("double modf(double x, double *whole)").submit(2.5, result), 0.5);
  assert.deepEqual(result, [2]);
});

test("a call that waits for a thread can be cancelled and never runs", limit, async (t) => {
  const gate = nativeGate(t);
  const into = new Uint8Array(1);
  const blocked = Array.from({ length: 8 }, () => gate.pass.submit(...gate.args()));
  const waiting = gate.pass.submit(...gate.args(into));
  assert.equal(waiting.state, "pending");
  assert.ok(waiting.cancel());
  assert.ok((await errorOf(waiting)) instanceof CancelledError);
  gate.open(8);
  await Promise.all(blocked);
  assert.equal(into[0], 0);
});

test("memory that is transferred under a running call fails it", limit, async (t) => {
  const gate = nativeGate(t);
  const into = new Uint8Array(8);
  const future = gate.pass.submit(...gate.args(into));
  const kept = structuredClone(into.buffer, { transfer: [into.buffer] });
  gate.open();
  const error = await errorOf(future);
  assert.ok(error instanceof InvalidStateError, String(error));
  assert.match(error.message, /the memory of into \(argument 2 of read\) was transferred or detached/);
  assert.equal(kept.byteLength, 8);
});

test(
  "memory that is transferred while its call waits is not used: the call fails instead",
  limit,
  async (t) => {
    const gates = Array.from({ length: 8 }, () => nativeGate(t));
    const before = gates.map((gate) => gate.pass.submit(...gate.args(new Uint8Array(8))));
    const memset = c.func("void *memset(uint8_t *to, int value, size_t length)");
    const to = new Uint8Array(1 << 20);
    const waiting = memset.submit(to, 1, to.length);
    assert.equal(waiting.state, "pending");
    structuredClone(to.buffer, { transfer: [to.buffer] });
    for (const gate of gates) gate.open();
    const error = await errorOf(waiting);
    assert.ok(error instanceof InvalidStateError, String(error));
    assert.match(error.message, /the memory of to \(argument 1 of memset\) was transferred .* before/);
    await Promise.all(before);
  },
);

test("a task in a thread loads a library, calls it and is called back", { skip }, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const sorted = await pool.map(
    async (numbers: number[]) => {
      const native = await import("ungil/native");
      const qsort = native
        .load(null)
        .func("void qsort(void *, size_t, size_t, int (*compare)(const void *, const void *))");
      const array = new Int32Array(numbers);
      const compare = (one: bigint, other: bigint): number =>
        native.decode(one, "int") - native.decode(other, "int");
      qsort(array, array.length, 4, compare);
      const length = await native.load(null).func("size_t strlen(const char *text)").submit("four");
      return [...array, Number(length)];
    },
    [
      [3, 1, 2],
      [9, 8, 7],
      [5, 5, 4],
    ],
  );
  assert.deepEqual(sorted, [
    [1, 2, 3, 4],
    [7, 8, 9, 4],
    [4, 5, 5, 4],
  ]);
});

for (const Pool of [ThreadPoolExecutor, ProcessPoolExecutor]) {
  test(`a native function and its library travel to a ${Pool.name}, and are bound again there`, {
    skip,
  }, async () => {
    await using pool = new Pool({ maxWorkers: 1 });
    const abs = c.func<(x: number) => number>("int abs(int x)");
    assert.equal(await pool.submit(abs, -1), 1);
    assert.equal(await pool.submit(() => abs(-2)), 2);
    assert.equal(await pool.submit((fn: typeof abs) => fn.submit(-3), abs), 3);
    const Division = struct("div_t", { quot: "int", rem: "int" });
    const div = c.func<(a: number, b: number) => { quot: number }>("div_t div(int a, int b)");
    assert.equal(await pool.submit(() => div(9, 2).quot), 4);
    assert.equal(Division.name, "div_t");
    assert.deepEqual(await pool.map((x) => abs(x), [-1, -2]), [1, 2]);
    const m = load("m");
    assert.equal(await pool.submit(() => m.func<(x: number) => number>("double sqrt(double x)")(16)), 4);
  });
}

test("a thread that is ended while a native call runs in it ends when the call returns", limit, async (t) => {
  const gate = nativeGate(t);
  const [fd] = gate.args();
  const worker = new Worker(
    `const { parentPort, workerData } = require("node:worker_threads");
     import("ungil/native").then(({ load, struct }) => {
       struct("UngilByte", { value: "uint8_t" });
       const read = load(null).func("ssize_t read(int fd, _Out_ UngilByte *into, size_t size)");
       read.submit(workerData, {}, 1);
       parentPort.postMessage("called");
     });`,
    { eval: true, workerData: fd },
  );
  await new Promise((resolve) => worker.once("message", resolve));
  // it has begun when the thread of the pool is in \`read\`: the thread's own loop has made the call by then
  const ended = worker.terminate();
  gate.open();
  assert.equal(typeof (await ended), "number");
});

test("the checksum of zlib is the same as Node's own", {
  skip: skipWithoutZlib || (typeof crc32OfNode === "function" ? false : "this Node has no crc32"),
}, async () => {
  const bytes = deflateSync(Buffer.from("some bytes"));
  const crc32 = load("z").func(crcSignature);
  assert.equal(Number(await crc32.submit(0, bytes, bytes.length)), crc32OfNode(bytes));
  assert.equal(decode(load("z").symbol("zlibVersion"), "uint8_t") >= 0, true);
});
