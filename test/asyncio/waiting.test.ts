// Contract items M2 to M6: gather, wait, asCompleted, waitFor, shield. M4's sync iteration has no counterpart.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AsyncExecutor,
  CancelledError,
  Future,
  InvalidArgumentError,
  TimeoutError,
  type UnobservedFailure,
} from "ungil";
import {
  allTasks,
  asCompleted,
  createTask,
  currentAsyncTask,
  gather,
  run,
  shield,
  sleep,
  wait,
  waitFor,
  wrapFuture,
} from "ungil/asyncio";
import { manualClock, until } from "ungil/testing";
import { unhandledOf, warningsOf } from "../futures/support/warnings.js";
import { failureOf, foreign, turn } from "./support/turn.js";

const forever = Number.POSITIVE_INFINITY;

test("M2 gather gives results in the order of the targets: functions, tasks, futures, promises", async () => {
  await using executor = new AsyncExecutor();
  const results = await gather([
    async () => {
      await sleep(2);
      return "function";
    },
    createTask(() => "task"),
    executor.submit(() => "future"),
    Promise.resolve("promise"),
  ]);
  assert.deepEqual(results, ["function", "task", "future", "promise"]);
});

test("M2 one named twice shares its result; a function that is named twice is started twice", async () => {
  let calls = 0;
  const count = (): number => ++calls;
  const task = createTask(() => ({}));
  const promise = Promise.resolve({});
  const [a, b, c, d, e, f] = await gather([task, task, promise, promise, count, count]);
  assert.equal(a, b);
  assert.equal(c, d);
  assert.deepEqual([e, f], [1, 2]);
});

test("M2 gather of nothing is an empty list", async () => {
  assert.deepEqual(await gather([]), []);
  assert.deepEqual(await gather(new Set<() => void>()), []);
});

test("M2 the first error is thrown, the siblings go on, and later errors are taken note of", async () => {
  const gate = foreign();
  let went = "";
  let unhandled: unknown[] = [];
  const warnings = await warningsOf(async () => {
    unhandled = await unhandledOf(async () => {
      await run(async () => {
        const first = new RangeError("first");
        const error = await failureOf(
          gather([
            () => Promise.reject(first),
            async () => {
              await gate.promise;
              went = "on";
            },
            async () => {
              await turn();
              throw new Error("second");
            },
            Promise.reject(new Error("third")),
          ]),
        );
        assert.equal(error, first);
        gate.resolve();
        await sleep(1);
      });
    });
  });
  assert.equal(went, "on");
  assert.deepEqual([warnings, unhandled], [[], []]);
});

test("M2 returnExceptions puts errors in their places, the CancelledError of a cancelled child too", async () => {
  const cancelled = createTask(() => sleep(forever));
  cancelled.cancel();
  const mine = new RangeError("mine");
  const results = await gather([() => 1, () => Promise.reject(mine), cancelled], { returnExceptions: true });
  assert.equal(results[0], 1);
  assert.equal(results[1], mine);
  assert.ok(results[2] instanceof CancelledError);
});

test("M2 cancelling the gather cancels all children, and ends it in any case", async () => {
  for (const returnExceptions of [false, true]) {
    const log: string[] = [];
    const stubborn = createTask(async () => {
      await sleep(forever).catch(() => {});
      log.push("ignored");
      return 1;
    });
    const all = gather([() => sleep(forever), stubborn], { returnExceptions: returnExceptions as false });
    await turn();
    assert.equal(all.cancel("all of it"), true);
    const error = await failureOf<CancelledError>(all);
    assert.ok(error instanceof CancelledError);
    assert.equal(error.cause, "all of it");
    await stubborn;
    assert.deepEqual(log, ["ignored"]);
  }
});

test("M2 a gather that is cancelled in the moment it was called cancels its children, which never run", async () => {
  let ran = false;
  const all = gather([() => (ran = true)]);
  assert.equal(all.cancel(), true);
  assert.equal(all.cancelled(), true);
  await turn();
  assert.equal(ran, false);
});

test("M2 cancel after all children are done answers false", async () => {
  const all = gather([() => 1]);
  await all;
  assert.equal(all.cancel(), false);
});

