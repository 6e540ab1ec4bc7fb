import { InvalidArgumentError } from "../../errors.js";
import { checkOptionNames } from "../../validate.js";
import type { ProcessSettings } from "../process-options.js";

/** Options of a `Manager`. */
export interface ManagerOptions extends Omit<ProcessSettings, "daemon"> {
  /**
   * Where programs that this one has not started find it: the path of a Unix socket, or on Windows the name of a pipe
   * (`\\\\.\\pipe\\name`). Default: a new one, in a folder that nobody else may enter.
   */
  readonly address?: string | undefined;
  /** What they prove to know. Default: a random one. */
  readonly authkey?: string | undefined;
}

/** Where a manager is that was started elsewhere. */
export interface ManagerConnectOptions {
  /** Its `address`. */
  readonly address: string;
  /** Its `authkey`. */
  readonly authkey: string;
}

/** Most bytes of a socket's path: 104 on macOS, with the zero at its end. */
const longestPath = 103;

const settings = ["name", "env", "cwd", "execArgv", "execPath"];

/** The process's own are checked when it is made. @throws InvalidArgumentError */
export function checkManagerOptions(options: ManagerOptions): void {
  checkOptionNames("options", options, ["address", "authkey", ...settings], {
    daemon: "nowhere: a manager always ends with the program that started it",
  });
  if (options.address !== undefined) checkAddress(options.address);
  if (options.authkey !== undefined) checkAuthkey(options.authkey);
}

/** @throws InvalidArgumentError */
export function checkConnectOptions(options: ManagerConnectOptions): void {
  if (options === undefined) throw new InvalidArgumentError("options", options, "{ address, authkey }");
  checkOptionNames("options", options, ["address", "authkey"]);
  checkAddress(options.address);
  checkAuthkey(options.authkey);
}

function checkAddress(address: unknown): void {
  const isPath = typeof address === "string" && address !== "" && !address.includes("\0");
  if (!isPath) throw new InvalidArgumentError("address", address, "the path of a socket");
  if (process.platform === "win32") {
    if (!/^\\\\[.?]\\pipe\\/.test(address))
      throw new InvalidArgumentError("address", address, "the name of a pipe: \\\\.\\pipe\\ and a name");
  } else if (Buffer.byteLength(address) > longestPath)
    throw new InvalidArgumentError(
      "address",
      address,
      `a path of at most ${longestPath} bytes: sockets have no longer`,
    );
}

function checkAuthkey(authkey: unknown): void {
  if (typeof authkey !== "string" || authkey === "")
    throw new InvalidArgumentError("authkey", authkey, "a string that nobody can guess");
}
