import { SerializationError } from "../errors.js";
import { executorReviver } from "../pool/executor-reference.js";

/**
 * An executor submits through the worker that a task runs on: it is no use where something else runs.
 * @param root - a value with marks, or the nodes of a function.
 * @throws SerializationError where there is one in it.
 */
export function refuseExecutors(root: unknown, what: string, reason: string): void {
  const seen = new Set<unknown>([root]);
  for (const value of seen) {
    if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) continue;
    if ((value as { readonly reviver?: unknown }).reviver === executorReviver)
      throw new SerializationError(`${what} can't be sent: ${reason}`, what);
    if (value instanceof Map) for (const entry of value) seen.add(entry[0]).add(entry[1]);
    else if (value instanceof Set) for (const item of value) seen.add(item);
    // what a getter answers is made for who clones it, once
    else for (const each of Object.values(Object.getOwnPropertyDescriptors(value))) seen.add(each.value);
  }
}
