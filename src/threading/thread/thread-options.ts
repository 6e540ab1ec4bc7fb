import type { ResourceLimits } from "node:worker_threads";
import { checkWorkerOptions } from "../../pool/worker-options.js";
import { checkTargetOptions, type TargetOptions } from "../../target/target-options.js";

/** How a {@link Thread} is started, whatever runs in it. */
export interface ThreadSettings {
  /** Name in messages, and of `currentThread()` in the thread. Default `"Thread-1"`, `"Thread-2"` and so on. */
  readonly name?: string | undefined;
  /** Whether it ends with the thread that starts it, instead of keeping it alive. Default: as that thread is. */
  readonly daemon?: boolean | undefined;
  /** Its environment. Default: a copy of this thread's. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Its Node options. Default: this thread's. */
  readonly execArgv?: readonly string[] | undefined;
  /** Limits of its memory, as of `node:worker_threads`. */
  readonly resourceLimits?: ResourceLimits | undefined;
}

/** What a {@link Thread} runs, and how it is started. */
export type ThreadOptions<A extends readonly unknown[]> = ThreadSettings & TargetOptions<A>;

/** @throws InvalidArgumentError naming the option. */
export function checkOptionsOfThread(options: ThreadOptions<never>): void {
  checkTargetOptions(options, ["env", "execArgv", "resourceLimits"]);
  const { env, execArgv, resourceLimits } = options as ThreadSettings;
  checkWorkerOptions({ env, execArgv, resourceLimits });
}
