import { setTimeout } from "node:timers";
import { UngilError } from "../errors.js";

/** How long a condition may take before the test counts as failed, in ms. */
const patience = 30_000;

/**
 * Waits for a state instead of a time: looks again and again until `condition` holds.
 * @param what - the condition as a clause, for the error.
 * @throws UngilError when it does not hold within 30 s.
 */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + patience;
  while (!condition()) {
    if (performance.now() > end) {
      throw new UngilError(`not so after ${patience} ms: ${what}`, "ERR_UNGIL_TEST_CONDITION");
    }
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 1);
    });
  }
}

/** Collects garbage until what `reference` holds is gone. Needs `node --expose-gc`. */
export async function collected(reference: WeakRef<object>, what: string): Promise<void> {
  await until(() => {
    globalThis.gc?.();
    return reference.deref() === undefined;
  }, `${what} is collected`);
}
