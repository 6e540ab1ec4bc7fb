import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import {
  CancelledError,
  InvalidArgumentError,
  InvalidStateError,
  QueueEmptyError,
  QueueFullError,
  QueueShutDownError,
  SerializationError,
  TimeoutError,
} from "ungil";
import { JoinableQueue, Queue, SimpleQueue } from "ungil/multiprocessing";
import { rejectionOf } from "../threading/support/rejection.js";
import { passOn, putAll, putBurst, takeMany, workOff } from "./support/queue-tasks.js";
import { started } from "./support/started.js";

const limit = { timeout: 60_000 };
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** The same queue in this process, and as a child has it: what is asked of the second goes through the child. */
const places = ["of this process", "of another process"] as const;

/** A queue that is here or in a child. */
async function queueOf<T>(
  t: TestContext,
  place: (typeof places)[number],
  maxsize?: number,
): Promise<Queue<T>> {
  if (place === "of this process") return new Queue<T>(maxsize);
  const handed = new Queue<Queue<T>>();
  const own = async (to: Queue<Queue<T>>, size: number | undefined): Promise<void> => {
    const { Queue: Here } = await import("ungil/multiprocessing");
    const made = new Here<T>(size);
    await to.put(made);
    await new Promise((resolve) => setTimeout(resolve, 2 ** 30, made));
  };
  started(t, own, [handed, maxsize]);
  return handed.get();
}

for (const place of places) {
  test(`J1: items of a queue ${place} leave in the order in which they came`, limit, async (t) => {
    const queue = await queueOf<number>(t, place);
    await Promise.all(range(100).map((n) => queue.put(n)));
    assert.equal(await queue.qsize(), 100);
    assert.deepEqual(await Promise.all(range(100).map(() => queue.get())), range(100));
  });

  test(
    `J1: put to a full queue ${place} waits for room, and the first that waits is the first to go in`,
    limit,
    async (t) => {
      const queue = await queueOf<number>(t, place, 2);
      assert.equal(queue.maxsize, 2);
      await queue.put(0);
      await queue.put(1);
      const went: number[] = [];
      const waiting = [2, 3, 4].map((n) => queue.put(n).then(() => went.push(n)));
      assert.equal(await queue.full(), true);
      assert.equal(await queue.qsize(), 2);
      assert.deepEqual(went, []);
      assert.equal(await queue.get(), 0);
      await waiting[0];
      assert.deepEqual(went, [2]);
      assert.deepEqual(
        [await queue.get(), await queue.get(), await queue.get(), await queue.get()],
        [1, 2, 3, 4],
      );
      assert.deepEqual(went, [2, 3, 4]);
    },
  );

  test(
    `J1: get and put of a queue ${place} wait no longer than timeout, and have done nothing then`,
    limit,
    async (t) => {
      const queue = await queueOf<number>(t, place, 1);
      const start = performance.now();
      await rejectionOf(queue.get({ timeout: 60 }), TimeoutError);
      assert.ok(performance.now() - start >= 59);
      await rejectionOf(queue.get({ timeout: 0 }), TimeoutError);
      await queue.put(1, { timeout: 0 });
      await rejectionOf(queue.put(2, { timeout: 20 }), TimeoutError);
      await rejectionOf(queue.put(2, { timeout: 0 }), TimeoutError);
      assert.equal(await queue.get({ timeout: 0 }), 1);
      assert.equal(await queue.empty(), true);
    },
  );

  test(`J1: putNowait and getNowait of a queue ${place} don't wait`, limit, async (t) => {
    const queue = await queueOf<number>(t, place, 1);
    await rejectionOf(queue.getNowait(), QueueEmptyError);
    await queue.putNowait(1);
    const full = await rejectionOf(queue.putNowait(2), QueueFullError);
    assert.match(full.message, /holds 1 items already \(maxsize: 1\)/);
    assert.equal(await queue.getNowait(), 1);
    assert.deepEqual([await queue.empty(), await queue.full(), await queue.qsize()], [true, false, 0]);
  });

  test(
    `J1: a signal ends a wait of a queue ${place} with its reason, and nothing has happened`,
    limit,
    async (t) => {
      const queue = await queueOf<number>(t, place, 1);
      const reason = new Error("enough");
      const controller = new AbortController();
      const getting = queue.get({ signal: controller.signal });
      controller.abort(reason);
      assert.equal((await rejectionOf(getting, CancelledError)).cause, reason);
      assert.equal(
        (await rejectionOf(queue.put(1, { signal: controller.signal }), CancelledError)).cause,
        reason,
      );
      assert.equal(await queue.qsize(), 0);
    },
  );

  test(`a queue ${place} that is shut down takes nothing in, and gives what it has`, limit, async (t) => {
    const queue = await queueOf<number>(t, place, 2);
    await putAll(queue, [1, 2]);
    const waiting = queue.put(3);
    const shutdown = queue.shutdown();
    await rejectionOf(waiting, QueueShutDownError);
    await shutdown;
    await rejectionOf(queue.put(4), QueueShutDownError);
    await rejectionOf(queue.putNowait(4), QueueShutDownError);
    assert.deepEqual([await queue.get(), await queue.getNowait()], [1, 2]);
    await rejectionOf(queue.get(), QueueShutDownError);
    await rejectionOf(queue.getNowait(), QueueShutDownError);
    await queue.shutdown();
  });

  test(
    `shutdown of a queue ${place} with immediate drops what is in it and ends who waits`,
    limit,
    async (t) => {
      const queue = await queueOf<number>(t, place);
      await putAll(queue, [1, 2]);
      await queue.shutdown({ immediate: true });
      assert.equal(await queue.qsize(), 0);
      await rejectionOf(queue.get(), QueueShutDownError);
      const other = await queueOf<number>(t, place);
      const getting = other.get();
      await other.shutdown();
      await rejectionOf(getting, QueueShutDownError);
    },
  );

  test(
    `for await over a queue ${place} ends with it, and leaving it takes nothing along`,
    limit,
    async (t) => {
      const queue = await queueOf<number>(t, place);
      await putAll(queue, [1, 2, 3]);
      for await (const item of queue) if (item === 2) break;
      const loop = queue[Symbol.asyncIterator]();
      assert.deepEqual(await loop.next(), { done: false, value: 3 });
      const pending = loop.next();
      await loop.return?.();
      assert.deepEqual(await pending, { done: true, value: undefined });
      await queue.put(4);
      const got: number[] = [];
      const all = (async () => {
        for await (const item of queue) got.push(item);
      })();
      await queue.put(5);
      await queue.shutdown();
      await all;
      assert.deepEqual(got, [4, 5]);
    },
  );
}

