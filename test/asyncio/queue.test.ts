import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CancelledError,
  InvalidArgumentError,
  InvalidStateError,
  QueueEmptyError,
  QueueFullError,
  QueueShutDownError,
  TimeoutError,
} from "ungil";
import { LifoQueue, PriorityQueue, Queue } from "ungil/asyncio";
import { manualClock } from "ungil/testing";
import { numbers, turn, watch } from "./support/watch.js";

function drain<T>(queue: Queue<T>): T[] {
  const items: T[] = [];
  while (!queue.empty()) items.push(queue.getNowait());
  return items;
}

test("P6 items leave in the order in which they came, the newest first, or the smallest first", async () => {
  const [fifo, lifo, priority] = [new Queue<number>(), new LifoQueue<number>(), new PriorityQueue<number>()];
  for (const queue of [fifo, lifo, priority]) for (const item of [2, 3, 1]) await queue.put(item);
  assert.deepEqual(drain(fifo), [2, 3, 1]);
  assert.deepEqual(drain(lifo), [1, 3, 2]);
  assert.deepEqual(drain(priority), [1, 2, 3]);
  assert.ok(lifo instanceof Queue && priority instanceof Queue);
});

test("P6 a maxsize of 0 or less is none; a fraction counts as what it takes to reach it", () => {
  for (const maxsize of [undefined, 0, -1, -0.5, Number.POSITIVE_INFINITY]) {
    const queue = new Queue<number>(maxsize);
    for (const item of numbers(1_000)) queue.putNowait(item);
    assert.equal(queue.full(), false);
    assert.equal(queue.maxsize, Number.POSITIVE_INFINITY);
  }
  const queue = new Queue<number>(1.3);
  queue.putNowait(1);
  assert.equal(queue.full(), false);
  queue.putNowait(2);
  assert.equal(queue.full(), true);
  for (const bad of [Number.NaN, "3" as never, {} as never]) {
    assert.throws(() => new Queue(bad), InvalidArgumentError);
  }
});

test("P6 without waiting: full and empty are errors of their own", () => {
  const queue = new Queue<number>(1);
  assert.throws(() => queue.getNowait(), QueueEmptyError);
  queue.putNowait(1);
  assert.throws(() => queue.putNowait(2), QueueFullError);
  assert.throws(() => queue.putNowait(2), /maxsize: 1/);
  assert.equal(queue.getNowait(), 1);
  assert.equal(queue.qsize(), 0);
});

test("P6 an item goes to who has waited longest for one, and nobody comes in between", async () => {
  const queue = new Queue<string>();
  const [first, second] = [watch(queue.get()), watch(queue.get())];
  queue.putNowait("a");
  assert.throws(() => queue.getNowait(), QueueEmptyError);
  const third = watch(queue.get());
  queue.putNowait("b");
  await turn();
  assert.deepEqual([first.value, second.value, third.state], ["a", "b", "pending"]);
});

test("P6 room goes to who has waited longest for it, and nobody comes in between", async () => {
  const queue = new Queue<string>(1);
  queue.putNowait("a");
  const [first, second] = [watch(queue.put("b")), watch(queue.put("c"))];
  assert.equal(queue.getNowait(), "a");
  // the room is taken already
  assert.throws(() => queue.putNowait("d"), QueueFullError);
  await turn();
  assert.deepEqual([first.state, second.state], ["fulfilled", "pending"]);
  assert.deepEqual([queue.getNowait(), queue.getNowait()], ["b", "c"]);
  await turn();
  assert.equal(second.state, "fulfilled");
});

test("P6 a get that is cancelled takes no item, and the next one gets it", async () => {
  const clock = manualClock();
  const queue = new Queue<number>(0, { clock });
  const abort = new AbortController();
  const cancelled = watch(queue.get({ signal: abort.signal }));
  const late = watch(queue.get({ timeout: 5 }));
  const patient = watch(queue.get());
  await clock.advance(5);
  abort.abort();
  queue.putNowait(1);
  await turn();
  assert.ok(cancelled.error instanceof CancelledError);
  assert.ok(late.error instanceof TimeoutError);
  assert.equal(patient.value, 1);
  assert.equal(clock.pending(), 0);
});