test("M2 who awaits a gather and is cancelled cancels it", async () => {
  const child = createTask(() => sleep(forever));
  const outer = createTask(() => gather([child]));
  await turn();
  outer.cancel("down");
  await failureOf(outer);
  assert.equal((await failureOf<CancelledError>(child)).cause, "down");
});

test("M2 misuse throws before anything is started", () => {
  let ran = false;
  assert.throws(() => gather([() => (ran = true), 5 as never]), /targets\[1\] must be/);
  assert.throws(() => gather(5 as never), InvalidArgumentError);
  assert.throws(() => gather([], { returnExceptions: 1 as never }), InvalidArgumentError);
  assert.equal(ran, false);
});

test("M3 wait: an empty set is refused, and so is what is no set of tasks", () => {
  assert.throws(() => wait([]), /at least one task or future/);
  assert.throws(() => wait(createTask(() => 1) as never), InvalidArgumentError);
  assert.throws(() => wait([Promise.resolve(1) as never]), InvalidArgumentError);
  assert.throws(() => wait([createTask(() => 1)], { returnWhen: "ANY" as never }), InvalidArgumentError);
});

test("M3 wait never throws for the timeout and never cancels", async () => {
  const clock = manualClock();
  const gate = foreign();
  const tasks = [createTask(() => 1), createTask(() => gate.promise)] as const;
  const waiting = run(() => wait(tasks, { timeout: 1_000 }), { clock });
  await clock.advance(1_000);
  const { done, notDone } = await waiting;
  assert.deepEqual([[...done], [...notDone]], [[tasks[0]], [tasks[1]]]);
  assert.equal(tasks[1].cancelling(), 0);
  gate.resolve();
  await tasks[1];
});

test("M3 all that are done by then are seen as done when the wait is over", async () => {
  const tasks = Array.from({ length: 20 }, (_, i) => createTask(() => i));
  const { done } = await wait(tasks, { returnWhen: "FIRST_COMPLETED" });
  assert.ok(done.size > 0);
  for (const task of done) assert.ok(task.done());
  assert.equal((await wait(tasks)).notDone.size, 0);
});

test("M3 a wait ends with its scope and leaves the tasks alone; so it does by its signal", async () => {
  const inner = createTask(() => sleep(forever));
  const outer = createTask(() => wait([inner]));
  await turn();
  outer.cancel("outer");
  assert.equal((await failureOf<CancelledError>(outer)).cause, "outer");
  const controller = new AbortController();
  const other = failureOf<CancelledError>(wait([inner], { signal: controller.signal }));
  controller.abort("by signal");
  assert.equal((await other).cause, "by signal");
  assert.equal(inner.cancelling(), 0);
  inner.cancel();
});

test("M4 asCompleted yields the tasks that were given, as they get done, each once", async () => {
  const clock = manualClock();
  const order = run(
    async () => {
      const tasks = [30, 10, 20].map((ms) => createTask(() => sleep(ms).then(() => ms)));
      const seen: number[] = [];
      for await (const task of asCompleted([...tasks, ...tasks])) {
        assert.ok(tasks.includes(task));
        seen.push(await task);
      }
      return seen;
    },
    { clock },
  );
  await clock.advance(30);
  assert.deepEqual(await order, [10, 20, 30]);
});

test("M4 the iteration can be gone on with by next, and times out for the rest", async () => {
  const clock = manualClock();
  const done = run(
    async () => {
      const tasks = [1, 2, 1_000].map((ms) => createTask(() => sleep(ms).then(() => ms)));
      const completed = asCompleted(tasks, { timeout: 100 });
      const values: number[] = [];
      for (let i = 0; i < 2; i++) {
        const { value } = await completed.next();
        values.push(await value!);
      }
      const error = await failureOf(completed.next());
      return [values, error] as const;
    },
    { clock },
  );
  await clock.advance(1_000);
  const [values, error] = await done;
  assert.deepEqual(values, [1, 2]);
  assert.ok(error instanceof TimeoutError);
});

test("M4 a next that was interrupted loses nothing: the next call gives it", async () => {
  const gate = foreign<string>();
  const completed = asCompleted([createTask(() => gate.promise)]);
  const waiter = createTask(() => completed.next());
  await turn();
  waiter.cancel();
  await failureOf(waiter);
  gate.resolve("kept");
  await turn();
  const { value } = await completed.next();
  assert.equal(await value, "kept");
  assert.equal((await completed.next()).done, true);
});

