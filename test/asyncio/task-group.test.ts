// Contract items O1 to O10: groups of tasks. O6 has no counterpart: nothing in JavaScript that is thrown stands above
// errors, as SystemExit does; `process.exit` ends the program itself.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import {
  AsyncExecutor,
  CancelledError,
  InvalidArgumentError,
  InvalidStateError,
  TaskGroupError,
  ThreadPoolExecutor,
  TimeoutError,
  UngilError,
} from "ungil";
import {
  createTask,
  currentAsyncTask,
  currentSignal,
  gather,
  run,
  sleep,
  type Task,
  TaskGroup,
  taskGroup,
  timeout,
} from "ungil/asyncio";
import { manualClock, until } from "ungil/testing";
import { unhandledOf, warningsOf } from "../futures/support/warnings.js";
import { failureOf, foreign, turn } from "./support/turn.js";

const forever = Number.POSITIVE_INFINITY;

/** A task's function that fails at once. */
const failing = (error: unknown) => () => {
  throw error;
};

/** A task's function that waits until it is cancelled and then cleans up for a turn. */
function tidy(log: string[], name: string): () => Promise<void> {
  return async () => {
    try {
      await sleep(forever);
    } finally {
      await sleep(0);
      log.push(name);
    }
  };
}

async function groupErrorOf(promise: PromiseLike<unknown>): Promise<TaskGroupError> {
  const error = await failureOf<TaskGroupError>(promise);
  assert.ok(error instanceof TaskGroupError, String(error));
  return error;
}

test("O1 the group is left when all its tasks have ended; results are in the tasks, the body's value is its own", async () => {
  const gates = [foreign<number>(), foreign<number>()];
  let left = false;
  const tasks: Task<number>[] = [];
  const group = taskGroup((group) => {
    for (const { promise } of gates) tasks.push(group.createTask(() => promise));
    return "body";
  }).finally(() => {
    left = true;
  });
  gates[0]!.resolve(1);
  await turn();
  assert.equal(left, false);
  gates[1]!.resolve(2);
  assert.equal(await group, "body");
  assert.deepEqual([await tasks[0], await tasks[1]], [1, 2]);
});

test("O1 tasks may be added late, by children, while the body is already waiting", async () => {
  const order: string[] = [];
  await taskGroup((group) => {
    group.createTask(async () => {
      await turn();
      order.push("child");
      group.createTask(async () => {
        await turn();
        order.push("grandchild");
        group.createTask(() => void order.push("last"));
      });
    });
  });
  assert.deepEqual(order, ["child", "grandchild", "last"]);
});

test("O1 finished tasks are not retained", async () => {
  const gate = foreign();
  let reference!: WeakRef<object>;
  const group = taskGroup(async (group) => {
    await (async () => {
      const task = group.createTask(() => ({ big: true }));
      reference = new WeakRef(task);
      await task;
    })();
    await gate.promise;
  });
  await turn();
  await until(() => {
    globalThis.gc!();
    return reference.deref() === undefined;
  }, "the task is collected");
  gate.resolve();
  await group;
});

test("O2 the first failure cancels the others and the body; the group fails when they have cleaned up", async () => {
  const log: string[] = [];
  const mine = new RangeError("mine");
  const error = await groupErrorOf(
    taskGroup(async (group) => {
      group.createTask(tidy(log, "one"));
      group.createTask(tidy(log, "two"));
      group.createTask(async () => {
        await sleep(1);
        throw mine;
      });
      try {
        await sleep(forever);
      } finally {
        log.push("body");
      }
    }),
  );
  assert.deepEqual(error.errors, [mine], "also one is in the list");
  assert.deepEqual(log.toSorted(), ["body", "one", "two"]);
});

test("O2 a task for which the body waits is cancelled once, by both: its clean-up may wait", async () => {
  const seen: string[] = [];
  const cleaning = async () => {
    try {
      await sleep(forever);
    } finally {
      await sleep(0);
      seen.push("clean");
    }
  };
  const error = await failureOf<TaskGroupError>(
    taskGroup(async (group) => {
      const waits = group.createTask(cleaning);
      const fails = group.createTask(() => sleep(0).then(failing(new RangeError("fails"))));
      return [await waits, await fails];
    }),
  );
  assert.deepEqual(error.errors.map(String), ["RangeError: fails"]);
  assert.deepEqual(seen.splice(0), ["clean"]);
  await taskGroup(async (group) => {
    const waits = group.createTask(cleaning);
    group.createTask(() => sleep(0).then(() => group.cancel()));
    await waits;
  });
  assert.deepEqual(seen, ["clean"]);
});

