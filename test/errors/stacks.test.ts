// One stack for both sides: the worker's frames at their TypeScript lines, then those of the submission.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  AsyncExecutor,
  CancelledError,
  currentTask,
  type Executor,
  InlineExecutor,
  SerializationError,
  ThreadPoolExecutor,
  TimeoutError,
  WorkerExitError,
} from "ungil";
import { throwDeep, throwLate, throwWithCause } from "./fixtures/stacks.js";
import { framesOf, marksOf } from "./support/marks.js";

const pool = new ThreadPoolExecutor({ maxWorkers: 1, name: "stacks", grace: 0 });
const loop = new AsyncExecutor({ grace: 0 });
after(() => Promise.all([pool.shutdown(), loop.shutdown()]));
const here = marksOf("errors/stacks.test.ts");
const there = marksOf("errors/fixtures/stacks.ts");

/** Asserts that the frames hold these places in this order. */
function assertPlaces(error: unknown, ...places: (string | undefined)[]): void {
  const frames = framesOf(error);
  let from = 0;
  for (const place of places) {
    assert.ok(place, "a mark is missing");
    const at = frames.findIndex((frame, index) => index >= from && frame.includes(place));
    assert.ok(at >= 0, `${place} after line ${from} of\n${(error as Error).stack}`);
    from = at + 1;
  }
}

/** Asserts that no frame is ungil's own or Node's machinery. */
function assertNoMachinery(error: unknown): void {
  for (const frame of framesOf(error)) assert.doesNotMatch(frame, /node:internal|\/(?:src|dist)\/\w+/);
}

test("the stack has the worker's frames, the line between, and the caller's frames", async () => {
  const caller = (): Promise<unknown> => pool.submit(throwDeep, 2).exception(); // mark: submit
  const error = await caller();
  assert.match((error as Error).stack ?? "", /^RangeError: from a module\n/);
  assertPlaces(
    error,
    there.module,
    there.module?.replace(/:\d+:$/, ":"),
    "(submitted to stacks)",
    here.submit,
  );
  assertNoMachinery(error);
  assert.equal(framesOf(error).filter((frame) => frame.includes("throwDeep")).length, 3);
});

test("a function sent by value shows its lines in the file it was written in", async () => {
  const error = await pool
    .submit(() => {
      const inner = (): never => {
        throw new TypeError("by value"); // mark: inner
      };
      return inner(); // mark: call
    })
    .exception();
  assertPlaces(error, here.inner, here.call, "(submitted to stacks)");
  assertNoMachinery(error);
});

test("an error after an await keeps its line", async () => {
  const error = await pool.submit(throwLate).exception(); // mark: late
  assertPlaces(error, there.late, "(submitted to stacks)", here.late);
  assertNoMachinery(error);
});

test("errors of a map have the origin of the map call", async () => {
  const stream = pool.map(throwDeep, [0]); // mark: map
  const error = await stream.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assertPlaces(error, there.module, "(submitted to stacks)", here.map);
  assertNoMachinery(error);
});

test("causes and the errors of an AggregateError lose the machinery's frames and gain no caller", async () => {
  const error = (await pool.submit(throwWithCause).exception()) as Error;
  assertPlaces(error, there.outer, "(submitted to stacks)");
  assertPlaces(error.cause, there.module, there.outer?.replace(/:\d+:$/, ":"));
  assertNoMachinery(error.cause);
  assert.doesNotMatch((error.cause as Error).stack ?? "", /submitted to/);
  const many = (await pool
    .submit(() => Promise.any([throwLate(), throwLate()]))
    .exception()) as AggregateError;
  assert.equal(many.errors.length, 2);
  for (const each of many.errors) {
    assertPlaces(each, there.late);
    assertNoMachinery(each);
  }
});

test("every attempt of a retried task has one origin", async () => {
  const error = await pool.with({ retries: 2 }).submit(throwDeep, 0).exception(); // mark: retried
  assertPlaces(error, there.module, "(submitted to stacks)", here.retried);
  assert.equal(framesOf(error).filter((frame) => frame.includes("submitted to")).length, 1);
});

