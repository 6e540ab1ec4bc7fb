import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { threadId, Worker } from "node:worker_threads";
import { ProcessPoolExecutor, ThreadPoolExecutor } from "ungil";
import { Gate, until } from "ungil/testing";
import { activeCount, currentThread, enumerate, mainThread, Thread, type ThreadInfo } from "ungil/threading";
import { block, poll } from "./support/tasks.js";
import {
  nothing,
  outcomesOf,
  startAnother,
  tellOf,
  tellOfAll,
  tellOfCurrent,
} from "./support/thread-tasks.js";
import { answerOf, started } from "./support/threads.js";

const limit = { timeout: 60_000 };
const linux = process.platform === "linux" && existsSync("/proc/thread-self");

function gateOf(test: TestContext): Gate {
  const gate = new Gate();
  test.after(() => gate.open());
  return gate;
}

const names = (): string[] => enumerate().map(({ name }) => name);

test("currentThread is the main thread here, always the same object", () => {
  assert.equal(currentThread(), mainThread());
  assert.equal(currentThread(), currentThread());
  assert.deepEqual(tellOf(mainThread()), {
    name: "MainThread",
    ident: threadId,
    daemon: false,
    isAlive: true,
  });
  assert.equal(mainThread().nativeId, linux ? process.pid : null);
  assert.deepEqual([names(), activeCount()], [["MainThread"], 1]);
  assert.equal(String(mainThread()), "<Thread MainThread ident=0>");
});

test("currentThread in a thread has its name, its number and its daemon", limit, async () => {
  const { ident, nativeId, ...rest } = await answerOf(tellOfCurrent, [], { name: "teller", daemon: true });
  assert.deepEqual(rest, { name: "teller", daemon: true, isAlive: true });
  assert.ok(ident! > 0);
  if (linux) assert.notEqual(nativeId, process.pid);
  assert.equal(typeof nativeId, linux ? "number" : "object");
});

test("ident and nativeId of a thread are those that it has itself, also after its end", limit, async (t) => {
  const gate = gateOf(t);
  const own = new Int32Array(new SharedArrayBuffer(8));
  const thread = new Thread({
    target: (ids: Int32Array, cells: Int32Array) => {
      ids[0] = currentThread().ident!;
      ids[1] = currentThread().nativeId ?? 0;
      block(cells, 1);
    },
    args: [own, gate.cells],
  });
  thread.start();
  await gate.arrived(1);
  const seen = (): unknown => [thread.ident, thread.nativeId ?? 0];
  assert.deepEqual(seen(), [...own]);
  gate.open();
  await thread.join();
  assert.deepEqual(seen(), [...own]);
});

test("E3: currentThread in a task of a pool is the worker, by its name", limit, async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1, name: "pool" });
  const told = await pool.submit(tellOfCurrent);
  assert.match(told.name, /^pool_\d+$/);
  assert.deepEqual([told.daemon, told.isAlive, told.ident! > 0], [true, true, true]);
  assert.deepEqual(names(), ["MainThread", told.name]);
  // the task has loaded this chapter, and so the worker has told the system's number
  assert.equal(enumerate()[1]!.nativeId, told.nativeId);
  await pool.shutdown();
  await until(() => activeCount() === 1, "the worker has ended");
  const unnamed = new ThreadPoolExecutor({ maxWorkers: 1 });
  assert.match((await unnamed.submit(tellOfCurrent)).name, /^ThreadPoolExecutor-\d+_\d+$/);
  await unnamed.shutdown();
});

test("enumerate has all threads that live in every thread, each as one object", limit, async (t) => {
  const gate = gateOf(t);
  const pool = new ThreadPoolExecutor({ maxWorkers: 1, name: "pool" });
  const ofPool = pool.submit(poll, gate.cells, 0);
  const one = started(t, block, [gate.cells, 1], { name: "one" });
  await gate.arrived(2);
  const told = await answerOf(tellOfAll, [], { name: "teller" });
  assert.deepEqual(told, {
    names: ["MainThread", "pool_0", "one", "teller"],
    areSame: true,
    main: { name: "MainThread", ident: 0, daemon: false, isAlive: true },
  });
  assert.deepEqual(names(), ["MainThread", "pool_0", "one"]);
  assert.equal(enumerate()[2], one);
  gate.open();
  await Promise.all([ofPool, one.join()]);
  await pool.shutdown();
  await until(() => activeCount() === 1, "all have ended");
});

