import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import {
  CancelledError,
  InvalidArgumentError,
  InvalidStateError,
  QueueEmptyError,
  QueueFullError,
  QueueShutDownError,
  SerializationError,
  ThreadPoolExecutor,
  TimeoutError,
} from "ungil";
import { timeout } from "ungil/asyncio";
import { sharedCells, until } from "ungil/testing";
import { Event, Lock, Queue } from "ungil/threading";

const limit = { timeout: 60_000 };
const soon = { timeout: 20_000 };
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test("J1: items come out in the order in which they went in, in all forms of the calls", limit, async () => {
  const queue = new Queue<number>(8);
  await queue.put(1);
  queue.putSync(2);
  queue.putNowait(3);
  await queue.put(4, soon);
  assert.equal(queue.qsize(), 4);
  assert.equal(await queue.get(), 1);
  assert.equal(queue.getSync(), 2);
  assert.equal(queue.getNowait(), 3);
  assert.equal(queue.getSync(soon), 4);
  assert.equal(queue.empty(), true);
});

test("J1: what does not wait says so when it is full or empty", limit, async () => {
  const queue = new Queue<string>(2);
  assert.throws(() => queue.getNowait(), QueueEmptyError);
  queue.putNowait("a");
  assert.equal(queue.full(), false);
  queue.putNowait("b");
  assert.equal(queue.full(), true);
  assert.throws(() => queue.putNowait("c"), QueueFullError);
  assert.throws(() => queue.putSync("c", { timeout: 0 }), TimeoutError);
  assert.throws(() => queue.putSync("c", { timeout: 5 }), TimeoutError);
  await assert.rejects(queue.put("c", { timeout: 0 }), TimeoutError);
  await assert.rejects(queue.put("c", { timeout: 5 }), TimeoutError);
  assert.deepEqual(queue.getManySync(10), ["a", "b"]);
  assert.throws(() => queue.getSync({ timeout: -1 }), TimeoutError);
  assert.throws(() => queue.getSync({ timeout: 5 }), TimeoutError);
  await assert.rejects(queue.get({ timeout: 0 }), TimeoutError);
  await assert.rejects(queue.get({ timeout: 5 }), TimeoutError);
  assert.equal(queue.qsize(), 0);
});

test("J1: getMany waits for one and takes what is there", limit, async () => {
  const queue = new Queue<number>(8);
  const waiting = queue.getMany(3);
  await turn();
  for (const item of [1, 2, 3, 4, 5]) queue.putNowait(item);
  assert.deepEqual(await waiting, [1, 2, 3]);
  assert.deepEqual(await queue.getMany(1), [4]);
  assert.deepEqual(await queue.getMany(Number.POSITIVE_INFINITY), [5]);
  await assert.rejects(queue.getMany(0), InvalidArgumentError);
  assert.throws(() => queue.getManySync(1.5), InvalidArgumentError);
});

const values: [string, unknown][] = [
  ["small numbers", [0, 1, -1, 2 ** 26, -(2 ** 26)]],
  ["numbers", [0.5, -0, Number.NaN, 2 ** 31, 2 ** 53, 1e300, Number.POSITIVE_INFINITY, -(2 ** 31)]],
  ["constants", [undefined, null, true, false]],
  [
    "texts",
    [
      "",
      "a",
      "a".repeat(15),
      "a".repeat(16),
      "a".repeat(1_000),
      "é",
      "é".repeat(500),
      "\ud800".repeat(40),
      "€".repeat(9_000),
      "é€",
    ],
  ],
  ["bigints", [0n, 1n, -1n, 2n ** 64n, -(2n ** 200n)]],
  ["objects", [{}, { a: 1 }, { a: { b: [1, 2, { c: "d" }] } }, [], [1, 2, 3], [1.5, "x", null], { 1: 2 }]],
  [
    "the same keys again and again",
    Array.from({ length: 10 }, (_, i) => ({ id: i, name: `n${i}`, ok: true })),
  ],
  ["other keys each time", Array.from({ length: 40 }, (_, i) => ({ [`key${i}`]: i, again: "x" }))],
  [
    "what the engine clones",
    [new Map([[1, { a: new Set([2]) }]]), new Date(5), /x/g, new Uint16Array([1, 2])],
  ],
  [
    "buffers and URLs",
    [Buffer.from("abc"), { url: new URL("https://example.org/"), bytes: Buffer.from("x") }],
  ],
];

