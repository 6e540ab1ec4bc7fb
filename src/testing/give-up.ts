import { clearTimeout, setTimeout } from "node:timers";
import type { Executor } from "../futures/executor.js";

/** ms that the executors of a failed test have to end. */
const patience = 5_000;

/** Ends the executors of a test that failed: its failure is what has to be told, whatever they do now. */
export async function giveUp(executors: readonly Executor[]): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patience);
  });
  const ended = Promise.allSettled(executors.map(async (executor) => executor.terminate()));
  await Promise.race([ended, late]);
  clearTimeout(timer);
}
