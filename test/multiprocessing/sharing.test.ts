// Objects that one process owns, seen by a queue: who reaches them, how long they stay, and what deaths do.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { ConnectionClosedError, EOFError, ThreadPoolExecutor } from "ungil";
import { type Connection, Pipe, ProcessPoolExecutor, Queue } from "ungil/multiprocessing";
import { until } from "ungil/testing";
import { rejectionOf } from "../threading/support/rejection.js";
import { gateOf } from "./support/gates.js";
import {
  beStuck,
  beStuckReceiving,
  handToChild,
  ownOne,
  passOn,
  passOnOne,
  sayHello,
  takeAndExit,
  tellFailure,
  waitForItem,
} from "./support/queue-tasks.js";
import { started } from "./support/started.js";

const limit = { timeout: 60_000 };
const withGc = { ...limit, skip: globalThis.gc ? false : "needs node --expose-gc" };

test("an object is reached from a child, from a child of a child, and from siblings", limit, async (t) => {
  const jobs = new Queue<string>();
  const results = new Queue<readonly [number, string]>();
  const children = [
    started(t, passOn<string>, [jobs, results]),
    started(t, handToChild<string>, [jobs, results]),
  ];
  const pids = new Set<number>();
  await until(() => children.every((each) => each.isAlive()), "the children run");
  while (pids.size < 2) {
    await jobs.put("job");
    const [pid, job] = await results.get();
    assert.equal(job, "job");
    pids.add(pid);
  }
  assert.ok(!pids.has(process.pid));
  await jobs.shutdown();
  for (const child of children) await child.join();
  assert.deepEqual(
    children.map(({ exitCode }) => exitCode),
    [0, 0],
  );
});

test(
  "a handle that comes home is the owner's own again: as a result, an item, or in a closure",
  limit,
  async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    await using threads = new ThreadPoolExecutor({ maxWorkers: 1 });
    const queue = new Queue<unknown>();
    for (const executor of [pool, threads]) {
      assert.equal(await executor.submit((each: unknown) => each, queue), queue);
      assert.equal(await executor.submit(() => queue), queue);
      assert.deepEqual(await executor.submit((each: unknown) => ({ deep: [each] }), queue), {
        deep: [queue],
      });
      await executor.submit(() => queue.put({ self: queue }));
      assert.deepEqual(await queue.get(), { self: queue });
      // the same on the other side: two ways to one object lead to one handle
      assert.equal(await executor.submit((one: unknown) => one === queue, queue), true);
    }
    await queue.put(queue);
    assert.equal(await queue.get(), queue);
  },
);

test("an object of a worker is used by the program, and by another worker", limit, async () => {
  await using pool = new ProcessPoolExecutor({ maxWorkers: 2 });
  const of = await pool.submit(async () => {
    const { Queue: Here } = await import("ungil/multiprocessing");
    const made = new Here<string>();
    await made.put("first");
    // kept: else nothing in this worker would
    Object.assign(globalThis, { made });
    return made;
  });
  assert.equal(await of.get(), "first");
  const other = pool.submit((queue: Queue<string>) => queue.get(), of);
  await of.put("second");
  assert.equal(await other, "second");
});

test("what was put and got by the owner itself is a copy", limit, async () => {
  const queue = new Queue<{ n: number[] }>();
  const item = { n: [1] };
  await Promise.all([queue.put(item), queue.put(item)]);
  item.n.push(2);
  const [one, other] = [await queue.get(), await queue.get()];
  assert.deepEqual([one, other], [{ n: [1] }, { n: [1] }]);
  assert.notEqual(one, other);
  assert.notEqual(one, item);
});

