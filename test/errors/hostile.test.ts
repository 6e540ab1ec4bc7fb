// What a task throws may be a proxy that refuses to be looked at, or was revoked.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AsyncExecutor, Future, InlineExecutor, TimeoutError, UngilError } from "ungil";

function hostileErrors(): unknown[] {
  const refuse = (): never => {
    throw new TypeError("hostile");
  };
  const revoked = Proxy.revocable(new RangeError("x"), {});
  revoked.revoke();
  return [
    new Proxy(new RangeError("x"), { get: refuse, getPrototypeOf: refuse, ownKeys: refuse, has: refuse }),
    revoked.proxy,
    Object.defineProperty(new RangeError("x"), "name", { get: refuse }),
  ];
}

test("instanceof answers for what refuses to be looked at", () => {
  for (const error of hostileErrors()) {
    assert.equal(error instanceof UngilError, false);
    assert.equal(error instanceof TimeoutError, false);
  }
});

test("a future that failed with it can be printed", () => {
  for (const error of hostileErrors()) {
    const { future, start, reject } = Future.withResolvers<never>();
    start();
    reject(error);
    future.exception().catch(() => {});
    assert.match(future.toString(), /^<Future state=finished raised object>$/);
  }
});

test("a task that throws it in this thread settles its future, with the very same", async () => {
  for (const executor of [new AsyncExecutor(), new InlineExecutor()]) {
    for (const error of hostileErrors()) {
      const future = executor.submit(() => {
        throw error;
      });
      // not by exception(), whose promise asks what it answers for a `then`
      const caught = await future.then(
        () => [],
        (reason: unknown) => [reason],
      );
      assert.ok(caught[0] === error);
    }
    await executor.shutdown();
  }
});
