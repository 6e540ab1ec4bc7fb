/**
 * Errors on the wire: class, message, stack, own properties, `cause` and `AggregateError.errors` arrive as
 * they left. A property that can't travel arrives as a short text about it, so that an error is never
 * replaced by a complaint about itself.
 *
 * @module
 */
import { types } from "node:util";
import { errorClasses } from "../errors.js";
import { type ErrorClassMark, type ErrorMark, type Mark, markKey } from "./marks.js";

type AnyFunction = (...args: never[]) => unknown;

/** How deep the properties of an error are followed; below stands the class name. */
const deepest = 6;

const standard = new Set(["message", "stack", "cause", "errors", "name"]);

/**
 * Describes an error for the other side. Never throws, whatever getters and proxies the error holds.
 * @param referenceTo - how the other side finds a class again.
 * @param announce - told of the mark before its parts are followed, for cycles.
 */
export function encodeError(
  error: Error,
  referenceTo: (errorClass: AnyFunction) => unknown,
  announce: (mark: ErrorMark) => void = () => {},
): ErrorMark {
  return new ErrorEncoder(referenceTo, announce).error(error, 0);
}

class ErrorEncoder {
  readonly #marks = new Map<object, unknown>();
  readonly #referenceTo: (errorClass: AnyFunction) => unknown;
  readonly #announce: (mark: ErrorMark) => void;

  constructor(referenceTo: (errorClass: AnyFunction) => unknown, announce: (mark: ErrorMark) => void) {
    this.#referenceTo = referenceTo;
    this.#announce = announce;
  }

  error(error: Error, depth: number): ErrorMark {
    const mark: { -readonly [K in keyof ErrorMark]: ErrorMark[K] } = {
      [markKey]: "error",
      errorClass: this.#classOf(error),
      message: textOf(() => error.message),
      stack: textOf(() => error.stack ?? "") || undefined,
      properties: [],
      cause: undefined,
      errors: undefined,
    };
    this.#marks.set(error, mark);
    if (depth === 0) this.#announce(mark);
    for (const key of ownKeys(error)) {
      if (standard.has(key) && key !== "name") continue;
      const enumerable = Object.getOwnPropertyDescriptor(error, key)?.enumerable ?? true;
      mark.properties.push([
        key,
        this.value(() => (error as never as Record<string, unknown>)[key], depth + 1),
        enumerable,
      ]);
    }
    if (hasOwn(error, "cause")) mark.cause = { value: this.value(() => error.cause, depth + 1) };
    if (hasOwn(error, "errors")) {
      const errors = this.value(() => (error as AggregateError).errors, depth);
      if (Array.isArray(errors)) mark.errors = errors;
      else mark.properties.push(["errors", errors, false]);
    }
    return mark;
  }

  /** A part of an error, with a text in the place of what can't travel. */
  value(read: () => unknown, depth: number): unknown {
    let value: unknown;
    try {
      value = read();
    } catch (error) {
      return `[getter threw: ${textOf(() => String(error))}]`;
    }
    if (typeof value === "function") return `[Function: ${value.name || "(anonymous)"}]`;
    if (typeof value === "symbol") return value.toString();
    if (typeof value !== "object" || value === null) return value;
    const have = this.#marks.get(value);
    if (have !== undefined) return have;
    if (types.isProxy(value)) return "[Proxy]";
    if (types.isNativeError(value) || value instanceof DOMException) return this.error(value, depth);
    if (depth > deepest) return `[${className(value)}]`;
    return this.#container(value, depth);
  }

