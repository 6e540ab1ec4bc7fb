import { currentTask } from "ungil";

/** A task whose module takes a while to load, and which runs for as long as it may. */
export function loadsThePackage(): Promise<never> {
  const { signal } = currentTask();
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
