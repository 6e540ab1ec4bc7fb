import assert from "node:assert/strict";
import { test } from "node:test";
import { type Future, QueueShutDownError, ThreadPoolExecutor } from "ungil";
import { sharedCells, until } from "ungil/testing";
import { Queue } from "ungil/threading";
import { seeded } from "./explore/seeded.js";

const limit = { timeout: 170_000 };

/** When a task is over, well or not. */
const ended = (future: Future<unknown>): Promise<unknown> => future.exception().catch(() => {});

for (const role of ["producer", "consumer"] as const) {
  test(
    `K8: a ${role} that is killed anywhere costs one item at most, and the others go on`,
    limit,
    async () => {
      const random = seeded(7);
      for (let round = 0; round < 6; round++) {
        const queue = new Queue<{ from: number; n: number }>(4);
        const cells = sharedCells(4);
        await using pool = new ThreadPoolExecutor({ maxWorkers: 2, grace: 0 });
        // the one that is killed counts what it has done
        const doomed = pool.submit((puts: boolean) => {
          for (let n = 0; ; n++) {
            if (puts) queue.putSync({ from: 1, n });
            else queue.getSync();
            Atomics.add(cells, 0, 1);
          }
        }, role === "producer");
        const other = pool.submit((puts: boolean) => {
          for (let n = 0; Atomics.load(cells, 1) === 0; n++) {
            if (puts) queue.putSync({ from: 2, n });
            else queue.getSync();
            Atomics.add(cells, 2, 1);
          }
        }, role === "producer");
        let here = 0;
        const step = async (): Promise<void> => {
          if (role === "producer") await queue.get({ timeout: 20_000 });
          else await queue.put({ from: 0, n: here }, { timeout: 20_000 });
          here++;
        };
        const wanted = Math.floor(random() * 60);
        while (Atomics.load(cells, 0) < wanted) await step();
        doomed.abort();
        await ended(doomed);
        // the queue goes on without it
        const before = Atomics.load(cells, 2);
        const goal = before + 50;
        while (Atomics.load(cells, 2) < goal) await step();
        Atomics.store(cells, 1, 1);
        // the other may wait for one item more, or for room
        const otherEnd = { over: false };
        const end = other.then(() => {
          otherEnd.over = true;
        });
        while (!otherEnd.over) {
          const limits = { timeout: 20 };
          const more = role === "producer" ? queue.get(limits) : queue.put({ from: 0, n: here }, limits);
          await more.then(
            () => void here++,
            () => {},
          );
        }
        await end;
        const [first, second] = [Atomics.load(cells, 0), Atomics.load(cells, 2)];
        const left = queue.qsize();
        const missing = role === "producer" ? here + left - (first + second) : here - left - (first + second);
        assert.ok(missing === 0 || missing === 1, `round ${round}: ${missing}`);
      }
    },
  );
}

test("K8: waiters that die are passed over, blocked or on an event loop", limit, async () => {
  const queue = new Queue<number>(1);
  await using pool = new ThreadPoolExecutor({ maxWorkers: 3, grace: 0 });
  const doomed = [pool.submit(() => queue.getSync()), pool.submit(() => queue.get().then(() => 0))];
  await until(() => queue.stats().getting === 2, "two wait");
  const next = pool.submit(() => queue.getSync({ timeout: 30_000 }));
  await until(() => queue.stats().getting === 3, "three wait");
  for (const future of doomed) future.abort();
  await Promise.all(doomed.map(ended));
  await queue.put(5);
  assert.equal(await next, 5);
  assert.throws(() => {
    queue.shutdown();
    queue.getNowait();
  }, QueueShutDownError);
});
