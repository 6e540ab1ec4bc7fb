/** What has become of a promise so far. */
export interface Watched<T> {
  state: "pending" | "fulfilled" | "rejected";
  value?: T;
  error?: unknown;
}

/** Looks on while a promise settles. */
export function watch<T>(promise: PromiseLike<T>): Watched<T> {
  const watched: Watched<T> = { state: "pending" };
  promise.then(
    (value) => Object.assign(watched, { state: "fulfilled", value }),
    (error: unknown) => Object.assign(watched, { state: "rejected", error }),
  );
  return watched;
}

/** Everything that promises have queued, and what that queues, has run. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
