/**
 * Values on their way out. Plain data goes to structured clone untouched; where a graph holds something that
 * structured clone would change (a Buffer, a URL, an Error) or refuse (a function, an executor), a copy is
 * made in which a mark stands for it. Shared and cyclic references stay what they are.
 *
 * @module
 */
import { types } from "node:util";
import { SerializationError } from "../errors.js";
import { isPortable, portable } from "../portable.js";
import { encodeError } from "./errors.js";
import { type Mark, markKey } from "./marks.js";
import { type Transferable, transferListOf } from "./transfer.js";
import { findUncloneable } from "./uncloneable.js";

/** What the sender lends to the encoder. */
export interface EncodeHooks {
  /** Makes a function sendable; without it functions are refused. */
  readonly shipFunction?: (fn: (...args: never[]) => unknown) => unknown;
  /** How the other side finds a class of ours again. */
  readonly referenceTo: (errorClass: (...args: never[]) => unknown) => unknown;
}

/** A value ready for `postMessage`. */
export interface EncodedValue {
  readonly value: unknown;
  /** Whether the value holds marks. */
  readonly marked: boolean;
  /** What moves instead of being copied. */
  readonly transfer: readonly Transferable[];
}

const nothing: readonly Transferable[] = [];

/** Above this many objects a graph is searched with a record of what was seen, below it without. */
const smallGraph = 500;

/** Whether the value is copied by value everywhere: such values may share a message with others. */
export function isPrimitive(value: unknown): boolean {
  return (
    value === null || (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol")
  );
}

/**
 * Prepares a value for the other side.
 * @param what - how messages call it: `"result"`, `"argument 1"`.
 * @throws SerializationError for what can't be sent, as far as it is seen here; `postMessage` sees the rest.
 */
export function encode(value: unknown, what: string, hooks: EncodeHooks): EncodedValue {
  if (isPrimitive(value)) return { value, marked: false, transfer: nothing };
  try {
    const moving: Transferable[] = [];
    const special = findSpecial(value, moving);
    if (!special) return { value, marked: false, transfer: moving };
    return { value: new Rebuilder(hooks).copy(value, what), marked: true, transfer: moving };
  } catch (error) {
    if (error instanceof SerializationError) throw error;
    throw new SerializationError(`${what} can't be read to be sent`, what, { cause: error });
  }
}

/** Explains why `postMessage` refused a value: the error names the path to it. */
export function refusal(value: unknown, what: string, cause: unknown): SerializationError {
  const found = findUncloneable(value, what);
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = found
    ? `${found.path} can't be sent: it is ${found.kind}`
    : `${what} can't be sent: ${reason}`;
  return new SerializationError(message, found?.path ?? what, { cause });
}

/** Whether a graph holds anything that needs a mark; collects what is to move on the way. */
function findSpecial(root: unknown, moving: Transferable[]): boolean {
  let special = false;
  let seen: Set<object> | undefined;
  let count = 0;
  const stack: unknown[] = [root];
  const visit = (value: unknown): void => {
    if (typeof value === "object" ? value !== null : typeof value === "function") stack.push(value);
  };
  while (stack.length > 0) {
    const value = stack.pop() as object;
    if (typeof value === "function") {
      special = true;
      continue;
    }
    if (seen) {
      if (seen.has(value)) continue;
      seen.add(value);
    } else if (++count > smallGraph) {
      // large or cyclic: start over, this time remembering
      seen = new Set();
      stack.length = 0;
      moving.length = 0;
      stack.push(root);
      continue;
    }
    const list = transferListOf(value);
    if (list) for (const each of list) if (!moving.includes(each)) moving.push(each);
    if (kindOf(value) !== "data") special = true;
    else visitChildren(value, visit);
  }
  return special;
}

function visitChildren(value: object, visit: (child: unknown) => void): void {
  if (Array.isArray(value)) for (let i = 0; i < value.length; i++) visit(value[i]);
  else if (types.isMap(value)) {
    for (const [key, item] of value) {
      visit(key);
      visit(item);
    }
  } else if (types.isSet(value)) for (const item of value) visit(item);
  else if (!isLeaf(value))
    for (const key of Object.keys(value)) visit((value as Record<string, unknown>)[key]);
}

type Kind = "data" | "buffer" | "url" | "error" | "portable" | "escaped";

function kindOf(value: object): Kind {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null)
    return Object.hasOwn(value, markKey) ? "escaped" : "data";
  if (prototype === Array.prototype) return "data";
  if (Buffer.isBuffer(value)) return "buffer";
  if (ArrayBuffer.isView(value)) return "data";
  if (types.isNativeError(value) || value instanceof DOMException) return "error";
  if (prototype === URL.prototype) return "url";
  return isPortable(value) ? "portable" : "data";
}

