/**
 * The two forms of an operation, made of one plan: a function that checks its arguments when it is called, and returns
 * the steps that remain.
 *
 * @module
 */
import { run, runSync, type Steps } from "../crew/steps.js";

/** Arguments of operations that have not ended: the memory of an array that nothing refers to is given back. */
const held = new Set<unknown>();

/** The form that leaves the event loop free. Bad arguments throw from the call. */
export function asynchronous<Args extends unknown[], Result>(
  plan: (...args: Args) => Steps<Result>,
): (...args: Args) => Promise<Result> {
  return (...args) => holding(plan(...args), args);
}

/** The form that returns the result. */
export function synchronous<Args extends unknown[], Result>(
  plan: (...args: Args) => Steps<Result>,
): (...args: Args) => Result {
  return (...args) => runSync(plan(...args));
}

/** Runs steps while the arguments are held. Where nothing is awaited that is not needed: no memory is given back then. */
export async function holding<Result>(steps: Steps<Result>, args: unknown): Promise<Result> {
  held.add(args);
  try {
    return await run(steps);
  } finally {
    held.delete(args);
  }
}
