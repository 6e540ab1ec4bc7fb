// Futures of executors: settled by functions rather than by a settling side, and handed over before they run.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import path from "node:path";
import { describe, test } from "node:test";
import {
  CancelledError,
  type Clock,
  type Future,
  InvalidStateError,
  type UnobservedFailure,
  UnobservedFailures,
} from "ungil";
import { manualClock, until } from "ungil/testing";
import type * as FutureModule from "../../dist/futures/future.js";

const root = path.resolve(import.meta.dirname, "../../..");
const {
  cancelFuture,
  createFuture,
  handOver,
  rejectFuture,
  removeCallback,
  reportProgress,
  requeueFuture,
  resolveFuture,
} = (await import(path.join(root, "dist/futures/future.js"))) as typeof FutureModule;

/** Work that waits in front of a worker until `begin`. */
class Work implements FutureModule.FutureOwner {
  readonly futureName = "job";
  readonly clock: Clock = manualClock();
  readonly unobserved = new UnobservedFailures((failure) => this.reports.push(failure));
  readonly reports: UnobservedFailure[] = [];
  readonly calls: string[] = [];
  readonly future: Future<number> = createFuture<number>(this);
  begun = false;

  hasBegun(): boolean {
    this.calls.push("hasBegun");
    return this.begun;
  }

  takeBack(): boolean {
    this.calls.push("takeBack");
    return !this.begun;
  }

  onCancel(reason: unknown): void {
    this.calls.push(`onCancel ${String(reason)} ${this.future.state}`);
  }

  onAbort(reason: unknown): void {
    this.calls.push(`onAbort ${String(reason)} ${this.future.state}`);
  }
}

function handedOver(begun = false): Work {
  const work = new Work();
  handOver(work.future);
  work.begun = begun;
  return work;
}

describe("A1, A3: a future that was handed over", () => {
  test("is pending until its owner says that the work has begun, and running from then on", () => {
    const work = handedOver();
    const { future } = work;
    assert.deepEqual([future.state, future.running(), future.done()], ["pending", false, false]);
    assert.equal(future.toString(), "<Future job state=pending>");
    work.begun = true;
    assert.deepEqual([future.state, future.running(), future.done()], ["running", true, false]);
    work.begun = false;
    work.calls.length = 0;
    assert.equal(future.state, "running");
    assert.deepEqual(work.calls, []);
  });

  test("is pending again after a requeue, whatever its owner says, until it is handed over again", () => {
    for (const seen of [true, false]) {
      const { future } = handedOver(true);
      if (seen) assert.equal(future.state, "running");
      requeueFuture(future);
      assert.equal(future.state, "pending");
      handOver(future);
      assert.equal(future.state, "running");
    }
  });

  test("only a pending one is handed over, only one in hand is requeued", () => {
    const inHand = handedOver().future;
    assert.throws(() => handOver(inHand), /InvalidStateError: Future in unexpected state: <Future job/);
    const pending = new Work().future;
    assert.throws(() => requeueFuture(pending), InvalidStateError);
    pending.cancel();
    assert.throws(() => handOver(pending), InvalidStateError);
    assert.throws(() => requeueFuture(pending), InvalidStateError);
    assert.equal(pending.state, "cancelled");
  });
});

describe("A2: cancel and abort", () => {
  test("before it is handed over, the owner is not asked whether", () => {
    const work = new Work();
    work.future.onDone(() => work.calls.push("callback"));
    assert.equal(work.future.cancel("why"), true);
    assert.deepEqual(work.calls, ["onCancel why cancelled", "callback"]);
  });

  for (const stop of ["cancel", "abort"] as const) {
    test(`${stop} takes back what has not begun`, async () => {
      const work = handedOver();
      work.future[stop]("why");
      assert.equal(work.future.state, "cancelled");
      assert.deepEqual(work.calls, ["takeBack", "onCancel why cancelled"]);
      await assert.rejects(work.future.result(), { name: "CancelledError", cause: "why" });
    });
  }

  test("cancel leaves alone what has begun, abort asks its owner", () => {
    const work = handedOver(true);
    assert.equal(work.future.cancel("why"), false);
    assert.equal(work.future.state, "running");
    work.future.abort("enough");
    assert.equal(work.future.cancel(), false);
    assert.deepEqual(work.calls, ["takeBack", "onAbort enough running"]);
    cancelFuture(work.future, new CancelledError());
    work.future.abort("late");
    assert.equal(work.future.cancel(), true);
    assert.equal(work.calls.length, 2);
  });
});

describe("A8, A11, A12: settling", () => {
  test("the first outcome is kept, wherever the future was", async () => {
    for (const make of [() => new Work(), () => handedOver(), () => handedOver(true)]) {
      const { future } = make();
      resolveFuture(future, 1);
      for (const settle of [
        () => resolveFuture(future, 2),
        () => rejectFuture(future, new Error("no")),
        () => cancelFuture(future, new CancelledError()),
      ]) {
        assert.throws(settle, /InvalidStateError: FINISHED: <Future job state=finished returned number>/);
      }
      assert.equal(await future, 1);
    }
  });

  test("a failure nobody observed goes to the owner, once and with its name", () => {
    const work = handedOver(true);
    rejectFuture(work.future, "lost");
    work.unobserved.reportAll();
    work.unobserved.reportAll();
    assert.deepEqual(work.reports, [{ error: "lost", name: "job" }]);
  });

  test("a done future lets go of its owner and keeps its name", async () => {
    const [future, owner] = (() => {
      const work = handedOver(true);
      const made = createFuture<number>(work);
      resolveFuture(made, 1);
      return [made, new WeakRef(work)] as const;
    })();
    await until(() => {
      globalThis.gc?.();
      return owner.deref() === undefined;
    }, "the owner is collected while its future is held");
    assert.equal(future.toString(), "<Future job state=finished returned number>");
  });

  test("reports reach who iterates progress, and end with the task", async () => {
    const { future } = handedOver(true);
    reportProgress(future, "nobody listens");
    const progress = future.progress[Symbol.asyncIterator]();
    reportProgress(future, 1);
    resolveFuture(future, 1);
    reportProgress(future, "late");
    assert.deepEqual(await progress.next(), { done: false, value: 1 });
    assert.equal((await progress.next()).done, true);
  });
});

describe("as a promise: who waits in which way", () => {
  test("callbacks, promises and waits of one future are told in the order of adding", async () => {
    const { future } = handedOver(true);
    const order: string[] = [];
    const promises = [
      future.then(() => order.push("first then")),
      future.result().then(() => order.push("result")),
      future.then(() => order.push("second then")),
    ];
    const remove = (): void => assert.fail("it was taken back");
    future.onDone(remove);
    future.onDone(() => order.push("callback"));
    removeCallback(future, remove);
    resolveFuture(future, 1);
    assert.deepEqual(order, ["callback"]);
    await Promise.all(promises);
    assert.deepEqual(order, ["callback", "first then", "result", "second then"]);
  });

  test("the handlers of a promise keep the context in which they were added", async () => {
    const storage = new AsyncLocalStorage<string>();
    for (const when of ["before", "after"]) {
      const { future } = handedOver(true);
      if (when === "after") resolveFuture(future, 1);
      const chain = storage.run("adding", () => future.then(() => storage.getStore()));
      if (when === "before") storage.run("settling", () => resolveFuture(future, 1));
      assert.equal(await chain, "adding");
    }
  });
});
