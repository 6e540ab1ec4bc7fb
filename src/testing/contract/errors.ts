import assert from "node:assert/strict";

/** The error a promise rejects with; fails when it does not reject. */
export async function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  const outcome = await Promise.resolve(promise).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ("error" in outcome) return outcome.error;
  return assert.fail(`rejects, but fulfilled with ${String(outcome.value)}`);
}

/** What a call throws; fails when it does not throw. */
export function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return assert.fail("the call throws");
}

/** Checks the class of an error, and its message where given. */
export function assertError(
  error: unknown,
  errorClass: new (...args: never[]) => Error,
  message?: RegExp,
): asserts error is Error {
  assert.ok(error instanceof errorClass, `is a ${errorClass.name}: ${String(error)}`);
  if (message) assert.match(error.message, message);
}
