import { onAbort } from "../../abort.js";
import { cancelledBy } from "../../futures/future.js";
import { currentScope, runWithin, Scope } from "./scope.js";

/** Runs something in a scope that a signal cancels; without a signal, as it is. The signal has been checked. */
export async function withSignal<T>(signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> {
  if (!signal) return run();
  const error = () => cancelledBy(signal.reason, "the call was cancelled");
  if (signal.aborted) throw error();
  const scope = new Scope({ parent: currentScope() });
  const forget = onAbort(signal, () => void scope.cancel(error()));
  let value: Awaited<T>;
  try {
    value = await runWithin(scope, run);
  } catch (thrown) {
    scope.close();
    throw thrown;
  } finally {
    forget();
  }
  const armed = scope.close();
  if (armed && !armed.told) throw armed.error;
  return value;
}
