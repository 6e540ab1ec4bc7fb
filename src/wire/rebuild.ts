/**
 * The copy of a graph in which marks stand for what structured clone can't take. Only what leads to a mark is
 * copied: the rest stays untouched, and structured clone gets ports, keys, blobs and dates as they are.
 *
 * @module
 */
import { EventEmitter } from "node:events";
import { types } from "node:util";
import { CaptureError, SerializationError } from "../errors.js";
import { isPortable, type Portable, portable } from "../portable.js";
import { ErrorDescriber } from "./describe-error.js";
import type { EncodeHooks } from "./encode.js";
import { classNameOf, forEachChild, type Kind, kindOf } from "./graph.js";
import { hollowRefusal } from "./hollow.js";
import { type Mark, markKey } from "./marks.js";
import type { MemoryCopies } from "./memory-copies.js";
import { keyLabel } from "./uncloneable.js";

type AnyFunction = (...args: never[]) => unknown;

/**
 * Copies a graph, with marks in the place of what needs them.
 * @param marked - whether the message will say that there are marks in it: only then can there be any.
 * @param memory - what stands for large memory.
 * @throws SerializationError for a function that can't be sent and for an executor that can't be used there.
 */
export function rebuild(
  root: unknown,
  what: string,
  hooks: EncodeHooks,
  marked: boolean,
  memory: MemoryCopies | undefined,
): unknown {
  return new Rebuilder(root, hooks, marked, memory).run(root, what);
}

class Rebuilder {
  readonly #copies = new Map<object, unknown>();
  readonly #hooks: EncodeHooks;
  readonly #marked: boolean;
  readonly #memory: MemoryCopies | undefined;
  /** Everything outside of errors. */
  readonly #seen = new Set<object>();
  /** What needs a mark or a copy, and what leads there. */
  readonly #leading: Set<object>;
  readonly #errors: ErrorDescriber;

