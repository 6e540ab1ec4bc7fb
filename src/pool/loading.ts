/**
 * A limit for what a task waits for before it begins: a module may hang in its top-level `await`, and nobody
 * would ever know.
 *
 * @module
 */
import { clearTimeout, setTimeout } from "node:timers";
import { TimeoutError } from "../errors.js";

/** Answers with what was loaded. @throws TimeoutError after `limit` ms; what loading itself throws. */
export async function loadedWithin<T>(limit: number, loading: Promise<T>): Promise<T> {
  if (limit === Number.POSITIVE_INFINITY) return loading;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        new TimeoutError(
          `a module that the task needs did not load within ${limit} ms (importTimeout): its top-level await may hang`,
        ),
      );
    }, limit);
  });
  try {
    return await Promise.race([loading, late]);
  } finally {
    clearTimeout(timer);
  }
}
