import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { currentTask, type Future, InvalidArgumentError, ShutdownError, ThreadPoolExecutor } from "ungil";
import { Gate, until } from "ungil/testing";
import { block, identity, poll } from "../threading/support/tasks.js";

const limit = { timeout: 60_000 };
const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

const alive = (pool: ThreadPoolExecutor): number => {
  const { starting, idle, busy } = pool.stats().workers;
  return starting + idle + busy;
};

test("resize: a larger pool starts threads for what waits", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const gate = new Gate();
  const futures = range(4).map((i) => pool.submit(block, gate.cells, i));
  await gate.arrived(1);
  pool.resize({ maxWorkers: 4 });
  await gate.arrived(4);
  gate.open();
  assert.deepEqual(await Promise.all(futures), range(4));
});

test(
  "resize: in a smaller pool threads finish what they have begun, take no more, and end",
  limit,
  async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 4, grace: 60_000 });
    const gates = range(4).map(() => new Gate());
    const futures = gates.map((gate, i) => pool.submit(block, gate.cells, i));
    await Promise.all(gates.map((gate) => gate.arrived(1)));
    pool.resize({ maxWorkers: 1 });
    const next = new Gate();
    const behind = pool.submit(block, next.cells, 4);
    // three of them are let go: whichever are through first, no other task begins before one is left
    for (const gate of gates.slice(0, 3)) gate.open();
    await Promise.all(futures.slice(0, 3));
    await turn();
    assert.ok(alive(pool) <= 4);
    gates[3]!.open();
    await next.arrived(1);
    await until(() => alive(pool) === 1, "one thread is left");
    next.open();
    assert.deepEqual(await Promise.all([...futures, behind]), range(5));
    const { crashed, recycled } = pool.stats().workers;
    assert.deepEqual({ crashed, recycled }, { crashed: 0, recycled: 0 });
  },
);

test("resize: what waits in front of a thread that is let go runs once, elsewhere", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  await Promise.all(range(2_000).map((i) => pool.submit(identity, i)));
  const runs = new Int32Array(new SharedArrayBuffer(4 * 20_000));
  const count = (cells: Int32Array, i: number): number => Atomics.add(cells, i, 1) + i;
  const futures: Future<number>[] = [];
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < 1_000; i++) futures.push(pool.submit(count, runs, round * 1_000 + i));
    await turn();
    pool.resize({ maxWorkers: (round % 3) + 1 });
  }
  assert.deepEqual(await Promise.all(futures), range(20_000));
  assert.ok(runs.every((each) => each === 1));
  await until(() => alive(pool) <= 2, "no more threads than the last size");
});

test("resize: a thread that is let go lends its place to what its own task waits for", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const [outer, other] = [new Gate(), new Gate()];
  const parent = pool.submit(async (cells: Int32Array) => {
    await poll(cells, 0);
    return currentTask().executor.submit(identity, "nested");
  }, outer.cells);
  await outer.arrived(1);
  // it has the thread that is kept, and keeps it
  const blocker = pool.submit(block, other.cells, 0);
  await other.arrived(1);
  pool.resize({ maxWorkers: 1 });
  outer.open();
  assert.equal(await parent, "nested");
  await until(() => alive(pool) === 1, "one is left");
  other.open();
  assert.equal(await blocker, 0);
});

test("resize: a map that goes on uses the threads that were added", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const [first, others] = [new Gate(), new Gate()];
  const gates = [first.cells, others.cells] as const;
  const work = (item: number): number => {
    block(gates[item === 0 ? 0 : 1], item);
    // of short items more would be sent than there are threads for
    for (const end = performance.now() + 20; performance.now() < end; );
    return item;
  };
  const results = pool.map(work, range(20), { chunksize: 1 });
  await first.arrived(1);
  pool.resize({ maxWorkers: 4 });
  first.open();
  await others.arrived(4);
  others.open();
  assert.deepEqual(await results, range(20));
});

test("resize: minWorkers are started at once, and kept", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 3 });
  pool.resize({ minWorkers: 2 });
  await until(() => pool.stats().workers.idle === 2, "two are ready");
  pool.resize({ maxWorkers: 1, minWorkers: 0 });
  await until(() => alive(pool) === 1, "one is left");
});

test(
  "resize: threads that are still starting are let go as well, and what waits runs on those that stay",
  limit,
  async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 4 });
    const futures = range(100).map((i) => pool.submit(identity, i));
    await turn();
    pool.resize({ maxWorkers: 1 });
    assert.deepEqual(await Promise.all(futures), range(100));
    await until(() => alive(pool) === 1, "one is left");
    assert.equal(pool.stats().workers.crashed, 0);
  },
);

test(
  "resize: a bad size changes nothing and says which; nothing is resized after shutdown",
  limit,
  async () => {
    const pool = new ThreadPoolExecutor({ maxWorkers: 2 });
    const wrong = (size: object, name: RegExp): void =>
      assert.throws(() => pool.resize(size), { name: InvalidArgumentError.name, message: name });
    wrong({ maxWorkers: 0 }, /maxWorkers/);
    wrong(undefined as never, /options must be an object with maxWorkers, minWorkers or both/);
    wrong({ minWorkers: 3 }, /minWorkers/);
    wrong({ maxWorkers: 1.5 }, /maxWorkers/);
    wrong({ workers: 1 }, /workers/);
    const gate = new Gate();
    const futures = range(2).map((i) => pool.submit(block, gate.cells, i));
    await gate.arrived(2);
    gate.open();
    assert.deepEqual(await Promise.all(futures), [0, 1]);
    await pool.shutdown();
    assert.throws(() => pool.resize({ maxWorkers: 1 }), ShutdownError);
  },
);
