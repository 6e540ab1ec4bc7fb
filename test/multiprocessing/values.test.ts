import assert from "node:assert/strict";
import { test } from "node:test";
import { InvalidArgumentError, TimeoutError } from "ungil";
import { Lock, RLock, Array as SharedArray, Value } from "ungil/multiprocessing";
import { rejectionOf } from "../threading/support/rejection.js";
import { poolsOf } from "./support/pools.js";

const limit = { timeout: 120_000 };

const { processes, threads } = poolsOf({ processes: 2, threads: 2 });

test("L1: an array of a size is all zeros, one of items has them", limit, async () => {
  const zeros = new SharedArray("float64", 5);
  assert.equal(zeros.length, 5);
  assert.deepEqual(await zeros.slice(), new Float64Array(5));
  const items = new SharedArray("i", [1, -2, 3]);
  assert.deepEqual(await items.slice(), Int32Array.of(1, -2, 3));
  assert.deepEqual(await new SharedArray("q", new Set([1n, 2n])).slice(), BigInt64Array.of(1n, 2n));
  assert.equal(await new Value("d").get(), 0);
  assert.equal(await new Value("uint64").get(), 0n);
});

test("L1: what one process sets is what another gets, and slices too", limit, async () => {
  const numbers = new SharedArray("d", 10);
  const value = new Value("f", 1.5);
  await processes.map(async (n: number) => numbers.set(n, n * n), [0, 1, 2, 3, -1]);
  await threads.submit(() => numbers.setSlice(5, [0.5, 1.5]));
  assert.deepEqual(await numbers.slice(0, 7), Float64Array.of(0, 1, 4, 9, 0, 0.5, 1.5));
  assert.deepEqual(await processes.submit(() => numbers.slice(-2)), Float64Array.of(0, 1));
  assert.equal(await numbers.get(-1), 1);
  await processes.submit(() => value.set(2.5));
  assert.equal(await value.get(), 2.5);
  const seen: number[] = [];
  for await (const each of numbers) seen.push(each);
  assert.equal(seen.length, 10);
});

test("L1: the default lock is an RLock, which each call takes for itself", limit, async () => {
  const value = new Value("int32", 0);
  const numbers = new SharedArray("int32", 2);
  for (const each of [value, numbers]) assert.ok(each.getLock() instanceof RLock);
  const guard = await value.getLock().acquire();
  const get = (): Promise<number> => value.get({ timeout: 30 });
  await rejectionOf(processes.submit(get), TimeoutError);
  await rejectionOf(threads.submit(get), TimeoutError);
  // who has it goes on
  await value.set(7);
  assert.equal(await value.update((old) => old + 1), 8);
  await guard.release();
  assert.equal(await processes.submit(get), 8);
});

test("L1: a value arrives with its lock, as the same value with the same lock", limit, async () => {
  const value = new Value("int32", 0);
  const lock = value.getLock();
  const [sameValue, sameLock] = await processes.submit(
    (given: Value<"int32">) => [given, given.getLock()],
    value,
  );
  assert.equal(sameValue, value);
  assert.equal(sameLock, lock);
  const own = new Lock();
  const given = new Value("int32", 0, { lock: own });
  assert.equal(given.getLock(), own);
  const arrived = await processes.submit(
    (each: Value<"int32">, one: Lock) => (each.getLock() as unknown) === one,
    given,
    own,
  );
  assert.equal(arrived, true);
});

test("L1: `lock: false` has no lock, and what is no lock is refused", limit, async () => {
  const raw = new Value("int32", 0, { lock: false });
  assert.throws(() => raw.getLock(), InvalidArgumentError);
  for (const lock of ["notalock", 1, {}, null]) {
    assert.throws(() => new Value("int32", 0, { lock: lock as never }), InvalidArgumentError);
    assert.throws(() => new SharedArray("int32", 1, { lock: lock as never }), InvalidArgumentError);
  }
  assert.throws(() => new Value("int32", 0, { locks: false } as never), InvalidArgumentError);
});

