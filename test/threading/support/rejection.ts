import assert from "node:assert/strict";

/** What a promise rejects with. */
export async function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  return assert.fail(`should have failed, but answered ${String(value)}`);
}

type ErrorClass<E> = { prototype: E } & (abstract new (...args: never[]) => unknown);

/** The error a promise rejects with, which has to be of a class. */
export async function rejectionOf<E extends Error>(
  promise: PromiseLike<unknown>,
  errorClass: ErrorClass<E>,
): Promise<E> {
  const error = await rejection(promise);
  assert.ok(
    error instanceof (errorClass as never),
    `should be a ${(errorClass as { name?: string }).name}: ${String(error)}`,
  );
  return error as E;
}