test("all kinds of values arrive as what they are, functions and classes too", limit, async (t) => {
  class Point {
    constructor(readonly x: number) {}
  }
  const jobs = new Queue<unknown>();
  const results = new Queue<unknown>();
  const big = new Float64Array(500_000).map((_, n) => n);
  const factor = 3;
  started(t, passOnOne<unknown>, [jobs, results]);
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  await jobs.put({
    map: new Map([["a", new Set([1n, undefined, Number.NaN, -0])]]),
    bytes: Buffer.from("bytes"),
    url: new URL("https://example.org/"),
    error: new RangeError("far", { cause: new TypeError("type") }),
    fn: (n: number) => n * factor,
    Point,
    big,
    cyclic,
  });
  const got = (await results.get()) as Record<string, unknown>;
  assert.deepEqual(got.map, new Map([["a", new Set([1n, undefined, Number.NaN, -0])]]));
  assert.ok(Buffer.isBuffer(got.bytes) && got.bytes.toString() === "bytes");
  assert.ok(got.url instanceof URL);
  assert.ok(got.error instanceof RangeError && got.error.cause instanceof TypeError);
  assert.equal((got.fn as (n: number) => number)(14), 42);
  assert.equal(new (got.Point as typeof Point)(5).x, 5);
  assert.deepEqual(got.big, big);
  assert.equal((got.cyclic as unknown[])[0], got.cyclic);
});

for (const signal of ["SIGKILL", "SIGTERM"] as const) {
  test(`when the owner ends by ${signal}, calls that wait and later ones are told`, limit, async (t) => {
    const handed = new Queue<unknown>();
    const owner = started(t, ownOne, [handed]);
    const [pid, queue] = (await handed.get()) as [number, Queue<string>];
    assert.equal(await queue.get(), "of the child");
    const waiting = [
      queue.get(),
      queue.get({ timeout: 50_000 }),
      queue.get({ signal: new AbortController().signal }),
    ];
    // one that a third process makes
    const told = new Queue<ConnectionClosedError>();
    started(t, tellFailure, [queue, told]);
    await until(() => owner.isAlive(), "the owner lives");
    // the third process has its handle when it takes an item
    process.kill(pid, signal);
    for (const each of waiting) {
      const error = await rejectionOf(each, ConnectionClosedError);
      assert.equal(error.code, "ERR_UNGIL_CONNECTION_CLOSED");
      assert.deepEqual([error.object, error.ownerPid], ["Queue", pid]);
      assert.match(error.stack ?? "", /sharing\.test/);
    }
    await rejectionOf(queue.put("late"), ConnectionClosedError);
    for (let n = 0; n < 2; n++) {
      const error = await told.get();
      assert.ok(error instanceof ConnectionClosedError);
      assert.equal(error.ownerPid, pid);
    }
    // a handle to it can still be passed around, and fails in the same way
    const item = new Queue<Queue<string>>();
    await item.put(queue);
    await rejectionOf((await item.get()).get(), ConnectionClosedError);
  });
}

test("when a thread that owns an object is terminated, those who wait are told", limit, async () => {
  const queue = new Queue<Queue<unknown>>();
  {
    const threads = new ThreadPoolExecutor({ maxWorkers: 1 });
    const task = threads.submit(async () => {
      const { Queue: Here } = await import("ungil/multiprocessing");
      const made = new Here();
      await queue.put(made);
      await new Promise(() => {});
      return made.maxsize;
    });
    const made = await queue.get();
    const waiting = rejectionOf(made.get(), ConnectionClosedError);
    task.exception().catch(() => {});
    await made.qsize();
    await threads.terminate();
    assert.equal((await waiting).ownerPid, process.pid);
  }
});

test("a caller that dies while it waits loses no item", limit, async (t) => {
  const queue = new Queue<number>();
  const child = started(t, waitForItem, [queue]);
  await until(() => child.isAlive(), "the child runs");
  child.kill();
  await child.join();
  await queue.put(1);
  assert.equal(await queue.get(), 1);
});

test("a thread that is terminated while it waits loses no item", limit, async () => {
  const queue = new Queue<number>();
  const arrived = new Queue<string>();
  const threads = new ThreadPoolExecutor({ maxWorkers: 1 });
  const task = threads.submit(async () => {
    await arrived.put("here");
    await queue.get();
  });
  task.exception().catch(() => {});
  await arrived.get();
  await threads.terminate();
  await queue.put(1);
  assert.equal(await queue.get(), 1);
});

