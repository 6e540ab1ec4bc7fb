/**
 * The program that a process belongs to: its main process, and where the list of its shared memory is. All
 * processes that ungil starts below one main process are one program.
 *
 * @module
 */
import { accessSync, constants, readFileSync, readlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** One process, so that it is not mistaken for a later one with its number. */
export interface ProcessId {
  readonly pid: number;
  /** When it started, in ticks since the system did; "0" where the system does not tell. */
  readonly start: string;
}

/** What stands in front of the name of a program's list. */
export const listPrefix = ".ungil-";

const memoryFolder = "/dev/shm";

/** What `/proc/<pid>/stat` says behind the name, which may hold anything; undefined where there is none. */
function statOf(pid: number | "self"): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(") ") + 2).split(" ");
  } catch {
    // no such process, or no such file system
    return undefined;
  }
}

const hasProc = (): boolean => statOf("self") !== undefined;

/** Positions behind the name: fields 3 and 22 of proc(5). */
const fields = { state: 0, start: 19 } as const;

let self: ProcessId | undefined;

/** This process. */
export function thisProcess(): ProcessId {
  self ??= { pid: process.pid, start: statOf("self")?.[fields.start] ?? "0" };
  return self;
}

/** Whether a process runs. One that has ended and that nobody has asked about yet does not. */
export function lives({ pid, start }: ProcessId): boolean {
  const stat = statOf(pid);
  if (stat) {
    if (stat[fields.state] === "Z" || stat[fields.state] === "X") return false;
    return stat[fields.start] === undefined || stat[fields.start] === start;
  }
  if (hasProc()) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // another user's process can't be asked, but is there
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** The numbers of processes mean something only within this: containers may share a folder. */
export function numberSpace(): string {
  try {
    return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0";
  } catch {
    // only Linux has them
    return "0";
  }
}

let list: string | undefined;

/** The folder with the list of shared memory of a program whose main process this is. */
export function ownList(): string {
  const { pid, start } = thisProcess();
  list ??= path.join(blocksFolder(), `${listPrefix}${numberSpace()}-${pid}-${start}`);
  return list;
}

/** Memory where the system has a file system in it. */
function blocksFolder(): string {
  if (process.platform === "linux") {
    try {
      accessSync(memoryFolder, constants.R_OK | constants.W_OK | constants.X_OK);
      return memoryFolder;
    } catch {
      // a container without it
    }
  }
  return tmpdir();
}
