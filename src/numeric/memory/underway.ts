/**
 * Operations of this thread that go on while its event loop does: what is disposed meanwhile may be read or written by
 * them still, so that it is given back when all have ended that had begun by then.
 *
 * @module
 */
import { Fifo } from "../../fifo.js";

interface Deferred {
  /** The last operation that had begun. */
  readonly last: number;
  readonly free: () => void;
}

/** In the order in which they began. */
const underway = new Set<number>();
const deferred = new Fifo<Deferred>();
let last = 0;

/** An operation begins; answers its number, for {@link endOperation}. */
export function beginOperation(): number {
  underway.add(++last);
  return last;
}

export function endOperation(number: number): void {
  underway.delete(number);
  if (deferred.size === 0) return;
  const oldest = underway.values().next().value ?? Number.POSITIVE_INFINITY;
  for (let next = deferred.peek(); next && next.last < oldest; next = deferred.peek()) {
    deferred.shift();
    next.free();
  }
}

/** Calls a function as soon as no operation that has begun needs what it frees. */
export function whenUnused(free: () => void): void {
  if (underway.size === 0) free();
  else deferred.push({ last, free });
}