/** Objects whose own keys are not their content. */
function isLeaf(value: object): boolean {
  return (
    ArrayBuffer.isView(value) ||
    types.isAnyArrayBuffer(value) ||
    types.isDate(value) ||
    types.isRegExp(value) ||
    types.isBoxedPrimitive(value)
  );
}

/** Copies a graph, with marks in the place of what needs them. */
class Rebuilder {
  readonly #copies = new Map<object, unknown>();
  readonly #hooks: EncodeHooks;

  constructor(hooks: EncodeHooks) {
    this.#hooks = hooks;
  }

  copy(value: unknown, path: string): unknown {
    if (typeof value === "function") return this.#function(value as (...args: never[]) => unknown, path);
    if (typeof value !== "object" || value === null) return value;
    const have = this.#copies.get(value);
    if (have !== undefined) return have;
    const kind = kindOf(value);
    if (kind === "data") return this.#data(value, path);
    return this.#mark(kind, value, path);
  }

  #function(fn: (...args: never[]) => unknown, path: string): unknown {
    const have = this.#copies.get(fn);
    if (have !== undefined) return have;
    let mark: Mark;
    if (isPortable(fn)) mark = { [markKey]: "portable", reference: fn[portable]() };
    else if (this.#hooks.shipFunction)
      mark = { [markKey]: "function", shipped: this.#hooks.shipFunction(fn) };
    else {
      throw new SerializationError(
        `${path} can't be sent: it is a function (${fn.name || "anonymous"}). Return the data it would work on`,
        path,
      );
    }
    this.#copies.set(fn, mark);
    return mark;
  }

  #mark(kind: Exclude<Kind, "data">, value: object, path: string): unknown {
    if (kind === "error") {
      const mark = encodeError(value as Error, this.#hooks.referenceTo, (shell) =>
        this.#copies.set(value, shell),
      );
      return mark;
    }
    if (kind === "escaped") {
      const inner: Record<string, unknown> = {};
      const mark: Mark = { [markKey]: "escaped", value: inner };
      this.#copies.set(value, mark);
      this.#copyKeys(value, inner, path);
      return mark;
    }
    let mark: Mark;
    if (kind === "buffer") {
      const buffer = value as Buffer;
      // structured clone copies what lies under a view: a pooled Buffer would drag its whole pool along
      const whole = buffer.byteLength === buffer.buffer.byteLength;
      mark = { [markKey]: "buffer", bytes: whole ? new Uint8Array(buffer.buffer) : new Uint8Array(buffer) };
    } else if (kind === "url") mark = { [markKey]: "url", href: (value as URL).href };
    else mark = { [markKey]: "portable", reference: (value as never as { [portable](): never })[portable]() };
    this.#copies.set(value, mark);
    return mark;
  }

  #data(value: object, path: string): unknown {
    if (Array.isArray(value)) {
      const copy: unknown[] = new Array(value.length);
      this.#copies.set(value, copy);
      for (const key of Object.keys(value)) {
        (copy as never as Record<string, unknown>)[key] = this.copy(
          (value as never as Record<string, unknown>)[key],
          `${path}[${key}]`,
        );
      }
      return copy;
    }
    if (types.isMap(value)) {
      const copy = new Map<unknown, unknown>();
      this.#copies.set(value, copy);
      for (const [key, item] of value) {
        copy.set(this.copy(key, `${path} (map key)`), this.copy(item, `${path}.get(${String(key)})`));
      }
      return copy;
    }
    if (types.isSet(value)) {
      const copy = new Set<unknown>();
      this.#copies.set(value, copy);
      for (const item of value) copy.add(this.copy(item, `${path} (set member)`));
      return copy;
    }
    // typed arrays, dates, ports and other things that structured clone knows better
    if (isLeaf(value) || isHostObject(value)) return value;
    const copy: Record<string, unknown> = Object.getPrototypeOf(value) === null ? Object.create(null) : {};
    this.#copies.set(value, copy);
    this.#copyKeys(value, copy, path);
    return copy;
  }

  #copyKeys(from: object, to: Record<string, unknown>, path: string): void {
    for (const key of Object.keys(from)) {
      const value = this.copy((from as Record<string, unknown>)[key], `${path}.${key}`);
      if (key === "__proto__")
        Object.defineProperty(to, key, { value, enumerable: true, writable: true, configurable: true });
      else to[key] = value;
    }
  }
}

/** Whether structured clone treats the object by what it is and not by its keys: ports, blobs, key objects. */
function isHostObject(value: object): boolean {
  const tag: unknown = (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  return (
    typeof tag === "string" ||
    types.isExternal(value) ||
    types.isPromise(value) ||
    types.isProxy(value) ||
    types.isKeyObject(value) ||
    types.isCryptoKey(value) ||
    value.constructor?.name === "MessagePort" ||
    value.constructor?.name === "FileHandle" ||
    value.constructor?.name === "BlockList"
  );
}
