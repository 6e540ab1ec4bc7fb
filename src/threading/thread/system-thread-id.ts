import { fileSystem } from "../../file-system.js";

/** The system's number for the thread that calls this, where the system tells it: on Linux. */
export function systemThreadId(): number | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    return Number(/\d+$/.exec(fileSystem().readlinkSync("/proc/thread-self"))?.[0]) || undefined;
  } catch {
    // no file system of processes here
    return undefined;
  }
}
