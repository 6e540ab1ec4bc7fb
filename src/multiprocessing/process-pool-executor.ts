import type { PoolSize } from "../pool/options.js";
import { resolveExecutorOptions } from "../pool/options.js";
import { PoolExecutor } from "../pool/pool-executor.js";
import { checkWorkerOptions } from "../pool/worker-options.js";
import { checkProcessOptions, type ProcessPoolExecutorOptions } from "./options.js";
import { ProcessHost } from "./process-host.js";

/**
 * Functions in processes of their own: each worker has its own memory and its own process id, and whatever happens
 * to it, a crash in native code included, happens to its tasks alone.
 *
 * Everything is as with a `ThreadPoolExecutor`: any function can be submitted, values keep their types, a task may
 * capture the pool and submit to it. What processes can't do is share memory: a `SharedArrayBuffer` is refused.
 * Workers end with the program, in whatever way it ends.
 *
 * @example
 * await using pool = new ProcessPoolExecutor({ maxWorkers: 4 });
 * const pid = await pool.submit(() => process.pid);
 */
export class ProcessPoolExecutor extends PoolExecutor {
  readonly #host: ProcessHost;

  /**
   * @throws InvalidArgumentError for a bad option; CaptureError for an initializer that can't be sent.
   */
  constructor(options: ProcessPoolExecutorOptions = {}) {
    const resolved = resolveExecutorOptions("ProcessPoolExecutor", options);
    checkWorkerOptions(options);
    checkProcessOptions(options);
    const host = new ProcessHost(options, resolved);
    super(host, resolved);
    this.#host = host;
  }

  /**
   * Changes how many processes there may be, and how many are kept when idle. Where there are too many, those with
   * least in hand finish what they have begun, take no more and end; what waited in front of them goes to
   * others. More start when there is work for them, up to `minWorkers` at once.
   * @param size - what is left out stays as it is.
   * @throws InvalidArgumentError for a bad size; ShutdownError, BrokenExecutorError.
   */
  resize(size: PoolSize): void {
    this.changeSize(size);
  }

  /**
   * Ends all workers by SIGTERM, and the executor with them: what has not settled fails with a
   * `BrokenProcessPoolError`, and nothing can be submitted any more. Does nothing to an executor that has ended.
   */
  terminateWorkers(): void {
    this.#endWorkers("SIGTERM");
  }

  /** The same by SIGKILL, which no process can refuse. */
  killWorkers(): void {
    this.#endWorkers("SIGKILL");
  }

  #endWorkers(signal: "SIGTERM" | "SIGKILL"): void {
    this.breakOff("its workers were ended by force");
    this.#host.kill(signal);
  }
}
