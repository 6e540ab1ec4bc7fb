import assert from "node:assert/strict";
import { test } from "node:test";
import { CancelledError, currentTask, ThreadPoolExecutor, TimeoutError, WorkerExitError } from "ungil";
import { Gate, manualClock, sharedCells, until } from "ungil/testing";
import { rejection, rejectionOf } from "./support/rejection.js";
import { add, block, failAtFirst, identity, poll, spin, thread } from "./support/tasks.js";

/** Comes to the gate and works, in a loop that never gives way, until it is cancelled. */
function workUntilCancelled(cells: Int32Array): string {
  const task = currentTask();
  Atomics.add(cells, 1, 1);
  while (!task.cancelled);
  return "noticed";
}

/** Comes to the gate and waits for its signal; says why it stopped in a report. */
async function waitForSignal(cells: Int32Array): Promise<unknown> {
  const { signal } = currentTask();
  Atomics.add(cells, 1, 1);
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  currentTask().report(signal.reason);
  return "stopped in its own way";
}

test("abort: a synchronous loop sees `cancelled`, and its worker lives on", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, grace: 20_000 });
  const gate = new Gate();
  const future = pool.submit(workUntilCancelled, gate.cells);
  await gate.arrived(1);
  future.abort("enough");
  const error = await rejectionOf(future, CancelledError);
  assert.equal(error.cause, "enough");
  assert.equal(future.state, "cancelled");
  assert.equal(await pool.submit(add, 1, 2), 3);
  assert.equal(pool.stats().workers.started, 1);
});

test("abort: an asynchronous task sees its signal, with the reason", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, grace: 20_000 });
  const gate = new Gate();
  const future = pool.submit(waitForSignal, gate.cells);
  const reports: unknown[] = [];
  const listening = (async () => {
    for await (const report of future.progress) reports.push(report);
  })();
  await gate.arrived(1);
  future.abort({ why: "enough" });
  await rejectionOf(future, CancelledError);
  await listening;
  assert.deepEqual(reports, [{ why: "enough" }]);
});

test("abort: a reason that can't travel stops the task all the same", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, grace: 20_000 });
  for (const reason of [Symbol("odd"), Promise.resolve(), { toString: null, fn: () => {} }]) {
    const gate = new Gate();
    const future = pool.submit(waitForSignal, gate.cells);
    await gate.arrived(1);
    future.abort(reason);
    assert.equal((await rejectionOf(future, CancelledError)).cause, reason);
  }
});

test("grace: a task that does not stop is ended with its worker, not before its time and with its reason", async () => {
  const clock = manualClock();
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, grace: 1_000, clock });
  const gate = new Gate();
  const future = pool.submit(spin, gate.cells);
  await gate.arrived(1);
  future.abort("enough");
  await clock.advance(999);
  assert.equal(future.state, "running");
  await clock.advance(1);
  assert.equal((await rejectionOf(future, CancelledError)).cause, "enough");
  assert.equal(await pool.submit(add, 1, 2), 3);
  assert.equal(pool.stats().workers.started, 2);
  assert.equal(pool.stats().workers.crashed, 0, "that was no crash");
});

test("grace: a map that is left ends a chunk that spins, and what had not begun of it never runs", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, grace: 0 });
  const gate = new Gate();
  const counts = sharedCells(4);
  const stream = pool.map(
    (item: { index: number; cells: Int32Array; counts: Int32Array }) => {
      Atomics.add(item.counts, item.index, 1);
      if (item.index === 1) {
        Atomics.add(item.cells, 1, 1);
        for (;;);
      }
      return item.index;
    },
    [0, 1, 2, 3].map((index) => ({ index, cells: gate.cells, counts })),
    { chunksize: 4, errors: "settle" },
  );
  await gate.arrived(1);
  await stream[Symbol.asyncDispose]();
  assert.equal(await pool.submit(add, 1, 2), 3);
  assert.deepEqual([...counts], [1, 1, 0, 0]);
});

test("timeout: counts the running time of one attempt, not the time in the queue", async () => {
  const clock = manualClock();
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, clock, grace: 0 });
  const first = new Gate();
  const before = pool.submit(block, first.cells, 0);
  await first.arrived(1);
  const gate = new Gate();
  const future = pool.with({ timeout: 1_000, name: "slow" }).submit(poll, gate.cells, 1);
  await clock.advance(5_000);
  assert.equal(future.state, "pending");
  first.open();
  await before;
  await gate.arrived(1);
  await clock.advance(999);
  assert.equal(future.state, "running");
  await clock.advance(1);
  const error = await rejectionOf(future, TimeoutError);
  assert.match(error.message, /slow.*1000 ms/);
});

