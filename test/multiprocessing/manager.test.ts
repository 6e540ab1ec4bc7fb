import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, type TestContext, test } from "node:test";
import {
  AuthenticationError,
  ConnectionClosedError,
  InvalidArgumentError,
  InvalidStateError,
  ProcessPoolExecutor,
  SerializationError,
  ShutdownError,
  ThreadPoolExecutor,
} from "ungil";
import { activeChildren, Event, type Lock, Manager } from "ungil/multiprocessing";
import { until } from "ungil/testing";
import { rejectionOf } from "../threading/support/rejection.js";
import { Counter, NotFound, Store } from "./support/managed.js";

const limit = { timeout: 120_000 };

const processes = new ProcessPoolExecutor({ maxWorkers: 2 });
const threads = new ThreadPoolExecutor({ maxWorkers: 2 });
const manager = new Manager()
  .register("Counter", Counter)
  .register("Store", Store)
  .register("fail", () => {
    throw new NotFound("nothing is here", 404);
  });
before(async () => {
  await manager.start();
});
after(async () => {
  processes.terminate();
  threads.terminate();
  await Promise.all([manager.shutdown(), processes.shutdown(), threads.shutdown()]);
});

/** A place for a socket. */
function addressOf(test: TestContext): string {
  if (process.platform === "win32") return `\\\\.\\pipe\\ungil-test-${process.pid}-${Math.random()}`;
  const folder = mkdtempSync(path.join(tmpdir(), "ungil-manager-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, "s");
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test(
  "L6: a dict is the same for all processes and threads, in the order in which keys were set",
  limit,
  async () => {
    const dict = await manager.dict<unknown>({ a: 1 });
    await processes.submit(() => dict.set("b", new Map([["c", new Date(5)]])));
    await threads.submit(() => dict.assign([["d", 4n]]));
    assert.deepEqual(await processes.submit(() => dict.get("b")), new Map([["c", new Date(5)]]));
    assert.deepEqual(await dict.keys(), ["a", "b", "d"]);
    assert.deepEqual(await dict.entries(), [...(await dict.copy())]);
    assert.deepEqual(await Promise.all([dict.size(), dict.has("d"), dict.has("x"), dict.get("x")]), [
      3,
      true,
      false,
      undefined,
    ]);
    assert.equal(await dict.pop("a"), 1);
    assert.equal(await dict.pop("a", "none"), "none");
    assert.equal(await dict.setDefault("e", 5), 5);
    assert.equal(await dict.setDefault("e", 6), 5);
    assert.deepEqual([await dict.delete("e"), await dict.delete("e")], [true, false]);
    const seen: string[] = [];
    for await (const [key] of dict) seen.push(key);
    assert.deepEqual(seen, ["b", "d"]);
    assert.deepEqual(await dict.values(), [new Map([["c", new Date(5)]]), 4n]);
    await dict.clear();
    assert.equal(await dict.size(), 0);
  },
);

test("L6: values are copies, and update changes one in one step", limit, async () => {
  const dict = await manager.dict<string, { n: number }>({ a: { n: 0 } });
  const value = (await dict.get("a"))!;
  value.n = 9;
  assert.deepEqual(await dict.get("a"), { n: 0 });
  const by = 2;
  const add = async (): Promise<void> => {
    for (let n = 0; n < 20; n++) await dict.update("a", (old) => ({ n: (old?.n ?? 0) + by }));
  };
  await Promise.all([processes.submit(add), processes.submit(add), threads.submit(add), add()]);
  assert.deepEqual(await dict.get("a"), { n: 160 });
  assert.deepEqual(await dict.update("new", (old) => ({ n: old.n + 1 }), { n: 1 }), { n: 2 });
  await rejectionOf(
    dict.update("a", () => {
      throw new RangeError("no");
    }),
    RangeError,
  );
  const later = async (old: unknown): Promise<unknown> => old;
  await rejectionOf(dict.update("a", later as never), InvalidArgumentError);
  assert.deepEqual(await dict.get("a"), { n: 160 });
});

test(
  "L6: keys and members that would never be found again are refused, and so is what can't be sent",
  limit,
  async () => {
    const dict = await manager.dict();
    const set = await manager.set();
    for (const key of [{}, [1], () => 1, Symbol("s")]) {
      assert.throws(() => dict.set(key as never, 1), InvalidArgumentError);
      assert.throws(() => set.add(key as never), InvalidArgumentError);
    }
    assert.throws(() => dict.set("a", Symbol("s")), SerializationError);
    assert.throws(() => dict.set("a", new WeakMap()), SerializationError);
    assert.throws(() => dict.update("a", 1 as never), InvalidArgumentError);
    assert.equal(await dict.size(), 0);
  },
);

test("L6: a list has the methods of arrays, each in one step", limit, async () => {
  const list = await manager.list([3, 1, 2]);
  assert.equal(await processes.submit(() => list.push(5, 4)), 5);
  assert.deepEqual(await list.slice(), [3, 1, 2, 5, 4]);
  // oxlint-disable-next-line unicorn/no-array-sort -- no array
  await list.sort((one, other) => other - one);
  assert.deepEqual(await list.slice(1, -1), [4, 3, 2]);
  assert.deepEqual(await Promise.all([list.get(0), list.get(-1), list.get(9), list.length()]), [
    5,
    1,
    undefined,
    5,
  ]);
  assert.deepEqual(await list.splice(1, 2, 7, 8, 9), [4, 3]);
  // oxlint-disable-next-line unicorn/no-array-reverse -- no array
  await list.reverse();
  assert.deepEqual(await list.slice(), [1, 2, 9, 8, 7, 5]);
  assert.deepEqual([await list.pop(), await list.shift(), await list.unshift(0)], [5, 1, 5]);
  await list.set(-1, 70);
  assert.equal(await list.update(0, (old) => old + 1), 1);
  await rejectionOf(list.set(5, 1), InvalidArgumentError);
  await rejectionOf(
    list.update(-6, () => 1),
    InvalidArgumentError,
  );
  const objects = await manager.list([{ a: 1 }, { a: 2 }]);
  assert.equal(await objects.indexOf({ a: 2 }), 1);
  assert.equal(await objects.includes({ a: 3 }), false);
  assert.deepEqual([await objects.remove({ a: 1 }), await objects.remove({ a: 1 })], [true, false]);
  const seen: number[] = [];
  for await (const each of list) seen.push(each);
  assert.deepEqual(seen, [1, 2, 9, 8, 70]);
  await list.clear();
  assert.equal(await list.length(), 0);
});

test("L6: a set tells who was first", limit, async () => {
  const set = await manager.set(["a"]);
  const added = await processes.map((name: string) => set.add(name), ["b", "b", "a", "c"]);
  assert.equal(
    added.reduce((sum, each) => sum + each),
    2,
  );
  assert.deepEqual((await set.values()).toSorted(), ["a", "b", "c"]);
  assert.deepEqual([await set.has("a"), await set.delete("a"), await set.delete("a")], [true, true, false]);
  assert.equal(await set.size(), 2);
  assert.ok((await set.copy()).has((await set.pop())!));
  assert.equal(await set.size(), 1);
  for await (const each of set) assert.equal(typeof each, "string");
  await set.clear();
  assert.equal(await set.pop(), undefined);
});

test("L6: a Namespace has named values", limit, async () => {
  const state = await manager.Namespace({ phase: "loading", done: 0 });
  await processes.submit(() => state.set("phase", "running"));
  assert.equal(await state.update("done", (done) => done + 1), 1);
  assert.deepEqual(await state.copy(), { phase: "running", done: 1 });
  await state.assign({ done: 5 });
  assert.deepEqual(
    [await state.get("done"), await state.has("phase"), await state.delete("phase")],
    [5, true, true],
  );
  assert.equal(await state.has("phase"), false);
});

test("L6: proxies in proxies are what they are", limit, async () => {
  const outer = await manager.list();
  const inner = await manager.dict();
  await outer.push(inner, [inner, await manager.Lock()]);
  await inner.set("list", outer);
  const [same, [again, lock]] = (await outer.slice()) as [typeof inner, [typeof inner, Lock]];
  assert.equal(same, inner);
  assert.equal(again, inner);
  await processes.submit(async () => {
    const [dict] = (await outer.slice(0, 1)) as [typeof inner];
    await dict.set("from", process.pid);
  });
  assert.notEqual(await inner.get("from"), process.pid);
  assert.equal(await inner.get("list"), outer);
  assert.equal(await lock.locked(), false);
});

test("L6: queues of a manager, nested too, join processes", limit, async () => {
  const outer = await manager.Queue();
  const inner = await manager.JoinableQueue<number>(1);
  const simple = await manager.SimpleQueue<string>();
  await outer.put(inner);
  const work = async (): Promise<number> => {
    const queue = (await outer.get()) as typeof inner;
    const item = await queue.get();
    await queue.taskDone();
    await simple.put(`got ${item}`);
    return item;
  };
  const done = processes.submit(work);
  await inner.put(5);
  await inner.join();
  assert.equal(await done, 5);
  assert.equal(await simple.get(), "got 5");
});

test(
  "L6: what was put into a dict stays when whoever put it has dropped it, and when its process has ended",
  limit,
  async () => {
    const dict = await manager.dict();
    await using few = new ProcessPoolExecutor({ maxWorkers: 1 });
    await few.submit(async () => {
      const list = await manager.list([1, 2]);
      await dict.set("list", list);
    });
    await few.shutdown();
    globalThis.gc?.();
    const list = (await dict.get("list")) as { slice(): Promise<number[]> };
    assert.deepEqual(await list.slice(), [1, 2]);
  },
);

test("L6: locks, values and arrays of a manager do what those of this process do", limit, async () => {
  const lock = await manager.RLock();
  const condition = await manager.Condition(lock);
  const value = await manager.Value("int32", 3, { lock });
  const numbers = await manager.Array("d", [1, 2]);
  assert.equal(value.getLock(), lock);
  const wait = processes.submit(async () => {
    await using _guard = await condition.acquire();
    return await condition.waitFor(async () => (await value.get()) === 5);
  });
  await value.add(1);
  while ((await condition.stats()).waiting === 0) await new Promise(setImmediate);
  {
    await using _guard = await lock.acquire();
    await value.add(1);
    await condition.notify();
  }
  assert.equal(await wait, true);
  assert.deepEqual(await numbers.slice(), Float64Array.of(1, 2));
  const semaphore = await manager.Semaphore(2);
  const bounded = await manager.BoundedSemaphore(1);
  await rejectionOf(bounded.release(), InvalidStateError);
  assert.equal(await semaphore.value(), 2);
  await rejectionOf(manager.Semaphore(-1), InvalidArgumentError);
  const event = await manager.Event();
  await event.set();
  assert.equal(await processes.submit(() => event.wait()), true);
  const plain = await manager.Lock();
  const guard = await plain.acquire();
  assert.equal(await processes.submit(async () => (await plain.tryAcquire()) === undefined), true);
  await guard.release();
  const acted = await manager.list<number>();
  const barrier = await manager.Barrier(2, { action: () => acted.push(process.pid) });
  const both = await Promise.all([barrier.wait(), processes.submit(() => barrier.wait())]);
  assert.deepEqual(
    both.toSorted((one, other) => one - other),
    [0, 1],
  );
  assert.deepEqual(await acted.slice(), [manager.pid]);
});

test(
  "L6: an object of a class of one's own answers with promises, and keeps its state over there",
  limit,
  async () => {
    const counter = await manager.create("Counter", 5);
    assert.equal(await counter.increment(), 6);
    assert.deepEqual(
      await processes
        .map(() => counter.increment(), [1, 2, 3])
        .then((all) => all.toSorted((one, other) => one - other)),
      [7, 8, 9],
    );
    assert.equal(await counter.value, 9);
    assert.equal(await counter.later(), 9);
    // of what it is made, and no more
    assert.equal("_secret" in counter, false);
    assert.equal((counter as { then?: unknown }).then, undefined);
    assert.equal(String(counter), `<Counter of process ${manager.pid}>`);
    // one that answers with itself answers with its proxy
    assert.equal(await counter.itself(), counter);
  },
);

test(
  "L6: classes and functions that capture are sent, and what they capture stays from call to call",
  limit,
  async () => {
    const start = 40;
    class Local {
      n = start;
      add(by: number): number {
        this.n += by;
        return this.n;
      }
    }
    const local = await manager.create(Local);
    assert.equal(await local.add(2), 42);
    assert.equal(await local.n, 42);
    const shared = new Map<string, number>([["a", 1]]);
    const getShared = (): Map<string, number> => shared;
    const one = await manager.create(getShared);
    const other = await manager.create(getShared);
    await one.set("b", 2);
    assert.equal(await other.get("b"), 2);
    assert.equal(one, other);
    assert.equal(shared.has("b"), false);
    const own = new Event();
    assert.equal(await manager.create(() => own), own);
    assert.equal(await manager.create((n: number) => n + 1, 1), 2);
  },
);

test("L6: errors of the other side arrive as their class, with both stacks", limit, async () => {
  const store = await manager.create("Store");
  const look = async (): Promise<unknown> => store.find("key");
  const error = await rejectionOf(look(), NotFound);
  assert.equal(error.status, 404);
  assert.match(error.stack!, /Store\.find|Object\.find/);
  assert.match(error.stack!, /submitted to <Store of process \d+>/);
  assert.match(error.stack!, /manager\.test/);
  const there = await rejectionOf(processes.submit(look), NotFound);
  assert.equal(there.status, 404);
  await rejectionOf(manager.create("fail"), NotFound);
  await rejectionOf(store.unsendable(), SerializationError);
});

test("what is not registered, or can't be sent or shared, is refused by name", limit, async () => {
  const error = await rejectionOf(
    (manager as Manager<{ Nothing: () => number }>).create("Nothing"),
    InvalidArgumentError,
  );
  assert.match(error.message, /"Counter", "Store"/);
  const socket = new (await import("node:net")).Socket();
  assert.throws(() => manager.create(() => socket), SerializationError);
  assert.throws(() => manager.register("x", 1 as never), InvalidArgumentError);
  assert.throws(() => manager.register("", Counter), InvalidArgumentError);
  class Empty {}
  await rejectionOf(manager.create(Empty), InvalidArgumentError);
});

test("a manager that is given to another process makes objects there, too", limit, async () => {
  const dict = await processes.submit(() => manager.dict({ a: 1 }));
  assert.equal(await dict.get("a"), 1);
  const counter = await processes.submit(async () => {
    const made = await manager.create("Counter", 1);
    await made.increment();
    return made;
  });
  assert.equal(await counter.value, 2);
  await rejectionOf(
    processes.submit(() => manager.shutdown()),
    InvalidStateError,
  );
});

test("a Pool of a manager runs functions in processes of its own", limit, async () => {
  const pool = await manager.Pool({ processes: 2 });
  const by = 3;
  assert.deepEqual(await pool.map((n: number) => n * by, [1, 2, 3]), [3, 6, 9]);
  assert.equal(await pool.apply((a: number, b: number) => a + b, [1, 2]), 3);
  await rejectionOf(
    pool.apply(() => {
      throw new RangeError("no");
    }),
    RangeError,
  );
  const pid = await pool.apply(() => process.pid);
  assert.ok(pid !== manager.pid && pid !== process.pid);
  await pool.terminate();
  await pool.join();
});

test("L6: an unrelated program connects by address and authkey, and by nothing else", limit, async () => {
  const { address, authkey } = manager;
  const dict = await manager.dict<string, number>();
  const name = `shared ${Math.random()}`;
  assert.equal(await manager.register(name, () => dict).create(name), dict);
  const script = `
    import { Manager } from "ungil/multiprocessing";
    const manager = await Manager.connect({ address: process.env.ADDRESS, authkey: process.env.AUTHKEY });
    const dict = await manager.create(process.env.NAME);
    await dict.set("pid", process.pid);
    const counter = await manager.create("Counter", 1);
    console.log(await counter.increment());
  `;
  // until it has ended: this process need not do anything meanwhile
  const { stdout, stderr, pid } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    env: { ...process.env, ADDRESS: address, AUTHKEY: authkey, NAME: name },
    encoding: "utf8",
  });
  assert.equal(stderr, "");
  assert.equal(stdout, "2\n");
  assert.equal(await dict.get("pid"), pid);
  await rejectionOf(Manager.connect({ address, authkey: `${authkey}x` }), AuthenticationError);
  await rejectionOf(Manager.connect({ address: `${address}x`, authkey }), ConnectionClosedError);
  for (const options of [undefined, {}, { address }, { address: 1, authkey }, { address: "a\0b", authkey }])
    await rejectionOf(Manager.connect(options as never), InvalidArgumentError);
});

test("L6: strangers get nothing and disturb nobody", limit, async () => {
  const { connect } = await import("node:net");
  const { randomBytes } = await import("node:crypto");
  const answers = await Promise.all(
    [
      randomBytes(200_000),
      Buffer.from("ungil/1\n"),
      Buffer.concat([Buffer.from("ungil/1\n"), randomBytes(96)]),
    ].map(
      (bytes) =>
        new Promise<number>((resolve) => {
          let received = 0;
          const socket = connect(manager.address);
          socket.on("data", ({ length }) => (received += length));
          socket.on("error", () => {});
          socket.on("close", () => resolve(received));
          socket.end(bytes);
        }),
    ),
  );
  // a challenge at most
  assert.ok(answers.every((each) => each <= 64));
  assert.equal(await (await manager.dict({ a: 1 })).get("a"), 1);
});

test("L6: a manager can be started again at the same address, by others too", limit, async (t) => {
  const address = addressOf(t);
  for (let n = 0; n < 3; n++) {
    await using own = await new Manager({ address, authkey: "key" }).start();
    assert.equal(own.address, address);
    const dict = await own.dict({ n });
    const other = await Manager.connect({ address, authkey: "key" });
    const list = await other.list([dict]);
    assert.equal(await (await list.get(0))!.get("n"), n);
    const taken = await rejectionOf(new Manager({ address, authkey: "key" }).start(), InvalidArgumentError);
    assert.match(taken.message, /another program listens there/);
    if (n === 1) process.kill(own.pid!, "SIGKILL");
  }
  if (process.platform !== "win32") assert.equal(existsSync(address), false);
});

test("L6: a file that is no socket is not touched, though its path is given as an address", {
  ...limit,
  skip: process.platform === "win32",
}, async (t) => {
  const address = addressOf(t);
  writeFileSync(address, "precious");
  const refused = await rejectionOf(new Manager({ address, authkey: "key" }).start(), InvalidArgumentError);
  assert.match(refused.message, /no socket/);
  assert.equal(readFileSync(address, "utf8"), "precious");
  const nowhere = new Manager({ address: path.join(`${address}-none`, "s"), authkey: "key" });
  const why = await rejectionOf(nowhere.start(), InvalidArgumentError);
  assert.match(why.message, /in a folder that there is/);
});

test("a manager that is shut down while it starts does not start, and leaves no process", limit, async () => {
  const manager = new Manager();
  const starting = rejectionOf(manager.start(), ShutdownError);
  const pid = manager.pid!;
  await Promise.all([starting, manager.shutdown()]);
  assert.equal(isAlive(pid), false);
  assert.throws(() => manager.dict(), ShutdownError);
});

test(
  "L6: a manager that is not started makes nothing, and one that was shut down neither",
  limit,
  async () => {
    const own = new Manager();
    assert.throws(() => own.dict(), InvalidStateError);
    assert.throws(() => own.address, InvalidStateError);
    assert.equal(own.pid, null);
    await own.start();
    await rejectionOf(own.start(), InvalidStateError);
    const dict = await own.dict({ a: 1 });
    const lock = await own.Lock();
    await lock.acquire();
    const waits = rejectionOf(
      processes.submit(() => lock.acquire().then(() => {})),
      ConnectionClosedError,
    );
    while ((await lock.stats()).waiting === 0) await new Promise(setImmediate);
    const pid = own.pid!;
    await Promise.all([own.shutdown(), own.shutdown()]);
    assert.equal(isAlive(pid), false);
    await waits;
    await rejectionOf(dict.get("a"), ConnectionClosedError);
    assert.throws(() => own.dict(), ShutdownError);
    await rejectionOf(own.start(), InvalidStateError);
    await new Manager().shutdown();
  },
);

test("a manager whose process is busy, or stopped, is ended all the same", limit, async () => {
  const own = await new Manager().start();
  const busy = own.create(() => {
    for (;;);
  });
  const failed = rejectionOf(busy, ConnectionClosedError);
  await own.shutdown();
  await failed;
});

test("a manager that can't be started says why, and leaves no process", limit, async () => {
  const before = activeChildren().length;
  await rejectionOf(new Manager({ address: "/nowhere/at/all/s" }).start(), Error);
  await rejectionOf(new Manager({ execArgv: ["--no-such-option"] }).start(), Error);
  const socket = new (await import("node:net")).Socket();
  await rejectionOf(new Manager().register("socket", () => socket).start(), SerializationError);
  for (const options of [
    { address: "" },
    { address: "x".repeat(200) },
    { authkey: "" },
    { daemon: true },
    { adress: "x" },
  ])
    assert.throws(() => new Manager(options), InvalidArgumentError);
  await until(() => activeChildren().length === before, "no process is left");
});

test("a manager does not keep its program, and ends with it, however that ends", limit, async () => {
  for (const end of ["", "process.exit(0)", "process.kill(process.pid, 'SIGKILL')"]) {
    const script = `
      import { Manager } from "ungil/multiprocessing";
      const manager = await new Manager().start();
      const dict = await manager.dict({ a: 1 });
      console.log(manager.pid, await dict.get("a"));
      ${end}
    `;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
      timeout: 60_000,
    });
    const [pid, value] = stdout.trim().split(" ").map(Number);
    assert.equal(value, 1);
    await until(() => !isAlive(pid!), "the manager has ended");
  }
});

test(
  "what a manager keeps outlives the process that made it, and a lock that it held is given back",
  limit,
  async () => {
    const few = new ProcessPoolExecutor({ maxWorkers: 1 });
    const [dict, lock] = await few.submit(async () => {
      const made = await manager.dict({ pid: process.pid });
      const own = await manager.Lock();
      await own.acquire();
      return [made, own] as const;
    });
    few.killWorkers();
    using guard = await lock.acquire();
    assert.equal(guard.abandoned, true);
    assert.notEqual(await dict.get("pid"), process.pid);
    await few.shutdown();
  },
);
