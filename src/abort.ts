/**
 * Listening to one `AbortSignal` from many places. A signal given to a thousand tasks gets one listener of
 * ours, so that Node has no reason to warn of a leak and removing one is cheap.
 *
 * @module
 */

const fanOuts = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `callback` once when `signal` aborts; not at all when it has aborted before.
 * @returns A function that takes the callback back.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const existing = fanOuts.get(signal);
  const callbacks = existing ?? new Set<() => void>();
  // a wrapper of its own, so that one callback may be added twice
  const entry = (): void => callback();
  callbacks.add(entry);
  if (!existing) {
    fanOuts.set(signal, callbacks);
    signal.addEventListener("abort", fire);
  }
  return () => {
    callbacks.delete(entry);
    if (callbacks.size === 0 && fanOuts.get(signal) === callbacks) {
      fanOuts.delete(signal);
      signal.removeEventListener("abort", fire);
    }
  };
}

function fire(this: AbortSignal): void {
  const callbacks = fanOuts.get(this);
  if (!callbacks) return;
  fanOuts.delete(this);
  this.removeEventListener("abort", fire);
  for (const callback of callbacks) callback();
}
