import assert from "node:assert/strict";
import type { Executor } from "ungil";

/** The error of a task that is to fail. */
export async function failureOf<E = Error>(executor: Executor, fn: () => unknown): Promise<E> {
  const future = executor.submit(fn);
  try {
    await future;
  } catch (error) {
    return error as E;
  }
  assert.fail("the task did not fail");
}

/** What a call throws. */
export function thrownBy<E = Error>(call: () => unknown): E {
  try {
    call();
  } catch (error) {
    return error as E;
  }
  assert.fail("nothing was thrown");
}
