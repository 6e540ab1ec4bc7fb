import assert from "node:assert/strict";
import { test } from "node:test";
import { ThreadPoolExecutor } from "ungil";
import { Barrier, Queue } from "ungil/threading";

const limit = { timeout: 170_000 };

test(
  "a million items through two producers and two consumers: each once, those of a producer in order",
  limit,
  async () => {
    const pairs = 2;
    const each = 500_000;
    const queue = new Queue<number>(512);
    const start = new Barrier(2 * pairs);
    await using pool = new ThreadPoolExecutor({ maxWorkers: 2 * pairs });
    const produce = (producer: number): void => {
      start.waitSync();
      for (let i = 0; i < each; i++) queue.putSync(i * 2 + producer);
    };
    const consume = (): { count: number; sum: number; disorder: number } => {
      const last = [-1, -1];
      let [count, sum, disorder] = [0, 0, 0];
      start.waitSync();
      try {
        for (;;) {
          const item = queue.getSync();
          if (item <= last[item % 2]!) disorder++;
          last[item % 2] = item;
          count++;
          sum += item;
        }
      } catch (error) {
        if ((error as { code?: string }).code !== "ERR_UNGIL_QUEUE_SHUT_DOWN") throw error;
      }
      return { count, sum, disorder };
    };
    const consumers = [pool.submit(consume), pool.submit(consume)];
    await Promise.all([pool.submit(produce, 0), pool.submit(produce, 1)]);
    queue.shutdown();
    const results = await Promise.all(consumers);
    const total = pairs * each;
    assert.equal(results[0]!.count + results[1]!.count, total);
    assert.equal(results[0]!.sum + results[1]!.sum, (total * (total - 1)) / 2);
    assert.equal(results[0]!.disorder + results[1]!.disorder, 0);
    assert.equal(queue.qsize(), 0);
  },
);

test("objects through one producer and one consumer arrive in order, whoever is quicker", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const each = 100_000;
  for (const slow of ["neither", "producer", "consumer"]) {
    const queue = new Queue<{ id: number; name: string }>(256);
    const dawdle = (): void => {
      for (let i = 0; i < 200; i++) Atomics.load(new Int32Array(1), 0);
    };
    const producing = pool.submit((lags: boolean) => {
      for (let id = 0; id < each; id++) {
        if (lags && id % 50 === 0) dawdle();
        queue.putSync({ id, name: `item ${id % 100}` });
      }
      queue.shutdown();
    }, slow === "producer");
    const consuming = pool.submit((lags: boolean) => {
      for (let next = 0; ; next++) {
        if (lags && next % 50 === 0) dawdle();
        try {
          const { id, name } = queue.getSync();
          if (id !== next || name !== `item ${id % 100}`) throw new Error(`${id} came for ${next}`);
        } catch (error) {
          if ((error as { code?: string }).code === "ERR_UNGIL_QUEUE_SHUT_DOWN") return next;
          throw error;
        }
      }
    }, slow === "consumer");
    await producing;
    assert.equal(await consuming, each);
  }
});

test(
  "event loops and blocked threads share texts and objects through little room, and lose none",
  limit,
  async () => {
    const queue = new Queue<{ n: number; text: string }>(7, { maxBytes: 2_048 });
    await using pool = new ThreadPoolExecutor({ maxWorkers: 3 });
    const each = 4_000;
    const itemOf = (n: number): { n: number; text: string } => ({
      n,
      text: `${n % 3 ? "x" : "é"}`.repeat(n % 300),
    });
    const produceSync = (first: number): void => {
      for (let n = first; n < first + each; n++) queue.putSync(itemOf(n));
    };
    const produce = async (first: number): Promise<void> => {
      // not awaited one by one: in their order all the same
      for (let n = first; n < first + each; n += 10)
        await Promise.all(Array.from({ length: 10 }, (_, i) => queue.put(itemOf(n + i))));
    };
    const consumeSync = (): number[] => {
      const got: number[] = [];
      // how many it gets of them is a matter of speed
      for (;;) {
        let item: { n: number; text: string };
        try {
          item = queue.getSync();
        } catch (error) {
          if ((error as { code?: unknown }).code === "ERR_UNGIL_QUEUE_SHUT_DOWN") return got;
          throw error;
        }
        if (item.text !== itemOf(item.n).text) throw new Error(`item ${item.n} is not what it was`);
        got.push(item.n);
      }
    };
    const consume = async (): Promise<number[]> => {
      const got: number[] = [];
      for await (const { n, text } of queue) {
        assert.equal(text, itemOf(n).text);
        got.push(n);
      }
      return got;
    };
    const consumers = [consume(), consume(), pool.submit(consumeSync)];
    await Promise.all([pool.submit(produceSync, 0), pool.submit(produce, each), produce(2 * each)]);
    queue.shutdown();
    const got = await Promise.all(consumers);
    for (const list of got)
      for (let producer = 0; producer < 3; producer++) {
        const own = list.filter((n) => Math.floor(n / each) === producer);
        assert.deepEqual(
          own,
          own.toSorted((a, b) => a - b),
        );
      }
    assert.deepEqual(
      got.flat().toSorted((a, b) => a - b),
      Array.from({ length: 3 * each }, (_, n) => n),
    );
  },
);

test("calls that give up at random take nothing with them", limit, async () => {
  const queue = new Queue<number>(3);
  await using pool = new ThreadPoolExecutor({ maxWorkers: 3 });
  const go = async (seed: number): Promise<[put: number[], got: number[]]> => {
    let state = seed;
    const random = (): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
      return (state >>> 8) / 2 ** 24;
    };
    const put: number[] = [];
    const got: number[] = [];
    for (let i = 0; i < 1_500; i++) {
      const timeout = random() * 0.6;
      try {
        const item = seed * 10_000 + i;
        switch (Math.floor(random() * 5)) {
          case 0:
            queue.putSync(item, { timeout });
            put.push(item);
            break;
          case 1:
            await queue.put(item, { timeout });
            put.push(item);
            break;
          case 2:
            got.push(queue.getSync({ timeout }));
            break;
          case 3:
            got.push(await queue.get({ timeout }));
            break;
          default:
            got.push(await queue.get({ signal: AbortSignal.timeout(1) }));
        }
      } catch (error) {
        const { code } = error as { code?: string };
        if (code !== "ERR_UNGIL_TIMEOUT" && code !== "ERR_UNGIL_CANCELLED") throw error;
      }
    }
    return [put, got];
  };
  const results = await Promise.all([1, 2, 3].map((seed) => pool.submit(go, seed)));
  const put = results.flatMap(([items]) => items);
  const got = results.flatMap(([, items]) => items);
  while (!queue.empty()) got.push(queue.getNowait());
  assert.ok(put.length > 300);
  assert.deepEqual(
    got.toSorted((a, b) => a - b),
    put.toSorted((a, b) => a - b),
  );
});