test("P6 a get that is cancelled when it was given an item has it", async () => {
  const queue = new Queue<number>();
  const abort = new AbortController();
  const get = watch(queue.get({ signal: abort.signal }));
  queue.putNowait(1);
  abort.abort();
  await turn();
  assert.equal(get.value, 1);
});

test("P6 a put that is cancelled puts nothing in, and the next one has its turn", async () => {
  const queue = new Queue<number>(1);
  queue.putNowait(1);
  const abort = new AbortController();
  const cancelled = watch(queue.put(2, { signal: abort.signal }));
  const next = watch(queue.put(3));
  abort.abort();
  assert.equal(queue.getNowait(), 1);
  await turn();
  assert.ok(cancelled.error instanceof CancelledError);
  assert.equal(next.state, "fulfilled");
  assert.deepEqual(drain(queue), [3]);
  assert.equal(queue.stats().unfinished, 2);
});

test("P6 join waits until every item is done; taskDone too often is an error", async () => {
  const queue = new Queue<number>();
  await queue.join();
  assert.throws(() => queue.taskDone(), InvalidStateError);
  queue.putNowait(1);
  queue.putNowait(2);
  const joins = [watch(queue.join()), watch(queue.join())];
  drain(queue);
  queue.taskDone();
  await turn();
  assert.equal(joins[0]!.state, "pending");
  await assert.rejects(queue.join({ timeout: 0 }), TimeoutError);
  queue.taskDone();
  await turn();
  assert.ok(joins.every(({ state }) => state === "fulfilled"));
  assert.throws(() => queue.taskDone(), /more often/);
});

test("P6 an item whose putter waits is not unfinished before it is in the queue", async () => {
  const queue = new Queue<number>(1);
  queue.putNowait(1);
  const put = queue.put(2);
  assert.equal(queue.stats().unfinished, 1);
  queue.getNowait();
  await put;
  assert.equal(queue.stats().unfinished, 2);
});

test("P7 shutdown: putters are refused now, getters get what is there first", async () => {
  const queue = new Queue<number>(2);
  queue.putNowait(1);
  queue.putNowait(2);
  const putters = [watch(queue.put(3)), watch(queue.put(4))];
  queue.shutdown();
  queue.shutdown();
  await turn();
  assert.ok(putters.every(({ error }) => error instanceof QueueShutDownError));
  assert.notEqual(putters[0]!.error, putters[1]!.error);
  assert.throws(() => queue.putNowait(5), QueueShutDownError);
  await assert.rejects(queue.put(5), QueueShutDownError);
  assert.deepEqual([await queue.get(), queue.getNowait()], [1, 2]);
  await assert.rejects(queue.get(), QueueShutDownError);
  assert.throws(() => queue.getNowait(), QueueShutDownError);
  assert.equal(queue.stats().isShutDown, true);
});

test("P7 shutdown of an empty queue refuses those who wait for an item", async () => {
  const queue = new Queue<number>();
  const getters = numbers(3).map(() => watch(queue.get()));
  queue.shutdown();
  await turn();
  assert.ok(getters.every(({ error }) => error instanceof QueueShutDownError));
});

test("P7 shutdown at once drops what is there, which counts as done; what was taken still has to be", async () => {
  const queue = new Queue<number>();
  for (const item of numbers(4)) queue.putNowait(item);
  queue.getNowait();
  const join = watch(queue.join());
  queue.shutdown();
  queue.shutdown({ immediate: true });
  assert.equal(queue.qsize(), 0);
  await assert.rejects(queue.get(), QueueShutDownError);
  assert.equal(queue.stats().unfinished, 1);
  await turn();
  assert.equal(join.state, "pending");
  queue.taskDone();
  await turn();
  assert.equal(join.state, "fulfilled");

  const untouched = new Queue<number>();
  untouched.putNowait(1);
  const released = watch(untouched.join());
  untouched.shutdown({ immediate: true });
  await turn();
  assert.equal(released.state, "fulfilled");
  assert.throws(() => untouched.shutdown({ immediately: true } as never), /did you mean immediate/);
});

test("a loop over a queue ends with its shutdown, and several share the items", async () => {
  const queue = new Queue<number>(2);
  const seen: number[][] = [[], []];
  const loops = seen.map(async (items) => {
    for await (const item of queue) {
      items.push(item);
      await turn();
    }
  });
  for (const item of numbers(10)) await queue.put(item);
  queue.shutdown();
  await Promise.all(loops);
  assert.deepEqual(
    seen.flat().toSorted((a, b) => a - b),
    numbers(10),
  );
  assert.ok(seen.every(({ length }) => length > 0));
});

