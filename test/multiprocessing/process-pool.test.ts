import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { BlockList } from "node:net";
import { test } from "node:test";
import {
  BrokenProcessPoolError,
  CancelledError,
  currentTask,
  InvalidArgumentError,
  ProcessPoolExecutor,
  type ProcessPoolExecutorOptions,
  SerializationError,
  WorkerExitError,
} from "ungil";
import { loadCell, until } from "ungil/testing";
import { rejectionOf } from "../threading/support/rejection.js";
import { gateOf } from "./support/gates.js";
import {
  add,
  block,
  exit,
  fail,
  identity,
  killAtGate,
  loopUntilCancelled,
  pid,
  pidAtGate,
  refuseToEnd,
  spin,
  tellPid,
} from "./support/tasks.js";

const limit = { timeout: 60_000 };

test("F1: workers are processes of their own, start with the work, and are used again", limit, async (t) => {
  await using pool = new ProcessPoolExecutor({ maxWorkers: 3 });
  assert.equal(pool.stats().workers.started, 0);
  const first = await pool.submit(pid);
  assert.notEqual(first, process.pid);
  assert.equal(await pool.submit(pid), first);
  assert.equal(pool.stats().workers.started, 1);
  const gate = gateOf(t);
  const futures = Array.from({ length: 9 }, () => pool.submit(pidAtGate, gate.cells));
  await gate.arrived(3);
  assert.deepEqual([pool.stats().running, pool.stats().queued], [3, 6]);
  gate.open();
  assert.equal(new Set(await Promise.all(futures)).size, 3);
  assert.equal(pool.stats().workers.started, 3);
});

test("F1: more than 61 workers are refused on Windows", { skip: process.platform !== "win32" }, () => {
  assert.throws(() => new ProcessPoolExecutor({ maxWorkers: 62 }), InvalidArgumentError);
});

test("F1: options that can't be are InvalidArgumentErrors, thrown from the constructor", () => {
  const bad: [string, ProcessPoolExecutorOptions][] = [
    ["cwd", { cwd: 5 as never }],
    ["cwd", { cwd: "" }],
    ["execPath", { execPath: {} as never }],
    ["env.A", { env: { A: 1 as never } }],
    ["maxWorkers", { maxWorkers: 0 }],
    ["maxTasksPerWorker", { maxTasksPerWorker: 0 }],
    ["maxTasksPerWorker", { maxTasksPerWorker: "12" as never }],
    ["execDir", { execDir: "/" } as never],
  ];
  for (const [name, options] of bad) {
    assert.throws(
      () => new ProcessPoolExecutor(options),
      (error: unknown) => error instanceof InvalidArgumentError && error.message.includes(name),
      name,
    );
  }
});

test("F2: what waits in front of a worker can be cancelled; what runs can't", limit, async (t) => {
  await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  // its cost is known from here on: more of them are sent ahead
  await Promise.all(Array.from({ length: 100 }, (_, i) => pool.submit(add, i, 1)));
  const gate = gateOf(t);
  const running = pool.submit(block, gate.cells, 1);
  await gate.arrived(1);
  const ahead = Array.from({ length: 50 }, (_, i) => pool.submit(add, i, 1));
  assert.equal(running.cancel(), false);
  for (const future of ahead) assert.equal(future.cancel(), true);
  gate.open();
  assert.equal(await running, 1);
  for (const future of ahead) await rejectionOf(future, CancelledError);
  assert.equal(pool.stats().completed, 101);
});

test("F3: a worker that is killed from outside costs its own task, and nothing else", limit, async (t) => {
  await using pool = new ProcessPoolExecutor({ maxWorkers: 2 });
  const doomedGate = gateOf(t, 3);
  const otherGate = gateOf(t);
  const doomed = pool.with({ name: "doomed" }).submit(tellPid, doomedGate.cells);
  const other = pool.submit(block, otherGate.cells, "other");
  await doomedGate.arrived(1);
  await otherGate.arrived(1);
  const behind = Array.from({ length: 5 }, (_, i) => pool.submit(add, i, 1));
  process.kill(loadCell(doomedGate.cells, 2), "SIGKILL");
  const error = await rejectionOf(doomed, WorkerExitError);
  assert.deepEqual([error.reason, error.signal, error.task], ["signal", "SIGKILL", "doomed"]);
  otherGate.open();
  assert.equal(await other, "other");
  assert.deepEqual(await Promise.all(behind), [1, 2, 3, 4, 5]);
});

