/**
 * Plain data: what structured clone copies without loss, all the way down. It travels as it is, which is
 * several times faster than taking it apart.
 *
 * @module
 */
import { types } from "node:util";
import { isPortable } from "../portable.js";
import { builtinReference, isNativeFunction, nativeReference } from "./natives.js";
import { sourceOf } from "./origins.js";

/** Whether an object is the prototype of an intrinsic, of this realm or of another vm context. */
export function isIntrinsicPrototype(prototype: unknown, name: string): boolean {
  const own = (globalThis as unknown as Record<string, { prototype?: unknown } | undefined>)[name];
  if (prototype === own?.prototype) return true;
  const constructor = (prototype as { constructor?: { name?: string; prototype?: unknown } } | null)
    ?.constructor;
  return constructor?.name === name && constructor.prototype === prototype && isNativeFunction(constructor);
}

/** The intrinsic whose prototype an object has, of those that structured clone copies by themselves. */
function clonedIntrinsic(value: object): string | undefined {
  if (types.isDate(value)) return "Date";
  if (types.isArrayBuffer(value)) return "ArrayBuffer";
  if (types.isSharedArrayBuffer(value)) return "SharedArrayBuffer";
  if (types.isDataView(value)) return "DataView";
  if (ArrayBuffer.isView(value))
    return (value as unknown as { [Symbol.toStringTag]: string })[Symbol.toStringTag];
  if (types.isNumberObject(value)) return "Number";
  if (types.isStringObject(value)) return "String";
  if (types.isBooleanObject(value)) return "Boolean";
  if (types.isBigIntObject(value)) return "BigInt";
  return undefined;
}

/** Whether an object is a date, buffer, typed array or boxed primitive without anything added to it. */
export function isClonedIntrinsic(value: object): boolean {
  const name = clonedIntrinsic(value);
  if (name === undefined || !isIntrinsicPrototype(Object.getPrototypeOf(value), name)) return false;
  // the own properties of views and strings are their elements
  return ArrayBuffer.isView(value) || name === "String" || Reflect.ownKeys(value).length === 0;
}

/** Whether an object is such an intrinsic that has properties of its own beside its elements. */
export const isDecoratedIntrinsic = (value: object): boolean => {
  const name = clonedIntrinsic(value);
  return name !== undefined && isIntrinsicPrototype(Object.getPrototypeOf(value), name);
};

/** The test of one capture; it remembers its answers. */
export class PlainDataTest {
  readonly #plain = new Set<object>();
  readonly #notPlain = new Set<object>();

  isPlain(value: object): boolean {
    if (this.#plain.has(value)) return true;
    const visited = new Set<object>();
    const plain = this.#visit(value, visited);
    // a member of a cycle is plain only if the whole cycle is
    if (plain) for (const each of visited) this.#plain.add(each);
    return plain;
  }

  #visit(value: unknown, visited: Set<object>): boolean {
    if (typeof value !== "object" || value === null)
      return typeof value !== "function" && typeof value !== "symbol";
    if (visited.has(value) || this.#plain.has(value)) return true;
    if (this.#notPlain.has(value)) return false;
    visited.add(value);
    const plain = !types.isProxy(value) && !isKnownElsewhere(value) && this.#contentIsPlain(value, visited);
    if (!plain) this.#notPlain.add(value);
    return plain;
  }

  #contentIsPlain(value: object, visited: Set<object>): boolean {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (Array.isArray(value)) {
      if (!isIntrinsicPrototype(prototype, "Array") || Object.getOwnPropertySymbols(value).length > 0)
        return false;
      for (let index = 0; index < value.length; index++)
        if (!this.#visit(value[index], visited)) return false;
      return true;
    }
    if (types.isMap(value)) {
      if (!isIntrinsicPrototype(prototype, "Map") || Reflect.ownKeys(value).length > 0) return false;
      for (const [key, item] of value)
        if (!this.#visit(key, visited) || !this.#visit(item, visited)) return false;
      return true;
    }
    if (types.isSet(value)) {
      if (!isIntrinsicPrototype(prototype, "Set") || Reflect.ownKeys(value).length > 0) return false;
      for (const item of value) if (!this.#visit(item, visited)) return false;
      return true;
    }
    if (isClonedIntrinsic(value)) return true;
    if (!isIntrinsicPrototype(prototype, "Object") || hasInternalState(value)) return false;
    for (const key of Reflect.ownKeys(value)) {
      if (typeof key === "symbol") return false;
      const descriptor = Object.getOwnPropertyDescriptor(value, key);
      if (!descriptor?.enumerable || !("value" in descriptor)) return false;
      if (!this.#visit(descriptor.value, visited)) return false;
    }
    return true;
  }
}

/** Objects of kinds that their prototype alone does not tell. */
export const hasInternalState = (value: object): boolean =>
  types.isArgumentsObject(value) ||
  types.isNativeError(value) ||
  types.isPromise(value) ||
  types.isGeneratorObject(value) ||
  types.isExternal(value) ||
  types.isModuleNamespaceObject(value) ||
  types.isRegExp(value) ||
  types.isSymbolObject(value) ||
  types.isWeakMap(value) ||
  types.isWeakSet(value);

const isKnownElsewhere = (value: object): boolean =>
  isPortable(value) ||
  sourceOf(value) !== undefined ||
  nativeReference(value) !== undefined ||
  builtinReference(value) !== undefined;
