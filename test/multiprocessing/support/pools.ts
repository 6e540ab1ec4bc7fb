import { after } from "node:test";
import { ProcessPoolExecutor, ThreadPoolExecutor } from "ungil";

/** Pools for all tests of a file, which end with them. */
export function poolsOf(sizes: { readonly processes: number; readonly threads: number }): {
  readonly processes: ProcessPoolExecutor;
  readonly threads: ThreadPoolExecutor;
} {
  const processes = new ProcessPoolExecutor({ maxWorkers: sizes.processes });
  const threads = new ThreadPoolExecutor({ maxWorkers: sizes.threads });
  after(async () => {
    processes.terminate();
    threads.terminate();
    await Promise.all([processes.shutdown(), threads.shutdown()]);
  });
  return { processes, threads };
}