for (const [who, body] of [
  ["the body", async (failed) => [await failed]],
  [
    "the body, when it has failed,",
    async (failed) => until(() => failed.done(), "it has failed").then(() => failed),
  ],
  ["another task", async (failed, group) => [await group.createTask(() => failed)]],
  ["a group in the body", (failed) => taskGroup(() => failed)],
  ["a group in another task", async (failed, group) => void group.createTask(() => taskGroup(() => failed))],
  ["gather", async (failed) => [await gather([failed, () => sleep(forever)])]],
  ["result", async (failed) => [await failed.result()]],
] satisfies [string, (failed: Task<void>, group: TaskGroup) => Promise<unknown>][]) {
  test(`O2 a failure is in the error once, also where ${who} awaits the task that fails`, async () => {
    const mine = new RangeError("mine");
    const error = await groupErrorOf(
      taskGroup((group) =>
        body(
          group.createTask(() => sleep(0).then(failing(mine))),
          group,
        ),
      ),
    );
    assert.deepEqual(error.errors, [mine]);
  });
}

test("O2 failures that look alike are different ones", async () => {
  const error = await groupErrorOf(
    taskGroup((group) => {
      const anyway = (error: unknown) =>
        group.createTask(async () => {
          try {
            await sleep(forever);
          } finally {
            failing(error)();
          }
        });
      anyway("same");
      anyway("same");
      anyway(new RangeError("alike"));
      anyway(new RangeError("alike"));
      group.createTask(() => sleep(0).then(failing("first")));
    }),
  );
  assert.deepEqual(error.errors.map(String).toSorted(), [
    "RangeError: alike",
    "RangeError: alike",
    "first",
    "same",
    "same",
  ]);
});

test("O2 several failures come together, in their order", async () => {
  const error = await groupErrorOf(
    taskGroup((group) => {
      group.createTask(async () => {
        await sleep(forever).catch(() => {});
        throw new Error("2");
      });
      group.createTask(async () => {
        await turn();
        throw new Error("3");
      });
      group.createTask(failing(new Error("1")));
    }),
  );
  assert.deepEqual(
    error.errors.map((each) => (each as Error).message),
    ["1", "2", "3"],
  );
});

test("O2 a task that spawns itself again does not outlive the failure", async () => {
  let starts = 0;
  const error = await groupErrorOf(
    taskGroup((group) => {
      const hydra = async (): Promise<void> => {
        starts += 1;
        try {
          await sleep(forever);
        } finally {
          group.createTask(hydra);
        }
      };
      group.createTask(hydra);
      group.createTask(async () => {
        await sleep(1);
        throw new RangeError("the sword");
      });
    }),
  );
  assert.equal(starts, 1);
  assert.ok(error.errors[0] instanceof RangeError);
  assert.ok(error.errors[1] instanceof InvalidStateError);
  assert.equal(error.errors.length, 2);
});

test("O3 a child that is only cancelled concerns nobody else, and is in no error", async () => {
  const value = await taskGroup(async (group) => {
    const one = group.createTask(() => sleep(forever));
    const two = group.createTask(async () => {
      await sleep(2);
      return "two";
    });
    await sleep(0);
    one.cancel();
    await failureOf(one);
    return await two;
  });
  assert.equal(value, "two");
});

test("O3 CancelledErrors are never among the errors", async () => {
  const error = await groupErrorOf(
    taskGroup(async (group) => {
      const own = group.createTask(() => sleep(forever));
      group.createTask(() => sleep(forever));
      await sleep(0);
      own.cancel();
      group.createTask(failing(new Error("only this")));
      await sleep(forever);
    }),
  );
  assert.equal(error.errors.length, 1);
});

