import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AsyncExecutor,
  CancelledError,
  InvalidArgumentError,
  QueueFullError,
  ShutdownError,
  TimeoutError,
} from "ungil";
import { load, NativeExecutor } from "ungil/native";
import { until } from "ungil/testing";
import { errorOf, limit, nativeGate, skip, turn } from "./support/native.js";

const c = skip ? undefined! : load(null);

test(
  "no more than maxWorkers native calls run at once, in the order of their submission",
  limit,
  async (t) => {
    await using executor = new NativeExecutor({ maxWorkers: 2 });
    const gate = nativeGate(t);
    const futures = Array.from({ length: 4 }, () => executor.submit(gate.pass, ...gate.args()));
    await turn();
    assert.deepEqual(
      futures.map(({ state }) => state),
      ["running", "running", "pending", "pending"],
    );
    const { kind, running, queued, workers } = executor.stats();
    assert.deepEqual([kind, running, queued, workers.busy], ["native", 2, 2, 2]);
    gate.open(4);
    assert.deepEqual(await Promise.all(futures), [1, 1, 1, 1]);
  },
);

test("a queued native call is cancelled for certain: it never runs", limit, async (t) => {
  await using executor = new NativeExecutor({ maxWorkers: 1 });
  const gate = nativeGate(t);
  const running = executor.submit(gate.pass, ...gate.args());
  const into = new Uint8Array(1);
  const queued = executor.submit(gate.pass, ...gate.args(into));
  await turn();
  assert.ok(!running.cancel());
  assert.ok(queued.cancel());
  gate.open(1);
  await running;
  assert.ok((await errorOf(queued)) instanceof CancelledError);
  assert.equal(into[0], 0);
});

test(
  "abort settles a running native call at once, says that it runs on, and its place stays taken",
  limit,
  async (t) => {
    await using executor = new NativeExecutor({ maxWorkers: 1, maxQueue: 1 });
    const gate = nativeGate(t);
    const aborted = executor.submit(gate.pass, ...gate.args());
    const next = executor.submit(gate.pass, ...gate.args());
    await turn();
    aborted.abort(new Error("no longer wanted"));
    const error = await errorOf(aborted);
    assert.ok(error instanceof CancelledError, String(error));
    assert.match(
      error.message,
      /the native call of read can't be stopped: it runs on and keeps its place until it returns/,
    );
    assert.match(String(error.stack), /CancelledError: [^\n]*keeps its place until it returns\n/);
    assert.equal((error.stack ?? "").split("keeps its place").length, 2);
    assert.equal((error.cause as Error).message, "no longer wanted");
    await turn();
    assert.equal(next.state, "pending");
    assert.throws(() => executor.submit(gate.pass, ...gate.args()), QueueFullError);
    const { workers, running } = executor.stats();
    assert.deepEqual([workers.busy, workers.idle, running], [1, 0, 0]);
    gate.open(1);
    await until(() => next.running(), "the next call runs when the first has returned");
    gate.open(1);
    assert.equal(await next, 1);
  },
);