for (const [name, items] of values) {
  test(`items arrive as they were: ${name}`, limit, () => {
    const queue = new Queue(64);
    const list = items as unknown[];
    for (const item of list) queue.putNowait(item);
    for (const item of list) assert.deepStrictEqual(queue.getNowait(), item);
    // all places have had an item once
    for (let round = 0; round < 5; round++) {
      for (const item of list) queue.putNowait(item);
      for (const item of list) assert.deepStrictEqual(queue.getNowait(), item);
    }
  });
}

test("an item is a copy, as it was when it was put in, and shares nothing with others", limit, async () => {
  const queue = new Queue<{ n: number; list: number[] }>(1);
  const item = { n: 1, list: [1] };
  queue.putNowait(item);
  const waiting = queue.put(item);
  item.n = 2;
  item.list.push(2);
  const first = queue.getNowait();
  await waiting;
  const second = queue.getNowait();
  assert.deepEqual(
    [first, second],
    [
      { n: 1, list: [1] },
      { n: 1, list: [1] },
    ],
  );
  assert.notEqual(first.list, second.list);
});

test("errors arrive with what they carry", limit, () => {
  const queue = new Queue<Error>();
  const error = new RangeError("too far", { cause: new TypeError("inner") });
  queue.putNowait(Object.assign(error, { code: "E_FAR" }));
  const arrived = queue.getNowait() as RangeError & { code: string };
  assert.ok(arrived instanceof RangeError);
  assert.equal(arrived.message, "too far");
  assert.equal(arrived.code, "E_FAR");
  assert.ok(arrived.cause instanceof TypeError);
});

test(
  "J3: what can't be put in is refused by a name, nothing is written, and the queue goes on",
  limit,
  async () => {
    const queue = new Queue<unknown>(4);
    const refused = [
      () => 1,
      { deep: { fn() {} } },
      new Lock(),
      [new Queue()],
      new SharedArrayBuffer(8),
      new Blob(["x"]),
      new WeakMap(),
      Symbol("s"),
      Promise.resolve(),
      {
        get broken() {
          throw new RangeError("getter");
        },
      },
    ];
    for (const item of refused) {
      assert.throws(() => queue.putNowait(item), SerializationError);
      assert.throws(() => queue.putSync(item), SerializationError);
      await assert.rejects(queue.put(item), SerializationError);
    }
    assert.equal(queue.qsize(), 0);
    queue.putNowait("next");
    assert.equal(queue.getNowait(), "next");
  },
);

test("an item of more bytes than the queue has is refused before anything is written", limit, async () => {
  const queue = new Queue<unknown>(4, { maxBytes: 1_000 });
  for (const item of [
    "x".repeat(1_001),
    "é".repeat(1_001),
    "€".repeat(501),
    { text: "x".repeat(1_100) },
    { text: "€".repeat(501) },
    new Map([[1, "x".repeat(1_100)]]),
  ]) {
    assert.throws(() => queue.putSync(item), { code: "ERR_UNGIL_INVALID_ARGUMENT", argument: "item" });
    await assert.rejects(queue.put(item), InvalidArgumentError);
  }
  assert.equal(queue.qsize(), 0);
  queue.putNowait("x".repeat(1_000));
  assert.equal(queue.stats().bytes, 1_000);
  assert.throws(() => queue.putNowait("x".repeat(16)), QueueFullError);
  // takes no bytes
  queue.putNowait(5);
  assert.equal(queue.getNowait(), "x".repeat(1_000));
  assert.equal(queue.getNowait(), 5);
});

