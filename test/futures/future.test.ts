import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import {
  asCompleted,
  CancelledError,
  Future,
  InvalidArgumentError,
  InvalidStateError,
  TimeoutError,
  type UnobservedFailure,
  UnobservedFailures,
} from "ungil";
import { manualClock, until } from "ungil/testing";
import { unhandledOf, warningsOf } from "./support/warnings.js";

/** A future in each of the four states. */
function inEachState() {
  const pending = Future.withResolvers<number>();
  const running = Future.withResolvers<number>();
  running.start();
  const cancelled = Future.withResolvers<number>();
  cancelled.future.cancel();
  const finished = Future.withResolvers<number>();
  finished.start();
  finished.resolve(1);
  return { pending, running, cancelled, finished };
}

describe("A1, A3: states", () => {
  test("a future goes from pending to running to finished, and the questions follow", () => {
    const { future, start, resolve } = Future.withResolvers<number>();
    assert.deepEqual([future.state, future.running(), future.done()], ["pending", false, false]);
    assert.equal(start(), true);
    assert.deepEqual([future.state, future.running(), future.done()], ["running", true, false]);
    resolve(1);
    assert.deepEqual([future.state, future.running(), future.done()], ["finished", false, true]);
    assert.equal(future.cancelled(), false);
  });

  test("a cancelled future is done at once", () => {
    const { future } = Future.withResolvers<number>();
    future.cancel();
    assert.deepEqual([future.state, future.cancelled(), future.done()], ["cancelled", true, true]);
  });

  test("requeue takes a running future back to pending, where it can be cancelled", () => {
    const { future, start, requeue } = Future.withResolvers<number>();
    assert.throws(requeue, InvalidStateError);
    start();
    requeue();
    assert.equal(future.state, "pending");
    start();
    requeue();
    assert.equal(future.cancel(), true);
    assert.throws(requeue, InvalidStateError);
  });

  test("a pending future may be settled without having run", async () => {
    const { future, resolve } = Future.withResolvers<number>();
    resolve(5);
    assert.equal(await future, 5);
  });
});

describe("A2: cancel and abort", () => {
  test("cancel answers true for pending and cancelled, false for running and finished", () => {
    const { pending, running, cancelled, finished } = inEachState();
    assert.equal(pending.future.cancel(), true);
    assert.equal(cancelled.future.cancel(), true);
    assert.equal(running.future.cancel(), false);
    assert.equal(finished.future.cancel(), false);
    assert.equal(running.future.state, "running");
    assert.equal(finished.future.state, "finished");
  });

  test("the executor hears of it once and first, then the callbacks", () => {
    const calls: string[] = [];
    const { future } = Future.withResolvers<number>({
      onCancel: (reason) => calls.push(`hook ${String(reason)}`),
    });
    future.onDone((done) => calls.push(`callback ${done.state}`));
    future.cancel("why");
    future.cancel("again");
    assert.deepEqual(calls, ["hook why", "callback cancelled"]);
  });

  test("a hook that throws does not leave the waiting behind", async () => {
    const { future } = Future.withResolvers<number>({
      onCancel: () => {
        throw new Error("bug");
      },
    });
    const waiting = assert.rejects(future.result(), CancelledError);
    assert.throws(() => future.cancel(), /bug/);
    await waiting;
  });

  test("the reason becomes the cause, also a falsy one; no reason is no cause", async () => {
    for (const reason of ["why", 0, null, false]) {
      const { future } = Future.withResolvers<number>();
      future.cancel(reason);
      await assert.rejects(future.result(), { name: "CancelledError", cause: reason });
    }
    const { future } = Future.withResolvers<number>();
    future.cancel();
    const error = await future.then(undefined, (reason: unknown) => reason);
    assert.equal(Object.hasOwn(error as object, "cause"), false);
  });

  test("abort cancels what is pending and asks the executor for what runs", async () => {
    const asked: unknown[] = [];
    const { future, start, cancelRunning } = Future.withResolvers<number>({
      onAbort: (reason) => asked.push(reason),
    });
    start();
    future.abort("enough");
    assert.deepEqual(asked, ["enough"]);
    assert.equal(future.state, "running");
    cancelRunning(new CancelledError());
    assert.equal(future.state, "cancelled");
    future.abort("late");
    assert.deepEqual(asked, ["enough"]);

    const pending = Future.withResolvers<number>({ onAbort: () => assert.fail("it does not run") });
    pending.future.abort();
    assert.equal(pending.future.state, "cancelled");
  });

  test("a function of the user's beside one that settles a promise is called as a promise would, and `then` tells what it makes", async () => {
    const failed = Future.withResolvers<number>();
    const calls: string[] = [];
    let derived: PromiseLike<unknown> | undefined;
    const waits = new Promise<number>((resolve) => {
      derived = failed.future.then(resolve, (error) => {
        calls.push((error as Error).message);
        return "handled";
      });
    });
    failed.reject(new Error("failed"));
    assert.equal(calls.length, 0, "not within the call that settles");
    assert.equal(await derived, "handled");
    assert.deepEqual(calls, ["failed"]);
    const well = Future.withResolvers<number>();
    await Promise.all([
      new Promise<number>(
        (resolve) => void (derived = well.future.then(resolve, () => void calls.push("not called"))),
      ),
      Promise.resolve().then(() => well.resolve(1)),
    ]);
    assert.equal(await derived, undefined);
    assert.deepEqual(calls, ["failed"]);
    void waits;
  });

  test("abort settles a running future whose executor has no say", () => {
    const { future, start } = Future.withResolvers<number>();
    start();
    future.abort();
    assert.equal(future.state, "cancelled");
  });
});