test("L1: get and set are two steps, add and update are one", limit, async () => {
  for (const lock of [true, false, new Lock()]) {
    const value = new Value("int32", 0, { lock });
    const numbers = new SharedArray("int64", 3, { lock });
    const work = async (): Promise<void> => {
      for (let n = 0; n < 20; n++) {
        await value.add(1);
        await value.update(async (old) => {
          await null;
          return old + 1;
        });
        await numbers.add(1, 2n);
        await numbers.update(-1, (old) => old + 3n);
      }
    };
    await Promise.all([processes.submit(work), processes.submit(work), threads.submit(work), work()]);
    assert.equal(await value.get(), 160);
    // by one holder, at the same time
    await Promise.all([1, 2, 3].map(() => value.update(async (old) => old + 1)));
    assert.equal(await value.get(), 163);
    assert.deepEqual(await numbers.slice(), BigInt64Array.of(0n, 160n, 240n));
  }
});

test("L1: a lock that another process owns holds for a value of this one", limit, async () => {
  const foreign = await processes.submit(() => {
    const made = new RLock();
    (globalThis as { kept?: unknown }).kept = made;
    return made;
  });
  const value = new Value("int32", 0, { lock: foreign });
  assert.equal(value.getLock(), foreign);
  const guard = await foreign.acquire();
  await value.set(5);
  await rejectionOf(
    threads.submit(() => value.get({ timeout: 30 })),
    TimeoutError,
  );
  await guard.release();
  const add = async (): Promise<void> => {
    for (let n = 0; n < 20; n++) await value.update((old) => old + 1);
  };
  await Promise.all([processes.submit(add), threads.submit(add), add()]);
  assert.equal(await value.get(), 65);
});

test(
  "L1: update leaves the number as it was when the function throws, or answers what the type can't hold",
  limit,
  async () => {
    for (const lock of [true, false]) {
      const value = new Value("uint8", 200, { lock });
      await rejectionOf(
        value.update(() => {
          throw new RangeError("no");
        }),
        RangeError,
      );
      await rejectionOf(
        value.update((old) => old + 100),
        InvalidArgumentError,
      );
      await rejectionOf(value.add(56), InvalidArgumentError);
      assert.equal(await value.get(), 200);
      assert.equal(await value.add(55), 255);
      assert.equal(await value.compareExchange(254, 1), false);
      assert.equal(await value.compareExchange(255, 1), true);
      assert.equal(await processes.submit(() => value.get({ timeout: 60_000 })), 1);
    }
  },
);

test("L1: whoever holds the lock of a value updates it at once, though it is no RLock", limit, async () => {
  const lock = new Lock();
  const value = new Value("int32", 1, { lock });
  using _guard = await lock.acquire();
  assert.equal(await value.add(1), 2);
  assert.equal(await value.update((old) => old * 5, { timeout: 10_000 }), 10);
  await Promise.all(Array.from({ length: 10 }, () => value.update((old) => old + 1)));
  assert.equal(await value.get(), 20);
  assert.equal(await lock.locked(), true);
});

test("L1: a number is compared, and told, as its type holds it", limit, async () => {
  const value = new Value("float32", 0.1);
  assert.equal(await value.compareExchange(0.1, 0.2), true);
  assert.equal(await value.update(() => 0.3), Math.fround(0.3));
  assert.equal(await value.compareExchange(0.3 + 1e-6, 0), false);
  assert.equal(await value.get(), Math.fround(0.3));
});

test("L1: a number that the type can't hold is refused, and so is a bad type, size or index", limit, () => {
  for (const [type, value] of [
    ["int8", 128],
    ["B", -1],
    ["i", 0.5],
    ["int32", 2 ** 31],
    ["d", 1n],
    ["q", 1],
    ["uint64", -1n],
    ["uint64", 2n ** 64n],
    ["f", "1"],
    ["int32", Number.NaN],
  ] as const) {
    assert.throws(() => new Value(type, value as never), InvalidArgumentError, `${type} ${value}`);
    assert.throws(() => new SharedArray(type, [value as never]), InvalidArgumentError);
  }
  assert.throws(() => new Value("z" as never), /type must be one of/);
  for (const size of [-1, 1.5, "3", null, {}])
    assert.throws(() => new SharedArray("d", size as never), InvalidArgumentError);
  const numbers = new SharedArray("d", 3);
  for (const index of [3, -4, 0.5, "0"])
    assert.throws(() => numbers.get(index as never), InvalidArgumentError);
  assert.throws(() => numbers.setSlice(2, [1, 2]), InvalidArgumentError);
  assert.throws(() => new Value("d").set("1" as never), InvalidArgumentError);
});
