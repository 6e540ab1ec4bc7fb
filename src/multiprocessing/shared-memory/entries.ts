/**
 * The list of a program's blocks: a folder with an empty file for each block, whose name says it all.
 *
 * @module
 */
import { mkdirSync, readdirSync, rmdirSync, unlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { programList } from "../identity.js";
import { type ProcessId, thisProcess } from "../program.js";

/** What an entry says. */
export interface Entry {
  /** The process that made the block. */
  readonly owner: ProcessId;
  /** Of the block's file: a later one of the same name is not this block. */
  readonly inode: string;
  readonly name: string;
}

const form = /^(\d+)\.(\d+)\.(\d+)\.(.+)$/s;

/** What a file of the list says; undefined for one that is no entry. */
export function readEntry(file: string): Entry | undefined {
  const [, pid, start, inode, name] = form.exec(file) ?? [];
  return name === undefined ? undefined : { owner: { pid: Number(pid), start: start! }, inode: inode!, name };
}

/** Path of the entry of a block that this process makes. */
export function entryFile(inode: string, name: string): string {
  const { pid, start } = thisProcess();
  return path.join(programList(), `${pid}.${start}.${inode}.${name}`);
}

/** Does something in the folder of the list, which others may remove while it is empty. */
export function inList<T>(action: () => T): T {
  for (let attempt = 1; ; attempt++) {
    try {
      return action();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || attempt === attempts) throw error;
      mkdirSync(programList(), { mode: 0o700, recursive: true });
    }
  }
}

const attempts = 10;

/** Removes the folder of the list if nothing is in it: a program without a tracker would leave it behind. */
export function removeEmptyList(): void {
  try {
    rmdirSync(programList());
  } catch {
    // there is something in it, or another thread was first
  }
}

/** Lists a block as made by this process. */
export function enter(inode: string, name: string): void {
  inList(() => writeFileSync(entryFile(inode, name), ""));
}

/** Takes a block off the list, whichever process of this program made it. */
export function strike(inode: string, name: string): void {
  if (unlinkIfThere(entryFile(inode, name))) return;
  const list = programList();
  const end = `.${inode}.${name}`;
  for (const file of readdirIfThere(list))
    if (file.endsWith(end) && readEntry(file)?.inode === inode) unlinkIfThere(path.join(list, file));
}

function unlinkIfThere(file: string): boolean {
  return ifThere(() => unlinkSync(file)) !== undefined;
}

const readdirIfThere = (folder: string): readonly string[] => ifThere(() => readdirSync(folder))?.[0] ?? [];

/** @returns What an action answers, in an array; undefined where its file is not there. */
function ifThere<T>(action: () => T): [T] | undefined {
  try {
    return [action()];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
