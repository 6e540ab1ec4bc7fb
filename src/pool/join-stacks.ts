/**
 * One stack for what happened on two sides: the worker's frames, then those of the submission. Frames of
 * ungil and of Node's own machinery are left out.
 *
 * @module
 */
import { packageHome } from "../package-home.js";

/** Where this package's own files are, as stack frames show them; in a bundle they can't be told apart. */
const homes = packageHome ? [packageHome, decodeURI(packageHome).replace("file://", "")] : [];

const machinery = /\(?node:(?:internal|async_hooks|vm)/;

/**
 * Gives an error that came from a worker one stack.
 * @param error - the error as it arrived; changed in place, causes included.
 * @param origin - where the work was submitted.
 * @param executorName - for the line between the two parts.
 */
export function joinStacks(
  error: unknown,
  origin: { readonly stack?: string } | undefined,
  executorName: string,
): void {
  if (!(error instanceof Error) || typeof error.stack !== "string") return;
  const own = userLines(error.stack);
  const caller = origin?.stack ? userLines(origin.stack).filter((line) => frame.test(line)) : [];
  const joined = caller.length > 0 ? [...own, `    at (submitted to ${executorName})`, ...caller] : own;
  Object.defineProperty(error, "stack", {
    value: joined.join("\n"),
    writable: true,
    configurable: true,
    enumerable: false,
  });
}

const frame = /^\s+at /;

function userLines(stack: string): string[] {
  const lines = stack.split("\n");
  const kept = lines.filter(
    (line) => !frame.test(line) || !(homes.some((home) => line.includes(home)) || machinery.test(line)),
  );
  return kept.length > 0 ? kept : lines;
}
