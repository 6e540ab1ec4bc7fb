/**
 * What a call is made of, seen on this thread: computing, holding the thread, waiting, memory, copies.
 *
 * @module
 */
import { serialize } from "node:v8";
import { CancelledError, TimeoutError } from "../../errors.js";
import { isPrimitive } from "../../wire/index.js";
import { type ItemFunction, throwsOn } from "./check.js";
import { type FunctionKind, kindOf } from "./kind.js";
import { median, variation } from "./statistics.js";
import { within } from "./within.js";
import type { Workload } from "./workload.js";

/** What was measured of a function by itself. Times are in ms, sizes in bytes, each for one call. */
export interface FunctionProfile {
  readonly kind: FunctionKind;
  /** Whether it answers with a promise. */
  readonly asynchronous: boolean;
  /** How long a call takes on this thread, on average over the samples. */
  readonly time: number;
  /** Standard deviation over mean of the samples' times: above 1 a few of them take most of the time. */
  readonly variation: number;
  /** Part of that time during which the event loop is held, from 0 to 1. */
  readonly loopShare: number;
  /** CPU time of the whole process, as a part of that time: above 1 where several threads compute. */
  readonly cpuShare: number;
  /** The same of a thread that only computed at the time: below 1 where the machine was busy with other things. */
  readonly coreShare: number;
  /** The longest time for which a call held the event loop. */
  readonly longestBlock: number;
  /** Size of an item, as structured clone writes it. */
  readonly inputBytes: number;
  /** Size of a result. */
  readonly outputBytes: number;
  /** What it takes to copy an item and a result by structured clone: all of it for a worker, half here, half there. */
  readonly copyTime: number;
  /** Memory that it allocates, the result included: the most of all samples. */
  readonly allocated: number;
}

/** What a profile is taken with. */
export interface ProfileLimits {
  /** ms that it may take, about. */
  readonly budget: number;
  /** ms that a call may take. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

/** Passes at most. */
const mostPasses = 20;

/** Calls whose arguments and results are copied. */
const copiedCalls = 8;

/** ms of computing beside each pass, that tell how much of a core there is to be had. */
const comparison = 5;

/**
 * Measures a function on this thread.
 * @throws InvalidArgumentError for a sample that it throws on.
 */
export async function profileFunction(
  fn: ItemFunction,
  workload: Workload,
  { budget, timeout, signal }: ProfileLimits,
): Promise<FunctionProfile> {
  const times: number[][] = Array.from({ length: workload.length }, () => []);
  const total = { wall: 0, loop: 0, cpu: 0 };
  const available = { wall: 0, cpu: 0 };
  const results: unknown[] = [];
  let asynchronous = false;
  let longestBlock = 0;
  let allocated = 0;
  const end = performance.now() + budget;
  for (let pass = 0; pass < mostPasses && (pass < 2 || performance.now() < end); pass++) {
    if (signal?.aborted) throw new CancelledError(undefined, { cause: signal.reason });
    if (pass === 0) workload.changed = await changesItems(fn, workload);
    const items = workload.copies(workload.length);
    compute(available);
    const cpu = process.cpuUsage();
    const passLoop = performance.eventLoopUtilization();
    const passStart = performance.now();
    let memory = usedMemory();
    for (const [at, item] of items.entries()) {
      const index = workload.sampleIndex(at);
      const start = performance.now();
      const loop = performance.eventLoopUtilization();
      let result: unknown;
      try {
        result = fn(item, index);
        if (isThenable(result)) {
          asynchronous = true;
          result = await within(result, timeout, () => `the function did not end within ${timeout} ms`);
        }
      } catch (error) {
        throw error instanceof TimeoutError ? error : throwsOn(item, index, error);
      }
      const time = performance.now() - start;
      times[at]!.push(time);
      if (asynchronous) longestBlock = Math.max(longestBlock, performance.eventLoopUtilization(loop).active);
      else longestBlock = Math.max(longestBlock, time);
      if (pass === 0 && at < copiedCalls) results.push(result);
      // a reading costs some µs, which short calls would be measured with
      if (time > 0.1 || pass === 0) {
        const now = usedMemory();
        allocated = Math.max(allocated, now - memory);
        memory = now;
      }
    }
    const wall = performance.now() - passStart;
    // code that has not run before is compiled first; of slow calls that is a small part
    if (pass === 0 && wall < budget / 4) continue;
    const used = process.cpuUsage(cpu);
    total.wall += wall;
    total.cpu += (used.user + used.system) / 1000;
    total.loop += performance.eventLoopUtilization(passLoop).active;
    if (wall >= budget / 4) break;
  }
  const perItem = times.map((each) => median(each.length > 1 ? each.slice(1) : each));
  const core = Math.min(1, available.cpu / available.wall);
  const loopShare = asynchronous ? Math.min(1, total.loop / total.wall) : 1;
  const cpuShare = total.cpu / total.wall;
  const items = workload.items(Math.min(copiedCalls, workload.length));
  return {
    kind: kindOf({ loop: loopShare, cpu: cpuShare, core }),
    asynchronous,
    time: perItem.reduce((sum, time) => sum + time, 0) / perItem.length,
    variation: variation(perItem),
    loopShare,
    cpuShare,
    coreShare: core,
    longestBlock,
    inputBytes: sizeOf(items),
    outputBytes: sizeOf(results),
    copyTime: copyTime(items) + copyTime(results),
    allocated,
  };
}

/** Whether a call leaves an item other than it was. What can't be copied is taken to stay as it is. */
async function changesItems(fn: ItemFunction, workload: Workload): Promise<boolean> {
  const [original] = workload.items(1);
  if (isPrimitive(original)) return false;
  let copy: unknown;
  let before: Buffer;
  try {
    copy = structuredClone(original);
    before = serialize(copy);
  } catch {
    return false;
  }
  const index = workload.sampleIndex(0);
  try {
    await fn(copy, index);
  } catch (error) {
    throw throwsOn(original, index, error);
  }
  try {
    return !before.equals(serialize(copy));
  } catch {
    // it can't be written any more, as memory that was moved
    return true;
  }
}

/** Whether something has to be awaited. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function"
  );
}

/** Computes for a moment, and adds what CPU time there was. */
function compute(available: { wall: number; cpu: number }): void {
  const cpu = process.cpuUsage();
  const start = performance.now();
  let now = start;
  while (now - start < comparison) now = performance.now();
  const used = process.cpuUsage(cpu);
  available.wall += now - start;
  available.cpu += (used.user + used.system) / 1000;
}

function usedMemory(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Bytes on average; 0 where they can't be written. */
function sizeOf(values: readonly unknown[]): number {
  try {
    return values.reduce<number>((sum, value) => sum + serialize(value).byteLength, 0) / values.length;
  } catch {
    // shared memory is not written, and what can't be sent is told by the check
    return 0;
  }
}

/** ms to copy one on average, by the best of three tries. Primitives have no cost worth telling. */
function copyTime(values: readonly unknown[]): number {
  if (values.every(isPrimitive)) return 0;
  let best = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3; attempt++) {
    const start = performance.now();
    try {
      for (const value of values) structuredClone(value);
    } catch {
      return 0;
    }
    best = Math.min(best, performance.now() - start);
  }
  return best / values.length;
}
