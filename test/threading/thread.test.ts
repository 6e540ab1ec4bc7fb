import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import {
  CancelledError,
  CaptureError,
  InvalidArgumentError,
  SerializationError,
  ThreadPoolExecutor,
  transfer,
  WorkerExitError,
  wait,
} from "ungil";
import { Gate, until } from "ungil/testing";
import { type ExcepthookArgs, enumerate, setExcepthook, Thread } from "ungil/threading";
import { rejectionOf } from "./support/rejection.js";
import { block, exitAtGate, fail, poll, spin } from "./support/tasks.js";
import { nothing, waitForever } from "./support/thread-tasks.js";
import { answerOf, started } from "./support/threads.js";

const limit = { timeout: 60_000 };

function gateOf(test: TestContext): Gate {
  const gate = new Gate();
  test.after(() => gate.open());
  return gate;
}

/** Collects what the hook is told, instead of printing it. */
function hooked(test: TestContext): ExcepthookArgs[] {
  const told: ExcepthookArgs[] = [];
  const former = setExcepthook((args) => void told.push(args));
  test.after(() => setExcepthook(former));
  return told;
}

test("a thread runs its target with its arguments, beside this one", limit, async (t) => {
  const gate = gateOf(t);
  const thread = new Thread({ target: block, args: [gate.cells, 1] });
  assert.deepEqual(
    [thread.ident, thread.nativeId, thread.exitCode, thread.isAlive()],
    [null, null, null, false],
  );
  thread.start();
  await gate.arrived(1);
  assert.deepEqual([typeof thread.ident, thread.exitCode, thread.isAlive()], ["number", null, true]);
  gate.open();
  assert.equal(await thread.join(), true);
  assert.deepEqual([typeof thread.ident, thread.exitCode, thread.isAlive()], ["number", 0, false]);
});

test(
  "H1: exitCode is null until the thread has ended, 0 after its work, 1 after an error",
  limit,
  async (t) => {
    hooked(t);
    const threads = [started(t, nothing, []), started(t, fail, ["on purpose"])];
    for (const thread of threads) await thread.join();
    assert.deepEqual(
      threads.map(({ exitCode }) => exitCode),
      [0, 1],
    );
  },
);

test(
  "H2: process.exit in a thread ends the thread only, with its code; process.exitCode gives one too",
  limit,
  async (t) => {
    const told = hooked(t);
    const threads = [0, 1, 42].map((code) => started(t, (given: number) => process.exit(given), [code]));
    threads.push(started(t, () => void (process.exitCode = 9), []));
    for (const thread of threads) await thread.join();
    assert.deepEqual(
      threads.map(({ exitCode }) => exitCode),
      [0, 1, 42, 9],
    );
    assert.deepEqual(await threads[2]!.sentinel, { reason: "exit", exitCode: 42 });
    assert.deepEqual(told, []);
  },
);

test("H3: join with a timeout of 0 or less looks and answers at once", limit, async (t) => {
  const gate = gateOf(t);
  const thread = started(t, block, [gate.cells, 1]);
  for (const timeout of [0, -1, -0.5, Number.NEGATIVE_INFINITY])
    assert.equal(await thread.join({ timeout }), false);
  assert.equal(await thread.join({ timeout: 5 }), false);
  await gate.arrived(1);
  gate.open();
  assert.deepEqual(await Promise.all([thread.join(), thread.join({ timeout: 50_000 })]), [true, true]);
  for (const timeout of [undefined, 0, -1]) assert.equal(await thread.join({ timeout }), true);
});

test("H3: a join is ended by its signal, the thread is not", limit, async (t) => {
  const gate = gateOf(t);
  const thread = started(t, block, [gate.cells, 1]);
  const controller = new AbortController();
  const joining = thread.join({ signal: controller.signal });
  controller.abort(new Error("enough"));
  const error = await rejectionOf(joining, CancelledError);
  assert.equal((error.cause as Error).message, "enough");
  assert.equal(thread.isAlive(), true);
  assert.throws(() => thread.join({ timeout: "1" as never }), InvalidArgumentError);
  assert.throws(() => thread.join({ signal: {} as never }), InvalidArgumentError);
  assert.throws(() => thread.join({ timout: 1 } as object), /timout.*did you mean timeout/);
});

