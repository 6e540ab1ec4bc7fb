import { outermostContext } from "../../async-context.js";

/**
 * Makes a call that no scope may end: what was taken has to be given back in one that is cancelled, too, and others have
 * to be told.
 */
export function outsideOfScopes<R>(call: () => R): R {
  return outermostContext.runInAsyncScope(call);
}
