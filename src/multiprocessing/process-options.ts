import { checkWorkerOptions } from "../pool/worker-options.js";
import { checkTargetOptions, type TargetOptions } from "../target/target-options.js";
import { checkProcessOptions } from "./options.js";

/** How a {@link Process} is started, whatever runs in it. */
export interface ProcessSettings {
  /** Name in messages and of `currentProcess()` in the process. Default `"Process-1"`, `"Process-1:2"` and so on. */
  readonly name?: string | undefined;
  /** Whether it ends with this process and may have no children of its own. Default: as this process is. */
  readonly daemon?: boolean | undefined;
  /** Its environment. Default: this process's. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Its working directory. Default: this process's. */
  readonly cwd?: string | undefined;
  /** Its Node options. Default: this process's. */
  readonly execArgv?: readonly string[] | undefined;
  /** The Node binary that it runs on. Default: this process's. */
  readonly execPath?: string | undefined;
}

/** What a {@link Process} runs, and how it is started. */
export type ProcessOptions<A extends readonly unknown[]> = ProcessSettings & TargetOptions<A>;

/** @throws InvalidArgumentError naming the option. */
export function checkOptionsOfProcess(options: ProcessOptions<never>): void {
  checkTargetOptions(options, ["env", "cwd", "execArgv", "execPath"]);
  const { env, execArgv } = options as ProcessSettings;
  checkWorkerOptions({ env, execArgv });
  checkProcessOptions(options);
}
