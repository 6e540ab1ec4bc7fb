/**
 * What lies here unopened, in a queue for one: the objects that handles in it stand for are kept for it alone, whatever
 * becomes of other handles to them (rule 10).
 *
 * @module
 */
import { Carried } from "./carried.js";
import { Tie } from "./tie.js";

interface Kept {
  readonly ticket: number;
  readonly tie: Tie;
}

const keptBy = new WeakMap<Carried, readonly Kept[]>();

const keptOf = (value: unknown): readonly Kept[] =>
  (value instanceof Carried ? keptBy.get(value) : undefined) ?? [];

/** A value has arrived that may stay as it is. */
export function lies(value: unknown): void {
  if (!(value instanceof Carried) || value.references.length === 0 || keptBy.has(value)) return;
  const kept: Kept[] = [];
  for (const reference of value.references) {
    const tie = Tie.apart(reference);
    if (tie) kept.push({ ticket: reference.ticket, tie });
  }
  keptBy.set(value, kept);
}

/** It goes on, and its references with it. */
export function leaves(value: unknown): void {
  for (const { ticket, tie } of keptOf(value)) tie.leaves(ticket);
}

/** It was lost on its way, and is here again. */
export function comesBack(value: unknown): void {
  for (const { ticket, tie } of keptOf(value)) tie.comesBack(ticket);
}

/** It has arrived elsewhere. */
export function hasLeft(value: unknown): void {
  for (const { ticket, tie } of keptOf(value)) tie.hasLeft(ticket);
  if (value instanceof Carried) keptBy.delete(value);
}
