import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { InvalidArgumentError, InvalidStateError, ThreadPoolExecutor } from "ungil";
import { attach, Barrier, BoundedSemaphore, Lock, RLock, SharedArray, SharedValue } from "ungil/threading";

const limit = { timeout: 60_000 };

for (const type of ["int8", "uint8", "int16", "uint16", "int32", "uint32", "float32", "float64"] as const) {
  test(`L1 SharedValue of ${type}: adding and updating are atomic over threads`, limit, async () => {
    const value = new SharedValue(type, 1);
    await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
    const times = type.endsWith("8") ? 15 : 2_000;
    const go = (): void => {
      for (let i = 0; i < times; i++) {
        value.add(2);
        value.update((now) => now + 1);
      }
    };
    await Promise.all([pool.submit(go), pool.submit(go)]);
    const total = 1 + 6 * times;
    assert.equal(value.value, type === "int8" ? (total << 24) >> 24 : total);
    assert.equal(value.compareExchange(-1, 5), value.value);
    const before = value.value;
    assert.equal(value.compareExchange(before, 7), before);
    assert.equal(value.value, 7);
    assert.equal(value.add(1), 7);
  });
}

test("L1 SharedValue of 64-bit integers takes and gives bigints", limit, async () => {
  const value = new SharedValue("bigint64", -(2n ** 62n));
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  await pool.submit(() => value.add(2n ** 62n));
  assert.equal(value.value, 0n);
  assert.equal(
    new SharedValue("biguint64").update((now) => now - 1n),
    2n ** 64n - 1n,
  );
  assert.throws(() => value.add(1 as never), InvalidArgumentError);
});

test("L1 SharedValue: bad input is told, the lock is an RLock, a given one, or none", limit, () => {
  assert.throws(() => new SharedValue("int7" as never), InvalidArgumentError);
  assert.throws(() => new SharedValue("int32", "1" as never), InvalidArgumentError);
  assert.throws(() => new SharedValue("int32", 1, { lock: 1 as never }), InvalidArgumentError);
  const value = new SharedValue("float64");
  assert.throws(() => {
    value.value = "x" as never;
  }, InvalidArgumentError);
  assert.ok(value.lock instanceof RLock);
  assert.equal(value.lock, value.lock);
  const lock = new Lock();
  assert.equal(new SharedValue("int32", 0, { lock }).lock, lock);
  assert.throws(() => new SharedValue("int32", 0, { lock: false }).lock, InvalidStateError);
});

test("SharedValue: NaN and -0 are numbers like others", limit, () => {
  const value = new SharedValue("float64", Number.NaN);
  assert.equal(
    value.update(() => -0),
    -0,
  );
  assert.ok(Object.is(value.value, -0));
  value.value = Number.NaN;
  assert.ok(Number.isNaN(value.add(1)));
});

test("L1 SharedArray: zeroed from a size, or filled; a typed array in all else", limit, () => {
  assert.deepEqual([...new SharedArray("int16", 4)], [0, 0, 0, 0]);
  const array = new SharedArray("float64", [1, 2, 3]);
  assert.ok(array instanceof Float64Array);
  assert.ok(array instanceof SharedArray);
  array[1] = 5;
  assert.deepEqual([...array.slice(1)], [5, 3]);
  assert.equal(array.map((x) => 2 * x).constructor, Float64Array);
  assert.deepEqual([...array.subarray(1, 2)], [5]);
  assert.deepEqual([...new SharedArray("biguint64", [1n])], [1n]);
  assert.throws(() => new SharedArray("int32", -1), InvalidArgumentError);
  assert.throws(() => new SharedArray("int32", ["x" as never]), InvalidArgumentError);
  assert.throws(() => new SharedArray("nothing" as never, 1), InvalidArgumentError);
  assert.ok(array.lock instanceof RLock);
  assert.throws(() => new SharedArray("int32", 1, { lock: false }).lock, InvalidStateError);
});

test("SharedArray: passed and captured, it is the same memory and the same lock", limit, async () => {
  const array = new SharedArray("int32", 2);
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const go = (given: SharedArray<"int32">): boolean => {
    for (let i = 0; i < 500; i++) {
      using _guard = given.lock.acquireSync();
      array[0]!++;
    }
    return given === array;
  };
  assert.deepEqual(await Promise.all([pool.submit(go, array), pool.submit(go, array)]), [true, true]);
  assert.equal(array[0], 1_000);
  const [back] = await pool.submit(() => [array]);
  assert.equal(back, array);
});

test("primitives reach a thread of one's own by their handles", limit, async () => {
  const lock = new Lock();
  const array = new SharedArray("int32", 1);
  const guard = lock.acquireSync();
  const source = `
    const { parentPort } = require("node:worker_threads");
    parentPort.once("message", async ({ lock, array }) => {
      const { attach } = await import(${JSON.stringify(import.meta.resolve("ungil/threading"))});
      const guard = await attach(lock).acquire();
      attach(array)[0]++;
      guard.release();
      parentPort.postMessage("done");
    });`;
  const worker = new Worker(source, { eval: true });
  worker.postMessage({ lock: lock.handle, array: array.handle });
  const done = new Promise((resolve) => {
    worker.once("message", resolve);
  });
  while (lock.stats().waiting === 0) await new Promise(setImmediate);
  assert.equal(array[0], 0);
  guard.release();
  await done;
  assert.equal(array[0], 1);
  const { memory } = lock.handle as unknown as { memory: SharedArrayBuffer };
  for (const bad of [
    null,
    "Lock",
    { kind: "Lock" },
    { kind: "Lock", id: 1, memory },
    { ...lock.handle, threads: {} },
  ])
    assert.throws(() => attach(bad as never), InvalidArgumentError);
  await worker.terminate();
});

test("L1: a lock that is had without a guard is the same one after a garbage collection", limit, async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (const data of [new SharedValue("int32"), new SharedArray("int32", 1)]) {
    data.lock.acquireSync();
    for (let i = 0; i < 3; i++) {
      // what a weak reference was asked for lives until the turn is over
      await new Promise(setImmediate);
      collect();
    }
    data.lock.acquireSync({ timeout: 0 });
    data.lock.release();
    data.lock.release();
    assert.equal(data.lock.locked, false);
  }
});

test("K2 RLock: its owner is known when only the next task has the lock again", limit, async () => {
  const lock = new RLock();
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  await pool.submit(() => void lock.acquireSync());
  await pool.submit(async () => {
    const [v8, vm] = await Promise.all([import("node:v8"), import("node:vm")]);
    v8.setFlagsFromString("--expose-gc");
    const collect = vm.runInNewContext("gc") as () => void;
    for (let i = 0; i < 3; i++) {
      await new Promise(setImmediate);
      collect();
    }
  });
  await pool.submit(() => lock.release());
  assert.equal(lock.locked, false);
});

test("more than there can be is told before any memory is asked for", limit, () => {
  const refused = (argument: string) => (error: Error) =>
    error instanceof InvalidArgumentError && error.message.startsWith(argument);
  assert.throws(() => new Lock({ maxWaiters: 2 ** 40 }), refused("maxWaiters"));
  assert.throws(() => new BoundedSemaphore(2 ** 29), refused("permits"));
  assert.throws(() => new Barrier(2 ** 29), refused("parties"));
  assert.throws(() => new SharedArray("float64", 2 ** 50), refused("content"));
});
