import { setTimeout } from "node:timers";
import { TimeoutError } from "../errors.js";

/** How long a condition may take by default before the test counts as failed, in ms. */
export const defaultPatience = 30_000;

/**
 * Waits for a state instead of a time: looks again and again until `condition` holds.
 * @param what - the condition as a clause, for the error.
 * @param patience - limit in ms, 30 000 by default: so generous that only a defect reaches it.
 * @throws TimeoutError when the condition does not hold in time.
 */
export async function until(
  condition: () => boolean,
  what: string,
  patience: number = defaultPatience,
): Promise<void> {
  const end = performance.now() + patience;
  while (!condition()) {
    if (performance.now() > end) {
      throw new TimeoutError(`not so after ${patience} ms: ${what}`);
    }
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 1);
    });
  }
}

/** Collects garbage until what `reference` holds is gone. Needs `node --expose-gc`. */
export async function collected(reference: WeakRef<object>, what: string, patience?: number): Promise<void> {
  const isGone = (): boolean => {
    globalThis.gc?.();
    return reference.deref() === undefined;
  };
  await until(isGone, `${what} is collected`, patience);
}
