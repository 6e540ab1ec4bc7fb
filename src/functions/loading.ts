/**
 * Which modules an isolate imports on behalf of tasks.
 *
 * @module
 */
const loading: string[] = [];

/** Told of every import on behalf of a task. */
export interface LoadWatcher {
  begins(): void;
  ends(): void;
}

let watcher: LoadWatcher | undefined;

/** Says who is told of imports from now on. */
export function watchLoading(told: LoadWatcher): void {
  watcher = told;
}

/** The first of the modules that are being imported on behalf of tasks. */
export const moduleThatLoads = (): string | undefined => loading[0];

/** Runs an import on behalf of a task. */
export async function whileLoading<Value>(module: string, load: () => Promise<Value>): Promise<Value> {
  watcher?.begins();
  loading.push(module);
  try {
    return await load();
  } finally {
    loading.splice(loading.indexOf(module), 1);
    watcher?.ends();
  }
}
