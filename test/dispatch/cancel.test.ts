import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { CancelledError, type Future } from "ungil";
import { until } from "ungil/testing";
import { rejectionOf } from "../threading/support/rejection.js";
import { limit, onTracedPool, range, settled, type TracedPool, turns, warmUp } from "./support/pool.js";
import { burn, echo, later, next, passOrBlock, sumBytes } from "./support/tasks.js";

const count = 1_000;

/** A warm pool of one worker that is held at the gate, with `count` tasks of the same function behind that. */
async function behindOne(traced: TracedPool): Promise<{ first: number; futures: Future<number>[] }> {
  const { pool, gate } = traced;
  await warmUp((i) => pool.submit(passOrBlock, i, false), count);
  const futures = range(count + 1).map((i) => pool.submit(passOrBlock, count + i, i === 0));
  await gate.arrived(1);
  // whatever is going to be sent ahead is sent
  await turns(30);
  return { first: count, futures };
}

test(
  "A2: each of a thousand tasks behind a long one is pending, and can be cancelled: none of them runs",
  limit,
  async () => {
    await onTracedPool(3_000, { maxWorkers: 1 }, async (traced) => {
      const { first, futures } = await behindOne(traced);
      const [long, ...rest] = futures;
      assert.equal(long!.state, "running");
      assert.equal(long!.cancel(), false);
      for (const future of rest) {
        assert.deepEqual([future.state, future.running(), future.done()], ["pending", false, false]);
        assert.equal(future.cancel("not wanted"), true);
        assert.deepEqual([future.state, future.cancelled(), future.cancel()], ["cancelled", true, true]);
      }
      await turns(5);
      assert.equal(long!.done(), false, "and all that while the worker is held");
      traced.gate.open();
      assert.equal(await long, first);
      assert.equal(await traced.pool.submit(next, 2_999, 1), 2);
      assert.ok(rest.every((_, i) => traced.runs(first + 1 + i) === 0));
      assert.equal((await rejectionOf(rest[0]!, CancelledError)).cause, "not wanted");
    });
  },
);

test(
  "A2: of a thousand tasks behind a long one half are cancelled: the others run, each once and in order",
  limit,
  async () => {
    await onTracedPool(3_000, { maxWorkers: 1 }, async (traced) => {
      const { first, futures } = await behindOne(traced);
      const before = traced.order().length;
      const [long, ...rest] = futures;
      const kept = rest.filter((future, i) => i % 2 === 0 || !future.cancel());
      assert.equal(kept.length, count / 2);
      traced.gate.open();
      await settled([long!, ...rest]);
      assert.deepEqual(
        traced.order(before),
        range(count / 2).map((i) => first + 1 + 2 * i),
      );
      assert.equal(traced.pool.stats().cancelled, count / 2);
    });
  },
);

test("A2: what a cancel answers is what happens, however it races with the workers", limit, async () => {
  const numRuns = 25;
  const scenario = fc.record({
    tasks: fc.integer({ min: 1, max: 400 }),
    kind: fc.constantFrom("next", "object", "burn", "later"),
    /** Which tasks are cancelled, after how many turns. */
    cancels: fc.array(fc.tuple(fc.nat(), fc.nat(3)), { maxLength: 200 }),
    answers: fc.nat(100),
  });
  await onTracedPool(numRuns * 400, { maxWorkers: 2, tasksPerWorker: 2 }, async ({ pool, runs }) => {
    let first = 0;
    await fc.assert(
      fc.asyncProperty(scenario, async ({ tasks, kind, cancels, answers }) => {
        const from = first;
        first += tasks;
        const futures = range(tasks).map((i): Future<unknown> => {
          if (kind === "next") return pool.submit(next, from + i, i);
          if (kind === "object") return pool.submit(echo, from + i, { i });
          return kind === "burn" ? pool.submit(burn, from + i, 20_000) : pool.submit(later, from + i, i);
        });
        const cancelled = new Set<number>();
        const cancelAll = async (): Promise<void> => {
          for (const [which, pause] of cancels) {
            await turns(pause);
            const future = futures[which % tasks]!;
            const { state } = future;
            const took = future.cancel();
            // a worker may begin it between the look and the call, but what it has begun stays so
            if (took) assert.ok(state === "pending" || state === "cancelled", state);
            else assert.ok(future.state !== "pending" && future.state !== "cancelled", future.state);
            if (took) cancelled.add(which % tasks);
          }
        };
        if (answers > 0) await settled(futures.slice(0, answers));
        await cancelAll();
        await settled(futures);
        for (const [i, future] of futures.entries()) {
          assert.equal(future.cancelled(), cancelled.has(i));
          assert.equal(runs(from + i), cancelled.has(i) ? 0 : 1, `runs of task ${i}`);
        }
      }),
      { numRuns, endOnFailure: true },
    );
  });
});