test(
  "items that a killed process had not seen are the first in line again, in their order",
  limit,
  async (t) => {
    for (let round = 0; round < 5; round++) {
      const queue = new Queue<number>();
      const gate = gateOf(t);
      const child = started(t, beStuck, [queue, gate.cells]);
      await gate.arrived(1);
      // to the child, which does not read it
      for (const n of [1, 2, 3]) await queue.put(n);
      await queue.put(4);
      // what the child has asked for may arrive later than what it says in a file
      while ((await queue.qsize()) > 1) await new Promise((resolve) => setImmediate(resolve));
      child.kill();
      await child.join();
      // that its connection has closed may be told later than its end
      while ((await queue.qsize()) < 4) await new Promise((resolve) => setImmediate(resolve));
      for (const n of [1, 2, 3, 4]) assert.equal(await queue.get(), n);
    }
  },
);

test("items that a killed process had not seen go in their order to those who wait", limit, async (t) => {
  const queue = new Queue<number>();
  const [here, there] = Pipe<number>();
  const gate = gateOf(t);
  const child = started(t, beStuck, [queue, gate.cells]);
  const other = gateOf(t);
  const receiver = started(t, beStuckReceiving, [there, other.cells]);
  await gate.arrived(1);
  await other.arrived(1);
  for (const n of [1, 2, 3]) await queue.put(n);
  for (const n of [1, 2, 3]) await here.send(n);
  while ((await queue.qsize()) > 0 || (await there.poll()))
    await new Promise((resolve) => setImmediate(resolve));
  const gets = [queue.get(), queue.get(), queue.get()];
  const received = [there.recv(), there.recv(), there.recv()];
  child.kill();
  receiver.kill();
  assert.deepEqual(await Promise.all(gets), [1, 2, 3]);
  assert.deepEqual(await Promise.all(received), [1, 2, 3]);
});

test("an item that a process has seen is not there twice, even if it ends at once", limit, async (t) => {
  const queue = new Queue<number>();
  const seen = new Queue<number>();
  const child = started(t, takeAndExit, [queue, seen]);
  await queue.put(1);
  await queue.put(2);
  await queue.put(3);
  assert.equal(await seen.get(), 1);
  await child.join();
  assert.equal(child.exitCode, 7);
  assert.equal(await queue.get(), 3);
  assert.equal(await queue.empty(), true);
});

test("what travels in an item stays as long as the item, though nobody else has it", limit, async () => {
  const handed = new Queue<Queue<Queue<string>>>();
  const inner = new Queue<Queue<string>>();
  await handed.put(inner);
  await inner.put(new Queue<string>());
  for (let n = 0; n < 3; n++) globalThis.gc?.();
  const got = await (await handed.get()).get();
  await got.put("there");
  assert.equal(await got.get(), "there");
});

test(
  "an end of a pipe that was put into a queue arrives, though its sender has closed it",
  limit,
  async (t) => {
    const queue = new Queue<Connection<string, string>>();
    const [here, there] = Pipe<string>();
    await queue.put(there);
    there.close();
    started(t, sayHello, [queue]);
    assert.equal(await here.recv(), "hello");
    // the child closes it, and nobody else has it
    await rejectionOf(here.recv({ timeout: 30_000 }), EOFError);
  },
);

test("idle handles keep no process alive, and a call that waits does", limit, () => {
  const program = `
    import { Queue, Process } from "ungil/multiprocessing";
    const queue = new Queue();
    const answer = new Queue();
    const child = new Process({ target: async () => { await answer.put(await queue.get()); } });
    child.start();
    setTimeout(() => void queue.put("item"), 200);
    answer.get().then(console.log);
  `;
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
    timeout: 30_000,
  });
  assert.deepEqual([stdout, stderr, status], ["item\n", "", 0]);
});

test("a hundred thousand queues that are made and dropped leave nothing", withGc, async () => {
  const one = new Queue<number>();
  await one.put(1);
  const before = memory();
  for (let n = 0; n < 100_000; n++) {
    const queue = new Queue<number>();
    if (n % 100 === 0) {
      await queue.put(n);
      await queue.get();
    }
  }
  await until(() => memory() - before < 5e6, "memory is as before", 20_000);
});

function memory(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