  #container(value: object, depth: number): unknown {
    if (Buffer.isBuffer(value))
      return this.#keep(value, { [markKey]: "buffer", bytes: new Uint8Array(value) });
    if (value instanceof URL) return this.#keep(value, { [markKey]: "url", href: value.href });
    if (Array.isArray(value)) {
      const copy: unknown[] = [];
      this.#marks.set(value, copy);
      for (let i = 0; i < value.length; i++) copy.push(this.value(() => value[i], depth + 1));
      return copy;
    }
    if (types.isMap(value)) {
      const copy = new Map<unknown, unknown>();
      this.#marks.set(value, copy);
      for (const [key, item] of value)
        copy.set(
          this.value(() => key, depth + 1),
          this.value(() => item, depth + 1),
        );
      return copy;
    }
    if (types.isSet(value)) {
      const copy = new Set<unknown>();
      this.#marks.set(value, copy);
      for (const item of value) copy.add(this.value(() => item, depth + 1));
      return copy;
    }
    if (
      types.isDate(value) ||
      types.isRegExp(value) ||
      types.isAnyArrayBuffer(value) ||
      ArrayBuffer.isView(value)
    ) {
      return value;
    }
    if (types.isPromise(value) || types.isExternal(value)) return `[${className(value)}]`;
    const copy: Record<string, unknown> = {};
    this.#marks.set(value, copy);
    for (const key of ownKeys(value)) {
      if (!Object.prototype.propertyIsEnumerable.call(value, key)) continue;
      const item = this.value(() => (value as Record<string, unknown>)[key], depth + 1);
      Object.defineProperty(copy, key, { value: item, enumerable: true, writable: true, configurable: true });
    }
    return Object.hasOwn(copy, markKey) ? { [markKey]: "escaped", value: copy } : copy;
  }

  #keep(value: object, mark: Mark): Mark {
    this.#marks.set(value, mark);
    return mark;
  }

  #classOf(error: Error): ErrorClassMark {
    try {
      for (let level = 0, C: unknown = error.constructor; typeof C === "function" && level < 20; level++) {
        const known = knownClass(C);
        if (level === 0) {
          if (known) return known;
          const reference = this.#referenceTo(C as AnyFunction);
          if (reference !== undefined) {
            return { reference, name: C.name, fallback: nearestBuiltin(C) };
          }
        }
        if (known) return known;
        C = Object.getPrototypeOf(C);
      }
    } catch {
      // a hostile `constructor`: the error still travels, as an Error
    }
    return { builtin: "Error" };
  }
}

function knownClass(errorClass: object): ErrorClassMark | undefined {
  const name = (errorClass as { name: string }).name;
  if ((errorClasses as Record<string, unknown>)[name] === errorClass) return { ungil: name };
  return (globalThis as Record<string, unknown>)[name] === errorClass ? { builtin: name } : undefined;
}

function nearestBuiltin(errorClass: object): string {
  for (let C: unknown = errorClass; typeof C === "function"; C = Object.getPrototypeOf(C)) {
    const known = knownClass(C);
    if (known && "builtin" in known) return known.builtin;
  }
  return "Error";
}

function textOf(read: () => string): string {
  try {
    // a getter may answer anything
    // oxlint-disable-next-line typescript/no-unnecessary-type-conversion
    return String(read());
  } catch {
    return "[getter threw]";
  }
}

function ownKeys(value: object): string[] {
  try {
    return Object.getOwnPropertyNames(value);
  } catch {
    return [];
  }
}

function hasOwn(value: object, key: string): boolean {
  try {
    return Object.hasOwn(value, key);
  } catch {
    return false;
  }
}

function className(value: object): string {
  try {
    return (
      (Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null)?.constructor?.name ??
      "Object"
    );
  } catch {
    return "Object";
  }
}

/**
 * Makes the bare error of a mark: right class, message and stack, as yet without its own properties.
 * @param found - the class a reference led to, where it led to one.
 */
export function shellOfError(mark: ErrorMark, found: AnyFunction | undefined): Error {
  const name = "name" in mark.errorClass ? mark.errorClass.fallback : undefined;
  const wanted =
    found ?? classByMark(mark.errorClass) ?? (globalThis as Record<string, unknown>)[name ?? "Error"];
  const error = mark.errorClass && wanted === DOMException ? domException(mark) : new Error(mark.message);
  const prototype: unknown = (wanted as { prototype?: unknown }).prototype;
  if (prototype instanceof Error || prototype === Error.prototype) Object.setPrototypeOf(error, prototype);
  // a class that could not be found keeps its name
  if (!found && "name" in mark.errorClass) hidden(error, "name", mark.errorClass.name);
  if (mark.stack === undefined) delete (error as { stack?: string }).stack;
  else hidden(error, "stack", mark.stack);
  return error;
}

/** Gives a bare error its own properties, `cause` and `errors`; `map` turns what arrived into what it stood for. */
export function fillError(error: Error, mark: ErrorMark, map: (value: unknown) => unknown): void {
  if (mark.cause) hidden(error, "cause", map(mark.cause.value));
  if (mark.errors) hidden(error, "errors", map(mark.errors));
  for (const [key, value, enumerable] of mark.properties) {
    try {
      Object.defineProperty(error, key, {
        value: map(value),
        writable: true,
        configurable: true,
        enumerable,
      });
    } catch {
      // a class of the user may have made the property read-only; the rest still arrives
    }
  }
}

function domException(mark: ErrorMark): Error {
  const name = mark.properties.find(([key]) => key === "name")?.[1];
  return new DOMException(mark.message, typeof name === "string" ? name : "Error");
}

function classByMark(mark: ErrorClassMark): unknown {
  if ("ungil" in mark) return (errorClasses as Record<string, unknown>)[mark.ungil];
  if ("builtin" in mark) return (globalThis as Record<string, unknown>)[mark.builtin];
  return undefined;
}

function hidden(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, configurable: true, enumerable: false });
}
