import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { BrokenBarrierError, CancelledError, type Future, ThreadPoolExecutor } from "ungil";
import { Gate, sharedCells, until } from "ungil/testing";
import { Barrier, BoundedSemaphore, Condition, Lock, Once, RLock, RWLock } from "ungil/threading";

const limit = { timeout: 90_000 };
const soon = { timeout: 20_000 };

/** When a task is over, well or not. */
const ended = (future: Future<unknown>): Promise<unknown> => future.exception().catch(() => {});

/** Ways in which a thread ends while it has something. */
const ends: [string, () => unknown][] = [
  ["it ends itself", () => process.exit(3)],
  [
    "an error that nobody catches",
    () =>
      new Promise(() => {
        setTimeout(() => {
          throw new RangeError("dies");
        }, 1);
      }),
  ],
  ["without a word", () => (process as unknown as { reallyExit(code: number): void }).reallyExit(6)],
  [
    "its memory is full",
    () => {
      const all: unknown[] = [];
      for (;;) all.push(Array.from({ length: 1_000 }, (_, i) => ({ i })));
    },
  ],
  [
    "it is killed",
    () => {
      for (;;);
    },
  ],
];

const makers = [
  ["Lock", () => new Lock()],
  ["RLock", () => new RLock()],
  ["BoundedSemaphore", () => new BoundedSemaphore(1)],
] as const;

for (const [name, make] of makers) {
  for (const [way, end] of ends) {
    test(`K8 ${name}: a holder dies (${way}), and the next is told, once`, limit, async () => {
      const lock = make();
      const gate = new Gate();
      const { cells } = gate;
      await using pool = new ThreadPoolExecutor({
        maxWorkers: 1,
        grace: 10,
        resourceLimits: { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 8 },
      });
      const doomed = pool.submit(() => {
        (globalThis as { kept?: unknown }).kept = lock.acquireSync();
        Atomics.add(cells, 1, 1);
        return end();
      });
      await gate.arrived(1);
      const next = lock.acquire(soon);
      if (way === "it is killed") doomed.abort();
      await ended(doomed);
      const guard = await next;
      assert.equal(guard.abandoned, true);
      guard.release();
      assert.equal(lock.acquireSync(soon).abandoned, false);
    });
  }
}

for (const [name, make] of [...makers, ["RWLock", () => new RWLock()]] as const) {
  test(`K8 ${name}: the next is told also if who was handed it did not wait so long`, limit, async () => {
    const lock = make();
    const { cells } = new Gate();
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const doomed = pool.submit(() => {
      const side = "write" in lock ? lock.write : lock;
      (globalThis as { kept?: unknown }).kept = side.acquireSync();
      Atomics.add(cells, 1, 1);
      Atomics.wait(cells, 0, 0);
      process.exit(1);
    });
    await until(() => Atomics.load(cells, 1) === 1, "it has the lock");
    const side = "write" in lock ? lock.write : lock;
    const controller = new AbortController();
    const waiting = side.acquire({ signal: controller.signal });
    Atomics.store(cells, 0, 1);
    Atomics.notify(cells, 0);
    // this event loop can't know yet what it was handed
    const end = performance.now() + 20_000;
    while (lock.stats().waiting === 1 && performance.now() < end) assert.equal(side.tryAcquire(), undefined);
    assert.equal(lock.stats().waiting, 0);
    controller.abort();
    await assert.rejects(waiting, CancelledError);
    assert.equal(side.acquireSync(soon).abandoned, true);
    await ended(doomed);
  });
}

test("K8: who waits and blocks is told as well, and a dead waiter is passed over", limit, async () => {
  const lock = new Lock();
  const arrivals = sharedCells(2);
  const use = (): boolean => {
    Atomics.add(arrivals, 0, 1);
    using guard = lock.acquireSync({ timeout: 20_000 });
    return guard.abandoned;
  };
  await using pool = new ThreadPoolExecutor({ maxWorkers: 3, grace: 10 });
  const doomed = pool.submit(() => {
    (globalThis as { kept?: unknown }).kept = lock.acquireSync();
    Atomics.store(arrivals, 1, 1);
    for (;;);
  });
  await until(() => Atomics.load(arrivals, 1) === 1, "the first has the lock");
  const first = pool.submit(use);
  await until(() => lock.stats().waiting === 1, "one waits");
  const second = pool.submit(use);
  await until(() => lock.stats().waiting === 2, "two wait");
  first.abort();
  await ended(first);
  doomed.abort();
  assert.equal(await second, true);
  await ended(doomed);
  assert.deepEqual(lock.stats(), { locked: false, waiting: 0, contended: 2 });
});

test("K8: a thread that dies while it is handed the lock loses nothing", limit, async () => {
  const lock = new Lock();
  const cells = sharedCells(1);
  for (let i = 0; i < 25; i++) {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1, grace: 0 });
    const guard = lock.acquireSync(soon);
    const doomed = pool.submit(() => {
      for (;;) {
        using _guard = lock.acquireSync();
        cells[0]!++;
      }
    });
    await until(() => lock.stats().waiting === 1, "it waits");
    guard.release();
    for (let n = 0; n < i % 5; n++) lock.acquireSync(soon).release();
    doomed.abort();
    lock.acquireSync(soon).release();
    await ended(doomed);
    lock.acquireSync(soon).release();
  }
});

