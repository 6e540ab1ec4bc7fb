import { availableParallelism } from "node:os";
import { type ExecutorOptions, resolveExecutorOptions } from "../pool/options.js";
import { PoolExecutor } from "../pool/pool-executor.js";
import { checkOptions } from "../validate.js";
import { poolThreads } from "./call-gate.js";
import { NativeHost } from "./native-host.js";

/**
 * The contract over C functions: so many native calls at once, outside of the isolate, while the event loop goes on. It
 * takes the functions that `library.func` makes; `map` gives them as many of `(item, index)` as they have parameters.
 *
 * A function of JavaScript runs on the event loop of this thread, as in an `AsyncExecutor`: it makes arguments and waits
 * for what it submits. One that computes belongs into a `ThreadPoolExecutor`.
 *
 * What waits can be cancelled. A native call that runs can't be stopped: `abort`, `timeout` and `terminate` settle its
 * future with an error that says so, and its place stays taken until the call returns. `shutdown` waits for that, and so
 * does the end of the process.
 *
 * Calls run on the threads of Node's pool, which reading files, looking up names and compressing use as well: four,
 * unless `UV_THREADPOOL_SIZE` said otherwise when the program started. No more calls than that run at once, over all
 * executors of a thread; further ones wait, and can still be withdrawn.
 *
 * @example
 * const z = load("z");
 * const crc32 = z.func("unsigned long crc32(unsigned long crc, const uint8_t *buffer, unsigned int length)");
 * await using executor = new NativeExecutor({ maxWorkers: 2 });
 * const sums = await Promise.all(buffers.map((each) => executor.submit(crc32, 0, each, each.length)));
 */
export class NativeExecutor extends PoolExecutor {
  /**
   * @param options - `maxWorkers`: native calls at once. Default: as many as there are cores, but one thread of Node's
   *   pool is left to others.
   * @throws InvalidArgumentError for a bad option.
   */
  constructor(options: ExecutorOptions = {}) {
    checkOptions("options", options);
    const { maxWorkers = Math.max(1, Math.min(availableParallelism(), poolThreads() - 1)) } = options;
    const resolved = resolveExecutorOptions("NativeExecutor", { ...options, maxWorkers });
    super(new NativeHost(), {
      ...resolved,
      minWorkers: 0,
      tasksPerWorker: 1,
      maxTasksPerWorker: Number.POSITIVE_INFINITY,
      idleTimeout: Number.POSITIVE_INFINITY,
    });
  }
}