test("leaving a loop over a queue takes no item with it, also where a step waits", async () => {
  const queue = new Queue<number>();
  queue.putNowait(1);
  queue.putNowait(2);
  for await (const item of queue) {
    assert.equal(item, 1);
    break;
  }
  assert.equal(queue.getNowait(), 2);
  const iterator = queue[Symbol.asyncIterator]();
  const step = watch(iterator.next());
  await iterator.return!();
  queue.putNowait(3);
  await turn();
  assert.deepEqual(step.value, { done: true, value: undefined });
  assert.deepEqual(await iterator.next(), { done: true, value: undefined });
  assert.equal(queue.getNowait(), 3);
});

test("a priority queue: equals leave in the order in which they came, in an order of one's own too", () => {
  const queue = new PriorityQueue<{ due: number; name: string }>(0, { compare: (a, b) => a.due - b.due });
  for (const [i, due] of [2, 1, 2, 1, 3].entries()) queue.putNowait({ due, name: `${due}/${i}` });
  assert.deepEqual(
    drain(queue).map(({ name }) => name),
    ["1/1", "1/3", "2/0", "2/2", "3/4"],
  );
});

test("a priority queue orders what has an order by itself, and refuses what has none", async () => {
  const tuples = new PriorityQueue<[number, string]>();
  for (const item of [
    [10, "b"],
    [2, "z"],
    [10, "a"],
    [9, "c"],
  ] as const)
    tuples.putNowait([...item]);
  assert.deepEqual(drain(tuples), [
    [2, "z"],
    [9, "c"],
    [10, "a"],
    [10, "b"],
  ]);
  const dates = new PriorityQueue<Date>();
  dates.putNowait(new Date(2_000));
  dates.putNowait(new Date(1_000));
  assert.equal(dates.getNowait().getTime(), 1_000);
  const mixed = new PriorityQueue<unknown>();
  for (const bad of [{}, Number.NaN, undefined, null, new Date("no date"), true]) {
    assert.throws(() => mixed.putNowait(bad), InvalidArgumentError);
    await assert.rejects(mixed.put(bad), InvalidArgumentError);
  }
  mixed.putNowait("text");
  assert.throws(() => mixed.putNowait(1), /compare/);
  assert.deepEqual([mixed.qsize(), mixed.stats().unfinished], [1, 1]);
  const wrong = new PriorityQueue<number>(0, { compare: ((a: number, b: number) => a < b) as never });
  assert.throws(() => wrong.putNowait(1), /compare/);
});

test("a comparison that throws loses no item, wherever it happens", async () => {
  for (let failing = 0; failing < 400; failing++) {
    let calls = 0;
    const compare = (a: number, b: number): number => {
      if (calls++ === failing) throw new RangeError("in compare");
      return a - b;
    };
    const queue = new PriorityQueue<number>(0, { compare });
    const kept: number[] = [];
    for (let i = 0; i < 32; i++) {
      const item = (i * 7) % 32;
      try {
        queue.putNowait(item);
        kept.push(item);
      } catch (error) {
        assert.ok(error instanceof RangeError);
      }
    }
    const got: number[] = [];
    while (!queue.empty()) {
      try {
        got.push(queue.getNowait());
      } catch (error) {
        assert.ok(error instanceof RangeError);
      }
    }
    assert.deepEqual(
      got,
      kept.toSorted((a, b) => a - b),
    );
  }
});

test("an item that can't be compared any more when there is room fails its own put, and the next has its turn", async () => {
  let broken: number | undefined;
  const compare = (a: number, b: number): number => {
    if (a === broken || b === broken) throw new RangeError("in compare");
    return a - b;
  };
  const queue = new PriorityQueue<number>(2, { compare });
  queue.putNowait(1);
  queue.putNowait(5);
  const [odd, next] = [watch(queue.put(3)), watch(queue.put(4))];
  broken = 3;
  assert.equal(queue.getNowait(), 1);
  await turn();
  assert.ok(odd.error instanceof RangeError);
  assert.equal(next.state, "fulfilled");
  assert.deepEqual(drain(queue), [4, 5]);
  assert.equal(queue.stats().unfinished, 3);
});
