import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { CancelledError, Future, type FutureState, InvalidStateError, UnobservedFailures } from "ungil";

/** What a program may do with a future. */
const step = fc.constantFrom(
  "start",
  "requeue",
  "resolve",
  "reject",
  "stop",
  "cancel",
  "abort",
  "onDone",
  "result",
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** The future as a table: what each step does in each state. `throws` leaves the state as it is. */
const table: Record<Exclude<Step, "onDone" | "result">, Record<FutureState, FutureState | "throws">> = {
  start: { pending: "running", running: "throws", cancelled: "cancelled", finished: "throws" },
  requeue: { pending: "throws", running: "pending", cancelled: "throws", finished: "throws" },
  resolve: { pending: "finished", running: "finished", cancelled: "throws", finished: "throws" },
  reject: { pending: "finished", running: "finished", cancelled: "throws", finished: "throws" },
  stop: { pending: "cancelled", running: "cancelled", cancelled: "throws", finished: "throws" },
  cancel: { pending: "cancelled", running: "running", cancelled: "cancelled", finished: "finished" },
  abort: { pending: "cancelled", running: "cancelled", cancelled: "cancelled", finished: "finished" },
};

test("A: any program of steps leaves a future as the table of states says, with its first outcome", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (program) => {
      const { future, ...settler } = Future.withResolvers<number>({
        unobserved: new UnobservedFailures(() => {}),
      });
      let state: FutureState = "pending";
      let outcome: unknown;
      const calls: number[] = [];
      const waits: Promise<unknown>[] = [];
      let added = 0;
      for (const [at, name] of program.entries()) {
        if (name === "onDone") {
          const number = added++;
          const before = calls.length;
          future.onDone((done) => {
            assert.equal(done, future);
            calls.push(number);
          });
          assert.equal(calls.length - before, future.done() ? 1 : 0);
          continue;
        }
        if (name === "result") {
          waits.push(
            future.result().then(
              (value) => value,
              (error: unknown) => error,
            ),
          );
          continue;
        }
        const act: Record<typeof name, () => unknown> = {
          start: () => settler.start(),
          requeue: () => settler.requeue(),
          resolve: () => settler.resolve(at),
          reject: () => settler.reject(at),
          stop: () => settler.cancelRunning(new CancelledError(`${at}`)),
          cancel: () => future.cancel(),
          abort: () => future.abort(),
        };
        const next: FutureState | "throws" = table[name][state];
        if (next === "throws") {
          assert.throws(act[name], InvalidStateError);
        } else {
          const answer = act[name]();
          if (name === "start") assert.equal(answer, state === "pending");
          if (name === "cancel") assert.equal(answer, next === "cancelled");
          if (outcome === undefined && (next === "finished" || next === "cancelled")) {
            outcome = next === "finished" ? at : CancelledError;
          }
          state = next;
        }
        assert.equal(future.state, state);
        assert.equal(future.done(), state === "finished" || state === "cancelled");
        assert.equal(calls.length, future.done() ? added : 0);
      }
      assert.deepEqual(
        calls,
        Array.from(calls, (_, at) => at),
      );
      if (!future.done()) settler.resolve(-1);
      outcome ??= -1;
      for (const value of await Promise.all(waits)) {
        if (outcome === CancelledError) assert.ok(value instanceof CancelledError);
        else assert.equal(value, outcome);
      }
    }),
    { numRuns: 500 },
  );
});