test(
  "J1: items of several producers reach several consumers, each once and in its producer's order",
  limit,
  async (t) => {
    const queue = new Queue<readonly [number, number]>(16);
    const results = new Queue<readonly [number, readonly [number, number]]>();
    const each = 300;
    const consumers = range(2).map(() => started(t, passOn<readonly [number, number]>, [queue, results]));
    const producers = range(2).map((producer) =>
      started(t, putBurst, [queue as Queue<never>, producer, each]),
    );
    const here = Promise.all(range(each).map((n) => queue.put([2, n])));
    const byConsumer = new Map<number, Map<number, number[]>>();
    for (let n = 0; n < 3 * each; n++) {
      const [pid, [producer, number]] = await results.get();
      const seen = byConsumer.get(pid) ?? new Map<number, number[]>();
      byConsumer.set(pid, seen);
      seen.set(producer, [...(seen.get(producer) ?? []), number]);
    }
    await here;
    await queue.shutdown();
    for (const child of [...producers, ...consumers]) await child.join();
    const all = new Map<number, number[]>(range(3).map((producer) => [producer, []]));
    for (const seen of byConsumer.values()) {
      for (const [producer, numbers] of seen) {
        assert.deepEqual(
          numbers,
          numbers.toSorted((a, b) => a - b),
          "in the producer's order",
        );
        all.get(producer)!.push(...numbers);
      }
    }
    for (const numbers of all.values())
      assert.deepEqual(
        numbers.toSorted((a, b) => a - b),
        range(each),
      );
  },
);

