/**
 * The calls that led to a capture.
 *
 * @module
 */
import path from "node:path";
import { pathToFileURL } from "node:url";

/** The call sites themselves, since the text of a stack shows mapped positions where source maps are on. */
export function callSites(): readonly NodeJS.CallSite[] {
  const before = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  const { stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = 50;
    Error.prepareStackTrace = (_, sites) => sites;
    return new Error("where").stack as unknown as NodeJS.CallSite[];
  } catch {
    // --frozen-intrinsics: the stack can't be read in this way
    return [];
  } finally {
    if (!Object.isFrozen(Error)) {
      Error.stackTraceLimit = stackTraceLimit;
      if (before) Object.defineProperty(Error, "prepareStackTrace", before);
      else Reflect.deleteProperty(Error, "prepareStackTrace");
    }
  }
}

/** The URL of a script by the name under which a stack shows it. */
export const urlOf = (name: string): string => (path.isAbsolute(name) ? pathToFileURL(name).href : name);
