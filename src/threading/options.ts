import type { ExecutionLock } from "../pool/execution-lock.js";
import type { WorkerExecutorOptions } from "../pool/options.js";

/** Options of a {@link ThreadPoolExecutor}. */
export interface ThreadPoolExecutorOptions extends WorkerExecutorOptions {
  /**
   * A `Gil` of `ungil/lab`, under which the workers run their tasks and their initializer: one of them at a time, as
   * threads of Python do. For experiments. Default: none, all of them execute at the same time.
   */
  readonly gil?: ExecutionLock | undefined;
}
