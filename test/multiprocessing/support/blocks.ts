import { existsSync, readdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { FileNotFoundError } from "ungil";
import { type CreateSharedMemoryOptions, SharedMemory } from "ungil/multiprocessing";

/** The folder that blocks are in. */
export const blocksFolder = process.platform === "linux" && existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** Why blocks can't be tested here, if they can't. */
export const skip = process.platform === "win32" ? "Windows has no SharedMemory" : false;

/** A block until the test ends. */
export function blockOf(t: TestContext, options: Omit<CreateSharedMemoryOptions, "create">): SharedMemory {
  const block = new SharedMemory({ create: true, ...options });
  t.after(() => remove(block));
  return block;
}

/** Closes and unlinks a block, if nobody else has. */
export function remove(block: SharedMemory): void {
  block.close();
  try {
    block.unlink();
  } catch (error) {
    if (!(error instanceof FileNotFoundError)) throw error;
  }
}

/** Whether there is a file of a block. */
export const isThere = (name: string): boolean => existsSync(path.join(blocksFolder, name));

/** The lists of a program's blocks. */
export const listsOf = (pid: number): string[] =>
  readdirSync(blocksFolder).filter(
    (file) => file.startsWith(".ungil-") && file.split("-")[2] === String(pid),
  );

/** Number of a block's file. */
export const inodeOf = (name: string): bigint =>
  statSync(path.join(blocksFolder, name), { bigint: true }).ino;
