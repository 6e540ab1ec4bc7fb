// Contract items N1 to N5: limits of time. There is no timeout that was not entered or is entered twice: one exists in
// its body only. An error of the body can't be given another one as its context: only a TimeoutError has a cause.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CancelledError, InvalidArgumentError, InvalidStateError, TaskGroupError, TimeoutError } from "ungil";
import {
  createTask,
  currentSignal,
  run,
  sleep,
  type Timeout,
  taskGroup,
  timeout,
  timeoutAt,
} from "ungil/asyncio";
import { manualClock } from "ungil/testing";
import { failureOf, foreign, turn } from "./support/turn.js";

const forever = Number.POSITIVE_INFINITY;

/** Runs a body on a clock that goes on by itself to the next time a second has passed. */
async function onClock<R>(body: () => R, seconds = 60): Promise<Awaited<R>> {
  const clock = manualClock();
  const done = run(body, { clock });
  done.catch(() => {});
  await clock.advance(seconds * 1_000);
  const value = await done;
  assert.equal(clock.pending(), 0, "no timer is left");
  return value;
}

test("N1 a timeout tells when it is up, and whether it was; its body's value is its own", () =>
  onClock(async () => {
    let kept!: Timeout;
    const value = await timeout(1_000, async (limit) => {
      kept = limit;
      assert.equal(limit.when(), 1_000);
      assert.equal(limit.expired(), false);
      await sleep(10);
      return "in time";
    });
    assert.equal(value, "in time");
    assert.equal(kept.expired(), false);
    assert.throws(() => kept.reschedule(5_000), InvalidStateError);
  }));

test("N1 reschedule sets another limit, later, sooner, or none", () =>
  onClock(async () => {
    await timeout(10, async (limit) => {
      limit.reschedule(100);
      assert.equal(limit.when(), 100);
      await sleep(50);
      limit.reschedule(null);
      assert.equal(limit.when(), null);
      await sleep(1_000);
    });
    const late = await failureOf(
      timeout(null, async (limit) => {
        limit.reschedule(1_060);
        await sleep(1_000);
      }),
    );
    assert.ok(late instanceof TimeoutError);
  }));

test("N1 a limit that is up can't be changed, in the body's clean-up neither", () =>
  onClock(async () => {
    let kept!: Timeout;
    const error = await failureOf(
      timeout(10, async (limit) => {
        kept = limit;
        try {
          await sleep(1_000);
        } finally {
          assert.equal(limit.expired(), true);
          assert.throws(() => limit.reschedule(5_000), /expiring/);
          await sleep(5);
        }
      }),
    );
    assert.ok(error instanceof TimeoutError);
    assert.equal(kept.expired(), true);
    assert.throws(() => kept.reschedule(null), /expired/);
  }));

test("N1 reschedule in the last moment: when the time has come but its timer has not fired", async () => {
  const clock = manualClock();
  let limit!: Timeout;
  // its timer is set before that of the timeout, so that it comes first
  clock.setTimer(() => limit.reschedule(20), 10);
  const done = timeout(
    10,
    async (each) => {
      limit = each;
      await sleep(15);
      return "saved";
    },
    { clock },
  );
  await clock.advance(30);
  assert.equal(await done, "saved");
});

test("N2 null is no limit; zero and past times are up at the first wait, not before", () =>
  onClock(async () => {
    assert.equal(await timeout(null, () => sleep(1_000).then(() => "unlimited")), "unlimited");
    for (const [limit, at] of [
      [0, timeout],
      [-5, timeout],
      [0, timeoutAt],
      [-1, timeoutAt],
    ] as const) {
      let reached = "";
      const error = await failureOf(
        at(limit, async () => {
          reached = "the first wait";
          await sleep(0);
          reached = "beyond";
        }),
      );
      assert.ok(error instanceof TimeoutError);
      assert.equal(reached, "the first wait");
    }
  }));

test("N3 the TimeoutError has the CancelledError as its cause, and names the limit", () =>
  onClock(async () => {
    const error = await failureOf(timeout(250, () => sleep(1_000)));
    assert.ok(error instanceof TimeoutError);
    assert.match(error.message, /250 ms/);
    assert.ok(error.cause instanceof CancelledError);
  }));

test("N3 other errors pass untouched, also while the time is up", () =>
  onClock(async () => {
    const mine = new RangeError("mine");
    assert.equal(
      await failureOf(
        timeout(10, () => {
          throw mine;
        }),
      ),
      mine,
    );
    const inCleanUp = await failureOf(
      timeout(10, async () => {
        try {
          await sleep(1_000);
        } finally {
          // oxlint-disable-next-line no-unsafe-finally
          throw mine;
        }
      }),
    );
    assert.equal(inCleanUp, mine);
  }));

