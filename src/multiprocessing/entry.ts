import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { fileSystem } from "../file-system.js";
import { packageHome } from "../package-home.js";

/** The entry file; a bundle does not have it. */
let entry: URL | false | undefined;

/** How every process that ungil starts begins. */
export interface EntryOptions extends Pick<SpawnOptions, "cwd" | "env"> {
  readonly execPath: string;
  readonly execArgv: readonly string[];
  /** Of the descriptors from 1 on: the script may come by the first. */
  readonly stdio: readonly ("pipe" | "inherit" | number)[];
}

/**
 * Starts a process with the entry file, or in a bundle with its text.
 * @param failed - told when the text could not be loaded; the process has to be ended then.
 */
export function spawnEntry(
  { execPath, execArgv, stdio, cwd, env }: EntryOptions,
  failed: (error: unknown) => void,
): ChildProcess {
  entry ??= entryFile();
  const child = spawn(execPath, [...execArgv, entry ? fileURLToPath(entry) : "-"], {
    cwd,
    env,
    stdio: [entry ? "ignore" : "pipe", ...stdio],
    windowsHide: true,
  });
  const { stdin } = child;
  if (stdin) {
    stdin.on("error", () => {}); // the end of the process says so
    void import("./worker-source.js").then(({ workerSource }) => stdin.end(workerSource)).catch(failed);
  }
  return child;
}

/** Why a process could not be started, as far as it can be told: the system names the binary, whatever is missing. */
export function whyNotStarted(execPath: string, cwd: SpawnOptions["cwd"]): Error | undefined {
  try {
    if (cwd !== undefined) accessSync(cwd, constants.X_OK);
    // a name alone is looked for in the PATH
    if (path.basename(execPath) !== execPath) accessSync(execPath, constants.X_OK);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

function entryFile(): URL | false {
  const url = packageHome && new URL("node/process-worker.cjs", packageHome);
  return url && url.protocol === "file:" && fileSystem().existsSync(url) ? url : false;
}
