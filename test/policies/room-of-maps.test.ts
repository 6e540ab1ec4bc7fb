// Maps that wait for room in the queue, which others fill.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { AsyncExecutor, CancelledError, type Executor, ShutdownError, ThreadPoolExecutor } from "ungil";
import { Gate, until } from "ungil/testing";
import { exitAtGate, poll } from "../threading/support/tasks.js";

const limit = { timeout: 60_000 };
const small = { maxWorkers: 1, maxQueue: 1 };

/** Executors with one worker and one place in the queue; items travel in chunks only in the first. */
const executors: readonly [string, () => { whole: Executor; mapping: Executor }][] = [
  ["chunks", () => same(new ThreadPoolExecutor(small))],
  [
    "items on threads",
    () => {
      const whole = new ThreadPoolExecutor(small);
      return { whole, mapping: whole.with({ retries: 1 }) };
    },
  ],
  ["items here", () => same(new AsyncExecutor(small))],
];

function same(whole: Executor): { whole: Executor; mapping: Executor } {
  return { whole, mapping: whole };
}

const times10 = (item: number): number => item * 10;

/** What a stream gives, and how it ends. */
async function rest(stream: AsyncIterable<number>): Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  try {
    for await (const value of stream) seen.push(value);
  } catch (error) {
    seen.push((error as Error).name);
  }
  return seen;
}

async function collected(reference: WeakRef<object>, what: string): Promise<void> {
  await until(() => {
    globalThis.gc!();
    return reference.deref() === undefined;
  }, `${what} is collected`);
}

for (const [name, make] of executors) {
  test(`${name}: a shutdown while a map waits for room loses no result that was there`, limit, async () => {
    const { whole, mapping } = make();
    const gate = new Gate();
    const others: unknown[] = [];
    const items = async function* (): AsyncGenerator<number> {
      yield 0;
      yield 1;
      await until(() => whole.stats().completed === 2, "both are done");
      for (let i = 0; i < 2; i++) others.push(whole.submit(poll, gate.cells, i));
      yield 2;
      yield 3;
    };
    const stream = mapping.map(times10, items(), { buffersize: 10, chunksize: 1 });
    await until(() => others.length === 2, "the queue is full");
    await turn();
    const closed = whole.shutdown();
    await turn();
    gate.open();
    // chunks are handed over as far as they have been read
    assert.deepEqual(await rest(stream), name === "chunks" ? [0, 10, 20, 30] : [0, 10, "ShutdownError"]);
    await closed;
    assert.deepEqual(await Promise.all(others), [0, 1]);
  });

  test(
    `${name}: what was accepted before others were told of room is not lost by a shutdown`,
    limit,
    async () => {
      const { whole, mapping } = make();
      const [first, second] = [new Gate(), new Gate()];
      let other: Promise<void> | undefined;
      let next: Promise<unknown> | undefined;
      const items = async function* (): AsyncGenerator<number> {
        yield 0;
        await until(() => whole.stats().completed === 1, "it is done");
        const blocker = whole.submit(poll, first.cells, 0);
        void whole.submit(poll, second.cells, 0);
        // before the map: there will be room for one, and it is not the map that is told
        other = whole.ready();
        blocker.onDone(() => {
          next = iterator.next();
        });
        yield 1;
      };
      const iterator = mapping.map(times10, items(), { buffersize: 10 })[Symbol.asyncIterator]();
      assert.deepEqual(await iterator.next(), { done: false, value: 0 });
      await until(() => other !== undefined, "the queue is full");
      await turn();
      first.open();
      await until(() => next !== undefined, "the map goes on");
      const { submitted } = whole.stats();
      assert.equal(submitted, 4);
      const waiting = assert.rejects(other!, ShutdownError);
      const closed = whole.shutdown();
      second.open();
      assert.deepEqual(await next, { done: false, value: 10 });
      assert.deepEqual(await iterator.next(), { done: true, value: undefined });
      await Promise.all([closed, waiting]);
    },
  );

  test(`${name}: a map that has ended is collected, though there is no room yet`, limit, async () => {
    const { whole, mapping } = make();
    const gate = new Gate();
    const others = [0, 1].map((i) => whole.submit(poll, gate.cells, i));
    await gate.arrived(1);
    const endedMap = async (): Promise<WeakRef<object>> => {
      const items = async function* (): AsyncGenerator<number> {
        yield 1;
      };
      const input = items();
      const stream = mapping.map(times10, input);
      await turn();
      stream.cancel();
      await rest(stream);
      return new WeakRef(input);
    };
    await collected(await endedMap(), "the input");
    gate.open();
    assert.deepEqual(await Promise.all(others), [0, 1]);
    await whole.shutdown();
  });

  test(`${name}: a map that has ended while it waited for room ends as it did`, limit, async () => {
    for (const how of ["cancel", "return", "timeout", "abort"]) {
      const { whole, mapping } = make();
      const gate = new Gate();
      const others = [0, 1].map((i) => whole.submit(poll, gate.cells, i));
      await gate.arrived(1);
      const controller = new AbortController();
      const items = async function* (): AsyncGenerator<number> {
        yield 1;
      };
      const stream = mapping.map(times10, items(), {
        signal: controller.signal,
        ...(how === "timeout" && { timeout: 1 }),
      });
      await turn();
      const iterator = stream[Symbol.asyncIterator]();
      if (how === "cancel") stream.cancel("mine");
      if (how === "abort") controller.abort("mine");
      if (how === "return") await iterator.return!();
      if (how === "timeout") await assert.rejects(iterator.next(), { name: "TimeoutError" });
      const closed = whole.shutdown();
      await turn();
      if (how === "cancel" || how === "abort") await assert.rejects(iterator.next(), CancelledError);
      assert.deepEqual(await iterator.next(), { done: true, value: undefined }, how);
      gate.open();
      assert.deepEqual(await Promise.all(others), [0, 1]);
      await closed;
    }
  });
}

