// The machine, and the time that its processors spent.
import { readFileSync } from "node:fs";
import os from "node:os";
import { setTimeout as delay } from "node:timers/promises";

export function describeMachine() {
  return {
    processor: os.cpus()[0]?.model.trim() ?? "unknown",
    cores: os.availableParallelism(),
    memory: `${Math.round(os.totalmem() / 2 ** 30)} GB`,
    system: `${os.platform()} ${os.arch()}`,
  };
}

/** Load averages over 1 minute. */
export const loadNow = () => Number(os.loadavg()[0].toFixed(2));

/**
 * CPU time of the main thread so far in µs; `undefined` where the platform does not tell. Linux counts a running
 * thread only when it is interrupted or gives way: therefore the short sleep before the reading.
 */
export async function mainThreadCpu() {
  await delay(5);
  try {
    const [nanoseconds] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ");
    return Number(nanoseconds) / 1_000;
  } catch {
    if (!process.threadCpuUsage) return undefined;
    const { user, system } = process.threadCpuUsage();
    return user + system;
  }
}

/** CPU time of all threads of the process so far, in µs. */
export function processCpu() {
  const { user, system } = process.cpuUsage();
  return user + system;
}
