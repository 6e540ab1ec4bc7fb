/**
 * How operations are written once for both of their forms: a generator that yields the jobs it needs done, one after
 * the other. The synchronous form does them where it is called, with the crew's help; the other one has the crew do them
 * while the event loop goes on.
 *
 * @module
 */
import type { MadeKernel } from "../kernels/module.js";
import type { Heap } from "../memory/heap.js";
import { beginOperation, endOperation } from "../memory/underway.js";
import { crewOf } from "./crew.js";

/** Work for a kernel, in chunks that any thread may do, in any order. */
export interface Job {
  readonly heap: Heap;
  /** Name of the kernel's export, or a kernel that was made at run time. */
  readonly kernel: string | MadeKernel;
  /** Addresses, sizes and values, as the kernel wants them: it finds them as float64 at the address it is given. */
  readonly args: readonly number[];
  /** Into how many chunks it may be cut, at least 1; the result must not depend on it. */
  readonly chunks: number;
}

/** An operation: yields jobs, each of which is done when it is resumed, and returns its result. */
export type Steps<Result> = Generator<Job, Result, void>;

/** Work that is none of a kernel's, such as that of a C function. */
export interface Call {
  /** Does it here and now. */
  now(): void;
  /** Has it done while the event loop goes on. */
  later(): PromiseLike<unknown>;
  /** Whether it takes less time than having it done elsewhere: some tens of microseconds at most. */
  readonly isShort: boolean;
}

/** An operation of which some parts are not done by kernels. */
export type MixedSteps<Result> = Generator<Job | Call, Result, void>;

/** For so long short calls may hold up the event loop, in ms. */
const longestHold = 1;

/** Does an operation here and now. */
export function runSync<Result>(steps: MixedSteps<Result>): Result {
  let step = steps.next();
  while (!step.done) {
    try {
      const { value } = step;
      if ("kernel" in value) crewOf(value.heap).doNow(value);
      else value.now();
    } catch (error) {
      step = steps.throw(error);
      continue;
    }
    step = steps.next();
  }
  return step.value;
}

/** Has an operation done; the event loop is free meanwhile. */
export async function run<Result>(steps: MixedSteps<Result>): Promise<Result> {
  const operation = beginOperation();
  let since = performance.now();
  try {
    let step = steps.next();
    while (!step.done) {
      try {
        const { value } = step;
        if (!("kernel" in value) && value.isShort && performance.now() - since < longestHold) value.now();
        else {
          await ("kernel" in value ? crewOf(value.heap).doLater(value) : value.later());
          since = performance.now();
        }
      } catch (error) {
        step = steps.throw(error);
        continue;
      }
      step = steps.next();
    }
    return step.value;
  } finally {
    endOperation(operation);
  }
}
