/**
 * What the system knows of this process's threads, where it tells: on Linux.
 *
 * @module
 */
import { fileSystem } from "./file-system.js";

/** The system's number for this thread; 0 where it does not tell. */
export function ownTask(): number {
  if (process.platform !== "linux") return 0;
  try {
    return Number(/\d+$/.exec(fileSystem().readlinkSync("/proc/thread-self"))?.[0] ?? 0);
  } catch {
    // no file system of processes here
    return 0;
  }
}

/** When a thread of this process was started, as the system counts: its number may be used again. 0: it is gone. */
export function startOfTask(task: number): number {
  try {
    const text = fileSystem().readFileSync(`/proc/self/task/${task}/stat`, "latin1");
    // the name in parentheses may hold anything; of what follows, the start is the twentieth
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const state = fields[0];
    // gone, but for who has not taken notice of it yet
    if (state === "Z" || state === "X") return 0;
    return (Number(fields[19]) % 0x7fff_ffff) | 1;
  } catch {
    return 0;
  }
}
