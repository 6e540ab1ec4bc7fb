import { types } from "node:util";

/** A value that structured clone refuses, and the way to it. */
export interface Uncloneable {
  readonly path: string;
  /** In words: `"a function (save)"`. */
  readonly kind: string;
}

/** Finds the first value in a graph that structured clone refuses. Only called after a refusal: it may be slow. */
export function findUncloneable(root: unknown, what: string): Uncloneable | undefined {
  const seen = new Set<object>();
  const queue: [unknown, string][] = [[root, what]];
  for (let next = queue.shift(); next; next = queue.shift()) {
    const [value, path] = next;
    const kind = refusedKind(value);
    if (kind) return { path, kind };
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    if (Array.isArray(value)) value.forEach((item, index) => queue.push([item, `${path}[${index}]`]));
    else if (types.isMap(value)) {
      for (const [key, item] of value)
        queue.push([key, `${path} (map key)`], [item, `${path}.get(${label(key)})`]);
    } else if (types.isSet(value)) for (const item of value) queue.push([item, `${path} (set member)`]);
    else if (!ArrayBuffer.isView(value))
      for (const [key, item] of entries(value)) queue.push([item, `${path}.${key}`]);
  }
  return undefined;
}

function entries(value: object): [string, unknown][] {
  try {
    return Object.entries(value);
  } catch {
    // a getter throws: then the refusal's own message is all there is to say
    return [];
  }
}

function label(key: unknown): string {
  if (typeof key === "string") return JSON.stringify(key);
  return typeof key === "number" || typeof key === "bigint" || typeof key === "boolean" ? String(key) : "…";
}

function refusedKind(value: unknown): string | undefined {
  if (typeof value === "function") return `a function (${value.name || "anonymous"})`;
  if (typeof value === "symbol") return `a symbol (${value.toString()})`;
  if (typeof value !== "object" || value === null) return undefined;
  if (types.isProxy(value)) return "a Proxy";
  if (types.isPromise(value)) return "a Promise; await it first";
  if (types.isWeakMap(value) || types.isWeakSet(value)) return "a weak collection";
  if (types.isGeneratorObject(value)) return "a generator; collect its values first";
  if (value instanceof WeakRef) return "a WeakRef";
  if (types.isExternal(value)) return "a native handle";
  if (types.isArgumentsObject(value) || isOrdinary(value)) return undefined;
  try {
    structuredClone(shallow(value));
    return undefined;
  } catch {
    return `an instance of ${value.constructor?.name ?? "a native class"}, which can't be cloned`;
  }
}

function isOrdinary(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    prototype === null ||
    prototype === Object.prototype ||
    Array.isArray(value) ||
    types.isMap(value) ||
    types.isSet(value) ||
    types.isNativeError(value)
  );
}

/** The object itself where structured clone goes by what it is; without its own keys where it goes by these. */
function shallow(value: object): object {
  return Object.keys(value).length === 0 ? value : Object.create(Object.getPrototypeOf(value) as object);
}