test("J1: a full queue holds a burst of puts, and each is told when its item is in", limit, async (t) => {
  const queue = new Queue<unknown>(10);
  const child = started(t, putBurst, [queue as Queue<never>, 0, 1_000]);
  const first = await queue.get();
  assert.deepEqual(first, [0, 0]);
  assert.ok((await queue.qsize()) <= 10);
  assert.equal(child.isAlive(), true);
  assert.equal((await takeMany(queue, 999)).length, 999);
  await child.join();
  assert.equal(child.exitCode, 0);
});

test("J1: bad arguments are refused by their names", limit, async () => {
  for (const maxsize of ["3", null, Number.NaN])
    assert.throws(() => new Queue(maxsize as never), {
      name: "InvalidArgumentError",
      message: /^maxsize must/,
    });
  assert.equal(new Queue(0).maxsize, Number.POSITIVE_INFINITY);
  assert.equal(new Queue(-1).maxsize, Number.POSITIVE_INFINITY);
  const queue = new Queue<number>();
  for (const [options, message] of [
    [{ timeout: Number.NaN }, /^timeout must be/],
    [{ timeout: "1" }, /^timeout must be/],
    [{ signal: {} }, /^signal must be/],
    [{ timout: 1 }, /did you mean timeout/],
  ] as const) {
    for (const call of [() => queue.get(options as never), () => queue.put(1, options as never)])
      assert.match((await rejectionOf(call(), InvalidArgumentError)).message, message);
  }
  await rejectionOf(queue.shutdown({ now: true } as never), InvalidArgumentError);
  await rejectionOf(queue.shutdown({ immediate: 1 } as never), InvalidArgumentError);
  assert.equal(await queue.qsize(), 0);
});

test("J2: join waits until taskDone was called for every item, over processes", limit, async (t) => {
  const jobs = new JoinableQueue<number>();
  const done = new Queue<number>();
  await jobs.join();
  const workers = range(2).map(() => started(t, workOff, [jobs, done]));
  await putAll(jobs, range(20));
  await jobs.join();
  assert.equal(await done.qsize(), 20);
  assert.equal(await jobs.empty(), true);
  await jobs.put(20);
  await rejectionOf(
    new JoinableQueue().join({ timeout: 0 }).then(() => assert.fail("nothing to do: at once")),
    assert.AssertionError,
  );
  await jobs.join();
  await jobs.shutdown();
  for (const worker of workers) await worker.join();
});

test("J2: join keeps waiting for an item that was taken and is not done", limit, async () => {
  const jobs = new JoinableQueue<number>();
  await jobs.put(1);
  assert.equal(await jobs.get(), 1);
  await rejectionOf(jobs.join({ timeout: 30 }), TimeoutError);
  const joining = jobs.join();
  await jobs.taskDone();
  await joining;
});

test("J2: taskDone more often than there were items is an error", limit, async (t) => {
  const jobs = new JoinableQueue<number>();
  await jobs.put(1);
  await jobs.taskDone();
  const error = await rejectionOf(jobs.taskDone(), InvalidStateError);
  assert.match(error.message, /more often than items were put/);
  const told = new Queue<unknown>();
  const tell = async (queue: JoinableQueue<number>, to: Queue<unknown>): Promise<void> => {
    await to.put(await queue.taskDone().catch((reason: unknown) => reason));
  };
  started(t, tell, [jobs, told]);
  assert.ok((await told.get()) instanceof InvalidStateError);
});

test("J2: shutdown with immediate counts what it drops as done, and not what was taken", limit, async () => {
  const jobs = new JoinableQueue<number>();
  await putAll(jobs, [1, 2, 3]);
  await jobs.get();
  const joining = jobs.join();
  await jobs.shutdown({ immediate: true });
  await rejectionOf(jobs.join({ timeout: 20 }), TimeoutError);
  await jobs.taskDone();
  await joining;
});

test("J3: an item that can't be sent rejects that put only: the queue is as before", limit, async (t) => {
  const queue = new Queue<unknown>(1);
  const results = new Queue<readonly [number, unknown]>();
  const child = started(t, passOn<unknown>, [queue, results]);
  const bad: unknown[] = [new WeakMap(), { deep: [new WeakRef({})] }, Symbol("s"), new Promise(() => {})];
  for (const item of bad) {
    const error = await rejectionOf(queue.put(item), SerializationError);
    assert.match(error.message, /the item/);
    await rejectionOf(queue.putNowait(item), SerializationError);
  }
  await queue.put("next");
  assert.deepEqual(await results.get(), [child.pid, "next"]);
  assert.equal(await queue.qsize(), 0);
});

