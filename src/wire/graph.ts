/**
 * What kinds of objects a value on the wire is made of, and how to walk from one to the next.
 *
 * @module
 */
import * as types from "node:util/types";
import { isPortable } from "../portable.js";
import { isHollow } from "./hollow.js";

/** `"data"` is structured clone's business, `"hollow"` is refused; the others travel as marks. */
export type Kind = "data" | "hollow" | "buffer" | "url" | "error" | "portable";

/** The kind of an object that is not a function. */
export function kindOf(value: object): Kind {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === Array.prototype || prototype === null) return "data";
  if (Buffer.isBuffer(value)) return "buffer";
  if (ArrayBuffer.isView(value)) return isPortable(value) ? "portable" : "data";
  if (isError(value)) return "error";
  if (prototype === URL.prototype) return "url";
  if (isPortable(value)) return "portable";
  return isHollow(value) ? "hollow" : "data";
}

/** Whether a value is an error of this realm or another. */
export function isError(value: unknown): value is Error {
  return types.isNativeError(value) || (!types.isProxy(value) && value instanceof DOMException);
}

/** Calls `visit` with the values that structured clone would go on to, in its order. */
export function forEachChild(value: object, visit: (child: unknown) => void): void {
  if (Array.isArray(value)) return forEachElement(value, visit);
  if (types.isMap(value)) {
    return value.forEach((item, key) => {
      visit(key);
      visit(item);
    });
  }
  if (types.isSet(value)) return value.forEach((item) => visit(item));
  if (isLeaf(value)) return;
  const properties = value as Record<string, unknown>;
  // twice as fast as a list of keys: V8 then knows where each property lies
  if (inheritsNothing(value)) for (const key in properties) visit(properties[key]);
  else for (const key of Object.keys(properties)) visit(properties[key]);
}

const plain = {};

/** Whether `for … in` meets the properties of an object only: somebody may have added some to `Object.prototype`. */
function inheritsNothing(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype) return prototype === null;
  for (const _ in plain) return false;
  return true;
}

function forEachElement(array: readonly unknown[], visit: (child: unknown) => void): void {
  for (let i = 0; i < array.length; i++) {
    const item = array[i];
    if (item === undefined && !(i in array)) {
      // a hole: an array of a billion may have three elements
      for (const key of Object.keys(array)) visit((array as never as Record<string, unknown>)[key]);
      return;
    }
    visit(item);
  }
}

/** Objects whose own keys are not their content: structured clone takes or refuses them by what they are. */
export function isLeaf(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return false;
  return (
    ArrayBuffer.isView(value) ||
    types.isAnyArrayBuffer(value) ||
    types.isDate(value) ||
    types.isRegExp(value) ||
    types.isBoxedPrimitive(value) ||
    types.isPromise(value) ||
    types.isKeyObject(value) ||
    types.isCryptoKey(value) ||
    types.isExternal(value) ||
    isPort(value)
  );
}

/** The name of an object's class; undefined where it has none or hides it. */
export function classNameOf(value: object): string | undefined {
  try {
    const name = (value as { constructor?: { name?: unknown } }).constructor?.name;
    return typeof name === "string" && name !== "" ? name : undefined;
  } catch {
    // a getter that throws: the object is as anonymous as one without a class
    return undefined;
  }
}

/** Event targets that structured clone can move: their listeners stay behind. */
function isPort(value: object): boolean {
  const name = classNameOf(value);
  return name === "MessagePort" || name === "FileHandle";
}

/** Whether an object is memory that was moved elsewhere, or a view of such. */
export function isDetached(value: object): boolean {
  const memory: unknown = ArrayBuffer.isView(value) ? value.buffer : value;
  if (!types.isArrayBuffer(memory) || memory.byteLength > 0) return false;
  try {
    return new Uint8Array(memory).length > 0;
  } catch {
    // the only way before Node 22 to tell a detached buffer from an empty one
    return true;
  }
}