  constructor(root: unknown, hooks: EncodeHooks, marked: boolean, memory: MemoryCopies | undefined) {
    this.#hooks = hooks;
    this.#marked = marked;
    this.#memory = memory;
    this.#leading = this.#leadingToMarks(root);
    // an error may refer to what lies outside of it
    this.#errors = new ErrorDescriber(hooks.referenceTo, (value) =>
      this.#seen.has(value) ? (this.#copies.get(value) ?? value) : undefined,
    );
  }

  run(root: unknown, what: string): unknown {
    const copy = this.#copy(root, what);
    this.#errors.finish();
    return copy;
  }

  #copy(value: unknown, path: string): unknown {
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return value;
    if (!this.#leading.has(value)) return value;
    const have = this.#copies.get(value);
    if (have !== undefined) return have;
    if (typeof value === "function") return this.#keep(value, this.#function(value as AnyFunction, path));
    const kind = kindOf(value);
    if (kind === "data") {
      const standIn = this.#memory?.standIn(value);
      return standIn ? this.#keep(value, standIn) : this.#data(value, path);
    }
    return this.#keep(value, this.#mark(kind, value, path));
  }

  #keep<T>(value: object, copy: T): T {
    this.#copies.set(value, copy);
    return copy;
  }

  #function(fn: AnyFunction, path: string): Mark {
    if (isPortable(fn)) return portableMark(fn, path);
    const { shipFunction } = this.#hooks;
    if (!shipFunction) {
      throw new SerializationError(
        `${path} can't be sent: it is a function (${fn.name || "anonymous"}). Send the data it would work on`,
        path,
      );
    }
    try {
      return { [markKey]: "function", shipped: shipFunction(fn) };
    } catch (cause) {
      if (!(cause instanceof CaptureError)) throw cause;
      throw new SerializationError(`${path} can't be sent: ${cause.message}`, path, { cause });
    }
  }

  #mark(kind: Exclude<Kind, "data">, value: object, path: string): Mark {
    switch (kind) {
      case "error":
        return this.#errors.mark(value as Error);
      case "url":
        return { [markKey]: "url", href: (value as URL).href };
      case "portable":
        return portableMark(value as Portable, path);
      case "hollow":
        throw new SerializationError(`${path} can't be sent: ${hollowRefusal(value)}`, path);
      default:
        return { [markKey]: "buffer", bytes: this.#bytesOf(value as Buffer) };
    }
  }

  #data(value: object, path: string): unknown {
    if (types.isProxy(value) || types.isArgumentsObject(value)) return value;
    if (value instanceof EventEmitter) {
      throw new SerializationError(
        `${path} can't be sent: it is an instance of ${classNameOf(value) ?? "EventEmitter"}, whose listeners belong to this thread. ` +
          "Send the data it was made from, and make it where it is used",
        path,
      );
    }
    const copy = emptyLike(value);
    const escaped = this.#marked && Object.hasOwn(value, markKey);
    this.#copies.set(value, escaped ? { [markKey]: "escaped", value: copy } : copy);
    if (types.isMap(value)) {
      value.forEach((item, key) => {
        (copy as Map<unknown, unknown>).set(
          this.#copy(key, `${path} (map key)`),
          this.#copy(item, `${path}.get(${keyLabel(key)})`),
        );
      });
    } else if (types.isSet(value)) {
      value.forEach((item) => (copy as Set<unknown>).add(this.#copy(item, `${path} (set member)`)));
    } else this.#keys(value, copy, path);
    return this.#copies.get(value);
  }

  #keys(from: object, to: object, path: string): void {
    const inArray = Array.isArray(from);
    for (const key of Object.keys(from)) {
      const item = (from as Record<string, unknown>)[key];
      const value = this.#copy(item, inArray ? `${path}[${key}]` : `${path}.${key}`);
      if (key === "__proto__")
        Object.defineProperty(to, key, { value, enumerable: true, writable: true, configurable: true });
      else (to as Record<string, unknown>)[key] = value;
    }
  }

  /**
   * The bytes of a Buffer. Structured clone copies all that lies under a view: a pooled Buffer would drag its
   * pool along, so that it is copied here first. Shared memory stays shared.
   */
  #bytesOf(buffer: Buffer): Uint8Array {
    const { buffer: memory, byteOffset, byteLength } = buffer;
    const whole = this.#memory?.standIn(memory);
    if (whole && byteLength === memory.byteLength) return new Uint8Array(whole as ArrayBuffer);
    const asItIs = memory instanceof SharedArrayBuffer || byteLength === memory.byteLength;
    if (asItIs) return new Uint8Array(memory, byteOffset, byteLength);
    const bytes = new Uint8Array(buffer);
    return this.#memory ? this.#memory.adopt(bytes) : bytes;
  }

  /** What needs a mark and what leads there, however long and cyclic the way. */
  #leadingToMarks(root: unknown): Set<object> {
    const seen = this.#seen;
    const parents = new Map<object, object[]>();
    const leading = new Set<object>();
    const stack: object[] = [];
    let parent: object | undefined;
    const visit = (value: unknown): void => {
      if ((typeof value !== "object" && typeof value !== "function") || value === null) return;
      if (parent) {
        const list = parents.get(value);
        if (list) list.push(parent);
        else parents.set(value, [parent]);
      }
      if (seen.has(value)) return;
      seen.add(value);
      stack.push(value);
    };
    visit(root);
    for (let value = stack.pop(); value; value = stack.pop()) {
      if (typeof value === "function" || kindOf(value) !== "data" || this.#memory?.replaces(value))
        leading.add(value);
      else {
        if (this.#marked && Object.hasOwn(value, markKey)) leading.add(value);
        parent = value;
        // by its keys, an array too: it may have properties beside its elements
        if (Array.isArray(value)) for (const item of Object.values(value)) visit(item);
        else forEachChild(value, visit);
      }
    }
    const queue = [...leading];
    for (let value = queue.pop(); value; value = queue.pop()) {
      for (const each of parents.get(value) ?? []) {
        if (leading.has(each)) continue;
        leading.add(each);
        queue.push(each);
      }
    }
    return leading;
  }
}

function emptyLike(value: object): object {
  if (Array.isArray(value)) return new Array(value.length);
  if (types.isMap(value)) return new Map();
  if (types.isSet(value)) return new Set();
  return Object.getPrototypeOf(value) === null ? (Object.create(null) as object) : {};
}

function portableMark(value: Portable, path: string): Mark {
  try {
    return { [markKey]: "portable", reference: value[portable]() };
  } catch (cause) {
    if (!(cause instanceof SerializationError)) throw cause;
    throw new SerializationError(`${path} can't be sent: ${cause.message}`, path, { cause });
  }
}
