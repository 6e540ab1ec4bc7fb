import type { Passes } from "../futures/chunks.js";

type ItemFunction = (item: never, index: number) => unknown;

/** The arguments of a task of its own for an item. */
export function argsFor(item: unknown, index: number, passes: Passes | undefined): readonly unknown[] {
  if (passes === undefined) return [item, index];
  return passes === "item" ? [item] : (item as readonly unknown[]);
}

/** One for each function: what the loops over numbers know of a function is known of its stand-in. */
const standIns = {
  item: new WeakMap<ItemFunction, ItemFunction>(),
  elements: new WeakMap<ItemFunction, ItemFunction>(),
};

/** A function that is called with an item and its index, and passes on what its function is to get of them. */
export function passing(fn: ItemFunction, passes: Passes | undefined): ItemFunction {
  if (passes === undefined) return fn;
  let standIn = standIns[passes].get(fn);
  if (!standIn) {
    const target = fn as (...args: unknown[]) => unknown;
    standIn = passes === "item" ? (item) => target(item) : (item: readonly unknown[]) => target(...item);
    standIns[passes].set(fn, standIn);
  }
  return standIn;
}