test("M5 waitFor without a limit, and in time, gives the value", async () => {
  assert.equal(await waitFor(() => 1, null), 1);
  assert.equal(await waitFor(Promise.resolve(2), 1_000), 2);
  assert.equal(
    await waitFor(
      createTask(() => 3),
      1_000,
    ),
    3,
  );
});

test("M5 a limit of 0 or less: a function is never called, what is done gives its value", async () => {
  let ran = false;
  for (const ms of [0, -1]) {
    assert.ok(
      (await failureOf(
        waitFor(() => {
          ran = true;
        }, ms),
      )) instanceof TimeoutError,
    );
    const done = createTask(() => "done");
    await done;
    assert.equal(await waitFor(done, ms), "done");
    const pending = createTask(() => {
      ran = true;
    });
    assert.ok((await failureOf(waitFor(pending, ms))) instanceof TimeoutError);
    assert.equal(pending.cancelled(), true);
  }
  await turn();
  assert.equal(ran, false);
});

test("M5 the time is up: a task or a function is cancelled, and the wait ends when it has cleaned up", async () => {
  for (const asTask of [true, false]) {
    const clock = manualClock();
    const log: string[] = [];
    const body = async (): Promise<void> => {
      try {
        await sleep(forever);
      } finally {
        await sleep(50);
        log.push("clean");
      }
    };
    const done = run(
      async () => {
        const error = await failureOf(waitFor(asTask ? createTask(body) : body, 100));
        return [error, [...log]] as const;
      },
      { clock },
    );
    await clock.advance(150);
    const [error, seen] = await done;
    assert.ok(error instanceof TimeoutError);
    assert.deepEqual(seen, ["clean"]);
  }
});

test("M5 the body's own error, or value, in spite of the cancellation is what the wait ends with", async () => {
  const clock = manualClock();
  const done = run(
    async () => {
      const mine = new RangeError("mine");
      const failing = await failureOf(
        waitFor(
          createTask(() =>
            sleep(forever).catch(() => {
              throw mine;
            }),
          ),
          10,
        ),
      );
      assert.equal(failing, mine);
      return waitFor(
        createTask(() => sleep(forever).catch(() => "suppressed")),
        10,
      );
    },
    { clock },
  );
  await clock.advance(20);
  assert.equal(await done, "suppressed");
});

test("M5 a cancellation from outside cancels what is waited for", async () => {
  const inner = createTask(() => sleep(forever));
  const outer = createTask(() => waitFor(inner, 1_000_000));
  await turn();
  outer.cancel("outside");
  const error = await failureOf<CancelledError>(outer);
  assert.ok(error instanceof CancelledError);
  assert.equal((await failureOf<CancelledError>(inner)).cause, "outside");
});

test("M5 a shielded target survives the time limit", async () => {
  const clock = manualClock();
  const gate = foreign<string>();
  const inner = createTask(() => gate.promise);
  const done = run(() => failureOf(waitFor(shield(inner), 10)), { clock });
  await clock.advance(10);
  assert.ok((await done) instanceof TimeoutError);
  assert.equal(inner.cancelling(), 0);
  gate.resolve("survived");
  assert.equal(await inner, "survived");
});

test("M5 a future of an executor is aborted, of a promise only the wait ends", async () => {
  const clock = manualClock();
  await using executor = new AsyncExecutor();
  const future = executor.submit(() => sleep(forever));
  const done = run(
    async () => [await failureOf(waitFor(future, 10)), await failureOf(waitFor(new Promise(() => {}), 10))],
    { clock },
  );
  await clock.advance(20);
  for (const error of await done) assert.ok(error instanceof TimeoutError);
  assert.equal(future.cancelled(), true);
});

test("M6 cancelling the shield, or who awaits it, leaves the work alone", async () => {
  const gate = foreign<string>();
  const inner = createTask(() => gate.promise);
  const outer = createTask(async () => {
    await shield(inner);
  });
  await turn();
  outer.cancel("outer");
  assert.equal((await failureOf<CancelledError>(outer)).cause, "outer");
  assert.equal(inner.cancelling(), 0);
  gate.resolve("went on");
  assert.equal(await inner, "went on");
});

test("M6 cancelling the work cancels the shield", async () => {
  const inner = createTask(() => sleep(forever));
  const shielded = shield(inner);
  await turn();
  inner.cancel("inner");
  assert.equal((await failureOf<CancelledError>(shielded)).cause, "inner");
  assert.equal(shielded.cancelled(), true);
});

