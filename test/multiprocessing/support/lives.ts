import { existsSync, readFileSync } from "node:fs";

/** Whether a process runs. */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // one that has ended and that nobody has asked about yet is still listed
    return !existsSync("/proc/self/stat") || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