test(
  'F3: with "fail-pool" every future has a BrokenProcessPoolError of its own, and so has a later submit',
  limit,
  async (t) => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 2, onWorkerCrash: "fail-pool" });
    const gate = gateOf(t);
    const running = pool.submit(block, gate.cells, 1);
    await gate.arrived(1);
    const doomed = pool.submit(exit, 99);
    const waiting = [pool.submit(block, gate.cells, 2), pool.submit(block, gate.cells, 3)];
    const errors = new Set<Error>();
    for (const future of [running, ...waiting]) {
      const error = await rejectionOf(future, BrokenProcessPoolError);
      assert.match(`${error.message} ${String(error.cause)}`, /99/);
      errors.add(error);
    }
    assert.deepEqual(
      [...errors].map(({ name }) => name),
      Array(3).fill("BrokenProcessPoolError"),
    );
    await rejectionOf(doomed, WorkerExitError).catch(() => rejectionOf(doomed, BrokenProcessPoolError));
    assert.equal(errors.size, 3);
    assert.throws(() => pool.submit(pid), BrokenProcessPoolError);
  },
);

test(
  "F4: an error keeps its class, its properties and its cause, and says where it was thrown",
  limit,
  async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const error = await rejectionOf(pool.submit(fail, "broken"), RangeError);
    assert.equal(error.message, "broken");
    assert.equal((error as Error & { code?: unknown }).code, "E_TASK");
    assert.ok(error.cause instanceof TypeError);
    assert.match(error.stack ?? "", /support\/tasks\.[\s\S]*submitted to[\s\S]*process-pool\.test/);
  },
);

test("F5: process.exit in a task settles its future with the code, and the pool goes on", limit, async () => {
  await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  for (const code of [0, 1, 42]) {
    const error = await rejectionOf(pool.submit(exit, code), WorkerExitError);
    assert.deepEqual([error.reason, error.exitCode], ["exit", code]);
  }
  assert.equal(await pool.submit(add, 1, 2), 3);
});

for (const signal of ["SIGKILL", "SIGSEGV", "SIGABRT", "SIGTERM"] as const) {
  test(`F6: a task that dies of ${signal} fails with a WorkerExitError that names it`, limit, async (t) => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const gate = gateOf(t);
    const future = pool.submit(killAtGate, gate.cells, signal);
    await gate.arrived(1);
    const behind = pool.submit(add, 1, 2);
    gate.open();
    const error = await rejectionOf(future, WorkerExitError);
    assert.deepEqual([error.reason, error.signal], ["signal", signal]);
    assert.match(error.message, new RegExp(signal));
    assert.equal(await behind, 3);
  });
}

test("F6: a crash in native code is the end of its worker only", limit, async () => {
  await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  const error = await rejectionOf(
    pool.submit(() => process.abort()),
    WorkerExitError,
  );
  assert.deepEqual([error.reason, error.signal], ["signal", "SIGABRT"]);
  assert.equal(await pool.submit(add, 1, 2), 3);
});

test("F6: a full heap is told as such", limit, async () => {
  await using pool = new ProcessPoolExecutor({
    maxWorkers: 1,
    resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 3 },
    onOutput: () => {},
  });
  const error = await rejectionOf(
    pool.submit(() => {
      const kept: unknown[] = [];
      for (;;) kept.push(Array.from({ length: 1_000 }, (_, i) => ({ i })));
    }),
    WorkerExitError,
  );
  assert.equal(error.reason, "out-of-memory");
  assert.match(error.stderrTail ?? "", /heap out of memory|Native stack trace|node/);
});

