// Tasks of a module that knows nothing of propagated stores.
import { currentTask, task } from "ungil";

export function nothingKnown(value: number): number {
  return value;
}

/** Submits a function of another module, which need not be loaded here. */
export async function passOn(url: string, name: string): Promise<unknown> {
  const { executor } = currentTask();
  return executor.submit(task(url, name) as () => unknown);
}
