import assert from "node:assert/strict";
import { test } from "node:test";
import { ThreadPoolExecutor } from "ungil";
import { sharedCells } from "ungil/testing";
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  Lock,
  RLock,
  RWLock,
  Semaphore,
  SharedValue,
} from "ungil/threading";

const limit = { timeout: 170_000 };
const threads = 2;
const increments = 1_000_000;

const makers = [
  ["Lock", () => new Lock()],
  ["RLock", () => new RLock()],
  ["Semaphore", () => new Semaphore(1)],
  ["BoundedSemaphore", () => new BoundedSemaphore(1)],
  ["RWLock for writing", () => new RWLock()],
] as const;

for (const [name, make] of makers) {
  test(`a million contended increments under a ${name} are a million`, limit, async () => {
    const given = make();
    const cells = sharedCells(1);
    await using pool = new ThreadPoolExecutor({ maxWorkers: threads });
    const each = increments / threads;
    const start = new Barrier(threads);
    const go = (): void => {
      const lock = given instanceof RWLock ? given.write : given;
      // else the first may be done before the last has begun
      start.waitSync();
      for (let i = 0; i < each; i++) {
        const guard = lock.acquireSync();
        // not atomic: two at a time would lose some
        cells[0] = cells[0]! + 1;
        guard.release();
      }
    };
    await Promise.all(Array.from({ length: threads }, () => pool.submit(go)));
    assert.equal(cells[0], increments);
    const stats = given.stats();
    assert.equal(stats.waiting, 0);
    assert.ok(stats.contended > 0, "nobody ever had to wait");
  });
}

test("blocking threads and event loops under one lock lose no increment", limit, async () => {
  const lock = new Lock();
  const cells = sharedCells(1);
  await using pool = new ThreadPoolExecutor({ maxWorkers: 3 });
  const blocking = (): void => {
    for (let i = 0; i < 20_000; i++) {
      using _guard = lock.acquireSync();
      cells[0] = cells[0]! + 1;
    }
  };
  const flow = async (): Promise<void> => {
    for (let i = 0; i < 1_000; i++) {
      using _guard = await lock.acquire();
      cells[0] = cells[0]! + 1;
    }
  };
  const flows = async (): Promise<void> => {
    await Promise.all([flow(), flow()]);
  };
  await Promise.all([pool.submit(blocking), pool.submit(flows), pool.submit(flows), flows()]);
  assert.equal(cells[0], 20_000 + 6 * 1_000);
});

test("waits that give up at random lose neither the lock nor a permit", limit, async () => {
  const lock = new Lock();
  const permits = new BoundedSemaphore(2);
  const successes = new SharedValue("int32");
  const cells = sharedCells(1);
  await using pool = new ThreadPoolExecutor({ maxWorkers: 3 });
  const go = async (seed: number): Promise<void> => {
    let state = seed;
    const random = (): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
      return (state >>> 8) / 2 ** 24;
    };
    for (let i = 0; i < 1_500; i++) {
      const timeout = random() < 0.5 ? random() * 0.5 : 5_000;
      try {
        using _permit =
          random() < 0.5 ? permits.acquireSync({ timeout }) : await permits.acquire({ timeout });
        using _guard = random() < 0.5 ? lock.acquireSync({ timeout }) : await lock.acquire({ timeout });
        cells[0] = cells[0]! + 1;
        successes.add(1);
      } catch (error) {
        if ((error as { code?: string }).code !== "ERR_UNGIL_TIMEOUT") throw error;
      }
    }
  };
  await Promise.all([1, 2, 3].map((seed) => pool.submit(go, seed)));
  assert.equal(cells[0], successes.value);
  assert.ok(successes.value > 1_000);
  assert.equal(permits.value, 2);
  assert.equal(lock.locked, false);
});

test("a ping-pong over a condition loses no notice", limit, async () => {
  const condition = new Condition({ lock: new Lock() });
  const cells = sharedCells(1);
  const rounds = 5_000;
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const go = (side: number): void => {
    using _guard = condition.acquireSync();
    for (let i = 0; i < rounds; i++) {
      condition.waitForSync(() => cells[0]! % 2 === side);
      cells[0] = cells[0]! + 1;
      condition.notify();
    }
  };
  await Promise.all([pool.submit(go, 0), pool.submit(go, 1)]);
  assert.equal(cells[0], 2 * rounds);
});
