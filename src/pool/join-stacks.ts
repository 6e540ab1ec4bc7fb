/**
 * One stack for what happened on two sides: the worker's frames, then those of the submission. Frames of
 * ungil and of Node's own machinery are left out, those of transformed source are led back to the original.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { mapStack } from "../functions/index.js";
import { packageHome } from "../package-home.js";
import type { Origin } from "./origin.js";

/** Where this package's own files are, as stack frames show them; in a bundle they can't be told apart. */
const homes = packageHome ? ownFolders(packageHome) : [];

const machinery = /\(?node:(?:internal|async_hooks|vm)/;
const frame = /^\s+at /;

/** Errors that have their two parts: one that comes by again keeps its first. */
const joined = new WeakSet<Error>();

/**
 * Gives an error that came from a worker one stack. A frozen error keeps the one it has.
 * @param error - the error as it arrived; changed in place. Those that it holds as `cause` and `errors` lose
 *   the frames of the machinery, too.
 * @param origin - where the work was submitted; of a shared one, the line between the two parts says so.
 * @param executorName - for the line between the two parts.
 */
export function joinStacks(error: unknown, origin: Origin | undefined, executorName: string): void {
  if (!isJoinable(error)) return;
  const caller = origin?.stack ? userLines(origin.stack).filter((line) => frame.test(line)) : [];
  const own = userLines(mapStack(error.stack));
  const place = origin?.shared ? `${executorName} in one burst with this call` : executorName;
  setStack(error, caller.length > 0 ? [...own, `    at (submitted to ${place})`, ...caller] : own);
  const inner = partsOf(error);
  while (inner.length > 0) {
    const part = inner.pop();
    if (!isJoinable(part)) continue;
    setStack(part, userLines(mapStack(part.stack)));
    inner.push(...partsOf(part));
  }
}

function isJoinable(error: unknown): error is Error & { stack: string } {
  return error instanceof Error && !joined.has(error) && typeof valueOf(error, "stack") === "string";
}

/** The value of an own property that is no getter of the user's: what an error computes is not ours to run. */
function valueOf(error: Error, key: string): unknown {
  const property = Object.getOwnPropertyDescriptor(error, key);
  // from Node 22 on, V8 itself keeps `stack` as an accessor
  const isNative =
    property?.get !== undefined && /\[native code\]/.test(Function.prototype.toString.call(property.get));
  return isNative ? property.get?.call(error) : property?.value;
}

function partsOf(error: Error): unknown[] {
  const errors = valueOf(error, "errors");
  return [valueOf(error, "cause"), ...(Array.isArray(errors) ? errors : [])];
}

function setStack(error: Error, lines: readonly string[]): void {
  joined.add(error);
  if (!Object.getOwnPropertyDescriptor(error, "stack")?.configurable) return;
  Object.defineProperty(error, "stack", {
    value: lines.join("\n"),
    writable: true,
    configurable: true,
    enumerable: false,
  });
}

function userLines(stack: string): string[] {
  const lines = stack.split("\n");
  const kept = lines.filter(
    (line) => !frame.test(line) || !(homes.some((home) => line.includes(home)) || machinery.test(line)),
  );
  return kept.length > 0 ? kept : lines;
}

/** The built files, and the sources beside them that source maps lead to; as URL and as path. */
function ownFolders(home: string): string[] {
  const folders = [home, new URL("../src/", home).href];
  return folders.flatMap((url) => (url.startsWith("file:") ? [url, fileURLToPath(url)] : [url]));
}
