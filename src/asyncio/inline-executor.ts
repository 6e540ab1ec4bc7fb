import { LocalHost } from "../pool/local-host.js";
import { type ExecutorOptions, resolveExecutorOptions } from "../pool/options.js";
import { PoolExecutor } from "../pool/pool-executor.js";

/** The options of an {@link InlineExecutor}: it has no workers to count. */
export type InlineExecutorOptions = Omit<ExecutorOptions, "maxWorkers" | "maxQueue">;

/**
 * The contract in place: `submit` runs the function before it returns, so that a synchronous function's future
 * is done at once, and a debugger that stops in it shows who called. For debugging, tests, and machines with
 * one core. Tasks that submit tasks run in place too, two hundred levels deep; below that they start a moment
 * later, so that no stack is too small for them.
 *
 * @example
 * const executor: Executor = process.env.DEBUG ? new InlineExecutor() : new ThreadPoolExecutor();
 */
export class InlineExecutor extends PoolExecutor {
  /** @throws InvalidArgumentError for a bad option. */
  constructor(options: InlineExecutorOptions = {}) {
    const resolved = resolveExecutorOptions("InlineExecutor", options);
    super(new LocalHost("inline", true), {
      ...resolved,
      maxWorkers: 1,
      tasksPerWorker: Number.POSITIVE_INFINITY,
      idleTimeout: Number.POSITIVE_INFINITY,
    });
  }
}