test("threads that threads start are there, and end with those that have started them", limit, async (t) => {
  for (const daemon of [true, false]) {
    const gate = gateOf(t);
    const thread = started(t, startAnother, [gate.cells, 2, daemon], { name: "first" });
    await gate.arrived(3);
    assert.equal(activeCount(), 4);
    const others = enumerate().filter((each) => each !== mainThread() && each !== thread);
    assert.deepEqual(
      others.map((each) => [each.daemon, each.isAlive()]),
      [
        [daemon, true],
        [daemon, true],
      ],
    );
    const ends = others.map((each) => each.join());
    thread.terminate();
    await thread.join();
    assert.deepEqual(await Promise.all(ends), [true, true]);
    assert.deepEqual([names(), others.map((each) => each.isAlive())], [["MainThread"], [false, false]]);
  }
});

test("a thread waits for those that it has started, unless they are daemonic", limit, async (t) => {
  for (const daemon of [true, false]) {
    const gate = gateOf(t);
    const ready = new Gate();
    const target = (cells: Int32Array, isDaemon: boolean, otherCells: Int32Array): void => {
      new Thread({ target: poll, args: [cells, 1], daemon: isDaemon, name: "inner" }).start();
      Atomics.add(otherCells, 1, 1);
    };
    const thread = started(t, target, [gate.cells, daemon, ready.cells], { name: "outer" });
    await ready.arrived(1);
    if (!daemon) {
      await gate.arrived(1);
      assert.equal(await thread.join({ timeout: 20 }), false);
      gate.open();
    }
    assert.equal(await thread.join(), true);
    assert.deepEqual(names(), ["MainThread"]);
  }
});

test(
  "a thread that is captured or given tells what is true of it, and its end can be awaited",
  limit,
  async (t) => {
    const [first, second] = [gateOf(t), gateOf(t)];
    const seen = new Int32Array(new SharedArrayBuffer(4));
    const thread = new Thread({ target: block, args: [first.cells, 1], name: "seen" });
    const look = async (given: Thread, cells: Int32Array, met: Int32Array): Promise<unknown[]> => {
      const before = [given.isAlive(), given.ident];
      Atomics.add(met, 1, 1);
      while (Atomics.load(met, 0) === 0) Atomics.wait(met, 0, 0);
      const now = [given.isAlive(), given.ident, given === thread];
      const early = await given.join({ timeout: 1 });
      Atomics.store(cells, 0, 1);
      Atomics.notify(cells, 0);
      return [given.name, before, now, early, await given.join(), given.isAlive(), given.ident];
    };
    const answer = answerOf(look, [thread, first.cells, second.cells]);
    await second.arrived(1);
    thread.start();
    await first.arrived(1);
    second.open();
    const { ident } = thread;
    assert.deepEqual(await answer, ["seen", [false, null], [true, ident, true], false, true, false, ident]);
    await thread.join();
    assert.equal(seen[0], 0);
  },
);

test("a thread that has ended is never taken for the one that comes after it", limit, async (t) => {
  const [first, second] = [gateOf(t), gateOf(t)];
  const thread = started(t, block, [first.cells, 1], { name: "before" });
  await first.arrived(1);
  const look = async (given: Thread, cells: Int32Array): Promise<unknown[]> => {
    await given.join();
    block(cells, 1);
    return [given.name, given.isAlive(), await given.join(), enumerate().map(({ name }) => name)];
  };
  const answer = answerOf(look, [thread, second.cells], { name: "looker" });
  first.open();
  await second.arrived(1);
  const third = gateOf(t);
  const after = started(t, block, [third.cells, 1], { name: "after" });
  await third.arrived(1);
  second.open();
  assert.deepEqual(await answer, ["before", false, true, ["MainThread", "looker", "after"]]);
  assert.deepEqual([thread.isAlive(), after.isAlive()], [false, true]);
});