test(
  "A2: the first answer of a flood cancels the rest: what is cancelled never runs, what is not runs once",
  limit,
  async () => {
    await onTracedPool(3_000, { maxWorkers: 2 }, async ({ pool, runs }) => {
      await warmUp((i) => pool.submit(next, i, i), count);
      const futures = range(2_000).map((i) => pool.submit(next, count + i, i));
      const answered = new Promise<void>((resolve) => {
        futures[0]!.onDone(() => {
          for (const future of futures) future.cancel();
          resolve();
        });
      });
      await answered;
      await settled(futures);
      for (const [i, future] of futures.entries()) assert.equal(runs(count + i), future.cancelled() ? 0 : 1);
      assert.equal(await pool.submit(echo, 0, 5), 5);
    });
  },
);

test("A2: what a cancelled task was to move is still here, if it had not begun", limit, async () => {
  await onTracedPool(200, { maxWorkers: 1 }, async ({ pool, gate, runs }) => {
    const long = pool.submit(passOrBlock, 0, true);
    await gate.arrived(1);
    const moved = range(100).map((i) => {
      const bytes = new Uint8Array(100).fill(1);
      return { bytes, future: pool.with({ transfer: [bytes.buffer] }).submit(sumBytes, 1 + i, bytes) };
    });
    await turns(10);
    for (const [i, { future }] of moved.entries()) if (i % 2) assert.equal(future.cancel(), true);
    gate.open();
    await settled([long, ...moved.map(({ future }) => future)]);
    for (const [i, { bytes, future }] of moved.entries()) {
      assert.equal(runs(1 + i), i % 2 ? 0 : 1);
      assert.equal(bytes.byteLength, i % 2 ? 100 : 0);
      if (i % 2 === 0) assert.equal(await future, 100);
    }
  });
});

test("abort: tasks behind a long one settle at once, with the reason, and never run", limit, async () => {
  await onTracedPool(3_000, { maxWorkers: 1 }, async (traced) => {
    const { first, futures } = await behindOne(traced);
    const [long, ...rest] = futures;
    for (const future of rest) future.abort("enough");
    assert.ok(rest.every((future) => future.cancelled()));
    traced.gate.open();
    assert.equal(await long, first);
    assert.equal((await rejectionOf(rest[500]!, CancelledError)).cause, "enough");
    assert.equal(await traced.pool.submit(next, 2_999, 1), 2);
    assert.ok(rest.every((_, i) => traced.runs(first + 1 + i) === 0));
  });
});

test(
  "signal: one signal ends all that wait behind a long task, and none of the tasks without it",
  limit,
  async () => {
    await onTracedPool(1_100, { maxWorkers: 1, grace: 60_000 }, async ({ pool, gate, runs }) => {
      const controller = new AbortController();
      const view = pool.with({ signal: controller.signal });
      const long = pool.submit(passOrBlock, 0, true);
      const futures = range(count).map((i) => (i % 2 ? view : pool).submit(next, 1 + i, i));
      await gate.arrived(1);
      await turns(10);
      controller.abort("enough");
      for (const [i, future] of futures.entries()) assert.equal(future.cancelled(), i % 2 === 1);
      gate.open();
      await settled([long, ...futures]);
      for (const i of range(count)) assert.equal(runs(1 + i), i % 2 ? 0 : 1);
    });
  },
);

test(
  "signal: in the midst of a flood, each task runs at most once, and settles with its result or the reason",
  limit,
  async () => {
    await onTracedPool(8 * count, { maxWorkers: 2, grace: 60_000 }, async ({ pool, runs }) => {
      for (const [round, answers] of [0, 1, 10, 100, 300, 500, 900, 1].entries()) {
        const controller = new AbortController();
        const view = pool.with({ signal: controller.signal });
        const first = round * count;
        const futures = range(count).map((i): Future<unknown> => {
          if (i % 10 === 0) return view.submit(later, first + i, i);
          return i % 2 ? view.submit(next, first + i, i - 1) : view.submit(echo, first + i, i);
        });
        if (answers > 0) await settled(futures.slice(0, answers));
        controller.abort("enough");
        await settled(futures);
        for (const [i, future] of futures.entries()) {
          assert.ok(runs(first + i) <= 1);
          if (!future.cancelled()) assert.deepEqual([await future, runs(first + i)], [i, 1]);
          else assert.equal((await rejectionOf(future, CancelledError)).cause, "enough");
        }
      }
    });
  },
);

test("a map that is left runs nothing afterwards, and no item twice", limit, async () => {
  await onTracedPool(20_000, { maxWorkers: 2 }, async ({ pool, traces, runs }) => {
    for (const [round, chunksize] of [1, 10, "auto" as const].entries()) {
      const first = 5_000 * round;
      let read = 0;
      const items = function* () {
        for (; read < 5_000; read++) yield first + read;
      };
      let results = 0;
      for await (const _ of pool.map((id: number) => next(id, id), items(), { chunksize })) {
        if (++results === 300) break;
      }
      await until(() => pool.stats().running === 0 && pool.stats().queued === 0, "all has stopped");
      const ran = traces.runs.slice(first, first + 5_000);
      // the item that was read last is not counted yet
      assert.ok(ran.every((count, i) => count <= 1 && (i <= read || count === 0)));
      assert.ok(range(300).every((i) => runs(first + i) === 1));
      await settled(range(100).map((i) => pool.submit(next, 15_000 + i, i)));
      assert.deepEqual(traces.runs.slice(first, first + 5_000), ran, "nothing began afterwards");
    }
  });
});
