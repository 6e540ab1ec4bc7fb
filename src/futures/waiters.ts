/**
 * Those who wait for a future, in the order in which they came. Most futures have one at most, which takes no memory of
 * its own; few are in an array, which is small; of many, in a set, each is taken out in constant time.
 *
 * @module
 */

/** None, one, or several, each of whom is there once. */
export type Waiters<W extends object> = W | W[] | Set<W> | undefined;

/** As many are looked through for one that goes. */
const few = 16;

/** @returns those who wait, and one more. */
export function withWaiter<W extends object>(waiters: Waiters<W>, waiter: W): Waiters<W> {
  if (waiters === undefined) return waiter;
  if (waiters instanceof Set) return waiters.add(waiter);
  if (!Array.isArray(waiters)) return [waiters, waiter];
  if (waiters.length >= few) return new Set(waiters).add(waiter);
  waiters.push(waiter);
  return waiters;
}

/** @returns those who wait, without one of them if it is there. */
export function withoutWaiter<W extends object>(waiters: Waiters<W>, waiter: W): Waiters<W> {
  if (waiters === waiter) return undefined;
  if (waiters instanceof Set) waiters.delete(waiter);
  else if (Array.isArray(waiters)) {
    const at = waiters.indexOf(waiter);
    if (at >= 0) waiters.splice(at, 1);
  }
  return waiters;
}

/** Whether there may be several: else there is the one, or none. */
export function isSeveral<W extends object>(waiters: Waiters<W>): waiters is W[] | Set<W> {
  return Array.isArray(waiters) || waiters instanceof Set;
}