test("a thread that comes back is the one that was sent", limit, async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const thread = new Thread({ target: nothing });
  assert.equal(await pool.submit((given: Thread) => given, thread), thread);
  const worker = await pool.submit(() => currentThread());
  assert.equal(worker, enumerate()[1]);
  assert.equal(worker.isAlive(), true);
  await pool.shutdown();
  await worker.join();
  assert.equal(worker.isAlive(), false);
});

test("H6: another thread can't start or end it, and is told so", limit, async (t) => {
  const gate = gateOf(t);
  const thread = started(t, block, [gate.cells, 1], { name: "other" });
  const unstarted = new Thread({ target: nothing, name: "unstarted" });
  const use = (): unknown[] =>
    outcomesOf([
      () => thread.start(),
      () => thread.terminate(),
      () => thread.exitCode,
      () => thread.sentinel,
      () => void thread[Symbol.asyncDispose](),
      () => void unstarted.join(),
    ]);
  const [unstartedJoin, ...outcomes] = (await answerOf(use, [], { name: "user" })).toReversed();
  assert.equal(outcomes.length, 5);
  for (const message of outcomes)
    assert.match(String(message), /^\S+ of other is only there in the thread that made it.*\(user\)$/);
  assert.match(String(unstartedJoin), /unstarted can't be joined: call start\(\) first/);
  assert.equal(thread.isAlive(), true);
});

test("H6: a thread can't join itself, nor one that can't end before it", limit, async () => {
  assert.throws(() => currentThread().join(), {
    name: "InvalidStateError",
    message: /MainThread can't be joined: it is the current thread/,
  });
  const join = async (): Promise<unknown[]> => {
    const outer = currentThread();
    const own = outcomesOf([() => void outer.join(), () => void mainThread().join()]);
    const told = new Int32Array(new SharedArrayBuffer(4));
    const inner = new Thread({
      target: () => {
        const [outcome] = outcomesOf([() => void outer.join()]);
        told[0] = /has started the current thread/.test(String(outcome)) ? 1 : 2;
      },
    });
    inner.start();
    await inner.join();
    return [...own, told[0]];
  };
  const [itself, main, starter] = await answerOf(join, [], { name: "joiner" });
  assert.match(String(itself), /joiner can't be joined: it is the current thread/);
  assert.match(String(main), /MainThread can't be joined: it ends with the program/);
  assert.equal(starter, 1);
});

test("in another process a thread can be told apart, and not more", limit, async (t) => {
  const gate = gateOf(t);
  const thread = started(t, block, [gate.cells, 1], { name: "elsewhere" });
  const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  const look = (given: Thread): unknown => [
    [given.name, given.ident, mainThread().name, given === (mainThread() as unknown)],
    outcomesOf([() => given.isAlive(), () => void given.join(), () => given.terminate()]),
  ];
  const [known, outcomes] = (await pool.submit(look, thread)) as [unknown, unknown[]];
  assert.deepEqual(known, ["elsewhere", thread.ident, "MainThread", false]);
  assert.match(String(outcomes[0]), /isAlive of elsewhere is only there in its process/);
  assert.match(String(outcomes[1]), /join of elsewhere is only there in its process/);
  assert.match(String(outcomes[2]), /terminate of elsewhere is only there in the thread that made it/);
  await pool.shutdown();
});

test("a thread that others have started knows who it is; nobody else knows it", limit, async () => {
  const worker = new Worker(
    `import("ungil/threading").then(({ currentThread, mainThread, enumerate, activeCount }) => {
      const own = currentThread();
      require("node:worker_threads").parentPort.postMessage([
        own.ident, own.isAlive(), own === currentThread(), own === mainThread(),
        enumerate().includes(own), activeCount() === enumerate().length, mainThread().isAlive(), own.name,
      ]);
    });`,
    { eval: true, name: "theirs" },
  );
  const { threadId: ident } = worker;
  const told = await new Promise<unknown[]>((resolve) => worker.once("message", resolve));
  assert.deepEqual(told.slice(0, -1), [ident, true, true, false, true, true, true]);
  assert.ok(told.at(-1) === "theirs" || told.at(-1) === `Worker-${ident}`, String(told.at(-1)));
  assert.deepEqual(names(), ["MainThread"]);
  await worker.terminate();
});

test("a long name is whole in its thread, and cut where all are listed", limit, async (t) => {
  const gate = gateOf(t);
  const name = `long ${"ä€😀".repeat(200)}`;
  const thread = started(t, block, [gate.cells, 1], { name });
  await gate.arrived(1);
  assert.equal(enumerate()[1], thread);
  const [given, listed] = await answerOf(
    (each: ThreadInfo) => [each.name, enumerate()[1]!.name],
    [thread as ThreadInfo],
  );
  assert.deepEqual([given, listed], [name, name]);
  const alone = await answerOf(() => enumerate()[1]!.name, []);
  assert.equal(alone.length, 114);
  assert.ok(name.startsWith(alone.slice(0, -1)) && alone.endsWith("…"));
});

test("more threads than there are seats are refused, and seats of those that are dropped are free again", {
  ...limit,
  skip: !globalThis.gc,
}, async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  await (async () => {
    const threads = Array.from({ length: 4_100 }, () => new Thread({ target: nothing }));
    const count = async (all: readonly Thread[]): Promise<number> =>
      pool.submit((given: readonly Thread[]) => given.length, all);
    assert.equal(await count(threads.slice(0, 4_000)), 4_000);
    await assert.rejects(count(threads), /thousands of threads/);
    assert.throws(() => threads.at(-1)!.start(), {
      name: "WorkerExitError",
      message: /thousands of threads/,
    });
  })();
  await pool.shutdown();
  const thread = new Thread({ target: nothing });
  await until(() => {
    globalThis.gc?.();
    try {
      thread.start();
      return true;
    } catch {
      return false;
    }
  }, "there are seats again");
  await thread.join();
});

test("threads that come and go at once leave nobody among the living", { timeout: 120_000 }, async (t) => {
  const rounds = 12;
  for (let round = 0; round < rounds; round++) {
    const threads = Array.from({ length: 4 }, (_, n) =>
      started(t, round % 2 ? tellOfAll : nothing, [], { name: `${n}` }),
    );
    if (round % 3 === 0) for (const each of threads) each.terminate();
    const foreign = answerOf(
      async (all: readonly Thread[]) => {
        const ends = await Promise.all(all.map((each) => each.join()));
        return [ends.every(Boolean), all.some((each) => each.isAlive())];
      },
      [threads],
    );
    for (const each of threads) assert.equal(await each.join(), true);
    assert.deepEqual(await foreign, [true, false]);
    assert.deepEqual(names(), ["MainThread"]);
  }
});

test("threads that wait for another may be ended at any time, and so may that one", {
  timeout: 120_000,
}, async (t) => {
  let seed = 20_261_127;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const joinIt = async (it: Thread, cells: Int32Array): Promise<void> => {
    Atomics.add(cells, 1, 1);
    await it.join();
  };
  for (let round = 0; round < 8; round++) {
    const gate = gateOf(t);
    const joined = new Gate();
    const awaited = started(t, block, [gate.cells, 1], { name: "awaited" });
    const joining = Array.from({ length: 3 }, () => started(t, joinIt, [awaited, joined.cells]));
    await joined.arrived(random(4));
    const all = [awaited, ...joining];
    const ended = all.filter(() => random(2) === 0);
    for (const each of ended) each.terminate();
    if (random(2) === 0) await Promise.all(ended.map((each) => each.join()));
    gate.open();
    for (const each of all) assert.equal(await each.join(), true);
    assert.deepEqual(names(), ["MainThread"]);
  }
});