describe("A4, A5: result and exception", () => {
  test("timeout 0 answers from what is there", async () => {
    const { pending, running, cancelled, finished } = inEachState();
    await assert.rejects(pending.future.result({ timeout: 0 }), TimeoutError);
    await assert.rejects(running.future.exception({ timeout: 0 }), TimeoutError);
    await assert.rejects(cancelled.future.result({ timeout: 0 }), CancelledError);
    await assert.rejects(cancelled.future.exception({ timeout: 0 }), CancelledError);
    assert.equal(await finished.future.result({ timeout: 0 }), 1);
    assert.equal(await finished.future.exception({ timeout: 0 }), null);
    assert.equal(pending.future.state, "pending");
    assert.equal(running.future.state, "running");
  });

  test("a wait ends when its time is over, not before; the future goes on", async () => {
    const clock = manualClock();
    const { future, resolve } = Future.withResolvers<number>({ clock, name: "slow" });
    const errors: Error[] = [];
    future.result({ timeout: 3_600_000 }).catch((reason: Error) => errors.push(reason));
    await clock.advance(3_599_999);
    assert.equal(errors.length, 0);
    await clock.advance(1);
    assert.ok(errors[0] instanceof TimeoutError);
    assert.match(errors[0].message, /<Future slow state=pending> was not done within 3600000 ms/);
    resolve(1);
    assert.equal(await future.result({ timeout: 1 }), 1);
  });

  test("a wait that ends leaves neither timer nor callback nor listener behind", async () => {
    const clock = manualClock();
    const { future, resolve } = Future.withResolvers<number>({ clock });
    const controller = new AbortController();
    const waits = [
      future.result({ timeout: 10 }),
      future.result({ timeout: 20, signal: controller.signal }),
      future.exception({ timeout: 1_000 }),
    ];
    assert.equal(clock.pending(), 3);
    const first = assert.rejects(waits[0]!, TimeoutError);
    const second = assert.rejects(waits[1]!, { name: "CancelledError", cause: "tired" });
    await clock.advance(10);
    controller.abort("tired");
    await first;
    await second;
    assert.equal(clock.pending(), 1);
    resolve(1);
    assert.equal(await waits[2], null);
    assert.equal(clock.pending(), 0);
  });

  test("an outcome that is there wins over an aborted signal, an aborted signal over timeout 0", async () => {
    const { pending, finished } = inEachState();
    const signal = AbortSignal.abort("tired");
    assert.equal(await finished.future.result({ signal, timeout: 0 }), 1);
    await assert.rejects(pending.future.result({ signal, timeout: 0 }), { cause: "tired" });
  });

  test("a failure is the same error object for everyone", async () => {
    const { future, reject } = Future.withResolvers<number>();
    const waiting = [future.result(), future.then((value) => value), future.finally(() => {})];
    const error = new RangeError("no");
    reject(error);
    for (const each of waiting) assert.equal(await each.then(undefined, (reason: unknown) => reason), error);
    assert.equal(await future.exception(), error);
  });

  test("options that can't be are thrown from the call", () => {
    const { future } = Future.withResolvers<number>();
    assert.throws(() => future.result({ timeout: Number.NaN }), InvalidArgumentError);
    const misspelt = { timeOut: 5 } as object;
    for (const wait of [() => future.result(misspelt), () => future.exception(misspelt)])
      assert.throws(wait, { name: InvalidArgumentError.name, message: /timeOut.*did you mean timeout/ });
    assert.throws(
      () => future.result({ timeout: "5" as unknown as number }),
      /^InvalidArgumentError: timeout/,
    );
    assert.throws(() => future.exception({ signal: {} as AbortSignal }), /signal must be an AbortSignal/);
    assert.throws(() => future.onDone(1 as unknown as () => void), /callback must be a function/);
  });

  test("a timeout of Infinity, and one beyond 32 bits, wait", async () => {
    const { future, resolve } = Future.withResolvers<number>();
    const waits = [future.result({ timeout: Number.POSITIVE_INFINITY }), future.result({ timeout: 2 ** 40 })];
    resolve(3);
    assert.deepEqual(await Promise.all(waits), [3, 3]);
  });
});