test("N3 a body that catches the cancellation gives its value, although the time was up", () =>
  onClock(async () => {
    const value = await timeout(10, async (limit) => {
      await sleep(1_000).catch(() => {});
      return limit.expired();
    });
    assert.equal(value, true);
    await sleep(1);
  }));

test("N4 a cancellation from outside is no timeout", () =>
  onClock(async () => {
    let kept!: Timeout;
    const task = createTask(() =>
      timeout(1_000, async (limit) => {
        kept = limit;
        await sleep(forever);
      }),
    );
    await sleep(0);
    task.cancel("from outside");
    const error = await failureOf<CancelledError>(task);
    assert.ok(error instanceof CancelledError);
    assert.equal(error.cause, "from outside");
    assert.equal(kept.expired(), false);
    assert.equal(task.cancelling(), 1);
  }));

test("N4 the time that is up does not cancel the task around: it goes on and waits", () =>
  onClock(async () => {
    const task = createTask(async () => {
      await assert.rejects(
        timeout(10, () => sleep(forever)),
        TimeoutError,
      );
      await sleep(10);
    });
    await task;
    assert.equal(task.cancelling(), 0);
  }));

test("N4 a cancellation from outside after the time was up wins, while the body cleans up", () =>
  onClock(async () => {
    const task = createTask(() =>
      timeout(10, async () => {
        try {
          await sleep(forever);
        } finally {
          await sleep(forever);
        }
      }),
    );
    await sleep(20);
    assert.equal(task.done(), false);
    task.cancel("outer");
    assert.equal((await failureOf<CancelledError>(task)).cause, "outer");
  }));

test("N5 nested with the same deadline: both are up, and only the outermost throws a TimeoutError", () =>
  onClock(async () => {
    let outer!: Timeout;
    let inner!: Timeout;
    let between: unknown;
    const error = await failureOf(
      timeoutAt(10, async (limit) => {
        outer = limit;
        try {
          await timeoutAt(10, async (limit) => {
            inner = limit;
            await sleep(forever);
          });
        } catch (error) {
          between = error;
          throw error;
        }
      }),
    );
    assert.ok(error instanceof TimeoutError);
    assert.ok(between instanceof CancelledError);
    assert.deepEqual([outer.expired(), inner.expired()], [true, true]);
  }));

test("N5 limits that are up together interrupt once, whichever was set first: clean-up may wait", () =>
  onClock(async () => {
    const seen: string[] = [];
    const cleaning = async () => {
      try {
        await sleep(forever);
      } finally {
        await sleep(1);
        seen.push("clean");
      }
    };
    const outerFirst = timeoutAt(10, () => timeoutAt(10, cleaning));
    await assert.rejects(outerFirst, TimeoutError);
    const innerFirst = timeoutAt(null, (limit) =>
      timeoutAt(30, async () => {
        limit.reschedule(30);
        await cleaning();
      }),
    );
    await assert.rejects(innerFirst, TimeoutError);
    const besides = timeoutAt(50, () => Promise.all([timeoutAt(50, cleaning), timeoutAt(50, cleaning)]));
    await assert.rejects(besides, TimeoutError);
    await sleep(5);
    assert.deepEqual(seen, ["clean", "clean", "clean", "clean"]);
  }));

test("N5 a limit that is set after one around with the same was up is up at the first wait", () =>
  onClock(async () => {
    let late: unknown;
    await timeoutAt(10, async () => {
      await sleep(forever).catch(() => {});
      late = await failureOf(timeoutAt(10, () => sleep(forever)));
    });
    assert.ok(late instanceof CancelledError || late instanceof TimeoutError);
  }));

test("N5 both limits have passed at the first wait: only the outermost throws a TimeoutError", () =>
  onClock(async () => {
    let between: unknown;
    const error = await failureOf(
      timeout(0, async () => {
        between = await failureOf(timeout(0, () => sleep(1)));
        throw between;
      }),
    );
    assert.ok(error instanceof TimeoutError);
    assert.ok(between instanceof CancelledError);
  }));

test("N5 the inner one is up first: it throws a TimeoutError, and the outer one interrupts what comes after", () =>
  onClock(async () => {
    const order: string[] = [];
    const error = await failureOf(
      timeout(100, async () => {
        await assert.rejects(
          timeout(10, () => sleep(forever)),
          TimeoutError,
        );
        order.push("inner");
        await sleep(forever);
      }),
    );
    assert.ok(error instanceof TimeoutError);
    assert.match(error.message, /100 ms/);
    assert.deepEqual(order, ["inner"]);
  }));

