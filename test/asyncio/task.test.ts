// Contract item M1: tasks and what cancels them. Where JavaScript can't follow Python, the test says what holds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as nodeSleep } from "node:timers/promises";
import {
  CancelledError,
  Future,
  InvalidArgumentError,
  InvalidStateError,
  TimeoutError,
  wait as waitAny,
} from "ungil";
import {
  createTask,
  currentAsyncTask,
  currentSignal,
  gather,
  run,
  sleep,
  type Task,
  taskGroup,
  timeout,
  waitFor,
} from "ungil/asyncio";
import { manualClock, until } from "ungil/testing";
import { unhandledOf, warningsOf } from "../futures/support/warnings.js";
import { failureOf, foreign, turn } from "./support/turn.js";

test("M1 a task is a Future: pending, then running, then finished with what its function returned", async () => {
  const gate = foreign();
  const task = createTask(async () => {
    await gate.promise;
    return 7;
  });
  assert.ok(task instanceof Future);
  assert.equal(task.state, "pending");
  await turn();
  assert.equal(task.state, "running");
  gate.resolve();
  assert.equal(await task, 7);
  assert.equal(task.state, "finished");
  assert.equal(task.cancelled(), false);
  assert.equal(await task.exception(), null);
  assert.deepEqual([...(await waitAny([task])).done], [task]);
  assert.match(task.toString(), /^<Task Task-\d+ state=finished returned number>$/);
});

test("M1 a task has the name it is given, else its function's, else a number", () => {
  const tasks = [
    createTask(() => 1, { name: "given" }),
    createTask(function named() {}),
    createTask(() => 1),
  ];
  assert.deepEqual(
    tasks.map(({ name }) => name.replace(/\d+/, "N")),
    ["given", "named", "Task-N"],
  );
});

test("M1 what a function throws, at once or later, is the task's error: the same object", async () => {
  const error = new RangeError("mine");
  for (const fn of [
    () => {
      throw error;
    },
    async () => {
      await turn();
      throw error;
    },
  ]) {
    const task = createTask(fn);
    assert.equal(await failureOf(task), error);
    assert.equal(await task.exception(), error);
  }
});

test("M1 cancel of a task that is done answers false and changes nothing", async () => {
  const task = createTask(() => 1);
  await task;
  assert.equal(task.cancel(), false);
  assert.equal(task.cancelling(), 0);
  assert.equal(await task, 1);
});

test("M1 a task that is cancelled before it begins never runs", async () => {
  let ran = false;
  const task = createTask(() => {
    ran = true;
  });
  assert.equal(task.cancel("early"), true);
  assert.equal(task.cancelled(), true);
  const error = await failureOf<CancelledError>(task);
  assert.ok(error instanceof CancelledError);
  assert.equal(error.cause, "early");
  await turn();
  assert.equal(ran, false);
});

test("M1 cancel ends the wait that goes on; the message is carried; clean-up may wait", async () => {
  const clock = manualClock();
  const order: string[] = [];
  const task = createTask(
    async () => {
      try {
        await sleep(1_000);
      } finally {
        order.push("cleans up");
        await sleep(50);
        order.push("is clean");
      }
    },
    { clock },
  );
  await turn();
  assert.equal(task.cancel("enough"), true);
  await turn();
  assert.equal(task.done(), false, "it is cancelled when it has cleaned up");
  await clock.advance(50);
  assert.deepEqual(order, ["cleans up", "is clean"]);
  assert.equal(task.cancelled(), true);
  assert.equal((await failureOf<CancelledError>(task)).cause, "enough");
  assert.equal(clock.pending(), 0, "the timer of the interrupted sleep is gone");
});

test("M1 a function that catches the cancellation and returns has finished, not cancelled", async () => {
  const task = createTask(async () => {
    try {
      await sleep(Number.POSITIVE_INFINITY);
    } catch (error) {
      assert.ok(error instanceof CancelledError);
      return "caught";
    }
  });
  await turn();
  task.cancel();
  assert.equal(await task, "caught");
  assert.equal(task.cancelled(), false);
});

