/**
 * What kind of function it is, from what was measured of it.
 *
 * @module
 */

/**
 * - `"computes"`: it holds its thread, and computes meanwhile.
 * - `"blocks"`: it holds its thread, and waits meanwhile (`readFileSync`, `execFileSync`, `Atomics.wait`).
 * - `"waits"`: its thread is free while it waits (requests, timers, files).
 * - `"mixed"`: it waits, and computes.
 * - `"parallel"`: its thread is free, because other threads of the process compute for it (`zlib`, `crypto` and others
 *   on the pool of libuv).
 */
export type FunctionKind = "computes" | "blocks" | "waits" | "mixed" | "parallel";

/** Parts of the time that a call takes, from 0 to 1. */
export interface TimeShares {
  /** During which the event loop of its thread was held. */
  readonly loop: number;
  /** CPU time of the whole process: above 1 where several threads compute. */
  readonly cpu: number;
  /** CPU time that one thread had which only computed, at the time: on a busy machine it is less than 1. */
  readonly core: number;
}

/** Tells the kind of function. */
export function kindOf({ loop, cpu, core }: TimeShares): FunctionKind {
  if (loop >= 0.85) return cpu / core >= 0.4 ? "computes" : "blocks";
  // what its own thread can't have used, other threads did
  if (cpu - loop >= 0.2 || (cpu >= 2 * loop && cpu >= 0.1)) return "parallel";
  return loop <= 0.15 ? "waits" : "mixed";
}