test("F7: what can't be sent fails its own future, with the reason", limit, async () => {
  await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  const before = pool.submit(add, 1, 1);
  const { Module } = (globalThis as unknown as { WebAssembly: { Module: new (code: Uint8Array) => object } })
    .WebAssembly;
  const cases: [unknown, RegExp][] = [
    [Symbol("s"), /arguments\[0\].*symbol/],
    [{ inner: new WeakMap() }, /arguments\[0\]\.inner.*weak collection/],
    [new SharedArrayBuffer(8), /SharedArrayBuffer.*another process.*ThreadPoolExecutor/],
    [new Int32Array(new SharedArrayBuffer(8)), /SharedArrayBuffer/],
    [new Blob(["x"]), /Blob.*another process/],
    [
      { deep: [new Map([[1, { key: createSecretKey(Buffer.from("secret")) }]])] },
      /KeyObject.*another process/,
    ],
    [[new BlockList()], /BlockList.*another process/],
    [[...Array(2_000).keys()].map((i) => ({ i })).concat(new Blob(["x"]) as never), /Blob.*another process/],
    [new MessageChannel().port1, /MessagePort/],
    [new Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])), /WebAssembly\.Module/],
  ];
  for (const [value, message] of cases) {
    const error = await rejectionOf(pool.submit(identity, value), SerializationError);
    assert.match(error.message, message);
  }
  assert.equal(await before, 2);
  assert.equal(await pool.submit(add, 1, 2), 3);
  assert.equal(pool.stats().workers.started, 1);
});

test("F7: a result that can't be sent fails its own future, and the worker lives", limit, async () => {
  await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  for (let i = 0; i < 20; i++) {
    const error = await rejectionOf(
      pool.submit((): unknown => ({ shared: new SharedArrayBuffer(8) })),
      SerializationError,
    );
    assert.match(error.message, /SharedArrayBuffer/);
    await rejectionOf(
      pool.submit((): unknown => [() => {}]),
      SerializationError,
    );
  }
  assert.equal(pool.stats().workers.started, 1);
});

test("F8: a function that can't be loaded in the worker fails its own future", limit, async () => {
  await using pool = new ProcessPoolExecutor({ maxWorkers: 1, importTimeout: 30_000 });
  const url = "data:text/javascript,throw new RangeError('no module')";
  const error = await rejectionOf(
    pool.submit(async (from: string) => await import(from), url),
    RangeError,
  );
  assert.equal(error.message, "no module");
  assert.equal(await pool.submit(add, 1, 2), 3);
});

test(
  "F9: a worker that dies with large data under way, in either direction, stops nobody",
  limit,
  async (t) => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const large = new Uint8Array(64 * 2 ** 20);
    const gate = gateOf(t, 3);
    const blocking = pool.submit(tellPid, gate.cells);
    await gate.arrived(1);
    // larger than any pipe: it is still being written when the reader dies
    const behind = pool.with({ priority: -1 }).submit((bytes: Uint8Array) => bytes.length, large);
    process.kill(loadCell(gate.cells, 2), "SIGKILL");
    await rejectionOf(blocking, WorkerExitError);
    assert.equal(await behind, large.length);
    const dying = pool.submit((length: number) => {
      setImmediate(() => process.exit(5));
      return new Uint8Array(length).fill(1);
    }, large.length);
    const { length } = await dying;
    assert.equal(length, large.length);
    assert.equal(await pool.submit(add, 1, 2), 3);
  },
);

test("F9: shutdown while a worker dies and arguments can't be sent comes to its end", limit, async () => {
  for (let round = 0; round < 20; round++) {
    const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const dying = pool.submit(exit, 3);
    const refused = pool.submit(identity, Symbol("s"));
    const last = pool.submit(add, round, 1);
    const ended = pool.shutdown();
    await rejectionOf(dying, WorkerExitError);
    await rejectionOf(refused, SerializationError);
    assert.equal(await last, round + 1);
    await ended;
  }
});

test("F10: maxTasksPerWorker: so many tasks in one process, the next in another", limit, async () => {
  await using pool = new ProcessPoolExecutor({ maxWorkers: 1, maxTasksPerWorker: 3 });
  const pids: number[] = [];
  for (let i = 0; i < 7; i++) pids.push(await pool.submit(pid));
  assert.equal(new Set(pids.slice(0, 3)).size, 1);
  assert.equal(new Set(pids.slice(3, 6)).size, 1);
  assert.equal(new Set(pids).size, 3);
});