test("O4 the body's error cancels the children and comes last", async () => {
  const log: string[] = [];
  const mine = new RangeError("body");
  const error = await groupErrorOf(
    taskGroup(async (group) => {
      group.createTask(tidy(log, "child"));
      group.createTask(async () => {
        try {
          await sleep(forever);
        } finally {
          // oxlint-disable-next-line no-unsafe-finally
          throw new Error("child");
        }
      });
      await sleep(0);
      throw mine;
    }),
  );
  assert.equal(error.errors.length, 2);
  assert.equal(error.errors[1], mine);
  assert.deepEqual(log, ["child"]);
});

test("O4 a child that had not begun is cancelled without a word: only the body's error remains", async () => {
  let ran = false;
  const mine = new RangeError("body");
  const error = await groupErrorOf(
    taskGroup((group) => {
      group.createTask(() => {
        ran = true;
      });
      throw mine;
    }),
  );
  assert.deepEqual(error.errors, [mine]);
  assert.equal(ran, false);
});

test("O4 an error that the body throws while it is cancelled joins the child's", async () => {
  const error = await groupErrorOf(
    taskGroup(async (group) => {
      group.createTask(failing(new Error("child")));
      try {
        await sleep(forever);
      } finally {
        // oxlint-disable-next-line no-unsafe-finally
        throw new Error("body");
      }
    }),
  );
  assert.deepEqual(
    error.errors.map((each) => (each as Error).message),
    ["child", "body"],
  );
});

test("O5 a cancellation from outside cancels children and body; the CancelledError is thrown again", async () => {
  for (const bodyWaits of [true, false]) {
    const log: string[] = [];
    const task = createTask(() =>
      taskGroup(async (group) => {
        group.createTask(tidy(log, "child"));
        if (bodyWaits) await sleep(forever);
      }),
    );
    await turn();
    task.cancel("outside");
    const error = await failureOf<CancelledError>(task);
    assert.ok(error instanceof CancelledError);
    assert.equal(error.cause, "outside");
    assert.deepEqual(log, ["child"]);
    assert.equal(task.cancelling(), 1);
  }
});

const waitsOfBodies: Record<string, (quick: Task<void>, slow: Task<void>) => unknown> = {
  "Promise.all": (quick, slow) => Promise.all([quick, slow]),
  "Promise.race": (quick, slow) => Promise.race([slow, quick]),
  gather: (quick, slow) => gather([quick, slow]),
  "await of one": (quick) => quick,
  "a wait of its own": () => sleep(forever),
  nothing: () => undefined,
};

for (const [name, wait] of Object.entries(waitsOfBodies)) {
  test(`O5 a cancellation from outside interrupts a task once, and not its clean-up: ${name} in the body`, async () => {
    const log: string[] = [];
    const clock = manualClock();
    const cancelled = (body: () => Promise<unknown>): Task<unknown> =>
      createTask(() => timeout(null, body, { clock }));
    const outer = cancelled(() =>
      taskGroup(async (group) => {
        const quick = group.createTask(() => sleep(forever));
        const slow = group.createTask(async () => {
          try {
            await sleep(forever);
          } finally {
            await sleep(10);
            log.push("cleaned up");
          }
        });
        await wait(quick, slow);
      }),
    );
    await turn();
    outer.cancel("outside");
    await turn();
    clock.advance(10);
    assert.equal((await failureOf<CancelledError>(outer)).cause, "outside");
    assert.deepEqual(log, ["cleaned up"]);
  });
}

test("O5 a task that took a cancellation back is cancelled by the next one", async () => {
  let interrupted = 0;
  const outer = createTask(() =>
    taskGroup(async (group) => {
      const stubborn = group.createTask(async () => {
        for (let time = 0; time < 2; time++) {
          try {
            await sleep(forever);
          } catch {
            interrupted += 1;
            currentAsyncTask()!.uncancel();
          }
        }
      });
      await sleep(0);
      stubborn.cancel();
      await sleep(forever);
    }),
  );
  await until(() => interrupted === 1, "the task was cancelled once");
  await turn();
  outer.cancel();
  await failureOf(outer);
  assert.equal(interrupted, 2);
});

