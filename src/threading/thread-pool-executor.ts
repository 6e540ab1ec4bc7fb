import { checkExecutionLock } from "../pool/execution-lock.js";
import { type PoolSize, resolveExecutorOptions } from "../pool/options.js";
import { PoolExecutor } from "../pool/pool-executor.js";
import { checkWorkerOptions } from "../pool/worker-options.js";
import type { ThreadPoolExecutorOptions } from "./options.js";
import { ThreadHost } from "./thread-host.js";

/**
 * Functions on real threads: each worker is an isolate of its own, so that computations run on every core
 * while the event loop here stays free.
 *
 * Any function can be submitted: imports go by reference, closures with the variables they capture. Arguments
 * and results are copied by structured clone (Buffers, URLs and errors arrive as what they are); `transfer`
 * moves buffers instead, a `SharedArrayBuffer` is shared. Threads start when there is work, and an idle pool
 * does not keep the process alive. A task may capture the pool and submit to it without dead-lock.
 *
 * @example
 * await using pool = new ThreadPoolExecutor({ maxWorkers: 4 });
 * const hash = await pool.submit((text: string) => slowHash(text, salt), "hello");
 */
export class ThreadPoolExecutor extends PoolExecutor {
  /**
   * @throws InvalidArgumentError for a bad option; CaptureError for an initializer that can't be sent.
   */
  constructor(options: ThreadPoolExecutorOptions = {}) {
    const resolved = resolveExecutorOptions("ThreadPoolExecutor", options);
    checkWorkerOptions(options);
    if (options.gil !== undefined) checkExecutionLock("gil", options.gil);
    super(new ThreadHost(options, resolved), resolved);
  }

  /**
   * Changes how many threads there may be, and how many are kept when idle. Where there are too many, those with
   * least in hand finish what they have begun, take no more and end; what waited in front of them goes to
   * others. More start when there is work for them, up to `minWorkers` at once.
   * @param size - what is left out stays as it is.
   * @throws InvalidArgumentError for a bad size; ShutdownError, BrokenExecutorError.
   * @example
   * pool.resize({ maxWorkers: 2 });
   */
  resize(size: PoolSize): void {
    this.changeSize(size);
  }
}