test("J3: an item that can't be made on arrival rejects that get only", limit, async (t) => {
  const queue = new Queue<unknown>();
  const results = new Queue<unknown>();
  const take = async (from: Queue<unknown>, to: Queue<unknown>): Promise<void> => {
    for (let n = 0; n < 2; n++) await to.put(await from.get().catch((error: unknown) => String(error)));
  };
  // a function whose module is not there
  const gone = new Function(
    "return import('data:text/javascript,export const f = () => { throw 1 }')",
  )() as Promise<{
    f(): void;
  }>;
  const { f } = await gone;
  await queue.put({ f });
  await queue.put("next");
  started(t, take, [queue, results]);
  await results.get();
  assert.equal(await results.get(), "next");
});

test("J4: after close nothing can be put or got here, and others go on", limit, async (t) => {
  const queue = new Queue<number>();
  const results = new Queue<readonly [number, number]>();
  const child = started(t, passOn<number>, [queue, results]);
  await queue.put(1);
  queue.close();
  queue.close();
  for (const use of [
    () => queue.put(2),
    () => queue.get(),
    () => queue.putNowait(2),
    () => queue.getNowait(),
    () => queue.empty(),
    () => queue.qsize(),
    () => queue.shutdown(),
  ])
    assert.match(
      (await rejectionOf(use(), InvalidStateError)).message,
      /is closed here: close\(\) was called/,
    );
  assert.deepEqual(await results.get(), [child.pid, 1]);
});

test("J4: close of a queue that was never used does nothing", limit, async () => {
  const queue = new Queue();
  queue.close();
  queue.close();
  await queue[Symbol.asyncDispose]();
  await rejectionOf(queue.get(), InvalidStateError);
});

test("J4: await using closes the queue when all that was put here is in it", limit, async (t) => {
  const queue = new Queue<number>(1);
  const results = new Queue<readonly [number, number]>();
  started(t, passOn<number>, [queue, results]);
  const puts: string[] = [];
  {
    await using own = queue;
    for (let n = 0; n < 5; n++) void own.put(n).then(() => puts.push("in"));
  }
  assert.equal(puts.length, 5);
  await rejectionOf(queue.put(5), InvalidStateError);
  for (let n = 0; n < 5; n++) assert.equal((await results.get())[1], n);
});

test("a SimpleQueue takes items without limit and gives them in order, over processes", limit, async (t) => {
  const queue = new SimpleQueue<number>();
  assert.equal(await queue.empty(), true);
  const put = async (to: SimpleQueue<number>): Promise<void> => {
    for (let n = 0; n < 10; n++) await to.put(n);
  };
  started(t, put, [queue]);
  const got: number[] = [];
  for (let n = 0; n < 10; n++) got.push(await queue.get());
  assert.deepEqual(got, range(10));
  assert.equal(await queue.empty(), true);
  queue.close();
  await rejectionOf(queue.get(), InvalidStateError);
});

test("the example counts the words of all files, each once", limit, (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "ungil-words-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(path.join(folder, "deep/er"), { recursive: true });
  for (let n = 0; n < 50; n++)
    writeFileSync(path.join(folder, `${n}.md`), "every file says: WORD, word and once");
  writeFileSync(path.join(folder, "deep/er/last.md"), "depth depth");
  writeFileSync(path.join(folder, "other.txt"), "nothing nothing");
  const { stdout, stderr, status } = spawnSync(process.execPath, ["examples/queue/start.mjs", folder], {
    encoding: "utf8",
    timeout: 50_000,
  });
  assert.deepEqual([stderr, status], ["", 0]);
  const read = [...stdout.matchAll(/^process \d+ has read (\d+) files$/gm)].map(([, files]) => Number(files));
  assert.equal(
    read.reduce((a, b) => a + b, 0),
    51,
  );
  assert.deepEqual(stdout.trimEnd().split("\n").slice(read.length), [
    "100\tword",
    "50\tevery",
    "50\tfile",
    "50\tonce",
    "50\tsays",
    "2\tdepth",
  ]);
});
