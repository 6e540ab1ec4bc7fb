/**
 * Classes of errors on the wire: how the other side finds the class of an error, or the nearest there is.
 *
 * @module
 */
import { errorClasses } from "../errors.js";
import type { ErrorClassMark } from "./marks.js";

type AnyFunction = (...args: never[]) => unknown;

const builtinNames = new Set([
  "Error",
  "AggregateError",
  "DOMException",
  "EvalError",
  "RangeError",
  "ReferenceError",
  "SuppressedError",
  "SyntaxError",
  "TypeError",
  "URIError",
]);

const plainError: ErrorClassMark = { nearest: ["builtin", "Error"] };

/**
 * Describes the class of an error.
 * @param referenceTo - how the other side finds a class of the user.
 * @returns The mark, and the name by which the error goes.
 */
export function describeClass(
  error: Error,
  referenceTo: (errorClass: AnyFunction) => unknown,
): { errorClass: ErrorClassMark; name: string } {
  try {
    const own: unknown = (Object.getPrototypeOf(error) as { constructor?: unknown } | null)?.constructor;
    const name = textOf(error.name);
    for (let C = own; typeof C === "function"; C = Object.getPrototypeOf(C)) {
      const nearest = knownClass(C);
      if (!nearest) continue;
      if (C === own) return { errorClass: { nearest }, name };
      const ownName = (own as AnyFunction).name;
      return {
        errorClass: { nearest, reference: referenceTo(own as AnyFunction) },
        name: name === nearest[1] && ownName ? ownName : name,
      };
    }
    return { errorClass: plainError, name };
  } catch {
    // a hostile prototype or name: the error still travels, as an Error
    return { errorClass: plainError, name: "Error" };
  }
}

/** What should be a text and mostly is. @throws What converting it to one throws. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : `${value as number}`;
}

function knownClass(errorClass: object): ErrorClassMark["nearest"] | undefined {
  const { name, prototype } = errorClass as { name: string; prototype: object };
  if (typeof name !== "string") return undefined;
  // the brand tells the classes of another copy of this package too
  if (Object.hasOwn(errorClasses, name) && Object.hasOwn(prototype, Symbol.for(`ungil.error.${name}`)))
    return ["ungil", name];
  if (!builtinNames.has(name)) return undefined;
  const ours = (globalThis as Record<string, unknown>)[name] === errorClass;
  // or one of another realm
  return ours || isNative(errorClass) ? ["builtin", name] : undefined;
}

function isNative(fn: object): boolean {
  return Function.prototype.toString.call(fn).includes("[native code]");
}

/**
 * The class that a mark stands for here.
 * @param found - what the mark's reference led to.
 * @returns The prototype, and whether its instances are DOMExceptions.
 */
export function prototypeOf(mark: ErrorClassMark, found: unknown): { prototype: object; dom: boolean } {
  const [home, name] = mark.nearest;
  const nearest = home === "ungil" ? (errorClasses as Record<string, unknown>)[name] : builtin(name);
  for (const each of [found, nearest]) {
    const prototype = (each as { prototype?: unknown } | undefined)?.prototype;
    if (!(prototype instanceof Error) && prototype !== Error.prototype) continue;
    return { prototype, dom: name === "DOMException" };
  }
  return { prototype: Error.prototype, dom: false };
}

function builtin(name: string): unknown {
  return builtinNames.has(name) ? (globalThis as Record<string, unknown>)[name] : undefined;
}