test("M1 a function may ignore a cancellation and go on waiting", async () => {
  const clock = manualClock();
  const task = createTask(
    async () => {
      await sleep(10).catch(() => {});
      await sleep(20);
      return "went on";
    },
    { clock },
  );
  await turn();
  task.cancel();
  await clock.advance(20);
  assert.equal(await task, "went on");
});

test("M1 each cancellation is delivered: a second one ends the clean-up's wait", async () => {
  const seen: unknown[] = [];
  const task = createTask(async () => {
    for (let i = 0; i < 2; i++) {
      try {
        await sleep(Number.POSITIVE_INFINITY);
      } catch (error) {
        seen.push((error as CancelledError).cause);
      }
    }
    return "done";
  });
  await turn();
  task.cancel("one");
  await turn();
  task.cancel("two");
  assert.equal(await task, "done");
  assert.deepEqual(seen, ["one", "two"]);
});

test("M1 cancelled again before it has gone on, a task is interrupted once: its clean-up may wait", async () => {
  const seen: unknown[] = [];
  const cleaning = (name: string) => async () => {
    try {
      await sleep(Number.POSITIVE_INFINITY);
    } catch (error) {
      seen.push((error as CancelledError).cause);
      await sleep(0);
      seen.push(`${name} is clean`);
    }
  };
  const twice = createTask(cleaning("twice"));
  await turn();
  assert.equal(twice.cancel("one"), true);
  assert.equal(twice.cancel("two"), true);
  await twice;
  assert.deepEqual(seen.splice(0), ["one", "twice is clean"]);
  assert.equal(twice.cancelling(), 2);

  // as by a loop over allTasks(): by who waits for it, and by name
  for (const outerFirst of [true, false]) {
    const inner = createTask(cleaning("inner"));
    const outer = createTask(() => inner);
    await turn();
    for (const task of outerFirst ? [outer, inner] : [inner, outer]) task.cancel("all");
    await waitAny([outer, inner]);
    assert.deepEqual(seen.splice(0), ["all", "inner is clean"]);
  }
});

test("M1 who waits for a task that cleans up passes on each cancellation", async () => {
  const seen: unknown[] = [];
  const inner = createTask(async () => {
    for (let i = 0; i < 2; i++) {
      try {
        await sleep(Number.POSITIVE_INFINITY);
      } catch (error) {
        seen.push((error as CancelledError).cause);
      }
    }
  });
  const outer = createTask(async () => {
    await inner;
    await sleep(0);
    return "was interrupted in the other one only";
  });
  await turn();
  outer.cancel("first");
  await turn();
  outer.cancel("second");
  assert.equal(await outer, "was interrupted in the other one only");
  assert.deepEqual(seen, ["first", "second"]);
});

test("M1 cancelling counts requests, and uncancel takes them back, not below 0", async () => {
  const task = createTask(async () => {
    await sleep(Number.POSITIVE_INFINITY).catch(() => {});
    const self = currentAsyncTask()!;
    const counts = [self.cancelling(), self.uncancel(), self.uncancel(), self.uncancel()];
    await sleep(0);
    return counts;
  });
  await turn();
  assert.equal(task.cancelling(), 0);
  task.cancel();
  task.cancel();
  assert.equal(task.cancelling(), 2);
  assert.deepEqual(await task, [2, 1, 0, 0]);
  assert.equal(task.cancelling(), 0);
});

test("M1 a cancellation that finds no wait of ours fails the next one, once", async () => {
  const gate = foreign();
  const seen: string[] = [];
  const task = createTask(async () => {
    await gate.promise;
    seen.push("goes on");
    try {
      await sleep(10_000);
    } catch {
      seen.push("interrupted");
    }
    await sleep(0);
    seen.push("free again");
  });
  await turn();
  task.cancel();
  assert.equal(task.done(), false);
  gate.resolve();
  await task;
  assert.deepEqual(seen, ["goes on", "interrupted", "free again"]);
});