test("H4: the sentinel is not there before start, and tells how the thread has ended", limit, async (t) => {
  const early = new Thread({ target: nothing });
  assert.throws(() => early.sentinel, /start\(\) first/);
  const gates = [gateOf(t), gateOf(t)] as const;
  const [one, other] = gates.map((gate, i) => started(t, exitAtGate, [gate.cells, i])) as [Thread, Thread];
  assert.equal(one.sentinel, one.sentinel);
  assert.equal(one.sentinel.cancel(), false);
  one.sentinel.abort();
  const first = wait([one.sentinel, other.sentinel], { returnWhen: "FIRST_COMPLETED" });
  gates[1].open();
  const { done, notDone } = await first;
  assert.deepEqual([[...done], [...notDone]], [[other.sentinel], [one.sentinel]]);
  assert.deepEqual(await other.sentinel, { reason: "exit", exitCode: 1 });
  one.terminate();
  assert.deepEqual(await one.sentinel, { reason: "terminated", exitCode: 1 });
});

test("H6: a thread starts once, and nobody waits for or ends one that was not started", limit, async () => {
  const thread = new Thread({ target: nothing });
  for (const use of [() => thread.join(), () => thread.terminate(), () => thread.sentinel])
    assert.throws(use, { name: "InvalidStateError", message: /call start\(\) first/ }, String(use));
  thread.start();
  assert.throws(() => thread.start(), { name: "InvalidStateError", message: /starts only once/ });
  await thread.join();
  assert.throws(() => thread.start(), { name: "InvalidStateError", message: /starts only once/ });
});

test("H6: daemon is set before start only, and is as the current thread's by default", limit, async () => {
  const thread = new Thread({ target: nothing });
  assert.equal(thread.daemon, false);
  thread.daemon = true;
  assert.throws(() => void (thread.daemon = 1 as never), InvalidArgumentError);
  thread.start();
  assert.throws(() => void (thread.daemon = false), {
    name: "InvalidStateError",
    message: /before start\(\)/,
  });
  assert.equal(thread.daemon, true);
  await thread.join();
  const ofAnother = () => new Thread({ target: nothing }).daemon;
  assert.deepEqual(
    [await answerOf(ofAnother, []), await answerOf(ofAnother, [], { daemon: true })],
    [false, true],
  );
});

test("H6: the target and its arguments are released by start", {
  ...limit,
  skip: !globalThis.gc,
}, async (t) => {
  const gate = gateOf(t);
  const start = (): [Thread, WeakRef<object>[]] => {
    const captured = { cells: gate.cells };
    const target = (arg: object): void => void block(captured.cells, arg);
    const arg = { some: "data" };
    return [started(t, target, [arg]), [captured, target, arg].map((each) => new WeakRef<object>(each))];
  };
  const [thread, references] = start();
  await gate.arrived(1);
  await until(() => {
    globalThis.gc?.();
    return references.every((each) => each.deref() === undefined);
  }, "what was given to the thread is collected");
  assert.equal(thread.isAlive(), true);
});

test("terminate ends a thread that never gives way, and one that is blocked", limit, async (t) => {
  for (const target of [spin, block]) {
    const gate = gateOf(t);
    const thread = started(t, target as typeof spin, [gate.cells]);
    await gate.arrived(1);
    thread.terminate();
    thread.terminate();
    assert.equal(await thread.join(), true);
    assert.deepEqual(await thread.sentinel, { reason: "terminated", exitCode: 1 });
    thread.terminate();
    assert.equal(thread.exitCode, 1);
  }
});

test("terminate ends a thread at any moment of its start", limit, async (t) => {
  const told = hooked(t);
  for (let time = 0; time < 60; time += 5) {
    const gate = new Gate();
    const thread = started(t, spin, [gate.cells]);
    await delay(time);
    thread.terminate();
    assert.deepEqual(await thread.sentinel, { reason: "terminated", exitCode: 1 });
  }
  assert.deepEqual(told, []);
});

