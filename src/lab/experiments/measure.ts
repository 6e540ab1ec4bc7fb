import { availableParallelism } from "node:os";
import type { Executor } from "../../futures/executor.js";
import { ThreadPoolExecutor } from "../../threading/index.js";
import type { Gil } from "../gil/gil.js";
import { burn } from "./tasks.js";

/** Cores that this process may use. */
export const cores = availableParallelism();

/** Numbers of threads that show what is below, at and above the number of cores. */
export const someThreads: readonly number[] = [
  ...new Set([1, 2, 4, ...[8, 16, 32, 64].filter((many) => many <= cores), cores]),
].toSorted((one, other) => one - other);

/** ms that something takes. */
export async function timeOf(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** How many steps of {@link burn} one thread does in so many ms, here and now, where nothing gets in its way. */
export function stepsFor(ms: number): number {
  let steps = 1 << 14;
  for (;;) {
    // the first times are those of code which is not compiled yet; of short ones some have the core for themselves
    const took = Math.min(...Array.from({ length: 20 }, () => timeOfBurn(steps)));
    if (took >= 1) return Math.max(1024, Math.round((steps * ms) / took));
    steps *= 2;
  }
}

function timeOfBurn(steps: number): number {
  const start = performance.now();
  burn(steps);
  return performance.now() - start;
}

/** Threads that are all there already. */
export function threadsOf(many: number, gil?: Gil): ThreadPoolExecutor {
  return new ThreadPoolExecutor({ maxWorkers: many, minWorkers: many, ...(gil ? { gil } : {}) });
}

/** Shares out steps of {@link burn} to so many workers, and waits for all. */
export async function burnOn(executor: Executor, workers: number, steps: number, gil?: Gil): Promise<void> {
  const each = Math.ceil(steps / workers);
  await Promise.all(
    Array.from({ length: workers }, () =>
      gil ? executor.submit(burn, each, gil) : executor.submit(burn, each),
    ),
  );
}