describe("A6: callbacks", () => {
  test("they run in order, with the future, before resolve returns; late ones at once", () => {
    const { future, resolve } = Future.withResolvers<number>();
    const calls: [string, Future<number>][] = [];
    const twice = (done: Future<number>): void => {
      calls.push(["twice", done]);
    };
    future.onDone(twice);
    future.onDone((done) => calls.push(["other", done]));
    future.onDone(twice);
    resolve(1);
    future.onDone((done) => calls.push(["late", done]));
    assert.deepEqual(
      calls.map(([name]) => name),
      ["twice", "other", "twice", "late"],
    );
    assert.ok(calls.every(([, done]) => done === future));
  });

  test("one that throws becomes a warning, and the others still run", async () => {
    const { future, resolve } = Future.withResolvers<number>({ name: "job" });
    const calls: string[] = [];
    const warnings = await warningsOf(() => {
      future.onDone(() => {
        throw new Error("in the callback");
      });
      future.onDone(() => calls.push("second"));
      resolve(1);
      future.onDone(() => {
        throw new Error("late");
      });
    });
    assert.deepEqual(calls, ["second"]);
    assert.equal(warnings.length, 2);
    assert.match(warnings[0]![0], /a callback of <Future job state=finished returned number> threw/);
    assert.match(warnings[0]![1], /in the callback/);
  });
});

describe("A7, A8: the settling side", () => {
  test("start answers false for a cancelled future and refuses the other states", () => {
    const { pending, running, cancelled, finished } = inEachState();
    assert.equal(pending.start(), true);
    assert.equal(cancelled.start(), false);
    assert.throws(running.start, /InvalidStateError: Future in unexpected state: <Future state=running>/);
    assert.throws(finished.start, InvalidStateError);
  });

  test("the first outcome is kept; another is an InvalidStateError that tells the story", async () => {
    const { finished, cancelled } = inEachState();
    for (const settle of [
      () => finished.resolve(2),
      () => finished.reject(new Error("no")),
      () => finished.cancelRunning(new CancelledError()),
    ]) {
      assert.throws(settle, /InvalidStateError: FINISHED: <Future state=finished returned number>/);
    }
    assert.equal(await finished.future, 1);
    assert.throws(() => cancelled.resolve(1), /CANCELLED: <Future state=cancelled>/);
    assert.equal(cancelled.future.state, "cancelled");
  });
});

describe("A9, A10: looking at a future", () => {
  test("inspect and toString tell state and outcome", () => {
    const { pending, running, cancelled, finished } = inEachState();
    assert.equal(inspect(pending.future), "<Future state=pending>");
    assert.equal(inspect(running.future), "<Future state=running>");
    assert.equal(inspect(cancelled.future), "<Future state=cancelled>");
    assert.equal(inspect({ f: finished.future }), "{ f: <Future state=finished returned number> }");
    const failed = Future.withResolvers<number>({
      name: "read",
      unobserved: new UnobservedFailures(() => {}),
    });
    failed.reject(Object.assign(new Error("no"), { name: "OSError" }));
    assert.equal(failed.future.toString(), "<Future read state=finished raised OSError>");
    const value = Future.withResolvers<unknown>();
    value.resolve(new Map());
    assert.equal(inspect(value.future), "<Future state=finished returned Map>");
  });

  test("a future used as a value says what is missing", () => {
    const { future } = Future.withResolvers<number>();
    assert.throws(
      () => `state: ${future as unknown as string}`,
      /A Future is not its value; use `await future`/,
    );
    assert.throws(() => Number(future), TypeError);
  });

  test("snapshot is one frozen look, and does not observe", () => {
    const { pending, cancelled, finished } = inEachState();
    assert.deepEqual(pending.future.snapshot(), {
      state: "pending",
      done: false,
      cancelled: false,
      result: undefined,
      exception: null,
    });
    assert.equal(finished.future.snapshot().result, 1);
    assert.ok(cancelled.future.snapshot().exception instanceof CancelledError);
    assert.ok(Object.isFrozen(finished.future.snapshot()));
    const reports: UnobservedFailure[] = [];
    const unobserved = new UnobservedFailures((failure) => reports.push(failure));
    const failed = Future.withResolvers<number>({ unobserved });
    failed.reject(new Error("no"));
    failed.future.snapshot();
    unobserved.reportAll();
    assert.equal(reports.length, 1);
  });
});