test(
  "what is left of a chunk whose worker died needs no room, though the executor closes",
  limit,
  async () => {
    for (const closing of [false, true]) {
      const pool = new ThreadPoolExecutor({ maxWorkers: 2, maxQueue: 2 });
      const [death, gate] = [new Gate(), new Gate()];
      const others = [pool.submit(poll, gate.cells, 0)];
      await gate.arrived(1);
      const { cells } = death;
      const exitAtOne = async (item: number): Promise<number> => {
        if (item === 1) await exitAtGate(cells, 3);
        return item;
      };
      const stream = pool.map(exitAtOne, [0, 1, 2, 3], { chunksize: 4, errors: "settle" });
      for (const i of [1, 2]) others.push(pool.submit(poll, gate.cells, i));
      await death.arrived(1);
      // the place of the worker that dies is no room
      pool.resize({ maxWorkers: 1 });
      const closed = closing ? pool.shutdown() : undefined;
      death.open();
      await until(() => pool.stats().workers.crashed === 1, "the worker is gone");
      gate.open();
      const results = await stream;
      assert.deepEqual(
        results.map((each) => (each.status === "fulfilled" ? each.value : (each.reason as Error).name)),
        [0, "WorkerExitError", 2, 3],
      );
      assert.deepEqual(await Promise.all(others), [0, 1, 2]);
      await (closed ?? pool.shutdown());
    }
  },
);

test(
  "a shutdown lets a map of a list finish, though the queue has not room for all of it",
  limit,
  async () => {
    const pool = new ThreadPoolExecutor(small);
    const gate = new Gate();
    const { cells } = gate;
    const items = Array.from({ length: 60 }, (_, i) => i);
    const stream = pool.map((item) => poll(cells, item), items, { chunksize: 1 });
    await gate.arrived(1);
    const closed = pool.shutdown();
    gate.open();
    assert.deepEqual(await stream, items);
    await closed;
  },
);