test("M1 uncancel forgets a cancellation that no wait has met", async () => {
  const task = createTask(async () => {
    const self = currentAsyncTask()!;
    self.cancel();
    assert.equal(self.uncancel(), 0);
    await sleep(0);
    return "not interrupted";
  });
  assert.equal(await task, "not interrupted");
});

test("M1 a cancellation that meets no wait at all makes the task cancelled at its end", async () => {
  const gate = foreign<string>();
  const task = createTask(() => gate.promise);
  await turn();
  task.cancel("late");
  gate.resolve("value");
  assert.equal((await failureOf<CancelledError>(task)).cause, "late");
  assert.equal(task.cancelled(), true);
});

test("M1 a function that hears of the cancellation by its signal and returns has finished", async () => {
  const task = createTask(
    () =>
      new Promise((resolve) => {
        currentSignal().addEventListener("abort", () => resolve("in part"));
      }),
  );
  await turn();
  task.cancel();
  assert.equal(await task, "in part");
});

test("M1 a function that hears by its signal and returns has finished, however often it is cancelled", async () => {
  const told = (value: string): Promise<string> =>
    new Promise((resolve) => currentSignal().addEventListener("abort", () => resolve(value)));
  const twice = createTask(() => told("in part"));
  await turn();
  twice.cancel("one");
  twice.cancel("two");
  assert.equal(await twice, "in part");
  assert.equal(twice.state, "finished");
  assert.equal(twice.cancelling(), 2);
  // also while it cleans up by what is not ours
  const gate = foreign();
  const tidying = createTask(async () => {
    const value = await told("tidied");
    await gate.promise;
    return value;
  });
  await turn();
  tidying.cancel();
  await turn();
  tidying.cancel();
  gate.resolve();
  assert.equal(await tidying, "tidied");
  // what was taken back is over: the next one counts anew
  const again = createTask(async () => {
    await told("first");
    currentAsyncTask()!.uncancel();
    await gate.promise;
    currentAsyncTask()!.cancel("second");
    return "unheard";
  });
  await turn();
  again.cancel();
  assert.equal((await failureOf<CancelledError>(again)).cause, "second");
});

test("M1 what waits by the signal is cancelled: an AbortError with our reason as cause is a cancellation", async () => {
  const task = createTask(() => nodeSleep(1_000_000, undefined, { signal: currentSignal() }));
  await turn();
  task.cancel("by signal");
  const error = await failureOf<CancelledError>(task);
  assert.ok(error instanceof CancelledError);
  assert.equal(error.cause, "by signal");
  assert.equal(task.cancelled(), true);
});

test("M1 an AbortError of another signal is a failure like any other", async () => {
  const controller = new AbortController();
  const task = createTask(() => nodeSleep(1_000_000, undefined, { signal: controller.signal }));
  await turn();
  controller.abort(new CancelledError("of somebody else"));
  const error = await failureOf(task);
  assert.equal(error.name, "AbortError");
  assert.equal(task.cancelled(), false);
});

test("M1 an error during clean-up is what the task ends with", async () => {
  const task = createTask(async () => {
    try {
      await sleep(Number.POSITIVE_INFINITY);
    } finally {
      // oxlint-disable-next-line no-unsafe-finally
      throw new RangeError("in finally");
    }
  });
  await turn();
  task.cancel();
  assert.ok((await failureOf(task)) instanceof RangeError);
});

test("the option signal cancels the task, before it begins and while it runs", async () => {
  assert.equal(createTask(() => 1, { signal: AbortSignal.abort("over") }).cancelled(), true);
  const controller = new AbortController();
  const task = createTask(() => sleep(Number.POSITIVE_INFINITY), { signal: controller.signal });
  await turn();
  controller.abort("now");
  assert.equal((await failureOf<CancelledError>(task)).cause, "now");
});

test("to await a task passes a cancellation on to it, and waits for its clean-up", async () => {
  const order: string[] = [];
  const inner = createTask(async () => {
    try {
      await sleep(Number.POSITIVE_INFINITY);
    } finally {
      await sleep(0);
      order.push("inner is clean");
    }
  });
  const outer = createTask(async () => {
    try {
      await inner;
    } finally {
      await sleep(0);
      order.push("outer is clean");
    }
  });
  await turn();
  outer.cancel("down");
  assert.equal((await failureOf<CancelledError>(outer)).cause, "down");
  assert.equal(inner.cancelled(), true);
  assert.deepEqual(order, ["inner is clean", "outer is clean"]);
});