test("O5 failures win over the cancellation from outside, which is not forgotten: the next wait fails", async () => {
  const seen: unknown[] = [];
  const task = createTask(async () => {
    try {
      await taskGroup(async (group) => {
        group.createTask(async () => {
          try {
            await sleep(forever);
          } finally {
            // oxlint-disable-next-line no-unsafe-finally
            throw new RangeError("in the child's clean-up");
          }
        });
        await sleep(forever);
      });
    } catch (error) {
      seen.push(error);
    }
    seen.push(currentAsyncTask()!.cancelling());
    await sleep(forever);
  });
  await turn();
  task.cancel("outside");
  const error = await failureOf<CancelledError>(task);
  assert.equal(error.cause, "outside");
  assert.ok(seen[0] instanceof TaskGroupError);
  assert.equal(seen[1], 1);
});

test("O5 cancelled from outside while it is shutting down: all have ended when it fails", async () => {
  const log: string[] = [];
  const gate = foreign();
  const task = createTask(() =>
    taskGroup((group) => {
      group.createTask(async () => {
        await gate.promise;
        log.push("slow");
      });
      group.createTask(failing(new RangeError("first")));
    }),
  );
  await turn();
  task.cancel("one");
  task.cancel("two");
  await turn();
  assert.equal(task.done(), false);
  gate.resolve();
  await groupErrorOf(task);
  assert.deepEqual(log, ["slow"]);
});

test("O5 cancelled before it begins, or at its first wait, it has no effect on others", async () => {
  const task = createTask(async () => {
    currentAsyncTask()!.cancel("at once");
    await taskGroup((group) => void group.createTask(() => sleep(forever)));
  });
  assert.equal((await failureOf<CancelledError>(task)).cause, "at once");
});

test("O7 a failure in an inner group is a group error inside the outer one's, never flattened", async () => {
  const error = await groupErrorOf(
    taskGroup(
      async (outer) => {
        outer.createTask(() => sleep(forever));
        await taskGroup((inner) => void inner.createTask(failing(new RangeError("deep"))), { name: "inner" });
      },
      { name: "outer" },
    ),
  );
  assert.equal(error.errors.length, 1);
  const [inner] = error.errors as [TaskGroupError];
  assert.ok(inner instanceof TaskGroupError);
  assert.ok(inner.errors[0] instanceof RangeError);
  assert.match(
    error.message,
    /^unhandled errors in outer: TaskGroupError: unhandled errors in inner: RangeError/,
  );
});

test("O7 a failure in the outer group cancels the inner one, whose error does not appear", async () => {
  const log: string[] = [];
  const error = await groupErrorOf(
    taskGroup(async (outer) => {
      outer.createTask(async () => {
        await sleep(1);
        throw new RangeError("outer");
      });
      await taskGroup((inner) => void inner.createTask(tidy(log, "inner child")));
    }),
  );
  assert.equal(error.errors.length, 1);
  assert.ok(error.errors[0] instanceof RangeError);
  assert.deepEqual(log, ["inner child"]);
});

test("O7 both fail at once: each group throws its own errors only, and the cancel count ends at 0", async () => {
  let count: number | undefined;
  let inner: unknown;
  const task = createTask(async () => {
    try {
      await taskGroup(async (outer) => {
        outer.createTask(failing(new Error("outer")));
        inner = await failureOf(taskGroup((group) => void group.createTask(failing(new Error("inner")))));
        throw inner;
      });
    } catch (error) {
      count = currentAsyncTask()!.cancelling();
      throw error;
    }
  });
  const error = await groupErrorOf(task);
  assert.deepEqual(
    (inner as TaskGroupError).errors.map((each) => (each as Error).message),
    ["inner"],
  );
  assert.equal((error.errors[0] as Error).message, "outer");
  assert.equal(error.errors[1], inner);
  assert.equal(error.errors.length, 2);
  assert.equal(count, 0);
});

test("O8 the refusal names the task, where it has a name", async () => {
  let left!: TaskGroup;
  await taskGroup((group) => {
    left = group;
  });
  const refusal = (create: () => unknown): string => {
    try {
      create();
    } catch (error) {
      return (error as Error).message.replace(left.name, "the group");
    }
    throw new Error("it was taken");
  };
  assert.deepEqual(
    [
      refusal(() => left.createTask(() => {})),
      refusal(() => left.createTask(function refresh() {})),
      refusal(() => left.createTask(() => {}, { name: "load" })),
    ],
    [
      "a task can't be created: the group is finished",
      "the task refresh can't be created: the group is finished",
      "the task load can't be created: the group is finished",
    ],
  );
});

