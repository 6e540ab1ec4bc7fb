import assert from "node:assert/strict";
import { test } from "node:test";
import { currentTask, type Future, InlineExecutor } from "ungil";
import { manualClock } from "ungil/testing";

test("submit runs the function before it returns: the future of a synchronous one is done", async () => {
  await using executor = new InlineExecutor();
  const future = executor.submit((a: number, b: number) => a + b, 1, 2);
  assert.equal(future.state, "finished");
  assert.equal(future.snapshot().result, 3);
  assert.equal(executor.stats().kind, "inline");
});

test("a failure is in the future, not thrown by submit, and its stack leads to the caller", async () => {
  await using executor = new InlineExecutor();
  function caller(): Future<never> {
    return executor.submit(() => {
      throw new RangeError("in place");
    });
  }
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  const future = caller();
  Error.stackTraceLimit = limit;
  const error = (await future.exception()) as Error;
  assert.equal(error.message, "in place");
  assert.match(error.stack ?? "", /caller/);
});

test("asynchronous functions overlap", async () => {
  await using executor = new InlineExecutor();
  const order: string[] = [];
  const step = async (name: string): Promise<void> => {
    order.push(`${name} starts`);
    await null;
    order.push(`${name} ends`);
  };
  await Promise.all([executor.submit(step, "a"), executor.submit(step, "b")]);
  assert.deepEqual(order, ["a starts", "b starts", "a ends", "b ends"]);
});

test("tasks within tasks run in place, and the deep ones a moment later: no stack is too small for them", async () => {
  await using executor = new InlineExecutor();
  const down = async (n: number): Promise<number> => (n === 0 ? 0 : 1 + (await executor.submit(down, n - 1)));
  assert.equal(await executor.submit(down, 10), 10);
  assert.equal(await executor.submit(down, 5_000), 5_000);
  const { submitted, completed, running } = executor.stats();
  assert.deepEqual([submitted, completed, running], [5_012, 5_012, 0]);
});

test("a synchronous nesting of a hundred is done when submit returns", async () => {
  await using executor = new InlineExecutor();
  const down = (n: number): number =>
    n === 0 ? 0 : 1 + (executor.submit(down, n - 1).snapshot().result as number);
  assert.equal(executor.submit(down, 100).snapshot().result, 100);
});

test("an endless recursion fails with its own error, and the executor still shuts down", async () => {
  const executor = new InlineExecutor({ onUnobserved: () => {} });
  const endless = (): unknown => {
    let depth = 0;
    const recurse = (): number => ++depth + recurse();
    return recurse();
  };
  assert.ok((await executor.submit(endless).exception()) instanceof RangeError);
  assert.equal(await executor.submit(() => 1), 1);
  await executor.shutdown();
});

test("retries without a pause are done when submit returns, thousands of them", async () => {
  await using executor = new InlineExecutor();
  let calls = 0;
  const future = executor.with({ retries: 5_000 }).submit(() => {
    if (++calls <= 5_000) throw new RangeError(`call ${calls}`);
    return currentTask().attempt;
  });
  assert.equal(future.snapshot().result, 5_001);
});

test("retries with a pause wait for it", async () => {
  const clock = manualClock();
  await using executor = new InlineExecutor({ clock });
  let calls = 0;
  const future = executor.with({ retries: { attempts: 1, backoff: 1_000 } }).submit(() => {
    if (++calls === 1) throw new RangeError("first");
    return "second";
  });
  assert.equal(future.state, "pending");
  await clock.advance(1_000);
  assert.equal(await future, "second");
});

test("map: results are there in order, and a callback may submit again", async () => {
  await using executor = new InlineExecutor();
  const seen: number[] = [];
  assert.deepEqual(await executor.map((x: number) => x * 2, [1, 2, 3]), [2, 4, 6]);
  executor
    .submit(() => 1)
    .onDone((future) => {
      seen.push(future.snapshot().result as number);
      executor.submit(() => 2).onDone((inner) => seen.push(inner.snapshot().result as number));
    });
  assert.deepEqual(seen, [1, 2]);
});

test("a task may shut its executor down; what it submits afterwards still belongs to it", async () => {
  const executor = new InlineExecutor();
  const result = await executor.submit(async () => {
    await executor.shutdown({ wait: false });
    return await currentTask().executor.submit(() => 5);
  });
  assert.equal(result, 5);
  await executor.shutdown();
  assert.throws(() => executor.submit(() => 1), /after shutdown/);
});