test("a callback on a task is no wait: a cancellation is not passed on", async () => {
  const gate = foreign();
  const inner = createTask(() => gate.promise);
  const outer = createTask(async () => {
    inner.catch(() => {});
    await sleep(Number.POSITIVE_INFINITY);
  });
  await turn();
  outer.cancel();
  await failureOf(outer);
  assert.equal(inner.cancelling(), 0);
  gate.resolve();
  await inner;
});

test("result and exception of a task end with the scope, and leave the task alone", async () => {
  const gate = foreign<string>();
  const inner = createTask(() => gate.promise);
  for (const method of ["result", "exception"] as const) {
    const outer = createTask(() => inner[method]());
    await turn();
    outer.cancel("only the wait");
    assert.equal((await failureOf<CancelledError>(outer)).cause, "only the wait");
  }
  assert.equal(inner.cancelling(), 0);
  await assert.rejects(inner.result({ timeout: 0 }), TimeoutError);
  gate.resolve("value");
  assert.equal(await inner.result(), "value");
});

test("a task that waits for itself is told so", async () => {
  const task: Task<unknown> = createTask(async () => task);
  await assert.rejects(Promise.resolve(task), InvalidStateError);
  const other: Task<unknown> = createTask(() => other.result());
  await assert.rejects(Promise.resolve(other), InvalidStateError);
});

test("two tasks that wait for each other can be cancelled", async () => {
  const tasks: Task<unknown>[] = [];
  tasks.push(createTask(async () => await tasks[1]));
  tasks.push(createTask(async () => await tasks[0]));
  await turn();
  assert.equal(tasks[0]!.cancel("out of it"), true);
  for (const task of tasks) assert.equal((await failureOf<CancelledError>(task)).cause, "out of it");
});

test("a circle of three is ended by a cancellation, from within or from around", async () => {
  const tasks: Task<unknown>[] = [];
  for (const next of [1, 2, 0]) tasks.push(createTask(async () => await tasks[next]));
  const around = createTask(async () => await tasks[1]);
  await turn();
  around.cancel("round");
  for (const task of [around, ...tasks]) assert.equal((await failureOf<CancelledError>(task)).cause, "round");
});

test("what several wait for is told once, and all of them wait for its clean-up", async () => {
  const order: string[] = [];
  const shared = createTask(async () => {
    try {
      await sleep(Number.POSITIVE_INFINITY);
    } finally {
      await sleep(1);
      order.push("shared is clean");
    }
  });
  const between = ["one", "two", "three"].map((name) =>
    createTask(async () => {
      try {
        await shared;
      } finally {
        order.push(name);
      }
    }),
  );
  const around = createTask(() => gather([...between, shared]));
  const all = createTask(async () => await Promise.all([...between, shared, around]));
  await turn();
  all.cancel("once");
  await failureOf(all);
  assert.equal(shared.cancelling(), 1);
  for (const task of between) assert.equal((await failureOf<CancelledError>(task)).cause, "once");
  assert.deepEqual(order, ["shared is clean", "one", "two", "three"]);
});

test("two that waitFor each other can be cancelled", async () => {
  const tasks: Task<unknown>[] = [];
  tasks.push(createTask(() => waitFor(tasks[1]!, null)));
  tasks.push(createTask(() => waitFor(tasks[0]!, null)));
  await turn();
  tasks[0]!.cancel("out of it");
  for (const task of tasks) assert.equal((await failureOf<CancelledError>(task)).cause, "out of it");
});