test("any function can be the target, and what it captures is sent as start finds it", limit, async () => {
  const told = new Int32Array(new SharedArrayBuffer(16));
  let number = 1;
  const thread = new Thread({
    target: async (twice: (n: number) => number, error: Error, when: Date) => {
      await Promise.resolve();
      told.set([twice(number), error instanceof RangeError ? 1 : 0, when.getTime()]);
    },
    args: [(n: number) => 2 * n * number, new RangeError("as it was"), new Date(5)],
  });
  number = 10;
  thread.start();
  number = 100;
  await thread.join();
  assert.deepEqual([...told], [200, 1, 5, 0]);
});

test("arguments are copied, what is marked moves, and shared memory is shared", limit, async () => {
  const copied = { n: 1 };
  const moved = new Uint8Array([1, 2, 3]);
  const shared = new Int32Array(new SharedArrayBuffer(4));
  const add = (one: { n: number }, other: Uint8Array, sum: Int32Array): void => {
    one.n++;
    sum[0] = one.n + other.reduce((a, b) => a + b, 0);
  };
  const thread = new Thread({ target: add, args: [copied, transfer(moved, [moved.buffer]), shared] });
  thread.start();
  await thread.join();
  assert.deepEqual([copied.n, moved.length, shared[0]], [1, 0, 8]);
});

test("a thread ends when nothing keeps its event loop, as a program does", limit, async (t) => {
  const cells = new Int32Array(new SharedArrayBuffer(4));
  const thread = started(t, () => void setTimeout(() => void (cells[0] = 1), 50), []);
  await thread.join();
  assert.deepEqual([cells[0], thread.exitCode], [1, 0]);
});

test("env, execArgv and resourceLimits are the thread's", limit, async () => {
  const look = async (): Promise<unknown> => {
    const { resourceLimits } = await import("node:worker_threads");
    return [process.env["OF_THE_THREAD"], process.execArgv, resourceLimits.maxOldGenerationSizeMb];
  };
  assert.deepEqual(
    await answerOf(look, [], {
      env: { ...process.env, OF_THE_THREAD: "yes" },
      execArgv: ["--no-warnings"],
      resourceLimits: { maxOldGenerationSizeMb: 64 },
    }),
    ["yes", ["--no-warnings"], 64],
  );
});

test("options that can't be are InvalidArgumentErrors, thrown from the constructor", () => {
  const bad: [string, object | undefined][] = [
    ["options", undefined],
    ["target", {}],
    ["target", { target: "work" }],
    ["args", { target: nothing, args: "all" }],
    ["name", { target: nothing, name: "" }],
    ["daemon", { target: nothing, daemon: "yes" }],
    ["env.A", { target: nothing, env: { A: 1 } }],
    ["execArgv", { target: nothing, execArgv: "--no-warnings" }],
    ["resourceLimits.stackSizeMb", { target: nothing, resourceLimits: { stackSizeMb: -1 } }],
    ["demon", { target: nothing, demon: true }],
    ["cwd", { target: nothing, cwd: "/" }],
  ];
  for (const [name, options] of bad) {
    assert.throws(
      () => new Thread(options as never),
      (error: unknown) => error instanceof InvalidArgumentError && error.message.includes(name),
      name,
    );
  }
});

test("what can't be sent is refused by start, which can be called again", limit, async (t) => {
  const port = new MessageChannel().port1;
  t.after(() => port.close());
  const capturing = new Thread({ target: () => port });
  assert.throws(() => capturing.start(), CaptureError);
  for (const [arg, message] of [
    [Symbol("s"), /args\[0\].*symbol/],
    [{ inner: new WeakMap() }, /args\[0\]\.inner/],
  ] as const) {
    const thread = new Thread({ target: (value: unknown) => value, args: [arg] });
    assert.throws(() => thread.start(), { name: "SerializationError", message }, String(message));
    assert.deepEqual([thread.ident, thread.isAlive()], [null, false]);
  }
  assert.equal(enumerate().length, 1);
  let captured: unknown = port;
  const changing = new Thread({ target: () => captured });
  assert.throws(() => changing.start(), CaptureError);
  captured = 5;
  changing.start();
  await changing.join();
  assert.equal(changing.exitCode, 0);
});