test(
  "F10: with more waiting than workers may run, workers are replaced until all is done",
  limit,
  async () => {
    const pool = new ProcessPoolExecutor({ maxWorkers: 2, maxTasksPerWorker: 2 });
    const futures = Array.from({ length: 12 }, (_, i) => pool.submit(add, i, 1));
    await pool.shutdown({ wait: false });
    assert.deepEqual(
      await Promise.all(futures),
      futures.map((_, i) => i + 1),
    );
    await pool.shutdown();
    assert.equal(pool.stats().workers.started >= 6, true);
  },
);

test(
  "E4: an initializer that fails in a process breaks the pool, and is not called a thread's",
  limit,
  async () => {
    const initializer = (): never => {
      throw new RangeError("no licence");
    };
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1, initializer });
    const error = await rejectionOf(pool.submit(pid), BrokenProcessPoolError);
    assert.match(
      error.message,
      /^A process initializer failed, the process pool is not usable .*no licence$/,
    );
    assert.equal((error.cause as Error).name, "RangeError");
  },
);

test("F10: workers that can't be started break the pool, and the error says why", limit, async () => {
  await using pool = new ProcessPoolExecutor({ maxWorkers: 1, execPath: "/no/such/node" });
  const error = await rejectionOf(pool.submit(add, 1, 2), BrokenProcessPoolError);
  assert.match(
    `${error.message} ${String((error.cause as Error | undefined)?.message)}`,
    /no\/such\/node|ENOENT/,
  );
  assert.throws(() => pool.submit(add, 1, 2), BrokenProcessPoolError);
  await using elsewhere = new ProcessPoolExecutor({ maxWorkers: 1, cwd: "/no/such/folder" });
  const misplaced = await rejectionOf(elsewhere.submit(add, 1, 2), BrokenProcessPoolError);
  assert.match(misplaced.message, /no\/such\/folder/);
});

for (const method of ["terminateWorkers", "killWorkers"] as const) {
  test(`F11: ${method} ends the workers at once, and all that has not settled fails`, limit, async (t) => {
    const pool = new ProcessPoolExecutor({ maxWorkers: 1, grace: 60_000 });
    const gate = gateOf(t, 3);
    const running = pool.submit(tellPid, gate.cells);
    await gate.arrived(1);
    const waiting = pool.submit(add, 1, 2);
    pool[method]();
    for (const future of [running, waiting]) {
      assert.match((await rejectionOf(future, BrokenProcessPoolError)).message, /ended by force/);
    }
    assert.throws(() => pool.submit(add, 1, 2), BrokenProcessPoolError);
    pool[method]();
    await pool.shutdown();
    const id = loadCell(gate.cells, 2);
    assert.throws(() => process.kill(id, 0), { code: "ESRCH" });
  });

  test(`F11: ${method} on a pool that never started, and on one that has ended`, limit, async () => {
    const fresh = new ProcessPoolExecutor({ maxWorkers: 1 });
    fresh[method]();
    assert.throws(() => fresh.submit(add, 1, 2), BrokenProcessPoolError);
    await fresh.shutdown();
    const ended = new ProcessPoolExecutor({ maxWorkers: 1 });
    assert.equal(await ended.submit(add, 1, 2), 3);
    await ended.shutdown();
    ended[method]();
    assert.equal(ended.stats().state, "shut-down");
  });
}

test("F11: a worker that refuses SIGTERM is killed after grace", limit, async (t) => {
  await using pool = new ProcessPoolExecutor({ maxWorkers: 1, grace: 100 });
  const gate = gateOf(t);
  const stubborn = pool.submit(refuseToEnd, gate.cells);
  await gate.arrived(1);
  stubborn.abort(new Error("enough"));
  const error = await rejectionOf(stubborn, CancelledError);
  assert.equal((error.cause as Error).message, "enough");
  assert.equal(await pool.submit(add, 1, 2), 3);
});

test("F13: a task submits to its own pool, and to one that it captured", limit, async () => {
  await using pool = new ProcessPoolExecutor({ maxWorkers: 2 });
  const fib = async (n: number): Promise<number> => {
    if (n < 2) return n;
    const { executor } = currentTask();
    const [one, other] = await Promise.all([executor.submit(fib, n - 1), executor.submit(fib, n - 2)]);
    return one + other;
  };
  assert.equal(await pool.submit(fib, 8), 21);
  assert.equal(await pool.submit(async () => await pool.submit(add, 20, 22)), 42);
});