test("timeout: a late attempt is tried again, with its full time", async () => {
  const clock = manualClock();
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, clock, grace: 0 });
  const gate = new Gate();
  const future = pool.with({ timeout: 100, retries: 1 }).submit((cells: Int32Array) => {
    Atomics.add(cells, 1, 1);
    if (currentTask().attempt === 2) return "in time";
    while (Atomics.load(cells, 0) === 0);
    return "too late";
  }, gate.cells);
  await gate.arrived(1);
  await clock.advance(100);
  assert.equal(await future, "in time");
  assert.equal(pool.stats().retried, 1);
  assert.equal(clock.pending() <= 1, true, "only an idle time is left of it");
});

test("timeout: a task that waits on a busy thread is tried again, and the first answer is not taken for it", async () => {
  const clock = manualClock();
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, tasksPerWorker: 2, clock });
  const gate = new Gate();
  const busy = pool.submit(block, gate.cells, 1);
  await gate.arrived(1);
  const timers = clock.pending();
  // sent to the same thread, where it can't begin
  const future = pool.with({ timeout: 100, retries: 3 }).submit(identity, "own result");
  await until(() => clock.pending() > timers, "it is sent");
  assert.equal(future.state, "pending", "it waits there");
  await clock.advance(100);
  await until(() => pool.stats().retried === 1 && clock.pending() > timers, "it is sent again");
  await clock.advance(100);
  await until(() => pool.stats().retried === 2 && clock.pending() > timers, "and again");
  gate.open();
  assert.equal(await future, "own result");
  assert.equal(await busy, 1);
  assert.equal(await pool.submit(add, 1, 2), 3);
});

test("timeout: an abort outweighs it: what was to be tried again is not", async () => {
  const clock = manualClock();
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, clock, grace: 1_000 });
  const gate = new Gate();
  const future = pool.with({ timeout: 100, retries: 5 }).submit(spin, gate.cells);
  await gate.arrived(1);
  await clock.advance(100);
  future.abort("enough");
  await clock.advance(1_000);
  assert.equal((await rejectionOf(future, CancelledError)).cause, "enough");
  assert.equal(gate.arrivals, 1);
});

test("a task told to stop settles with the reason, even when it answers in time", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, grace: 20_000 });
  const gate = new Gate();
  const future = pool.submit(waitForSignal, gate.cells);
  await gate.arrived(1);
  future.abort();
  await rejectionOf(future, CancelledError);
});

test("deadline: counts from submit, and ends a task in the queue at once", async () => {
  const clock = manualClock();
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, clock });
  const gate = new Gate();
  const before = pool.submit(block, gate.cells, 0);
  await gate.arrived(1);
  const future = pool.with({ deadline: 1_000, name: "urgent" }).submit(identity, 1);
  await clock.advance(1_000);
  assert.equal(future.done(), true);
  assert.match((await rejectionOf(future, TimeoutError)).message, /urgent.*1000 ms/);
  assert.equal(pool.stats().queued, 0);
  gate.open();
  await before;
});

test("deadline: ends a pause between two attempts", async () => {
  const clock = manualClock();
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, clock });
  const calls = sharedCells(1);
  const view = pool.with({ deadline: 1_000, retries: { attempts: 5, backoff: 60_000 } });
  const future = view.submit(failAtFirst, calls, 99);
  await until(() => pool.stats().retried === 1, "the first attempt has failed");
  await clock.advance(1_000);
  await rejectionOf(future, TimeoutError);
  await clock.advance(100_000);
  assert.equal(Atomics.load(calls, 0), 1);
});

test("no timer is left of a task that is done", async () => {
  const clock = manualClock();
  const pool = new ThreadPoolExecutor({ maxWorkers: 1, clock });
  const view = pool.with({ timeout: 60_000, deadline: 60_000, retries: { attempts: 1, backoff: 10 } });
  await view.submit(add, 1, 2);
  view.submit(add, 1, 2).cancel();
  const failing = rejection(view.submit(failAtFirst, sharedCells(1), 99));
  await until(() => pool.stats().retried === 1, "the first attempt has failed");
  await clock.advance(10);
  await failing;
  const gate = new Gate();
  const aborted = view.submit(poll, gate.cells, 1);
  await gate.arrived(1);
  aborted.abort();
  gate.open();
  await rejection(aborted);
  await pool.shutdown();
  assert.equal(clock.pending(), 0);
});

test("signal: aborted before the call, the task never starts and no thread either", async () => {
  await using pool = new ThreadPoolExecutor();
  const future = pool.with({ signal: AbortSignal.abort("never") }).submit(identity, 1);
  assert.equal(future.cancelled(), true);
  assert.equal((await rejectionOf(future, CancelledError)).cause, "never");
  assert.equal(pool.stats().workers.started, 0);
  assert.deepEqual([pool.stats().submitted, pool.stats().cancelled], [1, 1]);
});

test("signal: aborts a running task", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, grace: 20_000 });
  const controller = new AbortController();
  const gate = new Gate();
  const future = pool.with({ signal: controller.signal }).submit(workUntilCancelled, gate.cells);
  await gate.arrived(1);
  controller.abort("enough");
  assert.equal((await rejectionOf(future, CancelledError)).cause, "enough");
});