test("K8 RWLock: a dead reader leaves nothing half done, a dead writer may", limit, async () => {
  const lock = new RWLock();
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const reader = pool.submit(() => {
    (globalThis as { kept?: unknown }).kept = lock.read.acquireSync();
    process.exit(1);
  });
  await ended(reader);
  const writing = await lock.write.acquire(soon);
  assert.equal(writing.abandoned, false);
  writing.release();
  const writer = pool.submit(() => {
    (globalThis as { kept?: unknown }).kept = lock.write.acquireSync();
    process.exit(1);
  });
  await ended(writer);
  using reading = await lock.read.acquire(soon);
  assert.equal(reading.abandoned, true);
});

test("K8 Condition: a dead waiter is passed over", limit, async () => {
  const condition = new Condition();
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2, grace: 10 });
  const wait = (): boolean => {
    using _guard = condition.acquireSync();
    return condition.waitSync({ timeout: 20_000 });
  };
  const doomed = pool.submit(wait);
  await until(() => condition.stats().waiting === 1, "one waits");
  const other = pool.submit(wait);
  await until(() => condition.stats().waiting === 2, "two wait");
  doomed.abort();
  await ended(doomed);
  {
    using _guard = await condition.acquire(soon);
    condition.notify();
  }
  assert.equal(await other, true);
});

test("K8 Barrier: the death of who waits breaks it", limit, async () => {
  const barrier = new Barrier(3);
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, grace: 10 });
  const doomed = pool.submit(() => barrier.waitSync());
  await until(() => barrier.nWaiting === 1, "one waits");
  const other = barrier.wait();
  doomed.abort();
  await assert.rejects(other, BrokenBarrierError);
  await ended(doomed);
});

test("K8 Barrier: the death of who runs the action breaks it, and it can be reset", limit, async () => {
  const barrier = new Barrier(2);
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  // without a time, which would break it as well
  const waiting = barrier.wait();
  const doomed = pool.submit(() => barrier.waitSync({ action: () => process.exit(1) }));
  await assert.rejects(waiting, BrokenBarrierError);
  await ended(doomed);
  assert.deepEqual(barrier.stats(), { parties: 2, waiting: 0, broken: true });
  barrier.reset();
  const again = pool.submit(() => barrier.waitSync({ action: () => {} }));
  assert.equal(await barrier.wait(soon), 0);
  assert.equal(await again, 1);
});

test("K8 Once: when its thread dies, the next does it", limit, async () => {
  const once = new Once();
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  await ended(pool.submit(() => once.runSync(() => process.exit(1))));
  assert.equal(await once.run(() => {}, soon), true);
});

test("K8: a thread of one's own that is killed is noticed, also if it was there first", limit, async () => {
  for (const first of ["lock", "thread"]) {
    let lock: Lock | undefined;
    if (first === "lock") lock = new Lock();
    const source = `
      const { parentPort } = require("node:worker_threads");
      parentPort.once("message", async (handle) => {
        const { attach } = await import(${JSON.stringify(import.meta.resolve("ungil/threading"))});
        globalThis.kept = attach(handle).acquireSync();
        parentPort.postMessage("locked");
        for (;;);
      });`;
    const worker = new Worker(source, { eval: true });
    lock ??= new Lock();
    worker.postMessage(lock.handle);
    await new Promise((resolve) => {
      worker.once("message", resolve);
    });
    const next = lock.acquire(soon);
    await worker.terminate();
    using guard = await next;
    assert.equal(guard.abandoned, true);
  }
});

/** Runs a program of its own. */
function program(text: string): { status: number | null; stdout: string } {
  const source = `import { Lock, Event } from ${JSON.stringify(import.meta.resolve("ungil/threading"))};\n${text}`;
  const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", source], {
    encoding: "utf8",
    timeout: 30_000,
  });
  return { status, stdout };
}

test("a pending acquire keeps the process alive, and a lock that is held or free does not", limit, () => {
  const held = program("globalThis.guard = await new Lock().acquire(); new Event(); console.log('end');");
  assert.deepEqual(held, { status: 0, stdout: "end\n" });
  const pending = program(`
    const lock = new Lock();
    const guard = await lock.acquire();
    setTimeout(() => guard.release(), 300).unref();
    (await lock.acquire()).release();
    console.log("end");`);
  assert.deepEqual(pending, { status: 0, stdout: "end\n" });
});

test("a holder whose thread lives is never taken for dead, however long others look", limit, async () => {
  const lock = new Lock();
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const gate = new Gate();
  const { cells } = gate;
  const holder = pool.submit(() => {
    using _guard = lock.acquireSync();
    Atomics.add(cells, 1, 1);
    Atomics.wait(cells, 0, 0);
  });
  await gate.arrived(1);
  await assert.rejects(lock.acquire({ timeout: 450 }), { name: "TimeoutError" });
  assert.throws(() => lock.acquireSync({ timeout: 250 }), { name: "TimeoutError" });
  gate.open();
  Atomics.notify(cells, 0);
  await holder;
  assert.equal(lock.acquireSync().abandoned, false);
});
