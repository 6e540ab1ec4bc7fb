import { readdirSync, readFileSync } from "node:fs";

/** How often the threads of this process were taken off a core. */
export interface ContextSwitches {
  /** Because they had to wait. */
  readonly voluntary: number;
  /** Because the system gave the core to others. */
  readonly involuntary: number;
}

/**
 * The context switches of all threads of this process so far, from Linux's `/proc`.
 * @returns undefined where there is no such thing.
 */
export function contextSwitches(folder = "/proc/self/task"): ContextSwitches | undefined {
  const threads = unlessGone(() => readdirSync(folder));
  if (!threads) return undefined;
  let found = false;
  const sum = { voluntary: 0, involuntary: 0 };
  for (const thread of threads) {
    const counted = countsIn(unlessGone(() => readFileSync(`${folder}/${thread}/status`, "utf8")) ?? "");
    if (!counted) continue;
    found = true;
    sum.voluntary += counted.voluntary;
    sum.involuntary += counted.involuntary;
  }
  return found ? sum : undefined;
}

/** The counts in the text of a `status` file. */
export function countsIn(status: string): ContextSwitches | undefined {
  const number = (name: string): number => Number(new RegExp(`^${name}:\\s*(\\d+)$`, "m").exec(status)?.[1]);
  const voluntary = number("voluntary_ctxt_switches");
  const involuntary = number("nonvoluntary_ctxt_switches");
  return Number.isNaN(voluntary + involuntary) ? undefined : { voluntary, involuntary };
}

/** Threads end, and other systems have no such folder. */
function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (["ENOENT", "ESRCH", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
