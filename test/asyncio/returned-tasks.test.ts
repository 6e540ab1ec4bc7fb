// A body that returns a task, or what stands for one, instead of awaiting it: `() => toThread(fn)`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CancelledError, Future, ThreadPoolExecutor, TimeoutError } from "ungil";
import {
  createTask,
  gather,
  run,
  runInExecutor,
  sleep,
  TaskGroupError,
  taskGroup,
  timeout,
  toThread,
  wrapFuture,
} from "ungil/asyncio";
import { manualClock } from "ungil/testing";

const forever = (): Promise<void> => sleep(Number.POSITIVE_INFINITY);
const limit = { timeout: 30_000 };

/** What a limit of time makes of what a body returns. */
async function outcomeAfter(body: () => unknown): Promise<unknown> {
  const clock = manualClock();
  const outcome = timeout(100, body, { clock }).then(
    (value) => value,
    (error: unknown) => error,
  );
  await clock.advance(100);
  return outcome;
}

const returned: [what: string, body: () => unknown][] = [
  ["a task", () => createTask(forever)],
  ["a gathering", () => gather([forever, forever])],
  ["a promise as a task", () => wrapFuture(new Promise(() => {}))],
  ["a future as a task", () => wrapFuture(Future.withResolvers<number>().future)],
  ["a thread's", () => toThread(() => new Promise(() => {}))],
];
for (const [what, body] of returned) {
  test(`N3: a limit of time ends ${what} that its body returns`, limit, async () => {
    assert.ok((await outcomeAfter(body)) instanceof TimeoutError);
  });
}

test(
  "N3, Q4: what computes on a thread is stopped by the limit of a body that returns it",
  limit,
  async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1, grace: 0 });
    const spin = (): never => {
      for (;;);
    };
    await assert.rejects(
      timeout(100, () => runInExecutor(pool, spin)),
      TimeoutError,
    );
    assert.equal(await pool.submit((n: number) => n + 1, 1), 2);
  },
);

test("O2: a task that the body of a group returns ends with the group", limit, async () => {
  const failing = taskGroup((group) => {
    group.createTask(async () => {
      await sleep(0);
      throw new RangeError("on purpose");
    });
    return createTask(forever);
  });
  await assert.rejects(failing, TaskGroupError);
});

test("O10: so does one of a group that is cancelled, without an error", limit, async () => {
  const cancelled = taskGroup((group) => {
    queueMicrotask(() => group.cancel());
    return createTask(forever);
  });
  assert.equal(await cancelled, undefined);
});

test(
  "M1: a cancelled task cancels one that its function returns, and a call's signal what it waits for",
  limit,
  async () => {
    const inner = createTask(forever);
    const outer = createTask(() => inner);
    await Promise.resolve();
    outer.cancel("enough");
    await assert.rejects(outer, CancelledError);
    assert.equal(inner.cancelled(), true);
    const controller = new AbortController();
    const running = run(() => createTask(forever), { signal: controller.signal });
    const rejected = assert.rejects(running, CancelledError);
    controller.abort();
    await rejected;
  },
);