describe("A11: failures nobody observed", () => {
  /** How often a failure is reported when it was looked at in a certain way. */
  async function reportsAfter(look: (future: Future<number>) => unknown, when: "before" | "after") {
    const reports: UnobservedFailure[] = [];
    const unobserved = new UnobservedFailures((failure) => reports.push(failure));
    const { future, reject } = Future.withResolvers<number>({ unobserved, name: "job" });
    let looked: unknown;
    if (when === "before") looked = look(future);
    reject(new Error("lost"));
    if (when === "after") looked = look(future);
    await Promise.resolve(looked).catch(() => {});
    unobserved.reportAll();
    unobserved.reportAll();
    return reports.map(({ name, error }) => `${name}: ${(error as Error).message}`);
  }

  test("one is reported once; await, then, result and exception observe it", async () => {
    for (const when of ["before", "after"] as const) {
      assert.deepEqual(await reportsAfter(() => {}, when), ["job: lost"]);
      assert.deepEqual(await reportsAfter((future) => future.onDone(() => {}), when), ["job: lost"]);
      assert.deepEqual(await reportsAfter((future) => future.then((value) => value), when), []);
      assert.deepEqual(await reportsAfter((future) => future.catch(() => {}), when), []);
      assert.deepEqual(await reportsAfter((future) => future.result(), when), []);
      assert.deepEqual(await reportsAfter((future) => future.exception(), when), []);
    }
  });

  test("a wait that ran out of time has not observed it", async () => {
    const look = (future: Future<number>): void => {
      future.result({ timeout: 0 }).catch(() => {});
    };
    assert.deepEqual(await reportsAfter(look, "before"), ["job: lost"]);
    assert.deepEqual(await reportsAfter(look, "after"), []);
  });

  test("a cancelled future is no failure", async () => {
    const reports: UnobservedFailure[] = [];
    const unobserved = new UnobservedFailures((failure) => reports.push(failure));
    Future.withResolvers<number>({ unobserved }).future.cancel();
    unobserved.reportAll();
    assert.deepEqual(reports, []);
  });

  test("without onUnobserved it is a process warning, never an unhandled rejection", async () => {
    const unobserved = new UnobservedFailures();
    const warnings = await warningsOf(async () => {
      const unhandled = await unhandledOf(() => {
        const { reject } = Future.withResolvers<number>({ unobserved, name: "job" });
        reject(new Error("lost"));
        unobserved.reportAll();
      });
      assert.deepEqual(unhandled, []);
    });
    assert.equal(warnings.length, 1);
    assert.equal(warnings[0]![0], "the task job failed and nobody awaited it");
    assert.match(warnings[0]![1], /Error: lost/);
  });

  test("an onUnobserved that throws becomes a warning", async () => {
    const unobserved = new UnobservedFailures(() => {
      throw new Error("in the hook");
    });
    const warnings = await warningsOf(() => {
      Future.withResolvers<number>({ unobserved, name: "job" }).reject(new Error("lost"));
      unobserved.reportAll();
    });
    assert.match(warnings[0]![0], /onUnobserved threw while it was told of a failure of job/);
  });

  test("one whose future is collected is reported then", async () => {
    const reports: UnobservedFailure[] = [];
    const unobserved = new UnobservedFailures((failure) => reports.push(failure));
    (() => {
      Future.withResolvers<number>({ unobserved, name: "job" }).reject(new Error("lost"));
    })();
    await until(() => {
      globalThis.gc?.();
      return reports.length > 0;
    }, "the failure is reported after its future was collected");
    unobserved.reportAll();
    assert.deepEqual(
      reports.map(({ name }) => name),
      ["job"],
    );
  });

  test("in a program: a warning on stderr and exit code 0; a chain nobody handles is a promise's matter", () => {
    const program = (body: string) =>
      spawnSync(process.execPath, ["--input-type=module", "-e", `import { Future } from "ungil"; ${body}`], {
        encoding: "utf8",
      });
    const shutdown = program(`
      import { UnobservedFailures } from "ungil";
      const unobserved = new UnobservedFailures();
      Future.withResolvers({ name: "job", unobserved }).reject(new Error("lost"));
      unobserved.reportAll();`);
    assert.equal(shutdown.status, 0);
    assert.match(shutdown.stderr, /UngilWarning: the task job failed and nobody awaited it\nError: lost/);
    const chained = program(`
      const { future, reject } = Future.withResolvers();
      future.then(() => {});
      reject(new Error("chained"));`);
    assert.equal(chained.status, 1);
    assert.match(chained.stderr, /Error: chained/);
  });
});