test("an executor that is captured or given is refused: it runs tasks for this thread", limit, async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  for (const thread of [
    new Thread({ target: () => pool.submit(nothing) }),
    new Thread({ target: (given: unknown) => given, args: [{ deep: [pool] }] }),
    new Thread({ target: (given: unknown) => given, args: [() => pool.submit(nothing)] }),
  ]) {
    assert.throws(
      () => thread.start(),
      (error: unknown) =>
        error instanceof SerializationError &&
        /a Thread is another one.*inside the target/.test(error.message),
    );
  }
  await pool.shutdown();
});

test(
  "a thread that Node does not start is a WorkerExitError with its reason, and not among the living",
  limit,
  () => {
    const thread = new Thread({ target: nothing, execArgv: ["--no-such-option"] });
    assert.throws(
      () => thread.start(),
      (error: unknown) => error instanceof WorkerExitError && /no-such-option/.test(error.message),
    );
    assert.deepEqual([thread.ident, thread.isAlive(), enumerate().length], [null, false, 1]);
  },
);

test("excepthook: it is told of the error that ends a thread, before join answers", limit, async (t) => {
  const told = hooked(t);
  const target = (): never => {
    throw Object.assign(new RangeError("of the target"), { detail: 5 });
  };
  const thread = started(t, target, [], { name: "unlucky" });
  await thread.join();
  assert.equal(told.length, 1);
  const { error, thread: failed } = told[0] as { error: RangeError & { detail: number }; thread: unknown };
  assert.ok(error instanceof RangeError && error.message === "of the target" && error.detail === 5);
  assert.match(error.stack ?? "", /thread\.test/);
  assert.equal(failed, thread);
  assert.deepEqual(await thread.sentinel, { reason: "exit", exitCode: 1, error });
});

test("excepthook: also of one in a timer, of a rejection, and of what is no error", limit, async (t) => {
  const told = hooked(t);
  const targets: [() => unknown, unknown][] = [
    [() => void setTimeout(() => fail("later"), 1), "later"],
    [() => void Promise.reject(new RangeError("floating")), "floating"],
    [() => Promise.reject(new RangeError("awaited")), "awaited"],
    [
      () => {
        throw undefined;
      },
      undefined,
    ],
    [
      () => {
        // oxlint-disable-next-line no-throw-literal
        throw "a text";
      },
      "a text",
    ],
  ];
  for (const [target, message] of targets) {
    const thread = started(t, target, []);
    await thread.join();
    const [{ error, ...rest }] = told.splice(0) as [ExcepthookArgs];
    assert.equal(error instanceof RangeError ? error.message : error, message);
    assert.deepEqual(rest, { thread });
    assert.equal(thread.exitCode, 1);
  }
});

test("excepthook: an error that the thread's own handler catches ends nothing", limit, async (t) => {
  const told = hooked(t);
  const cells = new Int32Array(new SharedArrayBuffer(4));
  const target = (): void => {
    process.on("uncaughtException", () => void (cells[0] = 1));
    setTimeout(() => fail("caught"), 1);
  };
  const thread = started(t, target, []);
  await thread.join();
  assert.deepEqual([cells[0], thread.exitCode, told], [1, 0, []]);
});

test(
  "excepthook: a target that waits for what never comes ends with 13, as a program of Node does",
  limit,
  async (t) => {
    const told = hooked(t);
    const thread = started(t, waitForever, []);
    await thread.join();
    assert.equal(thread.exitCode, 13);
    const [{ error }] = told as [ExcepthookArgs];
    assert.ok(error instanceof WorkerExitError);
    assert.deepEqual([error.reason, error.exitCode], ["exit", 13]);
  },
);

