/**
 * A limit for what a task waits for before it begins: a module may hang in its top-level `await`, and nobody
 * would ever know.
 *
 * @module
 */
import { systemClock, type Timer } from "../clock.js";
import { TimeoutError } from "../errors.js";

/** Answers with what was loaded. @throws TimeoutError after `limit` ms; what loading itself throws. */
export async function loadedWithin<T>(limit: number, loading: Promise<T>): Promise<T> {
  if (limit === Number.POSITIVE_INFINITY) return loading;
  let timer: Timer | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const expire = (): void =>
      reject(
        new TimeoutError(
          `a module that the task needs did not load within ${limit} ms (importTimeout): its top-level await may hang`,
        ),
      );
    timer = systemClock.setTimer(expire, limit, true);
  });
  try {
    return await Promise.race([loading, late]);
  } finally {
    timer?.cancel();
  }
}