describe("A12: memory", () => {
  test("a future that was read, waited for and called back from is collected", async () => {
    const clock = manualClock();
    const signal = new AbortController().signal;
    const reference = await (async () => {
      const { future, resolve } = Future.withResolvers<object>({ clock });
      const waits = [future.result({ timeout: 1e6, signal }), future.then((value) => value)];
      future.onDone(() => {});
      resolve({});
      await Promise.all(waits);
      return new WeakRef(future);
    })();
    await until(() => {
      globalThis.gc?.();
      return reference.deref() === undefined;
    }, "the future is collected");
  });

  test("a done future lets go of its executor's hooks and of what they hold", async () => {
    const { future, resolve } = Future.withResolvers<number>({ onCancel: () => {} });
    resolve(1);
    const [other, reference] = (() => {
      const task = { args: new Uint8Array(1_000) };
      const made = Future.withResolvers<number>({ onCancel: () => task.args.fill(1) });
      made.resolve(1);
      return [made.future, new WeakRef(task)] as const;
    })();
    await until(() => {
      globalThis.gc?.();
      return reference.deref() === undefined;
    }, "the task is collected while its future is held");
    assert.equal(await other, await future);
  });
});

describe("as a promise", () => {
  test("then, catch and finally chain", async () => {
    const { future, resolve } = Future.withResolvers<number>();
    const order: string[] = [];
    const chain = future
      .finally(() => order.push("finally"))
      .then((value) => value + 1)
      .catch(() => 0);
    resolve(1);
    assert.equal(await chain, 2);
    assert.deepEqual(order, ["finally"]);
    assert.deepEqual(await Promise.all([future, future]), [1, 1]);
    assert.equal(Object.prototype.toString.call(future), "[object Future]");
  });
});

describe("A4, A6: many who wait for one future", () => {
  test("those who are left are told in their order, however many have gone", async () => {
    for (const count of [2, 16, 17, 200]) {
      const { future, start, resolve } = Future.withResolvers<number>();
      const told: number[] = [];
      const leavers: AbortController[] = [];
      const waits = Array.from({ length: count }, (_, i) => {
        const leaver = new AbortController();
        if (i % 3 === 1) leavers.push(leaver);
        const wait = future.result({ signal: leaver.signal });
        return wait.then(
          () => told.push(i),
          (error: unknown) => assert.ok(error instanceof CancelledError && i % 3 === 1),
        );
      });
      for (const leaver of leavers.toReversed()) leaver.abort();
      start();
      resolve(1);
      await Promise.all(waits);
      const stayed = Array.from({ length: count }, (_, i) => i).filter((i) => i % 3 !== 1);
      assert.deepEqual(told, stayed);
    }
  });

  test("a callback that is added twice among many is called twice", () => {
    const { future, start, resolve } = Future.withResolvers<number>();
    let calls = 0;
    const twice = (): void => void (calls += 1);
    for (let i = 0; i < 20; i++) future.onDone(twice);
    start();
    resolve(1);
    assert.equal(calls, 20);
  });

  test("to stop waiting for a future takes no longer when many wait for the same", async () => {
    const timeOf = async (futures: readonly Future<unknown>[]): Promise<number> => {
      const iterators = futures.map((future) => asCompleted([future])[Symbol.asyncIterator]());
      const steps = iterators.map((iterator) => iterator.next());
      const start = performance.now();
      for (const iterator of iterators) void iterator.return?.();
      const passed = performance.now() - start;
      await Promise.all(steps);
      return passed;
    };
    const count = 100_000;
    const { future } = Future.withResolvers<number>();
    const different = Array.from({ length: count }, () => Future.withResolvers<number>().future);
    await timeOf(different);
    const alone = await timeOf(different);
    const together = await timeOf(Array.from({ length: count }, () => future));
    assert.ok(together < 15 * alone, `${alone} ms for a future each, ${together} ms for one future`);
  });
});
