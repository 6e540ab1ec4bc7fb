import { LocalHost } from "../pool/local-host.js";
import { type ExecutorOptions, resolveExecutorOptions } from "../pool/options.js";
import { PoolExecutor } from "../pool/pool-executor.js";

/**
 * The contract on the event loop of this thread: at most `maxWorkers` asynchronous tasks at a time. For work
 * that waits (requests, files, queries); a task that computes blocks the loop as it would anywhere on it.
 *
 * Nothing is copied and any function can run. A running task can be asked to stop, through
 * `currentTask().signal`, but not made to: `grace` ms later its future settles and its result is dropped.
 *
 * @example
 * await using executor = new AsyncExecutor({ maxWorkers: 8 });
 * for await (const page of executor.map((url) => fetch(url).then((r) => r.text()), urls)) …
 */
export class AsyncExecutor extends PoolExecutor {
  /**
   * @param options - `maxWorkers` is the number of tasks in flight at once (default `os.availableParallelism()`).
   * @throws InvalidArgumentError for a bad option.
   */
  constructor(options: ExecutorOptions = {}) {
    const resolved = resolveExecutorOptions("AsyncExecutor", options);
    super(new LocalHost("async", false), {
      ...resolved,
      maxWorkers: 1,
      tasksPerWorker: resolved.maxWorkers,
      idleTimeout: Number.POSITIVE_INFINITY,
    });
  }
}