test("a queue has its limits checked, and its options", limit, () => {
  for (const maxsize of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 30])
    assert.throws(() => new Queue(maxsize), InvalidArgumentError);
  for (const maxBytes of [0, 7, 2 ** 40])
    assert.throws(() => new Queue(1, { maxBytes }), InvalidArgumentError);
  assert.throws(() => new Queue(1, { maxbytes: 8 } as object), InvalidArgumentError);
  const queue = new Queue();
  assert.equal(queue.maxsize, 1_024);
  assert.throws(() => queue.getSync({ signal: AbortSignal.abort() } as object), InvalidArgumentError);
  assert.throws(() => queue.shutdown({ immediate: 1 } as object), InvalidArgumentError);
});

test(
  "P6: calls of one event loop are served in their order, and those that end early lose nothing",
  limit,
  async () => {
    const queue = new Queue<number>(2);
    const controller = new AbortController();
    const first = queue.get({ signal: controller.signal });
    const second = queue.get();
    const third = queue.get({ timeout: 5 });
    const fourth = queue.get();
    await assert.rejects(third, TimeoutError);
    controller.abort();
    await assert.rejects(first, CancelledError);
    queue.putNowait(1);
    queue.putNowait(2);
    assert.deepEqual(await Promise.all([second, fourth]), [1, 2]);
    assert.equal(queue.stats().getting, 0);
    // the same for room
    queue.putNowait(1);
    queue.putNowait(2);
    const stop = new AbortController();
    const puts = [
      queue.put(3, { signal: stop.signal }),
      queue.put(4),
      queue.put(5, { timeout: 5 }),
      queue.put(6),
    ];
    const ends = Promise.allSettled(puts);
    await assert.rejects(puts[2]!, TimeoutError);
    stop.abort();
    const got: number[] = [];
    for (let i = 0; i < 4; i++) got.push(await queue.get(soon));
    assert.deepEqual(got, [1, 2, 4, 6]);
    assert.deepEqual(
      (await ends).map(({ status }) => status),
      ["rejected", "fulfilled", "rejected", "fulfilled"],
    );
    assert.equal(queue.stats().putting, 0);
  },
);

test("a scope that ends takes the waits in it with it, and no item", limit, async () => {
  const queue = new Queue<number>(2);
  await assert.rejects(
    timeout(10, () => queue.get()),
    TimeoutError,
  );
  queue.putNowait(1);
  assert.equal(await queue.get(), 1);
  await assert.rejects(queue.get({ signal: AbortSignal.abort() }), CancelledError);
  queue.putNowait(2);
  await assert.rejects(queue.get({ signal: AbortSignal.abort() }), CancelledError);
  await assert.rejects(queue.put(3, { signal: AbortSignal.abort() }), CancelledError);
  assert.equal(queue.qsize(), 1);
});

test("others on the event loop have their turn while items keep coming", limit, async () => {
  const queue = new Queue<number>(4);
  const loop = { turns: 0 };
  const timer = setInterval(() => loop.turns++, 0);
  const until = performance.now() + 5_000;
  // never has to wait: without giving way this would go on for the whole time
  while (loop.turns < 3 && performance.now() < until) {
    await queue.put(1);
    await queue.get();
  }
  clearInterval(timer);
  assert.ok(loop.turns >= 3);
});

test("P7: after a shutdown what is there is taken, and then there is an error", limit, async () => {
  const queue = new Queue<number>(2);
  queue.putNowait(1);
  queue.putNowait(2);
  const putting = queue.put(3);
  await turn();
  queue.shutdown();
  queue.shutdown();
  await assert.rejects(putting, QueueShutDownError);
  assert.throws(() => queue.putNowait(3), QueueShutDownError);
  assert.throws(() => queue.putSync(3), QueueShutDownError);
  await assert.rejects(queue.put(3), QueueShutDownError);
  assert.equal(await queue.get(), 1);
  assert.equal(queue.getSync(), 2);
  assert.throws(() => queue.getNowait(), QueueShutDownError);
  assert.throws(() => queue.getSync(), QueueShutDownError);
  await assert.rejects(queue.get(), QueueShutDownError);
  assert.equal(queue.stats().isShutDown, true);
});

