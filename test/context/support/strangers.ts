// Tasks of a module that knows nothing of propagated stores.
import { AsyncExecutor, currentTask, task } from "ungil";

export function nothingKnown(value: number): number {
  return value;
}

/** Submits a function of another module, which need not be loaded here. */
export async function passOn(url: string, name: string): Promise<unknown> {
  const { executor } = currentTask();
  return executor.submit(task(url, name) as () => unknown);
}

/** The same from a task of an executor on the thread itself. */
export async function passOnWithin(url: string, name: string): Promise<unknown> {
  const { executor } = currentTask();
  await using inner = new AsyncExecutor();
  return inner.submit(() => executor.submit(task(url, name) as () => unknown));
}
