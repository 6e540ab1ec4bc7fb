/**
 * The signal of the scope in which code runs. What waits on the event loop ends with its scope, without being given
 * the signal; who makes scopes is on a floor above, and says here how the current one is found.
 *
 * @module
 */
let provider: (() => AbortSignal | undefined) | undefined;

/** The signal of the current scope; undefined outside of any. */
export function ambientSignal(): AbortSignal | undefined {
  return provider?.();
}

/** Says how the current scope's signal is found. A second call replaces the first. */
export function provideAmbientSignal(current: () => AbortSignal | undefined): void {
  provider = current;
}

let taskProvider: (() => object | undefined) | undefined;

/** The task in which code runs, as an object that stands for it; undefined outside of any. */
export function ambientTask(): object | undefined {
  return taskProvider?.();
}

/** Says how the current task is found. A second call replaces the first. */
export function provideAmbientTask(current: () => object | undefined): void {
  taskProvider = current;
}
