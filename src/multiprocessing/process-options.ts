import { InvalidArgumentError } from "../errors.js";
import { checkWorkerOptions } from "../pool/worker-options.js";
import { checkBoolean, checkFunction, checkOptionNames } from "../validate.js";
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
export type ProcessOptions<A extends readonly unknown[]> = ProcessSettings & {
  /** Any function: an export is imported in the process, any other is sent with what it captures. */
  readonly target: (...args: A) => unknown;
} & ([] extends A
    ? {
        /** Arguments of the target, which are copied. */
        readonly args?: readonly [...A] | undefined;
      }
    : {
        /** Arguments of the target, which are copied. */
        readonly args: readonly [...A];
      });

const names = ["target", "args", "name", "daemon", "env", "cwd", "execArgv", "execPath"];

/** @throws InvalidArgumentError naming the option. */
export function checkOptionsOfProcess(options: ProcessOptions<never>): void {
  if (options === undefined) throw new InvalidArgumentError("options", options, "an object of options");
  checkOptionNames("options", options, names);
  const { target, args, name, daemon, env, execArgv } = options as ProcessOptions<never[]>;
  checkFunction("target", target);
  if (args !== undefined && !Array.isArray(args)) throw new InvalidArgumentError("args", args, "an array");
  if (name !== undefined && (typeof name !== "string" || name === ""))
    throw new InvalidArgumentError("name", name, "a string");
  if (daemon !== undefined) checkBoolean("daemon", daemon);
  checkWorkerOptions({ env, execArgv });
  checkProcessOptions(options);
}