test(
  "excepthook: out of memory is a WorkerExitError that says so; this program goes on",
  limit,
  async (t) => {
    const told = hooked(t);
    const eat = (): void => {
      console.error("hungry");
      const all: number[][] = [];
      for (;;) all.push(Array.from({ length: 1_000 }, Math.random));
    };
    const thread = started(t, eat, [], { resourceLimits: { maxOldGenerationSizeMb: 16 } });
    const { reason, error } = await thread.sentinel;
    assert.equal(reason, "out-of-memory");
    assert.ok(error instanceof WorkerExitError);
    assert.deepEqual([error.reason, error.stderrTail], ["out-of-memory", "hungry\n"]);
    assert.deepEqual(told, [{ error, thread }]);
  },
);

test("excepthook: terminate is no error, and what is no function is refused", limit, async (t) => {
  const told = hooked(t);
  const thread = started(t, waitForever, []);
  thread.terminate();
  await thread.join();
  assert.deepEqual(told, []);
  assert.throws(() => setExcepthook("print" as never), InvalidArgumentError);
});

test("await using waits for the end of a thread", limit, async () => {
  const cells = new Int32Array(new SharedArrayBuffer(4));
  {
    await using thread = new Thread({ target: () => void (cells[0] = 1) });
    thread.start();
    await using unused = new Thread({ target: nothing });
    assert.equal(unused.ident, null);
  }
  assert.equal(cells[0], 1);
});

test("it shows its name and how far it is", limit, async (t) => {
  const gate = gateOf(t);
  const thread = new Thread({ target: block, args: [gate.cells, 1], name: "shown", daemon: true });
  assert.equal(String(thread), "<Thread shown initial daemon>");
  thread.start();
  const { ident } = thread;
  assert.equal(String(thread), `<Thread shown ident=${ident} running daemon>`);
  thread.terminate();
  await thread.join();
  assert.equal(String(thread), `<Thread shown ident=${ident} ended exitcode=1 daemon>`);
});

test("names are numbered over all threads of the program", limit, async () => {
  const [one, other] = [new Thread({ target: nothing }), new Thread({ target: nothing })];
  const number = Number(/^Thread-(\d+)$/.exec(one.name)?.[1]);
  assert.equal(other.name, `Thread-${number + 1}`);
  const nested = await answerOf(() => new Thread({ target: () => {} }).name, [], { name: "other" });
  assert.equal(nested, `Thread-${number + 2}`);
});

test("async targets take turns with what they await", limit, async (t) => {
  const gate = gateOf(t);
  const thread = started(t, poll, [gate.cells, 1]);
  await gate.arrived(1);
  gate.open();
  assert.equal(await thread.join(), true);
  assert.equal(thread.exitCode, 0);
});

test("a thread that is dropped at work goes on to its end", { ...limit, skip: !globalThis.gc }, async (t) => {
  const gate = gateOf(t);
  const start = (): void => new Thread({ target: poll, args: [gate.cells, 1], name: "dropped" }).start();
  start();
  await gate.arrived(1);
  globalThis.gc?.();
  await delay(10);
  globalThis.gc?.();
  assert.deepEqual(
    enumerate().map(({ name }) => name),
    ["MainThread", "dropped"],
  );
  gate.open();
  await until(() => enumerate().length === 1, "it has ended");
});

test("the example: five threads print five different numbers", limit, () => {
  const program = path.resolve("examples/threads/start.mjs");
  assert.ok(existsSync(program));
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], { encoding: "utf8" });
  assert.deepEqual([status, stderr], [0, ""]);
  const lines = stdout.trimEnd().split("\n");
  const found = lines
    .slice(0, -1)
    .map((line) => /^Thread-[1-5]: worker ([0-4]) is thread (\d+)/.exec(line) ?? []);
  assert.deepEqual(new Set(found.map(([, number]) => number)), new Set(["0", "1", "2", "3", "4"]));
  assert.equal(new Set(found.map(([, , ident]) => ident)).size, 5);
  assert.match(lines.at(-1) ?? "", /^counter: 500000 of 500000/);
});
