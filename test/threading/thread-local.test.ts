import assert from "node:assert/strict";
import { test } from "node:test";
import { CaptureError, InvalidArgumentError, ProcessPoolExecutor, ThreadPoolExecutor } from "ungil";
import { currentThread, local, Thread, type ThreadLocal } from "ungil/threading";
import { add } from "./support/tasks.js";
import { answerOf } from "./support/threads.js";

const limit = { timeout: 60_000 };

test("each thread has a value of its own, made when it is first read", limit, async () => {
  const store = local(() => ({ by: currentThread().name, n: 0 }));
  store.value.n = 100;
  const count = (): unknown => {
    store.value.n++;
    return store.value;
  };
  assert.deepEqual(await answerOf(count, [], { name: "one" }), { by: "one", n: 1 });
  assert.deepEqual(await answerOf(count, [], { name: "other" }), { by: "other", n: 1 });
  assert.deepEqual(store.value, { by: "MainThread", n: 100 });
});

test(
  "captured and given it arrives as the same storage, and later tasks of a worker find its value",
  limit,
  async () => {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const store = local(() => 0);
    const look = (given: ThreadLocal<number>): unknown => {
      given.value++;
      return [given === store, store.value];
    };
    assert.deepEqual(await pool.submit(look, store), [true, 1]);
    assert.deepEqual(await pool.submit(look, store), [true, 2]);
    assert.deepEqual(
      await pool.submit((deep: { inner: [ThreadLocal<number>] }) => deep.inner[0].value, { inner: [store] }),
      2,
    );
    assert.equal(await pool.submit(() => store), store);
    assert.equal(store.value, 0);
    const other = local(() => 5);
    assert.deepEqual(await pool.submit(() => [store.value, other.value]), [2, 5]);
    await pool.shutdown();
  },
);

test("it can be set and reset; without a function the value is undefined at first", limit, async () => {
  const store = local<string>();
  const use = (): unknown => {
    const first = store.value;
    store.value = "set";
    const second = store.value;
    store.reset();
    return [first, second, store.value];
  };
  assert.deepEqual(use(), [undefined, "set", undefined]);
  store.value = "here";
  assert.deepEqual(await answerOf(use, []), [undefined, "set", undefined]);
  assert.equal(store.value, "here");
  const counter = { calls: 0 };
  const made = local(() => ++counter.calls);
  assert.deepEqual([made.value, made.value], [1, 1]);
  made.reset();
  assert.equal(made.value, 2);
});

test("the function is called once in a thread, and again after it has thrown", limit, async () => {
  const calls = new Int32Array(new SharedArrayBuffer(4));
  const store = local(() => {
    if (Atomics.add(calls, 0, 1) === 0) throw new RangeError("not yet");
    return "there";
  });
  const use = (): unknown => {
    try {
      return store.value;
    } catch (error) {
      return (error as Error).message;
    }
  };
  const twice = (): unknown => [use(), use(), use()];
  assert.deepEqual(await answerOf(twice, []), ["not yet", "there", "there"]);
  assert.equal(calls[0], 2);
});

test("what the function captures is sent; an export is imported", limit, async () => {
  const base = { n: 2 };
  const store = local(() => add(base.n, 3));
  base.n = 1_000;
  assert.equal(await answerOf(() => store.value, []), 5);
  assert.equal(store.value, 1_003);
});

test(
  "it goes on from thread to thread, and from one process's threads to another's main thread",
  limit,
  async () => {
    const store = local(() => currentThread().name);
    const onward = async (): Promise<unknown> => {
      const told = new Uint8Array(new SharedArrayBuffer(5));
      const inner = new Thread({ target: () => told.set(Buffer.from(store.value)), name: "inner" });
      inner.start();
      await inner.join();
      return [store.value, Buffer.from(told).toString()];
    };
    assert.deepEqual(await answerOf(onward, [], { name: "outer" }), ["outer", "inner"]);
    const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    assert.equal(await pool.submit(() => store.value), "MainThread");
    await pool.shutdown();
  },
);

test("many that arrive at once are made once", limit, async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1, tasksPerWorker: 8 });
  const calls = new Int32Array(new SharedArrayBuffer(4));
  const store = local(() => Atomics.add(calls, 0, 1));
  const values = await Promise.all(Array.from({ length: 20 }, () => pool.submit(async () => store.value)));
  assert.deepEqual([new Set(values).size, calls[0]], [1, 1]);
  await pool.shutdown();
});

test("what is no function, or can't be sent, is refused by the call", () => {
  assert.throws(() => local(5 as never), InvalidArgumentError);
  const port = new MessageChannel().port1;
  assert.throws(() => local(() => port), CaptureError);
  port.close();
});