test("a cancellation goes down a chain of 20,000 tasks that wait for each other", async () => {
  const tasks: Task<unknown>[] = [createTask(() => sleep(Number.POSITIVE_INFINITY))];
  for (let i = 0; i < 20_000; i++) {
    const below = tasks[i]!;
    tasks.push(createTask(i % 2 === 0 ? async () => await below : () => gather([below])));
  }
  await turn();
  tasks.at(-1)!.cancel("down");
  await failureOf(tasks.at(-1)!);
  assert.ok(tasks.every((task) => task.cancelled()));
});

test("a wait in another scope of the task does not take a timeout's cancellation for its own", async () => {
  const clock = manualClock();
  const order: string[] = [];
  const task = createTask(
    async () => {
      const limited = timeout(10, async () => {
        await sleep(1_000).catch(() => {});
        await sleep(5);
        order.push("caught, and went on");
        return "value";
      });
      await turn();
      const beside = sleep(100);
      order.push(await limited);
      await beside;
    },
    { clock },
  );
  await turn();
  await clock.advance(100);
  await task;
  assert.deepEqual(order, ["caught, and went on", "value"]);
});

test("every call that waits can be given a signal: gather, timeout, waitFor, taskGroup, run", async () => {
  const forever = () => sleep(Number.POSITIVE_INFINITY);
  const cleaned: string[] = [];
  const tidy = async (name: string): Promise<void> => {
    try {
      await forever();
    } finally {
      await sleep(0);
      cleaned.push(name);
    }
  };
  const calls: Record<string, (signal: AbortSignal) => PromiseLike<unknown>> = {
    gather: (signal) => gather([() => tidy("gather")], { signal }),
    timeout: (signal) => timeout(1_000_000, () => tidy("timeout"), { signal }),
    waitFor: (signal) => waitFor(() => tidy("waitFor"), null, { signal }),
    taskGroup: (signal) => taskGroup((group) => void group.createTask(() => tidy("taskGroup")), { signal }),
    run: (signal) => run(() => tidy("run"), { signal }),
  };
  for (const [name, call] of Object.entries(calls)) {
    const controller = new AbortController();
    const error = failureOf<CancelledError>(call(controller.signal));
    await turn();
    controller.abort(`of ${name}`);
    assert.ok((await error) instanceof CancelledError, name);
    assert.equal((await error).cause, `of ${name}`);
    assert.ok(
      (await failureOf(call(controller.signal))) instanceof CancelledError,
      `${name}, aborted before`,
    );
    assert.throws(() => call({} as never), InvalidArgumentError);
  }
  await turn();
  for (const name of Object.keys(calls)) {
    if (name !== "gather") assert.equal(cleaned.filter((each) => each === name).length, 1, name);
  }
});

test("cancel within cancel: a listener that cancels again, and a callback that does, have their effect once", async () => {
  let task!: Task<void>;
  let told = 0;
  task = createTask(async () => {
    currentSignal().addEventListener("abort", () => {
      told += 1;
      task.cancel("again");
    });
    await sleep(Number.POSITIVE_INFINITY);
  });
  await turn();
  let settled = 0;
  task.onDone(() => {
    settled += 1;
    assert.equal(task.cancel("when done"), false);
  });
  task.cancel("first");
  const error = await failureOf<CancelledError>(task);
  assert.equal(error.cause, "first");
  assert.equal(told, 1);
  assert.equal(task.cancelling(), 2);
  assert.equal(settled, 1);
});

test("the loser of a Promise.race does not swallow a cancellation that comes later", async () => {
  const gate = foreign();
  const task = createTask(async () => {
    await Promise.race([sleep(Number.POSITIVE_INFINITY), turn()]);
    await sleep(0);
    await gate.promise;
    await sleep(Number.POSITIVE_INFINITY);
  });
  await turn();
  await new Promise((resolve) => setTimeout(resolve, 10));
  task.cancel("is heard");
  gate.resolve();
  assert.equal((await failureOf<CancelledError>(task)).cause, "is heard");
});