test("N5 the loop was blocked beyond both limits: the inner one throws, the outer one interrupts the next wait", async () => {
  const order: string[] = [];
  const error = await failureOf(
    timeout(400, async () => {
      await assert.rejects(
        timeout(5, async () => {
          const end = performance.now() + 420;
          while (performance.now() < end);
          await sleep(10_000);
        }),
        TimeoutError,
      );
      order.push("inner");
      await sleep(10_000);
      order.push("not interrupted");
    }),
  );
  assert.ok(error instanceof TimeoutError);
  assert.match(error.message, /400 ms/);
  assert.deepEqual(order, ["inner"]);
});

test("N5 the outer limit is up first: the inner timeout lets the cancellation through", () =>
  onClock(async () => {
    let between: unknown;
    const error = await failureOf(
      timeout(10, async () => {
        between = await failureOf(timeout(100, () => sleep(forever)));
        throw between;
      }),
    );
    assert.ok(error instanceof TimeoutError);
    assert.ok(between instanceof CancelledError);
  }));

test("N5 a timeout in the clean-up of another one that is up works like any other", () =>
  onClock(async () => {
    const order: string[] = [];
    const error = await failureOf(
      timeout(10, async () => {
        try {
          await sleep(forever);
        } finally {
          await assert.rejects(
            timeout(10, () => sleep(forever)),
            TimeoutError,
          );
          order.push("in time");
          await timeout(100, async () => {
            assert.equal(currentSignal().aborted, false);
            await sleep(5);
          });
          order.push("cleaned");
        }
      }),
    );
    assert.ok(error instanceof TimeoutError);
    assert.deepEqual(order, ["in time", "cleaned"]);
  }));

test("N5 around a TaskGroup: its tasks are cancelled and have cleaned up when the TimeoutError comes", () =>
  onClock(async () => {
    const cleaned: number[] = [];
    const error = await failureOf(
      timeout(100, () =>
        taskGroup((group) => {
          for (let i = 0; i < 3; i++) {
            group.createTask(async () => {
              try {
                await sleep(forever);
              } finally {
                await sleep(10);
                cleaned.push(i);
              }
            });
          }
        }),
      ),
    );
    assert.ok(error instanceof TimeoutError);
    assert.deepEqual(cleaned, [0, 1, 2]);
  }));

test("N5 in a group: a child's TimeoutError is a failure of the group", () =>
  onClock(async () => {
    const error = await failureOf<TaskGroupError>(
      taskGroup((group) => void group.createTask(() => timeout(10, () => sleep(forever)))),
    );
    assert.ok(error instanceof TaskGroupError);
    assert.ok(error.errors[0] instanceof TimeoutError);
  }));

test("a body that does not heed the limit is waited for, and fails with a TimeoutError when it has ended", async () => {
  const clock = manualClock();
  const gate = foreign<string>();
  let over = false;
  const late = failureOf(timeout(10, () => gate.promise, { clock })).finally(() => {
    over = true;
  });
  await clock.advance(10);
  assert.equal(over, false);
  gate.resolve("late");
  assert.ok((await late) instanceof TimeoutError);
});

test("the signal of a timeout aborts what it is given to", async () => {
  const clock = manualClock();
  const heard: unknown[] = [];
  const late = failureOf(
    timeout(
      10,
      (limit) =>
        new Promise((_, reject) => {
          assert.equal(limit.signal, currentSignal());
          limit.signal.addEventListener("abort", () => {
            heard.push(limit.signal.reason);
            reject(limit.signal.reason as Error);
          });
        }),
      { clock },
    ),
  );
  await clock.advance(10);
  assert.ok((await late) instanceof TimeoutError);
  assert.ok(heard[0] instanceof CancelledError);
});

test("timeouts in a loop leave nothing behind: no timer, no scope", async () => {
  const clock = manualClock();
  await run(
    async () => {
      for (let i = 0; i < 1_000; i++) await timeout(1_000, () => turn().then(() => i));
    },
    { clock },
  );
  assert.equal(clock.pending(), 0);
});

test("misuse throws from the call", () => {
  assert.throws(() => timeout(10, undefined as never), InvalidArgumentError);
  assert.throws(() => timeout("10" as never, () => 1), InvalidArgumentError);
  assert.throws(() => timeout(Number.NaN, () => 1), InvalidArgumentError);
  assert.throws(() => timeoutAt(undefined as never, () => 1), InvalidArgumentError);
  assert.throws(() => timeout(10, () => 1, { clok: 1 } as never), InvalidArgumentError);
});