test("P7: an immediate shutdown drops what is there, and it counts as done", limit, async () => {
  const queue = new Queue<number>(4);
  const getting = new Queue<number>(4).get({ timeout: 1 });
  await assert.rejects(getting, TimeoutError);
  for (const item of [1, 2, 3]) queue.putNowait(item);
  assert.equal(queue.getNowait(), 1);
  const joining = queue.join();
  queue.shutdown({ immediate: true });
  assert.equal(queue.qsize(), 0);
  assert.equal(queue.stats().unfinished, 1);
  assert.throws(() => queue.getNowait(), QueueShutDownError);
  queue.taskDone();
  await joining;
  queue.joinSync();
  assert.throws(() => queue.taskDone(), InvalidStateError);
});

test("P7: who waits for an item is told of a shutdown, blocked or not", limit, async () => {
  const queue = new Queue<number>(4);
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const blocked = pool.submit(() => queue.getSync({ timeout: 20_000 }));
  const waiting = queue.get();
  await until(() => queue.stats().getting === 2, "both wait");
  queue.shutdown();
  await assert.rejects(waiting, QueueShutDownError);
  await assert.rejects(blocked, QueueShutDownError);
});

test("J2: join waits until taskDone was called for each item", limit, async () => {
  const queue = new Queue<number>(4);
  await queue.join();
  assert.throws(() => queue.taskDone(), InvalidStateError);
  queue.putNowait(1);
  queue.putNowait(2);
  await assert.rejects(queue.join({ timeout: 5 }), TimeoutError);
  assert.throws(() => queue.joinSync({ timeout: 5 }), TimeoutError);
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const working = pool.submit(() => {
    for (let i = 0; i < 2; i++) {
      queue.getSync();
      queue.taskDone();
    }
  });
  await queue.join(soon);
  queue.joinSync(soon);
  await working;
  assert.equal(queue.stats().unfinished, 0);
});

test("for await takes items until the end, shares them, and leaves without one", limit, async () => {
  const queue = new Queue<number>(8);
  const got: number[] = [];
  const loop = async (): Promise<void> => {
    for await (const item of queue) got.push(item);
  };
  const loops = [loop(), loop()];
  for (let i = 0; i < 20; i++) await queue.put(i);
  queue.shutdown();
  await Promise.all(loops);
  assert.deepEqual(
    got.toSorted((a, b) => a - b),
    Array.from({ length: 20 }, (_, i) => i),
  );
  const other = new Queue<number>(8);
  const iterator = other[Symbol.asyncIterator]();
  const step = iterator.next();
  await iterator.return?.();
  assert.deepEqual(await step, { done: true, value: undefined });
  other.putNowait(1);
  assert.equal(other.getNowait(), 1);
  assert.deepEqual(await iterator.next(), { done: true, value: undefined });
});

test("a queue is itself in other threads, captured, passed, or by its handle", limit, async () => {
  const queue = new Queue<string>(4, { maxBytes: 4_096 });
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  await pool.submit((given: Queue<string>) => {
    if (given !== queue) throw new Error("two objects");
    given.putNowait("from there");
  }, queue);
  assert.equal(queue.getNowait(), "from there");
  const source = `
    const { parentPort } = require("node:worker_threads");
    parentPort.once("message", async (handle) => {
      const { attach } = await import(${JSON.stringify(import.meta.resolve("ungil/threading"))});
      const queue = attach(handle);
      queue.putSync(queue.maxsize + " " + queue.stats().maxBytes);
    });`;
  const worker = new Worker(source, { eval: true });
  worker.postMessage(queue.handle);
  assert.equal(await queue.get(soon), "4 4096");
  await worker.terminate();
});

