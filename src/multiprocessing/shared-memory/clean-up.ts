/**
 * Removes the blocks of a program that has ended where nothing else did: `clean-up-script.ts` says it for a
 * shell, which outlives the program (rules 6 to 8).
 *
 * @module
 */
import { lstatSync, readdirSync, rmdirSync, rmSync, type Stats, statSync } from "node:fs";
import path from "node:path";
import { listPrefix, lives, numberSpace } from "../program.js";
import { type Entry, readEntry } from "./entries.js";

/**
 * Removes what no living process of a program has listed. Throws nothing: several may be at it.
 * @param list - folder with the list.
 */
function cleanUp(list: string): void {
  for (const file of readdirSync(list)) {
    const entry = readEntry(file);
    if (entry && lives(entry.owner)) continue;
    if (entry) removeBlock(list, entry);
    rmSync(path.join(list, file), { force: true });
  }
  rmdirSync(list);
}

function removeBlock(list: string, { name, inode }: Entry): void {
  const file = path.join(path.dirname(list), name);
  if (String(statSync(file, { bigint: true, throwIfNoEntry: false })?.ino) === inode)
    rmSync(file, { force: true });
}

/** Removes what programs have left that have ended, and nobody else: {@link cleanUp} for all lists of a folder. */
export function sweep(folder: string): void {
  const wanted = `${listPrefix}${numberSpace()}-`;
  for (const file of readdirSync(folder)) {
    if (!file.startsWith(wanted)) continue;
    const [pid, start] = file.slice(wanted.length).split("-");
    const list = path.join(folder, file);
    try {
      if (!isOwn(lstatSync(list)) || lives({ pid: Number(pid), start: start! })) continue;
      cleanUp(list);
    } catch {
      // another program is at it, or a process of that one still lives: the next sweep gets what is left
    }
  }
}

const isOwn = (stats: Stats): boolean => stats.isDirectory() && stats.uid === process.getuid!();
