import assert from "node:assert/strict";
import { test } from "node:test";
import type { Future, ThreadPoolExecutor } from "ungil";
import { Gate, until } from "ungil/testing";
import { onPool, onTracedPool, range, settled } from "./support/pool.js";
import { echo, makeBulk, passOrPoll } from "./support/tasks.js";

const options = { skip: globalThis.gc ? false : "needs node --expose-gc", timeout: 120_000 };

/** Collects garbage until none of these is left. */
async function collected(references: readonly WeakRef<object>[], what: string): Promise<void> {
  await until(() => {
    globalThis.gc?.();
    return references.every((reference) => reference.deref() === undefined);
  }, `${what} are collected`);
}

test(
  "what is settled of a burst is collected while the rest of it is still running or waiting",
  options,
  async () => {
    await onTracedPool(500, { maxWorkers: 1 }, async ({ pool, gate }) => {
      await settled(range(200).map((i) => pool.submit(echo, i, i)));
      /** Everything in a scope of its own: no variable of the test holds it. */
      const submit = async (): Promise<[WeakRef<object>[], Future<unknown>[]]> => {
        const args = range(100).map((i) => ({ bytes: new Uint8Array(10_000), i }));
        const futures = args.map((arg, i) => pool.submit(echo, 200 + i, arg));
        // a burst of its own: within one, stacks are shared, and the frame of `map` holds the array
        await Promise.resolve();
        const rest: Future<unknown>[] = [pool.submit(passOrPoll, 300, true)];
        for (const i of range(100)) rest.push(pool.submit(echo, 301 + i, i));
        const results = await Promise.all(futures);
        return [[...args, ...results, ...futures].map((value) => new WeakRef<object>(value)), rest];
      };
      const [references, rest] = await submit();
      await gate.arrived(1);
      await collected(references, "arguments, results and futures of settled tasks");
      assert.ok(rest.every((future) => !future.done()));
      gate.open();
      await settled(rest);
    });
  },
);

/** Lets go of results round by round. */
async function manyResults(pool: ThreadPoolExecutor): Promise<WeakRef<object>[]> {
  const references: WeakRef<object>[] = [];
  for (let round = 0; round < 20; round++) {
    const results = await Promise.all(range(100).map((i) => pool.submit(makeBulk, i, 20_000)));
    references.push(...results.map((result) => new WeakRef<object>(result)));
  }
  return references;
}

test("results that nobody keeps are collected while their pool is at work", options, async () => {
  await onPool({ maxWorkers: 2 }, async (pool) => {
    const references = await manyResults(pool);
    const gate = new Gate();
    const going = pool.submit(async (cells: Int32Array) => {
      Atomics.add(cells, 1, 1);
      while (Atomics.load(cells, 0) === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    }, gate.cells);
    await gate.arrived(1);
    await collected(references, "the results");
    gate.open();
    await settled([going]);
  });
});

test(
  "arguments of cancelled tasks are given back while the others wait, those of the others after their task",
  options,
  async () => {
    await onTracedPool(100, { maxWorkers: 1 }, async ({ pool, gate }) => {
      const long = pool.submit(passOrPoll, 0, true);
      await gate.arrived(1);
      const submit = (): [WeakRef<object>[], WeakRef<object>[], Future<unknown>[]] => {
        const cancelled: WeakRef<object>[] = [];
        const kept: WeakRef<object>[] = [];
        const futures: Future<unknown>[] = [];
        for (const i of range(50)) {
          const arg = { bytes: new Uint8Array(100_000) };
          const future = pool.submit(({ bytes }: { bytes: Uint8Array }) => bytes.length, arg);
          if (i % 2) future.cancel();
          (i % 2 ? cancelled : kept).push(new WeakRef<object>(arg));
          futures.push(future);
        }
        return [cancelled, kept, futures];
      };
      const [cancelled, kept, futures] = submit();
      await collected(cancelled, "the arguments of cancelled tasks");
      gate.open();
      await settled([long, ...futures]);
      await collected(kept, "those of the others");
    });
  },
);

test("items and results of a map are collected while it goes on", options, async () => {
  await onPool({ maxWorkers: 2 }, async (pool) => {
    const references: WeakRef<object>[] = [];
    const items = function* () {
      for (const i of range(2_000)) {
        const item = { i, bytes: new Uint8Array(1_000) };
        if (i < 500) references.push(new WeakRef(item));
        yield item;
      }
    };
    const stream = pool.map((item: { i: number }) => ({ i: item.i, bytes: new Uint8Array(1_000) }), items(), {
      buffersize: 50,
    });
    /** Takes so many results without keeping them. */
    const take = async (iterator: AsyncIterator<object>, count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        const { value } = await iterator.next();
        if (i < 500) references.push(new WeakRef(value as object));
      }
    };
    const iterator = stream[Symbol.asyncIterator]();
    await take(iterator, 1_000);
    await collected(references, "items and results that were taken");
    await iterator.return?.(undefined);
  });
});