test("threads learn each other's keys, also more than there is room for", limit, async () => {
  const queue = new Queue<Record<string, unknown>>(64);
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const put = (from: string): void => {
    for (let i = 0; i < 4_000; i++) {
      const kind = i % 400;
      queue.putSync({ [`${from}${kind}`]: i, from, kind, nested: { [`deep${kind % 7}`]: [kind] } });
    }
  };
  const putting = [pool.submit(put, "a".repeat(30)), pool.submit(put, "b".repeat(30))];
  for (let i = 0; i < 8_000; i++) {
    const item = await queue.get(soon);
    const [first] = Object.keys(item);
    assert.equal(first, `${item["from"] as string}${item["kind"] as number}`);
    const nested = item["nested"] as Record<string, number[]>;
    assert.deepEqual(Object.values(nested)[0], [item["kind"]]);
  }
  await Promise.all(putting);
});

test("rule 8: a thread that blocks gets an item that its own event loop waits for, too", limit, async () => {
  const queue = new Queue<number>(4);
  const go = new Event();
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const both = pool.submit(async () => {
    const waiting = queue.get();
    await new Promise(setImmediate);
    go.set();
    const blocked = queue.getSync({ timeout: 20_000 });
    return [blocked, await waiting];
  });
  await go.wait(soon);
  await until(() => queue.stats().getting === 2, "both wait");
  const started = performance.now();
  queue.putNowait(1);
  await until(() => queue.qsize() === 0, "the blocked one has it");
  assert.ok(performance.now() - started < 10_000);
  queue.putNowait(2);
  assert.deepEqual(await both, [1, 2]);
});

test("a call that waits keeps the process alive, and a queue alone does not", limit, () => {
  const program = (text: string): { status: number | null; stdout: string } => {
    const source = `import { Queue } from ${JSON.stringify(import.meta.resolve("ungil/threading"))};\n${text}`;
    const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", source], {
      encoding: "utf8",
      timeout: 30_000,
    });
    return { status, stdout };
  };
  assert.deepEqual(program("new Queue().putNowait(1); console.log('end');"), { status: 0, stdout: "end\n" });
  assert.deepEqual(
    program(`
      const queue = new Queue();
      setTimeout(() => queue.putNowait("late"), 200).unref();
      console.log(await queue.get());
      const controller = new AbortController();
      queue.get({ signal: controller.signal }).catch(() => {});
      controller.abort();`),
    { status: 0, stdout: "late\n" },
  );
});

test("a waiter is woken at once, not when it next looks around", limit, async () => {
  const queue = new Queue<number>(1);
  const cells = sharedCells(1);
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const echo = pool.submit(() => {
    for (let i = 0; i < 300; i++) {
      while (queue.stats().getting === 0);
      Atomics.add(cells, 0, 1);
      queue.putSync(i);
    }
  });
  const started = performance.now();
  for (let i = 0; i < 300; i++) assert.equal(await queue.get(soon), i);
  // by looking around only it would take 300 times 100 ms
  assert.ok(performance.now() - started < 15_000);
  assert.equal(cells[0], 300);
  await echo;
});

test("the example compresses each file once", limit, (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "ungil-pipeline-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (let n = 0; n < 30; n++) writeFileSync(path.join(folder, `${n}.md`), "again and ".repeat(10 + n * n));
  writeFileSync(path.join(folder, "other.txt"), "nothing");
  const { stdout, stderr, status } = spawnSync(process.execPath, ["examples/pipeline/start.mjs", folder], {
    encoding: "utf8",
    timeout: 50_000,
  });
  assert.deepEqual([stderr, status], ["", 0]);
  const lines = stdout.trimEnd().split("\n");
  assert.match(lines.at(-1) ?? "", /^30 files, compressed by \d+ threads$/);
  assert.equal(lines.length, 11);
  // of texts that are alike the longest shrink most
  assert.match(lines[0]!, /29\.md$/);
});
