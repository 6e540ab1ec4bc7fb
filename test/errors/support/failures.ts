import assert from "node:assert/strict";
import type { Executor } from "ungil";

/** The error of a task that is to fail. */
export async function failureOf<E = Error>(executor: Executor, fn: () => unknown): Promise<E> {
  const [outcome] = await Promise.allSettled([executor.submit(fn)]);
  assert.equal(outcome.status, "rejected", "the task did not fail");
  return outcome.reason as E;
}

/** What a call throws. */
export function thrownBy(call: () => unknown): unknown {
  let thrown: { error: unknown } | undefined;
  try {
    call();
  } catch (error) {
    thrown = { error };
  }
  assert.ok(thrown, "nothing was thrown");
  return thrown.error;
}