test(
  "F13: the functions that a task submits are its own, whatever the program sent before",
  limit,
  async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const made = (of: string, count: number): ((x: string) => string)[] =>
      Array.from({ length: count }, (_, i) => (0, eval)(`(x) => "${of} ${i}" + x`) as (x: string) => string);
    for (const fn of made("program", 30)) await pool.submit(fn, "");
    const results = await pool.submit(async () => {
      const { executor } = currentTask();
      return await Promise.all(made("task", 30).map((fn) => executor.submit(fn, "")));
    });
    assert.deepEqual(
      results,
      results.map((_, i) => `task ${i}`),
    );
  },
);

test("F13: a pool that a task makes is another than the one it captured", limit, async () => {
  await using pool = new ProcessPoolExecutor({ maxWorkers: 2 });
  const [own, captured, here] = await pool.submit(async () => {
    await using inner = new ProcessPoolExecutor({ maxWorkers: 1 });
    const parent = (): number => process.ppid;
    const outer = async (): Promise<number> => await pool.submit(parent);
    return [await inner.submit(parent), await outer(), process.pid] as const;
  });
  assert.deepEqual([own, captured], [here, process.pid]);
});

test(
  "a task sees that it is cancelled, by its signal and in a loop that never gives way",
  limit,
  async (t) => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1, grace: 30_000 });
    const gate = gateOf(t);
    const looping = pool.submit(loopUntilCancelled, gate.cells);
    await gate.arrived(1);
    looping.abort(new Error("enough"));
    await rejectionOf(looping, CancelledError);
    assert.equal(await pool.submit(add, 1, 2), 3);
    assert.equal(pool.stats().workers.started, 1);
  },
);

test("a timeout ends a task that never gives way", limit, async (t) => {
  await using pool = new ProcessPoolExecutor({ maxWorkers: 1, grace: 10 });
  const gate = gateOf(t);
  const future = pool.with({ timeout: 50 }).submit(spin, gate.cells);
  assert.match((await rejectionOf(future, Error)).message, /timeout of 50 ms/);
  assert.equal(await pool.submit(add, 1, 2), 3);
});

test("maxMemoryPerWorker: a process whose memory has grown is replaced between tasks", limit, async () => {
  const megabyte = 2 ** 20;
  await using pool = new ProcessPoolExecutor({ maxWorkers: 1, maxMemoryPerWorker: 400 * megabyte });
  const before = await pool.submit(pid);
  assert.equal(await pool.submit(pid), before);
  await pool.submit((bytes: number) => {
    Object.assign(globalThis, { kept: Buffer.alloc(bytes, 1) });
  }, 500 * megabyte);
  await until(() => pool.stats().workers.recycled === 1, "the worker is replaced");
  assert.notEqual(await pool.submit(pid), before);
});

test("env, cwd and execArgv are the workers'", limit, async () => {
  await using pool = new ProcessPoolExecutor({
    maxWorkers: 1,
    env: { ...process.env, OF_THE_POOL: "yes" },
    cwd: "/",
    execArgv: ["--no-warnings", "--stack-trace-limit=7"],
  });
  const seen = await pool.submit(() => [
    process.env["OF_THE_POOL"],
    process.cwd(),
    process.execArgv.join(" "),
    process.ppid,
  ]);
  assert.deepEqual(seen, ["yes", "/", "--no-warnings --stack-trace-limit=7", process.pid]);
});

test(
  "a worker that dies in a small chunk of a map fails the item that ran; those behind it run elsewhere",
  limit,
  async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const items = Array.from({ length: 20 }, (_, i) => i);
    const dieAt5 = (item: number): number => (item === 5 ? process.exit(9) : item * 2);
    const outcomes = await pool.map(dieAt5, items, { chunksize: 10, errors: "settle" });
    assert.deepEqual(
      outcomes.map(({ status }, i) => (status === "rejected" ? i : -1)).filter((i) => i >= 0),
      [5],
    );
    assert.deepEqual(
      outcomes.map((each) => (each.status === "fulfilled" ? each.value : "lost")),
      items.map((i) => (i === 5 ? "lost" : i * 2)),
    );
  },
);
