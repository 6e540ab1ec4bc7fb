import assert from "node:assert/strict";
import { test } from "node:test";
import { type Future, QueueFullError } from "ungil";
import { sharedCells, until } from "ungil/testing";
import { limit, onTracedPool, patience, range, settled, turns, warmUp } from "./support/pool.js";
import { echo, next, passOrBlock, passOrPoll } from "./support/tasks.js";

for (const [maxWorkers, tasksPerWorker, maxQueue] of [
  [1, 1, 0],
  [1, 1, 100],
  [2, 1, 7],
  [2, 3, 100],
] as const) {
  const lanes = maxWorkers * tasksPerWorker;
  const options = { maxWorkers, tasksPerWorker, maxQueue };

  test(
    `maxQueue: a burst on a cold pool gets in as far as workers and queue take it (${JSON.stringify(options)})`,
    limit,
    async () => {
      await onTracedPool(1_000, options, async ({ pool, gate, runs }) => {
        const futures: Future<unknown>[] = [];
        let refused = 0;
        for (const i of range(1_000)) {
          try {
            futures.push(pool.submit(passOrPoll, i, true));
          } catch (error) {
            assert.ok(error instanceof QueueFullError);
            refused++;
          }
        }
        assert.equal(futures.length, lanes + maxQueue);
        assert.equal(refused, 1_000 - futures.length);
        gate.open();
        await settled(futures);
        assert.ok(range(1_000).every((i) => runs(i) === (i < lanes + maxQueue ? 1 : 0)));
      });
    },
  );

  test(
    `maxQueue: while the workers are held, no more than it get in, however long one tries (${JSON.stringify(options)})`,
    limit,
    async () => {
      await onTracedPool(4_000, options, async ({ pool, gate, runs }) => {
        for (const i of range(300)) {
          // one at a time: a queue of 0 takes no more
          await pool.submit(passOrPoll, i, false);
        }
        const held = range(lanes).map((i) => pool.submit(passOrPoll, 300 + i, true));
        await gate.arrived(lanes);
        const futures: Future<unknown>[] = [];
        for (let attempt = 0; attempt < 1_000; attempt++) {
          try {
            futures.push(pool.submit(passOrPoll, 400 + futures.length, false));
          } catch (error) {
            assert.ok(error instanceof QueueFullError);
            // what waits may be sent ahead in the meantime; that makes no room
            await turns(1);
          }
        }
        assert.equal(futures.length, maxQueue);
        const { queued, running } = pool.stats();
        assert.equal(queued + running, lanes + maxQueue);
        gate.open();
        await settled([...held, ...futures]);
        assert.ok(futures.every((_, i) => runs(400 + i) === 1));
        assert.equal(await pool.submit(echo, 0, "room again"), "room again");
      });
    },
  );

  test(
    `maxQueue: a producer that submits whenever there is room never has more outstanding (${JSON.stringify(options)})`,
    limit,
    async () => {
      await onTracedPool(4_000, options, async ({ pool, runs }) => {
        let done = 0;
        let most = 0;
        const futures: Future<unknown>[] = [];
        while (futures.length < 4_000) {
          try {
            const id = futures.length;
            const future: Future<unknown> =
              id % 5 ? pool.submit(next, id, id) : pool.submit(echo, id, { id });
            future.onDone(() => done++);
            futures.push(future);
            most = Math.max(most, futures.length - done);
          } catch (error) {
            assert.ok(error instanceof QueueFullError);
            await turns(1);
          }
        }
        await settled(futures);
        assert.ok(most <= lanes + maxQueue, `${most} were outstanding`);
        assert.ok(range(4_000).every((i) => runs(i) === 1));
      });
    },
  );
}

/** Counts what is read of it. */
class Source {
  read = 0;
  ended = false;

  *items(from = 0): Generator<number> {
    try {
      for (;;) yield from + this.read++;
    } finally {
      this.ended = true;
    }
  }

  async *later(from = 0): AsyncGenerator<number> {
    for (const item of this.items(from)) yield await Promise.resolve(item);
  }
}

for (const asynchronous of [false, true]) {
  const kind = asynchronous ? "asynchronous" : "synchronous";
  for (const chunksize of [1, 16, "auto"] as const) {
    test(
      `buffersize: of an endless ${kind} input no more is read than the consumer has taken and it (chunksize ${chunksize})`,
      limit,
      async () => {
        await onTracedPool(20_000, { maxWorkers: 2 }, async ({ pool, runs }) => {
          let first = 0;
          for (const [buffersize, consumed] of [
            [1, 3],
            [10, 0],
            [64, 40],
            [256, 2_000],
          ] as const) {
            const source = new Source();
            const stream = pool.map(
              (id: number) => next(id, id),
              asynchronous ? source.later(first) : source.items(first),
              {
                buffersize,
                chunksize,
              },
            );
            const iterator = stream[Symbol.asyncIterator]();
            for (const i of range(consumed)) {
              assert.deepEqual(await iterator.next(), { done: false, value: first + i + 1 });
              assert.ok(source.read <= i + 1 + buffersize, `${source.read} read, ${i + 1} taken`);
            }
            // the consumer is stuck; a flood of other tasks goes by, and turns of the event loop
            await settled(range(500).map((i) => pool.submit(echo, 19_000 + (i % 900), i)));
            await turns(50);
            assert.ok(source.read <= consumed + buffersize, `${source.read} read, ${consumed} taken`);
            await iterator.return?.(undefined);
            await until(() => source.ended, "the input is told that no more is wanted");
            assert.ok(range(source.read + 10).every((i) => runs(first + i) <= (i < source.read ? 1 : 0)));
            first += source.read + 10;
          }
        });
      },
    );
  }
}

test(
  "buffersize: while an item is stuck, no more is read than it, and all is done in order afterwards",
  limit,
  async () => {
    await onTracedPool(6_000, { maxWorkers: 1 }, async ({ pool, gate }) => {
      await warmUp((i) => pool.submit(passOrBlock, 5_000 + i, false), 1_000);
      const source = new Source();
      const results: number[] = [];
      const stream = pool.map((id: number) => passOrBlock(id, id === 500), source.items(), {
        buffersize: 50,
        timeout: patience,
      });
      const reading = (async () => {
        for await (const result of stream) {
          results.push(result);
          if (results.length === 2_000) break;
        }
      })();
      await gate.arrived(1);
      await turns(100);
      assert.ok(results.length <= 500);
      assert.ok(source.read <= results.length + 50, `${source.read} read, ${results.length} taken`);
      gate.open();
      await reading;
      assert.deepEqual(results, range(2_000));
    });
  },
);

test(
  "buffersize: a slow consumer of a long map never has more than it in hand, and misses nothing",
  limit,
  async () => {
    await onTracedPool(3_000, { maxWorkers: 2 }, async ({ pool, runs }) => {
      const live = sharedCells(1);
      let taken = 0;
      let most = 0;
      const items = function* () {
        for (const id of range(3_000)) {
          most = Math.max(most, id + 1 - taken);
          yield { id, live };
        }
      };
      for await (const id of pool.map(({ id }: { id: number }) => echo(id, id), items(), {
        buffersize: 20,
      })) {
        assert.equal(id, taken++);
        if (id % 100 === 0) await turns(5);
      }
      assert.equal(taken, 3_000);
      assert.ok(most <= 21, `${most} at most`);
      assert.ok(range(3_000).every((id) => runs(id) === 1));
    });
  },
);
