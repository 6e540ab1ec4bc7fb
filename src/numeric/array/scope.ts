import { InvalidArgumentError } from "../../errors.js";
import { checkFunction } from "../../validate.js";
import type { Block } from "../memory/block.js";
import { disposing } from "../memory/temporaries.js";
import { NDArray } from "./ndarray.js";

/**
 * Runs a function and disposes every array that was made meanwhile in this thread, but those in what it returns: an array
 * of numbers, or a list or plain object with such. It is for synchronous forms; arrays that an asynchronous operation
 * returns are made later. After `tf.tidy` of TensorFlow.js.
 * @param fn - returns what is to stay. What it stores elsewhere is disposed as well.
 * @returns what the function returns.
 * @throws InvalidArgumentError for a function that returns a promise; what the function throws.
 * @example
 * const norms = scope(() => sqrtSync(sumSync(multiplySync(a, a), { axis: 1 })));
 */
export function scope<R>(fn: () => R): R {
  checkFunction("fn", fn);
  return disposing(fn, (result) => {
    if (typeof (result as PromiseLike<unknown> | null)?.then === "function")
      throw new InvalidArgumentError(
        "fn",
        fn,
        "a function that does not return a promise: use synchronous forms",
      );
    return blocksIn(result, new Set(), new Set());
  });
}

function blocksIn(value: unknown, found: Set<Block>, seen: Set<object>): Set<Block> {
  if (value instanceof NDArray) return found.add(value.block);
  if (typeof value !== "object" || value === null || seen.has(value) || ArrayBuffer.isView(value))
    return found;
  seen.add(value);
  const parts: Iterable<unknown> =
    value instanceof Map || value instanceof Set ? [...value].flat() : Object.values(value);
  for (const part of parts) blocksIn(part, found, seen);
  return found;
}