test("O8 a group takes tasks from its entry to its end only, and says why it does not", async () => {
  const fresh = new TaskGroup({ name: "fresh" });
  assert.throws(() => fresh.createTask(() => 1), /fresh has not been entered/);
  let kept!: TaskGroup;
  await taskGroup((group) => {
    kept = group;
  });
  assert.throws(() => kept.createTask(() => 1), /is finished/);
  await groupErrorOf(
    taskGroup(async (group) => {
      group.createTask(failing(new Error("x")));
      await sleep(1).catch(() => {});
      let ran = false;
      assert.throws(() => group.createTask(() => (ran = true)), /is shutting down/);
      await turn();
      assert.equal(ran, false);
    }),
  );
  assert.throws(() => kept.createTask(5 as never), InvalidArgumentError);
  assert.throws(() => new TaskGroup({ nam: "x" } as never), InvalidArgumentError);
  assert.throws(() => taskGroup(undefined as never), InvalidArgumentError);
});

test("O9 the cancel count of the task around is as before; names and stores are kept", async () => {
  const store = new AsyncLocalStorage<string>();
  const task = createTask(async () => {
    const self = currentAsyncTask()!;
    self.cancel();
    await sleep(0).catch(() => {});
    await groupErrorOf(taskGroup((group) => void group.createTask(failing(new Error("x")))));
    // delivered before the group began: it is not delivered again
    await sleep(0);
    const before = self.cancelling();
    await store.run("store", () =>
      taskGroup((group) => {
        const named = group.createTask(() => [currentAsyncTask()!.name, store.getStore()], { name: "named" });
        return named.then((value) => assert.deepEqual(value, ["named", "store"]));
      }),
    );
    return [before, self.cancelling()];
  });
  assert.deepEqual(await task, [1, 1]);
});

test("O10 cancel ends children and body, and the group without an error; again it does nothing", async () => {
  const log: string[] = [];
  let kept!: TaskGroup;
  const value = await taskGroup(async (group) => {
    kept = group;
    group.createTask(tidy(log, "child"));
    group.createTask(async () => {
      await sleep(1);
      group.cancel("enough");
      group.cancel("again");
    });
    try {
      await sleep(forever);
    } catch (error) {
      log.push(`body: ${String((error as CancelledError).cause)}`);
      throw error;
    }
    return "not reached";
  });
  assert.equal(value, undefined);
  assert.deepEqual(log.toSorted(), ["body: enough", "child"]);
  kept.cancel();
  assert.equal(kept.size, 0);
});

test("O10 a group that is cancelled before it is entered cancels on entry", async () => {
  const group = new TaskGroup();
  group.cancel("too early");
  const body = async (): Promise<void> => {
    await turn();
    await using entered = group;
    assert.throws(() => entered.createTask(() => 1), InvalidStateError);
    await assert.rejects(sleep(1), (error: CancelledError) => error.cause === "too early");
  };
  await body();
});

test("O10 a failure in spite of cancel is still an error", async () => {
  const error = await groupErrorOf(
    taskGroup(async (group) => {
      group.createTask(async () => {
        try {
          await sleep(forever);
        } finally {
          // oxlint-disable-next-line no-unsafe-finally
          throw new Error("in clean-up");
        }
      });
      await sleep(0);
      group.cancel();
    }),
  );
  assert.equal(error.errors.length, 1);
});

test("await using: the block is left when all tasks have ended", async () => {
  const order: string[] = [];
  const block = async (): Promise<string> => {
    await turn();
    await using group = new TaskGroup();
    const task = group.createTask(async () => {
      await sleep(1);
      order.push("task");
      return "value";
    });
    group.createTask(async () => {
      await sleep(2);
      order.push("other");
    });
    const value = await task;
    order.push("block");
    return value;
  };
  assert.equal(await block(), "value");
  assert.deepEqual(order, ["task", "block", "other"]);
});

