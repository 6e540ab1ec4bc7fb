/**
 * The file of a block: how it is made, found and removed. The rules are in this folder's README.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  openSync,
  rmSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { FileExistsError, FileNotFoundError, InvalidStateError, MemoryError } from "../../errors.js";
import { programList } from "../identity.js";
import { enter, entryFile, inList, removeEmptyList, strike } from "./entries.js";
import { ensureTracker } from "./tracker.js";

/** An open file of a block. */
export interface BlockFile {
  readonly fd: number;
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** Tells it from a later one of its name. */
  readonly inode: string;
}

/** The folder that all blocks of this program are in. */
export const blocksFolder = (): string => path.dirname(programList());

const zeros = new Uint8Array(256 * 1024);
/** Errors of the system that mean: there is no room. */
const noRoom = new Set(["ENOSPC", "EDQUOT", "EFBIG", "ENOMEM"]);

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** A name that nobody has, most likely. */
export const randomName = (): string => `ungil_${randomBytes(6).toString("hex")}`;

/**
 * Makes a block that holds zeros.
 * @param name - or what makes names, until one is free.
 * @throws FileExistsError for a name that is taken; MemoryError where there is no room.
 */
export function createBlock(name: string | (() => string), size: number, track: boolean): BlockFile {
  if (typeof name === "string") refuseExisting(name);
  const draft = entryFile("0", `draft-${randomBytes(8).toString("hex")}`);
  const fd = inList(() => openSync(draft, "wx+", 0o600));
  try {
    fill(fd, size);
    const inode = String(fstatSync(fd, { bigint: true }).ino);
    if (track) ensureTracker();
    for (;;) {
      const each = typeof name === "string" ? name : name();
      if (publish(draft, each, inode, track)) return { fd, name: each, size, inode };
      if (typeof name === "string") throw exists(name);
    }
  } catch (error) {
    closeSync(fd);
    throw error;
  } finally {
    rmSync(draft, { force: true });
    removeEmptyList();
  }
}

/** @returns false where the name is taken. */
function publish(draft: string, name: string, inode: string, track: boolean): boolean {
  // rule 5: listed before it is there, so that no moment is left in which nobody would remove it
  if (track) enter(inode, name);
  try {
    linkSync(draft, path.join(blocksFolder(), name));
    return true;
  } catch (error) {
    if (track) strike(inode, name);
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Takes the room now: what is missing when it is first used would end the process by a signal (rule 1). */
function fill(fd: number, size: number): void {
  const { bavail, bsize } = statfsSync(blocksFolder());
  // not to be found out by filling up what others need, too
  if (bavail * bsize < size) throw noRoomFor(size, {});
  try {
    for (let at = 0; at < size; ) at += writeSync(fd, zeros, 0, Math.min(zeros.length, size - at), at);
  } catch (cause) {
    throw noRoom.has(codeOf(cause) ?? "") ? noRoomFor(size, { cause }) : cause;
  }
}

const noRoomFor = (size: number, options: { readonly cause?: unknown }): MemoryError =>
  new MemoryError(
    `there is no room for ${size} bytes of shared memory in ${blocksFolder()}: ask for less, unlink blocks that ` +
      "are not needed, or give it more room (docker run --shm-size)",
    options,
  );

function refuseExisting(name: string): void {
  if (statSync(path.join(blocksFolder(), name), { throwIfNoEntry: false })) throw exists(name);
}

const exists = (name: string): FileExistsError =>
  new FileExistsError(
    `there is shared memory with the name "${name}" already: attach to it by { name }, or take another name`,
    path.join(blocksFolder(), name),
  );

const notFound = (name: string, folder: string, cause?: unknown): FileNotFoundError =>
  new FileNotFoundError(
    `there is no shared memory with the name "${name}" (any more): it was not created, or was unlinked`,
    path.join(folder, name),
    cause === undefined ? {} : { cause },
  );

/**
 * Opens the file of a block that is there.
 * @param inode - of the very block that is meant, where it is known.
 * @throws FileNotFoundError where it is not there; InvalidStateError for what can't be a block.
 */
export function openBlock(name: string, folder: string, inode?: string): BlockFile {
  let fd: number;
  try {
    fd = openSync(path.join(folder, name), constants.O_RDWR | constants.O_NOFOLLOW);
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") throw notFound(name, folder, cause);
    throw cause;
  }
  try {
    const stats = fstatSync(fd, { bigint: true });
    const found = String(stats.ino);
    if (inode !== undefined && inode !== found) throw notFound(name, folder);
    if (!stats.isFile() || stats.size === 0n) {
      throw new InvalidStateError(`"${name}" in ${folder} is not shared memory: it is no file, or empty`);
    }
    return { fd, name, size: Number(stats.size), inode: found };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/**
 * Removes the name of a block.
 * @throws FileNotFoundError where it is not there any more.
 */
export function unlinkBlock(name: string, folder: string, inode: string): void {
  const file = path.join(folder, name);
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  if (String(found?.ino) !== inode) throw notFound(name, folder);
  try {
    unlinkSync(file);
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") throw notFound(name, folder, cause);
    throw cause;
  }
  strike(inode, name);
}
