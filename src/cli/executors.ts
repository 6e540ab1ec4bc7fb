/**
 * The executors that `--executor` names.
 *
 * @module
 */
import { AsyncExecutor, InlineExecutor } from "../asyncio/index.js";
import type { Executor } from "../futures/executor.js";
import { ProcessPoolExecutor } from "../multiprocessing/index.js";
import { ThreadPoolExecutor } from "../threading/index.js";
import type { ExecutorKind } from "./args.js";

/**
 * Makes the executor of a run.
 * @param jobs - tasks at once; undefined: as many as there are cores.
 * @param execArgv - Node options that workers need beside this process's own.
 */
export function createExecutor(
  kind: ExecutorKind,
  jobs: number | undefined,
  execArgv: readonly string[],
): Executor {
  const options = {
    maxWorkers: jobs,
    ...(execArgv.length > 0 ? { execArgv: [...process.execArgv, ...execArgv] } : {}),
  };
  switch (kind) {
    case "thread":
      return new ThreadPoolExecutor(options);
    case "process":
      return new ProcessPoolExecutor(options);
    case "async":
      return new AsyncExecutor({ maxWorkers: jobs });
    default:
      return new InlineExecutor();
  }
}