test("await using: a failing task interrupts the block's waits; the group's error is the SuppressedError's", async () => {
  const log: string[] = [];
  const block = async (): Promise<void> => {
    await turn();
    await using group = new TaskGroup();
    group.createTask(tidy(log, "sibling"));
    group.createTask(failing(new RangeError("task")));
    await sleep(forever);
  };
  const error = await failureOf<Error & { error: TaskGroupError; suppressed: unknown }>(block());
  assert.equal(error.name, "SuppressedError");
  assert.ok(error.error instanceof TaskGroupError);
  assert.ok(error.suppressed instanceof CancelledError);
  assert.deepEqual(log, ["sibling"]);
});

test("await using: after the block its scope is over, and the one around is in force again", async () => {
  const task = createTask(async () => {
    const before = currentSignal();
    {
      await using group = new TaskGroup();
      group.createTask(() => 1);
      assert.notEqual(currentSignal(), before);
      await turn();
    }
    assert.equal(currentSignal(), before);
    await turn();
    assert.equal(currentSignal(), before);
    await sleep(forever);
  });
  await turn();
  await turn();
  await turn();
  task.cancel("still reaches it");
  assert.equal((await failureOf<CancelledError>(task)).cause, "still reaches it");
});

test("await using: a block that began after an await does not leak into its caller", async () => {
  const gate = foreign();
  const block = async (): Promise<void> => {
    await null;
    await using group = new TaskGroup();
    group.createTask(() => gate.promise);
    await turn();
  };
  const running = block();
  const own = currentSignal();
  await turn();
  assert.notEqual(currentSignal(), own, "outside of scopes each is new");
  assert.equal(currentAsyncTask(), undefined);
  gate.resolve();
  await running;
});

test("a cancelled scope can still spawn in its clean-up: a group in finally runs its tasks", async () => {
  const order: string[] = [];
  const task = createTask(async () => {
    try {
      await sleep(forever);
    } finally {
      await taskGroup((group) => {
        group.createTask(async () => {
          await sleep(1);
          order.push("saved");
        });
        group.createTask(async () => {
          await sleep(2);
          order.push("closed");
        });
      });
    }
  });
  await turn();
  task.cancel();
  await failureOf(task);
  assert.deepEqual(order, ["saved", "closed"]);
});

test("the group's signal aborts on the first failure, and when the group has ended", async () => {
  let during!: AbortSignal;
  await groupErrorOf(
    taskGroup(async (group) => {
      during = group.signal;
      group.createTask(failing(new RangeError("x")));
      await sleep(1).catch(() => {});
      assert.equal(group.signal.aborted, true);
      assert.ok((group.signal.reason as CancelledError).cause instanceof RangeError);
    }),
  );
  assert.equal(during.aborted, true);
  let after!: AbortSignal;
  await taskGroup((group) => {
    after = group.signal;
    assert.equal(after.aborted, false);
  });
  assert.equal(after.aborted, true);
});

test("no failure of a group is an unhandled rejection or a warning: the group tells them", async () => {
  let unhandled: unknown[] = [];
  const warnings = await warningsOf(async () => {
    unhandled = await unhandledOf(async () => {
      await groupErrorOf(
        taskGroup((group) => {
          for (let i = 0; i < 5; i++) group.createTask(failing(new Error(`${i}`)));
        }),
      );
      globalThis.gc!();
      await turn();
    });
  });
  assert.deepEqual([unhandled, warnings], [[], []]);
});

test("Q4 executors in a group: leaving waits for what was submitted, a failure aborts it", async () => {
  await using executor = new AsyncExecutor({ maxWorkers: 10 });
  const gate = foreign<string>();
  const value = await taskGroup(async (group) => {
    const task = group.submit(executor, (text: string) => `${text}!`, "done");
    setImmediate(() => gate.resolve("late"));
    group.submit(executor, () => gate.promise);
    return await task;
  });
  assert.equal(value, "done!");

  const stopped: string[] = [];
  const error = await groupErrorOf(
    taskGroup(async (group) => {
      const waits = async (name: string): Promise<void> => {
        try {
          await sleep(forever);
        } finally {
          stopped.push(name);
        }
      };
      group.submit(executor, waits, "submitted");
      const view = group.with(executor).submit(waits, "by the view");
      view.exception().catch(() => {});
      await turn();
      group.submit(executor, failing(new RangeError("in the executor")));
      await sleep(forever);
    }),
  );
  assert.ok(error.errors[0] instanceof RangeError);
  assert.deepEqual(stopped.toSorted(), ["by the view", "submitted"]);
  assert.equal(executor.stats().running, 0);
});

