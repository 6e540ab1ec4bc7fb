/**
 * Options of `SharedMemory`, and their checks.
 *
 * @module
 */
import { InvalidArgumentError } from "../../errors.js";
import { checkBoolean, checkInteger, checkOptionNames } from "../../validate.js";

/** Options of a new block. */
export interface CreateSharedMemoryOptions {
  readonly create: true;
  /** In bytes, at least 1. */
  readonly size: number;
  /** At most 150 bytes, without `/` and NUL; one that nobody has by default. */
  readonly name?: string | undefined;
  /**
   * Whether the block is removed when the program has ended, should it still be there (default true). With false it
   * stays until somebody calls `unlink()`, or the system starts again.
   */
  readonly track?: boolean | undefined;
}

/** Options to attach to a block that is there. */
export interface AttachSharedMemoryOptions {
  readonly name: string;
  readonly create?: false | undefined;
  /** Not looked at, as in Python: the block has the size that it was made with. */
  readonly size?: number | undefined;
  /** Whether the block is removed when this program has ended, too (default false: only the program that made it does). */
  readonly track?: boolean | undefined;
}

/** What the names of a program's list leave of the 255 bytes that a file name has. */
const longestName = 150;

/** @throws InvalidArgumentError for what can't be. */
export function checkSharedMemoryOptions(
  options: CreateSharedMemoryOptions | AttachSharedMemoryOptions,
): void {
  if (options === undefined) throw new InvalidArgumentError("options", options, "an object of options");
  checkOptionNames("options", options, ["create", "size", "name", "track"]);
  const { create = false, name, size, track = true } = options;
  checkBoolean("create", create);
  checkBoolean("track", track);
  if (create) checkInteger("size", size, 1);
  if (name !== undefined || !create) checkName(name);
}

function checkName(name: unknown): void {
  if (name === undefined)
    throw new InvalidArgumentError(
      "name",
      name,
      "given, to attach to a block; a new one is made by { create: true, size }",
    );
  const isName =
    typeof name === "string" &&
    name !== "" &&
    !/[/\\\0]/.test(name) &&
    !name.startsWith(".") &&
    !/\p{Surrogate}/u.test(name);
  if (!isName || Buffer.byteLength(name) > longestName) {
    throw new InvalidArgumentError(
      "name",
      name,
      `the name of a block: 1 to ${longestName} bytes, no "/", "\\" or NUL, and no "." in front`,
    );
  }
}