test(
  "a native call that takes longer than its timeout fails with a TimeoutError that says that it runs on",
  limit,
  async (t) => {
    await using executor = new NativeExecutor({ maxWorkers: 1 });
    const gate = nativeGate(t);
    const error = await errorOf(executor.with({ timeout: 5 }).submit(gate.pass, ...gate.args()));
    assert.ok(error instanceof TimeoutError, String(error));
    assert.match(error.message, /its timeout of 5 ms; the native call of read can't be stopped/);
    gate.open();
  },
);

test(
  "a signal that aborts while the call waits for a thread of the pool withdraws the call",
  limit,
  async (t) => {
    await using executor = new NativeExecutor({ maxWorkers: 9 });
    const gate = nativeGate(t);
    const controller = new AbortController();
    const into = new Uint8Array(1);
    const blocked = Array.from({ length: 8 }, () => executor.submit(gate.pass, ...gate.args()));
    const waiting = executor.with({ signal: controller.signal }).submit(gate.pass, ...gate.args(into));
    await turn();
    controller.abort();
    const error = await errorOf(waiting);
    assert.ok(error instanceof CancelledError, String(error));
    assert.doesNotMatch(error.message, /runs on/);
    gate.open(8);
    await Promise.all(blocked);
    assert.equal(into[0], 0);
  },
);

test("shutdown waits for a native call whose future was aborted", limit, async (t) => {
  const executor = new NativeExecutor({ maxWorkers: 1 });
  const gate = nativeGate(t);
  const future = executor.submit(gate.pass, ...gate.args());
  await turn();
  future.abort();
  await errorOf(future);
  let isDown = false;
  const down = executor.shutdown().then(() => {
    isDown = true;
  });
  for (let turns = 0; turns < 5; turns++) await turn();
  assert.equal(isDown, false);
  gate.open();
  await down;
  assert.throws(() => executor.submit(gate.pass, ...gate.args()), ShutdownError);
});

test(
  "terminate settles all futures now, and is over when the running call has returned",
  limit,
  async (t) => {
    const executor = new NativeExecutor({ maxWorkers: 1 });
    const gate = nativeGate(t);
    const running = executor.submit(gate.pass, ...gate.args());
    const queued = executor.submit(gate.pass, ...gate.args());
    await turn();
    const over = executor.terminate();
    assert.match((await errorOf(running)).message, /the native call of read can't be stopped/);
    assert.ok((await errorOf(queued)) instanceof CancelledError);
    assert.equal(executor.stats().state, "shutting-down");
    gate.open();
    await over;
    assert.equal(executor.stats().state, "shut-down");
  },
);

test("map gives a native function as many of item and index as it has parameters", { skip }, async () => {
  await using executor = new NativeExecutor({ maxWorkers: 2 });
  const sqrt = load("m").func("double sqrt(double x)");
  const pow = load("m").func("double pow(double x, double y)");
  assert.deepEqual(await executor.map(sqrt, [1, 4, 9]), [1, 2, 3]);
  assert.deepEqual(await executor.map(pow, [2, 3, 4]), [1, 3, 16]);
  assert.equal(await executor.reduce(sqrt, [1, 4, 9], (one, other) => one + other), 6);
});

test("functions of JavaScript run on this thread, within the same limits", limit, async (t) => {
  await using executor = new NativeExecutor({ maxWorkers: 2 });
  const gate = nativeGate(t);
  const strlen = c.func<(text: string) => number>("size_t strlen(const char *text)");
  const texts = ["a", "bb", "ccc"];
  assert.deepEqual(await executor.map(async (text) => 10 * (await strlen.submit(text)), texts), [10, 20, 30]);
  let begun = 0;
  const waiting = [
    executor.submit(gate.pass, ...gate.args()),
    ...texts.map(() =>
      executor.submit(async () => {
        begun++;
        await executor.submit(gate.pass, ...gate.args());
      }),
    ),
  ];
  await turn();
  assert.equal(begun, 1);
  gate.open(4);
  await Promise.all(waiting);
  assert.equal(begun, 3);
});

test("an argument that C can't be given fails its own task only", { skip }, async () => {
  await using executor = new NativeExecutor({ maxWorkers: 1 });
  const abs = c.func<(x: unknown) => number>("int abs(int x)");
  const [wrong, right] = [executor.submit(abs, "1"), executor.submit(abs, -1)];
  const error = await errorOf(wrong);
  assert.ok(error instanceof InvalidArgumentError, String(error));
  assert.match(error.message, /x \(argument 1 of abs\) must be a whole number/);
  assert.equal(await right, 1);
});

test("on another executor a native function is a function like any other", { skip }, async () => {
  await using executor = new AsyncExecutor();
  assert.equal(await executor.submit(c.func("int abs(int x)"), -3), 3);
});

test("options are checked, and there is a default for each", { skip }, async () => {
  assert.throws(() => new NativeExecutor({ maxWorkers: 0 }), InvalidArgumentError);
  assert.throws(() => new NativeExecutor({ maxWorker: 1 } as object), /did you mean maxWorkers\?/);
  await using executor = new NativeExecutor();
  assert.match(executor.stats().name, /^NativeExecutor-\d+$/);
});