test("Q4 a group ends a thread's endless loop: cancelled, it aborts what runs there", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, grace: 10 });
  const error = await failureOf(
    timeout(500, () =>
      taskGroup((group) => {
        group.submit(pool, () => {
          for (;;);
        });
      }),
    ),
  );
  assert.ok(error instanceof TimeoutError);
  assert.equal(await pool.submit((n: number) => n + 1, 1), 2);
});

test("TaskGroupError is an AggregateError and, by its brand, an UngilError with a code", async () => {
  const error = await groupErrorOf(
    taskGroup((group) => void group.createTask(failing(new RangeError("x"))), { name: "g" }),
  );
  assert.ok(error instanceof AggregateError);
  assert.ok(error instanceof UngilError);
  assert.equal(error instanceof CancelledError, false);
  assert.equal(new UngilError("x", "Y") instanceof TaskGroupError, false);
  assert.equal(new AggregateError([]) instanceof TaskGroupError, false);
  assert.equal(error.code, "ERR_UNGIL_TASK_GROUP");
  assert.equal(error.name, "TaskGroupError");
  assert.deepEqual(JSON.parse(JSON.stringify(error)), {
    name: "TaskGroupError",
    message: "unhandled errors in g: RangeError: x",
    code: "ERR_UNGIL_TASK_GROUP",
    errors: ["RangeError: x"],
  });
});

test("a TaskGroupError of a task on a thread arrives as one, with its errors", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const error = await failureOf<TaskGroupError>(
    pool.submit(async () => {
      const { taskGroup } = await import("ungil/asyncio");
      await taskGroup((group) => {
        group.createTask(() => {
          throw new RangeError("there");
        });
      });
    }),
  );
  assert.ok(error instanceof TaskGroupError);
  assert.ok(error instanceof UngilError);
  assert.ok(error.errors[0] instanceof RangeError);
});

test("an AbortError of other origin in the body is a failure, also when its cause is a CancelledError", async () => {
  const foreignError = Object.assign(new Error("aborted", { cause: new CancelledError("theirs") }), {
    name: "AbortError",
  });
  const error = await groupErrorOf(
    taskGroup(() => {
      throw foreignError;
    }),
  );
  assert.deepEqual(error.errors, [foreignError]);
});

test("a task that is created outside of the scope, in an event's handler, has the group's clock and runner", async () => {
  const clock = manualClock();
  let create!: () => Task<void>;
  const gate = foreign();
  const done = run(
    () =>
      taskGroup(async (group) => {
        create = () => group.createTask(() => sleep(1_000));
        await gate.promise;
      }),
    { clock },
  );
  await turn();
  const first = create();
  gate.resolve();
  await turn();
  const second = create();
  await clock.advance(1_000);
  await done;
  assert.deepEqual([first.state, second.state], ["finished", "finished"]);
});

test("await using: a signal cancels the group, whatever it is waiting in", async () => {
  for (const inBlock of [true, false]) {
    const log: string[] = [];
    const controller = new AbortController();
    const block = async (): Promise<void> => {
      await turn();
      await using group = new TaskGroup({ signal: controller.signal });
      group.createTask(tidy(log, "task"));
      if (inBlock) await sleep(forever);
    };
    const failure = failureOf<Error & { error?: unknown }>(block());
    await turn();
    await turn();
    controller.abort("by signal");
    const error = await failure;
    assert.ok(error instanceof CancelledError || error.error instanceof CancelledError);
    assert.deepEqual(log, ["task"]);
  }
});

test("the clock of a group is that of all it calls", async () => {
  const clock = manualClock();
  const done = taskGroup(
    (group) => {
      group.createTask(() => sleep(3_600_000));
      return sleep(3_600_000);
    },
    { clock },
  );
  await clock.advance(3_600_000);
  await done;
});

test("run in a group's own clock: five hours pass in no time", async () => {
  const clock = manualClock();
  const done = run(() => timeout(1_000, () => taskGroup(() => sleep(5 * 3_600_000))), { clock });
  done.catch(() => {});
  await clock.advance(1_000);
  await assert.rejects(done, TimeoutError);
});
