/**
 * Errors on their way out: class, name, message, stack and own properties, `cause` and `errors` among them. A
 * property that can't travel leaves as a short text about it, so that an error is never replaced by a
 * complaint about itself. Nothing here throws, whatever getters and proxies an error holds.
 *
 * @module
 */
import { EventEmitter } from "node:events";
import { types } from "node:util";
import { describeClass, textOf } from "./error-class.js";
import { isDetached, isError } from "./graph.js";
import { type ErrorMark, type Mark, markKey } from "./marks.js";

type AnyFunction = (...args: never[]) => unknown;

/** How deep the properties of an error are followed; below stands a text. */
const deepestProperty = 12;

/** How many errors may lead from one to the next, by `cause` for instance; then stands a text. */
const longestChain = 30;

/** Describes the errors of one value. Marks are given out at once and filled in by `finish`. */
export class ErrorDescriber {
  readonly #referenceTo: (errorClass: AnyFunction) => unknown;
  readonly #copyOf: (value: object) => unknown;
  readonly #marks = new Map<object, ErrorMark>();
  readonly #parts = new Map<object, unknown>();
  readonly #queue: { error: Error; mark: ErrorMark; level: number }[] = [];

  /**
   * @param referenceTo - how the other side finds a class of the user.
   * @param copyOf - what stands for an object that is sent outside of the errors as well.
   */
  constructor(referenceTo: (errorClass: AnyFunction) => unknown, copyOf: (value: object) => unknown) {
    this.#referenceTo = referenceTo;
    this.#copyOf = copyOf;
  }

  /** What stands for an error. */
  mark(error: Error, level = 0): ErrorMark {
    const have = this.#marks.get(error);
    if (have) return have;
    const mark: ErrorMark = {
      [markKey]: "error",
      ...describeClass(error, this.#referenceTo),
      message: read(() => textOf(error.message)).value as string,
      stack: (read(() => textOf(error.stack ?? "")).value as string) || undefined,
      properties: [],
    };
    this.#marks.set(error, mark);
    this.#queue.push({ error, mark, level });
    return mark;
  }

  /** Follows the properties of all errors that were met. */
  finish(): void {
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      const { error, mark, level } = next;
      for (const key of ownNames(error)) {
        if (key === "message" || key === "stack") continue;
        const { value } = read(() => (error as never as Record<string, unknown>)[key]);
        // a text in the place of a method would break what calls it: Node gives some errors a toString
        if (typeof value === "function" && key in Object.prototype) continue;
        const enumerable = read(() => Object.prototype.propertyIsEnumerable.call(error, key)).value === true;
        mark.properties.push([key, this.#value(value, 1, level + 1), enumerable]);
      }
    }
  }

  #value(value: unknown, depth: number, level: number): unknown {
    if (typeof value === "function") return `[Function: ${nameOf(value)}]`;
    if (typeof value === "symbol") return value.toString();
    if (typeof value !== "object" || value === null) return value;
    const have = this.#marks.get(value) ?? this.#parts.get(value) ?? this.#copyOf(value);
    if (have !== undefined) return have;
    if (types.isProxy(value)) return "[Proxy]";
    if (isError(value)) {
      if (level <= longestChain) return this.mark(value, level);
      return read(() => `[${value.name}: ${value.message}]`).value;
    }
    const { value: part, threw } = read(() => this.#part(value, depth, level));
    return threw ? `[${className(value)}]` : part;
  }

  #part(value: object, depth: number, level: number): unknown {
    if (Buffer.isBuffer(value))
      return isDetached(value)
        ? "[Buffer]"
        : this.#keep(value, { [markKey]: "buffer", bytes: new Uint8Array(value) });
    if (types.isSharedArrayBuffer(value) || types.isDate(value) || types.isRegExp(value)) return value;
    if (types.isArrayBuffer(value) || ArrayBuffer.isView(value))
      return isDetached(value) ? `[${className(value)}]` : value;
    if (types.isBoxedPrimitive(value))
      return types.isSymbolObject(value) ? Symbol.prototype.toString.call(value) : value;
    if (Object.getPrototypeOf(value) === URL.prototype)
      return this.#keep(value, { [markKey]: "url", href: (value as URL).href });
    if (depth > deepestProperty) return `[${className(value)}]`;
    if (Array.isArray(value)) return this.#keys(value, new Array(value.length), depth, level);
    if (types.isMap(value)) {
      const copy = new Map<unknown, unknown>();
      this.#parts.set(value, copy);
      Map.prototype.forEach.call(value, (item, key) => {
        copy.set(this.#value(key, depth + 1, level), this.#value(item, depth + 1, level));
      });
      return copy;
    }
    if (types.isSet(value)) {
      const copy = new Set<unknown>();
      this.#parts.set(value, copy);
      Set.prototype.forEach.call(value, (item) => copy.add(this.#value(item, depth + 1, level)));
      return copy;
    }
    if (isOpaque(value)) return `[${className(value)}]`;
    return this.#keys(value, {}, depth, level);
  }

  #keys(value: object, copy: object, depth: number, level: number): unknown {
    const hasMarkKey = Object.hasOwn(value, markKey);
    const part = hasMarkKey ? ({ [markKey]: "escaped", value: copy } satisfies Mark) : copy;
    this.#parts.set(value, part);
    for (const key of Object.keys(value)) {
      const { value: item } = read(() => (value as Record<string, unknown>)[key]);
      Object.defineProperty(copy, key, {
        value: this.#value(item, depth + 1, level),
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
    return part;
  }

  #keep(value: object, mark: Mark): Mark {
    this.#parts.set(value, mark);
    return mark;
  }
}

/** Instances that are more than their properties: sockets, streams, promises, headers, weak collections. */
function isOpaque(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return false;
  return value instanceof EventEmitter || types.isPromise(value) || Object.keys(value).length === 0;
}

/** Reads what may throw: then the answer is a text that says so. */
function read(get: () => unknown): { value: unknown; threw: boolean } {
  try {
    return { value: get(), threw: false };
  } catch (error) {
    let text = "";
    try {
      text = `: ${String(error)}`;
    } catch {
      // what it threw can't even be shown
    }
    return { value: `[getter threw${text}]`, threw: true };
  }
}

function ownNames(error: object): string[] {
  try {
    return Object.getOwnPropertyNames(error);
  } catch {
    // a Proxy in the prototype chain or in its place
    return [];
  }
}

function nameOf(fn: object): string {
  const { value } = read(() => (fn as { name?: unknown }).name);
  return typeof value === "string" && value !== "" ? value : "(anonymous)";
}

function className(value: object): string {
  const { value: name } = read(() => {
    const { constructor } = Object.getPrototypeOf(value) as { constructor?: { name?: unknown } };
    if (typeof constructor?.name === "string" && constructor.name !== "") return constructor.name;
    return Object.prototype.toString.call(value).slice(8, -1);
  });
  return typeof name === "string" && !name.startsWith("[") ? name : "Object";
}
