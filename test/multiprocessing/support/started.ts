import type { TestContext } from "node:test";
import { activeChildren, Process, type ProcessSettings } from "ungil/multiprocessing";

/** Starts a process that goes on until it ends, or the test does. */
export function started<A extends readonly unknown[]>(
  test: TestContext,
  target: (...args: A) => unknown,
  args: readonly [...A],
  settings: ProcessSettings = {},
): Process {
  const child = new Process({
    target: target as unknown as (...args: unknown[]) => unknown,
    args,
    ...settings,
  });
  child.start();
  test.after(async () => {
    if (!activeChildren().includes(child)) return;
    child.kill();
    await child.join();
  });
  return child;
}
