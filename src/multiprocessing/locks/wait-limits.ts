import { outermostContext } from "../../async-context.js";
import type { WaitOptions } from "../sharing/index.js";

/** Limits as calls take them: less than no time is no time, as in Python. */
export function limitsOf(options: WaitOptions | undefined): WaitOptions | undefined {
  const timeout = options?.timeout;
  return typeof timeout === "number" && timeout < 0 ? { ...options, timeout: 0 } : options;
}

/**
 * Makes a call that no scope may end: what was taken has to be given back in one that is cancelled, too, and others have
 * to be told.
 */
export function outsideOfScopes<R>(call: () => R): R {
  return outermostContext.runInAsyncScope(call);
}
