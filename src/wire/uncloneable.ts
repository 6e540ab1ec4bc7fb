import { types } from "node:util";
import { classNameOf } from "./graph.js";
import { isMark, markKey } from "./marks.js";

/** A value that structured clone refuses, and the way to it. */
export interface Uncloneable {
  readonly path: string;
  /** In words: `"a function (save)"`. */
  readonly kind: string;
}

/**
 * Finds the first value in a graph that structured clone refuses. Only called after a refusal: it may be slow.
 * What stands behind a mark has been dealt with and is left out.
 * @param isDealtWith - tells of more that is to be left out, in a graph without marks.
 */
export function findUncloneable(
  root: unknown,
  what: string,
  isDealtWith: (value: object) => boolean = () => false,
): Uncloneable | undefined {
  const seen = new Set<object>();
  let level: [unknown, string][] = [[root, what]];
  while (level.length > 0) {
    const below: [unknown, string][] = [];
    for (const [value, path] of level) {
      const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
      if (isObject && !types.isProxy(value) && isDealtWith(value)) continue;
      const kind = refusedKind(value);
      if (kind) return { path, kind };
      if (typeof value !== "object" || value === null || seen.has(value)) continue;
      seen.add(value);
      if (isMark(value)) {
        if (value[markKey] === "escaped") below.push([value.value, path]);
        continue;
      }
      const failure = addChildren(value, path, below);
      if (failure) return failure;
    }
    level = below;
  }
  return undefined;
}

function addChildren(value: object, path: string, below: [unknown, string][]): Uncloneable | undefined {
  if (types.isMap(value)) {
    for (const [key, item] of value)
      below.push([key, `${path} (map key)`], [item, `${path}.get(${keyLabel(key)})`]);
    return undefined;
  }
  if (types.isSet(value)) {
    for (const item of value) below.push([item, `${path} (set member)`]);
    return undefined;
  }
  if (ArrayBuffer.isView(value)) return undefined;
  for (const key of Object.keys(value)) {
    const itemPath = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`;
    try {
      below.push([(value as Record<string, unknown>)[key], itemPath]);
    } catch (error) {
      return {
        path: itemPath,
        kind: `a getter that throws: ${error instanceof Error ? error.message : "not an error"}`,
      };
    }
  }
  return undefined;
}

/** A key of a Map as paths show it. */
export function keyLabel(key: unknown): string {
  if (typeof key === "string") return JSON.stringify(key);
  const isNamed =
    (typeof key === "object" && key !== null) || typeof key === "symbol" || typeof key === "function";
  return isNamed ? "…" : `${key as number}`;
}

function refusedKind(value: unknown): string | undefined {
  if (typeof value === "function") return `a function (${value.name || "anonymous"})`;
  if (typeof value === "symbol") return `a symbol (${value.toString()})`;
  if (typeof value !== "object" || value === null) return undefined;
  if (types.isProxy(value)) return "a Proxy; send a plain copy of what it stands for";
  if (types.isPromise(value)) return "a Promise; await it first";
  if (types.isWeakMap(value) || types.isWeakSet(value)) return "a weak collection; send a Map or a Set";
  if (types.isGeneratorObject(value)) return "a generator; collect its values first";
  if (value instanceof WeakRef) return "a WeakRef; send what it refers to";
  if (types.isExternal(value)) return "a native handle";
  if (types.isArgumentsObject(value)) return "an arguments object; send [...arguments]";
  if (isOrdinary(value)) return undefined;
  try {
    structuredClone(shallow(value));
    return undefined;
  } catch {
    return `an instance of ${classNameOf(value) ?? "a native class"}, which can't be cloned${remedy(value)}`;
  }
}

function remedy(value: object): string {
  const name = classNameOf(value);
  if (name === "MessagePort" || name === "FileHandle") return "; move it with transfer()";
  if (types.isArrayBuffer(value) || ArrayBuffer.isView(value))
    return ": its memory was moved elsewhere before";
  return "; send the data it was made from";
}

function isOrdinary(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    prototype === null ||
    prototype === Object.prototype ||
    Array.isArray(value) ||
    types.isMap(value) ||
    types.isSet(value) ||
    types.isNativeError(value) ||
    // the wire has marks for these, whatever structured clone would say
    Buffer.isBuffer(value) ||
    value instanceof URL
  );
}

/** The object itself where structured clone goes by what it is; without its own keys where it goes by these. */
function shallow(value: object): object {
  return ArrayBuffer.isView(value) || Object.keys(value).length === 0
    ? value
    : (Object.create(Object.getPrototypeOf(value) as object) as object);
}