test("the scope follows the code through await, callbacks and timers, and does not leak to the caller", async () => {
  const before = currentAsyncTask();
  const seen: (string | undefined)[] = [];
  const look = (): void => void seen.push(currentAsyncTask()?.name);
  const task = createTask(
    async () => {
      look();
      await null;
      look();
      await new Promise<void>((resolve) => setTimeout(resolve, 1));
      look();
      queueMicrotask(look);
      await Promise.all([turn().then(look), sleep(0).then(look)]);
      look();
    },
    { name: "here" },
  );
  assert.equal(currentAsyncTask(), before);
  await task;
  assert.equal(currentAsyncTask(), before);
  assert.deepEqual(new Set(seen), new Set(["here"]));
  assert.equal(seen.length, 7);
});

test("code that goes on after the end of its task is in no scope: nothing cancels it", async () => {
  const gate = foreign();
  let rest!: Promise<unknown>;
  const task = createTask(async () => {
    rest = gate.promise.then(() => currentAsyncTask());
  });
  await task;
  gate.resolve();
  assert.equal(await rest, undefined);
});

test("currentSignal outside of scopes never aborts, and a new one is made each time", () => {
  assert.equal(currentSignal().aborted, false);
  assert.notEqual(currentSignal(), currentSignal());
});

test("currentSignal is one signal until a cancellation is delivered, then a new one for the clean-up", async () => {
  const task = createTask(async () => {
    const first = currentSignal();
    assert.equal(currentSignal(), first);
    await sleep(Number.POSITIVE_INFINITY).catch(() => {});
    assert.equal(first.aborted, true);
    assert.ok(first.reason instanceof CancelledError);
    const second = currentSignal();
    assert.equal(second.aborted, false);
    // one that no wait has met yet
    currentAsyncTask()!.cancel();
    assert.equal(second.aborted, true);
    assert.equal(currentSignal().aborted, true);
    await assert.rejects(sleep(0), CancelledError);
    assert.equal(currentSignal().aborted, false);
    return "seen";
  });
  await turn();
  task.cancel();
  assert.equal(await task, "seen");
});

test("hostile thenables settle a task once, and what they throw is its error", async () => {
  const twice = {
    then(resolve: (value: number) => void, reject: (error: unknown) => void) {
      resolve(1);
      reject(new Error("second"));
      resolve(2);
      throw new Error("third");
    },
  };
  assert.equal(await createTask(() => twice as unknown as PromiseLike<number>), 1);
  const getter = Object.defineProperty({}, "then", {
    get() {
      throw new RangeError("no then");
    },
  });
  assert.ok((await failureOf(createTask(() => getter))) instanceof RangeError);
  const lying = Object.assign(Promise.resolve("real"), {
    then: (yes: (value: string) => void) => yes("fake"),
  });
  assert.equal(await createTask(() => lying as Promise<string>), "real");
});

test("an error that throws when it is looked at is still the task's error", async () => {
  const hostile = new Proxy(new Error("x"), {
    getPrototypeOf() {
      throw new Error("no prototype");
    },
    get() {
      throw new Error("no properties");
    },
  });
  const task = createTask(() => {
    throw hostile;
  });
  await turn();
  assert.equal(task.state, "finished");
  assert.equal(task.snapshot().exception, hostile);
  assert.equal(task.catch(() => "caught") instanceof Promise, true);
});

test("a failure that nobody awaits is reported once as a warning, and is no unhandled rejection", async () => {
  let unhandled: unknown[] = [];
  const warnings = await warningsOf(async () => {
    unhandled = await unhandledOf(async () => {
      await run(async () => {
        createTask(
          () => {
            throw new RangeError("nobody looks");
          },
          { name: "forgotten" },
        );
        await sleep(0);
      });
    });
  });
  assert.deepEqual(unhandled, []);
  assert.equal(warnings.length, 1);
  assert.equal(warnings[0]![0], "the task forgotten failed and nobody awaited it");
  assert.match(warnings[0]![1], /nobody looks/);
});

test("a wait of ours that is awaited late, or never, and is cancelled meanwhile is no unhandled rejection", async () => {
  const unhandled = await unhandledOf(async () => {
    const gate = foreign();
    const task = createTask(async () => {
      void sleep(Number.POSITIVE_INFINITY);
      const later = sleep(Number.POSITIVE_INFINITY);
      await gate.promise;
      await later;
    });
    await turn();
    task.cancel();
    await turn();
    gate.resolve();
    await failureOf(task);
    await turn();
  });
  assert.deepEqual(unhandled, []);
});

