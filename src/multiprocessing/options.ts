import { InvalidArgumentError } from "../errors.js";
import type { WorkerExecutorOptions } from "../pool/options.js";

/** Options of a {@link ProcessPoolExecutor}. */
export interface ProcessPoolExecutorOptions extends WorkerExecutorOptions {
  /** Working directory of the workers. Default: this process's. */
  readonly cwd?: string | undefined;
  /** The Node binary that the workers run on. Default: this process's. */
  readonly execPath?: string | undefined;
}

/** Windows waits for no more than 63 handles at once, and Python draws the same line. */
export const mostOnWindows = 61;

/** Checks what only processes go by. @throws InvalidArgumentError naming the option. */
export function checkProcessOptions(options: ProcessPoolExecutorOptions): void {
  for (const name of ["cwd", "execPath"] as const) {
    const value: unknown = options[name];
    if (value !== undefined && (typeof value !== "string" || value === ""))
      throw new InvalidArgumentError(name, value, "a path");
  }
  const { maxWorkers } = options;
  if (process.platform === "win32" && maxWorkers !== undefined && maxWorkers > mostOnWindows)
    throw new InvalidArgumentError("maxWorkers", maxWorkers, `at most ${mostOnWindows} on Windows`);
}
