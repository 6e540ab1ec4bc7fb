/**
 * Errors on arrival: an object of the right class, made without running the class's constructor.
 *
 * @module
 */
import { prototypeOf } from "./error-class.js";
import type { ErrorMark } from "./marks.js";

/**
 * Makes the bare error of a mark: right class, name, message and stack, as yet without its own properties.
 * @param found - what the reference to its class led to, where it led to anything.
 */
export function shellOfError(mark: ErrorMark, found: unknown): Error {
  const { prototype, dom } = prototypeOf(mark.errorClass, found);
  const error = dom ? new DOMException(mark.message, mark.name) : new Error(mark.message);
  Object.setPrototypeOf(error, prototype);
  if (nameOf(error) !== mark.name) hidden(error, "name", mark.name);
  if (mark.stack === undefined) delete (error as { stack?: string }).stack;
  else hidden(error, "stack", mark.stack);
  return error;
}

/** Gives a bare error its own properties; `map` turns what arrived into what it stood for. */
export function fillError(error: Error, mark: ErrorMark, map: (value: unknown) => unknown): void {
  for (const [key, value, enumerable] of mark.properties) {
    Object.defineProperty(error, key, { value: map(value), writable: true, configurable: true, enumerable });
  }
}

function nameOf(error: Error): unknown {
  try {
    return error.name;
  } catch {
    // a getter of the user's class that needs what its constructor would have made
    return undefined;
  }
}

function hidden(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, configurable: true, enumerable: false });
}