test("a task on a thread heeds its abort where it waits, and its worker lives on", async () => {
  const { ThreadPoolExecutor } = await import("ungil");
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, grace: 60_000 });
  const future = pool.submit(async () => {
    const { sleep } = await import("ungil/asyncio");
    const { currentTask } = await import("ungil");
    currentTask().report("sleeps");
    await sleep(Number.POSITIVE_INFINITY);
  });
  for await (const report of future.progress) {
    assert.equal(report, "sleeps");
    break;
  }
  future.abort("stop");
  assert.ok((await failureOf(future)) instanceof CancelledError);
  assert.equal(pool.stats().workers.crashed, 0);
  assert.equal(pool.stats().workers.started, 1);
});

test("nothing is kept of a task that is done: neither by its parent, nor by a child that goes on", async () => {
  const gate = foreign();
  const references: WeakRef<object>[] = [];
  let child: Task<unknown> | undefined;
  await (async () => {
    const task = createTask(async () => {
      child = createTask(() => gate.promise);
      const short = createTask(() => ({ big: "result" }));
      references.push(new WeakRef(short));
      await short;
    });
    references.push(new WeakRef(task));
    await task;
  })();
  await turn();
  for (const reference of references) {
    await until(() => {
      globalThis.gc!();
      return reference.deref() === undefined;
    }, "a task that is done is collected");
  }
  gate.resolve();
  await child;
});

test("misuse throws from the call: not a function, bad options", () => {
  assert.throws(() => createTask(Promise.resolve(1) as never), InvalidArgumentError);
  assert.throws(() => createTask(() => 1, { nam: "x" } as never), /did you mean name\?/);
  assert.throws(() => createTask(() => 1, { name: 5 as never }), InvalidArgumentError);
  assert.throws(() => createTask(() => 1, { signal: {} as never }), InvalidArgumentError);
  assert.throws(() => createTask(() => 1, { clock: {} as never }), InvalidArgumentError);
  assert.throws(() => sleep(Number.NaN), InvalidArgumentError);
  assert.throws(() => sleep(1, { timeout: 1 } as never), InvalidArgumentError);
});

test("sleep ends by its signal, and is over at once when that has aborted", async () => {
  const clock = manualClock();
  const controller = new AbortController();
  const sleeping = failureOf<CancelledError>(sleep(10, { signal: controller.signal, clock }));
  controller.abort("up");
  assert.equal((await sleeping).cause, "up");
  assert.equal(clock.pending(), 0);
  assert.ok((await failureOf(sleep(10, { signal: controller.signal, clock }))) instanceof CancelledError);
  const slept = sleep(10, { clock });
  await clock.advance(10);
  await slept;
});

test("five workers that sleep a second each have slept one second in all", async () => {
  const clock = manualClock();
  const finished: [string, number][] = [];
  const worker = async (name: string): Promise<void> => {
    await sleep(1_000);
    finished.push([name, clock.now()]);
  };
  const all = run(() => gather(["A", "B", "C", "D", "E"].map((name) => () => worker(name))), { clock });
  await clock.advance(1_000);
  await all;
  assert.deepEqual(
    finished,
    ["A", "B", "C", "D", "E"].map((name) => [name, 1_000]),
  );
  assert.equal(clock.pending(), 0);
});

test("an executor's task is a scope: what it waits for by ours ends when it is aborted", async () => {
  const { AsyncExecutor } = await import("ungil");
  await using executor = new AsyncExecutor();
  const cleaned: string[] = [];
  const future = executor.submit(async () => {
    try {
      await timeout(1_000_000, () => taskGroup((group) => void group.createTask(() => sleep(1_000_000))));
    } finally {
      cleaned.push("cleaned");
    }
  });
  await turn();
  future.abort("stop");
  assert.ok((await failureOf(future)) instanceof CancelledError);
  assert.deepEqual(cleaned, ["cleaned"]);
});