test("signal: a thousand tasks listen to one without a warning, and all are cancelled by it", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on("warning", note);
  try {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1, grace: 20_000 });
    const controller = new AbortController();
    const view = pool.with({ signal: controller.signal });
    const gate = new Gate();
    const first = view.submit(workUntilCancelled, gate.cells);
    const rest = Array.from({ length: 1_000 }, (_, i) => view.submit(identity, i));
    await gate.arrived(1);
    controller.abort("all");
    for (const future of [first, ...rest]) {
      assert.equal((await rejectionOf(future, CancelledError)).cause, "all");
    }
    await new Promise<void>((resolve) => setImmediate(resolve));
    assert.deepEqual(warnings, []);
  } finally {
    process.off("warning", note);
  }
});

test("terminate: waiting futures are cancelled, running ones fail with a WorkerExitError", async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const gate = new Gate();
  const running = pool.submit(spin, gate.cells);
  const waiting = pool.submit(identity, 1);
  await gate.arrived(1);
  const ends = Promise.all([rejectionOf(running, WorkerExitError), rejectionOf(waiting, CancelledError)]);
  await pool.terminate();
  const [exit] = await ends;
  assert.equal(exit.reason, "terminated");
  assert.match(exit.message, /spin was ended: the executor was terminated/);
  assert.equal(pool.stats().state, "shut-down");
  await pool.terminate();
  await pool.shutdown();
});

test("terminate: also while threads are starting, and from a callback of a future", async () => {
  const starting = new ThreadPoolExecutor({ maxWorkers: 2 });
  const futures = [starting.submit(identity, 1), starting.submit(identity, 2)];
  const ends = Promise.allSettled(futures);
  await starting.terminate();
  assert.deepEqual(
    (await ends).map(({ status }) => status),
    ["rejected", "rejected"],
  );
  const pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const many = Array.from({ length: 20 }, (_, i) => pool.submit(identity, i));
  const ended = new Promise<void>((resolve) => {
    many[5]!.onDone(() => void pool.terminate().then(resolve));
  });
  await Promise.allSettled(many);
  await ended;
  const { submitted, completed, failed, cancelled } = pool.stats();
  assert.equal(completed + failed + cancelled, submitted);
});

test("shutdown: gives up waiting after its timeout, or with its signal; the work goes on", async () => {
  const clock = manualClock();
  const pool = new ThreadPoolExecutor({ maxWorkers: 1, clock, name: "slow" });
  const gate = new Gate();
  const future = pool.submit(block, gate.cells, 5);
  await gate.arrived(1);
  const late = rejectionOf(pool.shutdown({ timeout: 1_000 }), TimeoutError);
  await clock.advance(1_000);
  assert.match((await late).message, /slow.*1000 ms/);
  const controller = new AbortController();
  const stopped = rejectionOf(pool.shutdown({ signal: controller.signal }), CancelledError);
  controller.abort("enough");
  assert.equal((await stopped).cause, "enough");
  const never = await rejectionOf(pool.shutdown({ signal: AbortSignal.abort("before") }), CancelledError);
  assert.equal(never.cause, "before");
  gate.open();
  assert.equal(await future, 5);
  await pool.shutdown();
});

test("shutdown: a worker that something else keeps alive is ended after grace", async () => {
  const clock = manualClock();
  const pool = new ThreadPoolExecutor({ maxWorkers: 1, clock, grace: 1_000 });
  await pool.submit(() => {
    setInterval(() => {}, 1_000_000);
  });
  const closed = pool.shutdown();
  let open = true;
  void closed.then(() => {
    open = false;
  });
  await clock.advance(999);
  assert.equal(open, true);
  await clock.advance(1);
  await closed;
  assert.equal(pool.stats().workers.crashed, 0);
});

test("a pool of one thread serves after each kind of stop", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, grace: 0 });
  const threads = new Set<number>();
  for (let round = 0; round < 3; round++) {
    const gate = new Gate();
    // long enough for the task to begin: its thread loads the module first
    const future = pool.with({ timeout: 400 }).submit(spin, gate.cells);
    await rejectionOf(future, TimeoutError);
    threads.add(await pool.submit(thread));
  }
  assert.equal(threads.size, 3);
});

test("grace: a task that shared its thread with one that had to be ended fails by name, or is tried again if it may", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, tasksPerWorker: 3, grace: 0 });
  const gate = new Gate();
  const plain = pool.submit(poll, gate.cells, 1);
  const stubborn = pool.with({ retries: 1 }).submit(poll, gate.cells, 2);
  await gate.arrived(2);
  const second = new Gate();
  const culprit = pool.with({ name: "culprit" }).submit(spin, second.cells);
  await second.arrived(1);
  culprit.abort();
  await rejectionOf(culprit, CancelledError);
  const error = await rejectionOf(plain, WorkerExitError);
  assert.match(error.message, /culprit did not stop/);
  gate.open();
  assert.equal(await stubborn, 2);
  assert.equal(pool.stats().workers.crashed, 0);
});