test("M6 what is done already is answered as it is", async () => {
  const task = createTask(() => 1);
  await task;
  assert.equal(shield(task), task);
});

test("M6 an error of the work after the shield was cancelled is reported", async () => {
  const reported: UnobservedFailure[] = [];
  const gate = foreign();
  await run(
    async () => {
      const shielded = shield(async function work() {
        await gate.promise;
        throw new RangeError("late");
      });
      await turn();
      shielded.abort();
      await failureOf(shielded);
      gate.resolve();
      await sleep(0);
    },
    { onUnobserved: (failure) => reported.push(failure) },
  );
  assert.deepEqual(
    reported.map(({ name, error }) => [name, (error as Error).message]),
    [["work", "late"]],
  );
});

test("M6 an error of the work before that is the shield's, and is not reported as well", async () => {
  const reported: UnobservedFailure[] = [];
  await run(
    async () => {
      const error = await failureOf(shield(() => Promise.reject(new RangeError("mine"))));
      assert.ok(error instanceof RangeError);
    },
    { onUnobserved: (failure) => reported.push(failure) },
  );
  assert.deepEqual(reported, []);
});

/** Of each wait that ended early, something that must not be kept by what it waited for. */
async function waitsThatEnded(waitOnce: (reason: object) => Promise<unknown>): Promise<WeakRef<object>[]> {
  const references: WeakRef<object>[] = [];
  for (let i = 0; i < 50; i++) {
    const reason = {};
    references.push(new WeakRef(reason));
    await waitOnce(reason);
  }
  return references;
}

test("M5, M6, Q4 what outlives many that waited for it keeps nothing of them", {
  skip: globalThis.gc ? false : "needs node --expose-gc",
}, async () => {
  const gate = foreign();
  const work = createTask(() => gate.promise);
  const cancelled = async (task: Future<unknown>, reason: object): Promise<void> => {
    await turn();
    task.abort(reason);
    await failureOf(task);
  };
  const references = [
    ...(await waitsThatEnded((reason) => cancelled(shield(work), reason))),
    ...(await waitsThatEnded((reason) => cancelled(wrapFuture(gate.promise), reason))).slice(1),
    ...(await waitsThatEnded((reason) =>
      cancelled(
        createTask(() => waitFor(gate.promise, null)),
        reason,
      ),
    )),
  ];
  await until(() => {
    globalThis.gc?.();
    return references.every((reference) => reference.deref() === undefined);
  }, "the reasons of waits that were cancelled are collected");
  assert.equal(work.done(), false);
  gate.resolve();
  await work;
});

test("M6 a shield of a promise that is cancelled leaves no task behind; the promise's failure is reported once", async () => {
  const reported: UnobservedFailure[] = [];
  const gate = foreign();
  await run(
    async () => {
      for (let i = 0; i < 3; i++) {
        const task = shield(gate.promise);
        task.cancel("no longer");
        assert.ok((await failureOf(task)) instanceof CancelledError);
      }
      assert.deepEqual(allTasks(), [currentAsyncTask()]);
      gate.reject(new RangeError("late"));
      await turn();
    },
    { onUnobserved: (failure) => reported.push(failure) },
  );
  assert.deepEqual(
    reported.map(({ error }) => (error as Error).message),
    ["late"],
  );
});

test("Q4 the failure of a promise is reported once, however many stopped waiting for it", async () => {
  const reported: UnobservedFailure[] = [];
  const gate = foreign();
  await run(
    async () => {
      for (let i = 0; i < 3; i++) wrapFuture(gate.promise).cancel();
      gate.reject(new RangeError("late"));
      await sleep(0);
    },
    { onUnobserved: (failure) => reported.push(failure) },
  );
  assert.deepEqual(
    reported.map(({ error }) => (error as Error).message),
    ["late"],
  );
});

test("misuse of waitFor and shield throws from the call", () => {
  assert.throws(() => waitFor(5 as never, 1), InvalidArgumentError);
  assert.throws(() => waitFor(() => 1, "1" as never), InvalidArgumentError);
  assert.throws(() => shield({} as never), InvalidArgumentError);
  assert.ok(shield(() => 1) instanceof Future);
});
