/**
 * The ends of threads that hosts have seen, for those whom they concern: hosts need not load these.
 *
 * @module
 */
const listeners = new Set<(thread: number) => void>();

/** Calls a function with Node's number of each thread that has ended. */
export function onThreadEnd(listener: (thread: number) => void): void {
  listeners.add(listener);
}

/** A thread has ended: nothing of it runs any more. */
export function threadEnded(thread: number): void {
  for (const listener of listeners) listener(thread);
}