test("a task that rethrows what its own task threw shows both submissions", async () => {
  const outer = async (executor: Executor): Promise<void> => {
    await executor.submit(throwDeep, 0); // mark: nested
  };
  const error = await pool.submit(outer, pool).exception(); // mark: rethrown
  assertPlaces(
    error,
    there.module,
    "(submitted to stacks)",
    here.nested,
    "(submitted to stacks)",
    here.rethrown,
  );
  assertNoMachinery(error);
});

const untilStopped = (): Promise<never> =>
  new Promise((_, reject) => {
    const { signal } = currentTask();
    signal.addEventListener("abort", () => reject(signal.reason as Error));
  });

for (const [name, executor] of [
  ["ThreadPoolExecutor", pool],
  ["AsyncExecutor", loop],
] as const) {
  test(`${name}: a timeout names the submit call`, async () => {
    const error = await executor.with({ timeout: 1 }).submit(untilStopped).exception(); // mark: timeout
    assert.ok(error instanceof TimeoutError);
    assertPlaces(error, here.timeout);
    assertNoMachinery(error);
  });

  test(`${name}: a missed deadline names the submit call`, async () => {
    const error = await executor.with({ deadline: 1 }).submit(untilStopped).exception(); // mark: deadline
    assert.ok(error instanceof TimeoutError);
    assertPlaces(error, here.deadline);
    assertNoMachinery(error);
  });

  test(`${name}: the abort of a running task names the submit call`, async () => {
    const future = executor.submit(untilStopped); // mark: abort
    for await (const state of running(future)) if (state) break;
    future.abort("enough");
    const [outcome] = await Promise.allSettled([future]);
    const error = (outcome as PromiseRejectedResult).reason as CancelledError;
    assert.ok(error instanceof CancelledError);
    assert.equal(error.cause, "enough");
    assertPlaces(error, here.abort);
    assertNoMachinery(error);
  });
}

/** Looks again, a turn of the event loop later, until the future runs. */
async function* running(future: { running(): boolean }): AsyncGenerator<boolean> {
  for (;;) {
    yield future.running();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("a worker's exit names the submit call", async () => {
  const error = await pool.submit(() => process.exit(3)).exception(); // mark: exit
  assert.ok(error instanceof WorkerExitError);
  assertPlaces(error, here.exit);
  assertNoMachinery(error);
});

test("an argument and a result that can't be sent name the submit call", async () => {
  const argument = await pool.submit((each: unknown) => each, Symbol("x")).exception(); // mark: argument
  assert.ok(argument instanceof SerializationError);
  assertPlaces(argument, here.argument);
  assertNoMachinery(argument);
  const result = await pool.submit(() => Symbol("x")).exception(); // mark: result
  assert.ok(result instanceof SerializationError);
  assertPlaces(result, here.result);
  assertNoMachinery(result);
});

test("on the event loop and inline the error is the same object, with its own stack", async () => {
  await using inline = new InlineExecutor();
  for (const executor of [loop, inline]) {
    const thrown = Object.freeze(new RangeError("mine"));
    const { stack } = thrown;
    const error = await executor
      .submit(() => {
        throw thrown;
      })
      .exception();
    assert.equal(error, thrown);
    assert.equal((error as Error).stack, stack);
  }
});

test("an error of ours, frozen or shared by tasks, settles each and is not changed over and over", async () => {
  await using inline = new InlineExecutor();
  for (const executor of [loop, inline]) {
    for (const thrown of [Object.freeze(new TimeoutError("cold")), new TimeoutError("shared")]) {
      for (let i = 0; i < 3; i++) {
        const error = await executor
          .submit(() => {
            throw thrown;
          })
          .exception();
        assert.equal(error, thrown);
      }
      assert.ok((thrown.stack?.match(/submitted to/g) ?? []).length <= 1);
    }
  }
});

test("a message of several lines, some like frames, stays whole", async () => {
  const error = (await pool
    .submit(() => {
      throw new Error("first\n  second\n\nlast line");
    })
    .exception()) as Error;
  assert.equal(error.message, "first\n  second\n\nlast line");
  assert.match(error.stack ?? "", /^Error: first\n {2}second\n\nlast line\n\s+at /);
});

test("Error.stackTraceLimit of 0 does no harm", async () => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    const error = await pool.submit(throwDeep, 0).exception();
    assert.ok(error instanceof RangeError);
    assertPlaces(error, there.module);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
});
