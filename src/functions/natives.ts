/**
 * Values that every isolate has: intrinsics and globals of Node, and members of its builtin modules. They are
 * recognised by identity and travel by name.
 *
 * @module
 */
import { builtinModules } from "node:module";
import { types } from "node:util";
import type { ReferenceNode } from "./payload.js";

const words = (text: string): string[] => text.trim().split(/\s+/);

/** Globals of the language and of Node. Anything else on `globalThis` was put there by the program. */
const eagerGlobals = words(`
  Object Function Array Number Boolean String Symbol Date Promise RegExp Error AggregateError EvalError
  RangeError ReferenceError SyntaxError TypeError URIError SuppressedError JSON Math Intl ArrayBuffer
  Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array Float16Array Float32Array Float64Array
  Uint8ClampedArray BigUint64Array BigInt64Array DataView Map BigInt Set WeakMap WeakSet WeakRef
  FinalizationRegistry Proxy Reflect Atomics SharedArrayBuffer Iterator Temporal DisposableStack
  AsyncDisposableStack ShadowRealm parseFloat parseInt decodeURI decodeURIComponent encodeURI
  encodeURIComponent escape unescape eval isFinite isNaN console process Buffer URL URLSearchParams URLPattern
  TextEncoder TextDecoder AbortController AbortSignal Event EventTarget MessageChannel MessagePort
  DOMException setTimeout setInterval setImmediate clearTimeout clearInterval clearImmediate queueMicrotask
  structuredClone atob btoa WebAssembly`);

/** Globals that Node defines lazily: asking for one loads undici, webcrypto or streams, which takes 20 to 40 ms. */
const lazyGlobals = new Set(
  words(`
  fetch FormData Headers Request Response WebSocket MessageEvent ErrorEvent CloseEvent EventSource CustomEvent
  crypto Crypto CryptoKey SubtleCrypto ReadableStream ReadableStreamDefaultReader ReadableStreamBYOBReader
  ReadableStreamBYOBRequest ReadableByteStreamController ReadableStreamDefaultController TransformStream
  TransformStreamDefaultController WritableStream WritableStreamDefaultController WritableStreamDefaultWriter
  ByteLengthQueuingStrategy CountQueuingStrategy TextEncoderStream TextDecoderStream CompressionStream
  DecompressionStream Storage navigator Navigator Performance PerformanceEntry PerformanceMark
  PerformanceMeasure PerformanceObserver PerformanceObserverEntryList PerformanceResourceTiming performance
  Blob File BroadcastChannel localStorage sessionStorage QuotaExceededError LockManager Lock`),
);

const standardGlobals = new Set([
  ...eagerGlobals,
  ...lazyGlobals,
  ...words("globalThis global undefined NaN Infinity gc"),
]);

/** Whether a name of the global object is there in every isolate. */
export const isStandardGlobal = (name: string): boolean => standardGlobals.has(name);

let natives: Map<unknown, ReferenceNode> | undefined;

/**
 * How every isolate finds a value that is part of the language or a global of Node. For a function that is not
 * native code, the caller has to check that Node wrote it: a program can replace or add members.
 */
export function nativeReference(value: unknown): ReferenceNode | undefined {
  natives ??= listNatives();
  const known = natives.get(value);
  if (known || typeof value !== "function" || !lazyGlobals.has(value.name)) return known;
  // its name says which lazy global it may be, and then that one is loaded already
  const { name } = value;
  return Reflect.get(globalThis, name) === value ? { type: "global", path: [name] } : undefined;
}

function listNatives(): Map<unknown, ReferenceNode> {
  const table = new Map<unknown, ReferenceNode>();
  const add = (value: unknown, path: string[]): void => {
    const kind = typeof value;
    if (
      (kind === "object" || kind === "function" || kind === "symbol") &&
      value !== null &&
      !table.has(value)
    )
      table.set(value, { type: "global", path });
  };
  table.set(globalThis, { type: "global", path: [] });
  // an object of the host, whose properties no copy could follow
  table.set(process.env, { type: "global", path: ["process", "env"] });
  for (const name of eagerGlobals) {
    // `process` and `Buffer` are accessors; reading an eager global loads nothing
    const holder: unknown = Reflect.get(globalThis, name);
    add(holder, [name]);
    addMembers(holder, [name], add);
    if (typeof holder === "function") {
      add(holder.prototype, [name, "prototype"]);
      addMembers(holder.prototype, [name, "prototype"], add);
    }
  }
  const constructors = [
    ["generator", function* () {}],
    ["async", async () => {}],
    ["async generator", async function* () {}],
  ] as const;
  for (const [of, fn] of constructors)
    table.set((fn as { constructor: unknown }).constructor, { type: "constructor", of });
  return table;
}

function addMembers(holder: unknown, path: string[], add: (value: unknown, path: string[]) => void): void {
  if ((typeof holder !== "object" && typeof holder !== "function") || holder === null) return;
  if (types.isProxy(holder)) return;
  for (const name of Object.getOwnPropertyNames(holder)) {
    const descriptor = Object.getOwnPropertyDescriptor(holder, name);
    if (!descriptor || !("value" in descriptor)) continue;
    if (typeof descriptor.value === "function" || typeof descriptor.value === "symbol")
      add(descriptor.value, [...path, name]);
  }
}

/** Text of a function, whatever its own `toString` says. */
export const textOf = (fn: unknown): string => Function.prototype.toString.call(fn);

/** Whether a function is native code. */
export const isNativeFunction = (fn: unknown): boolean =>
  typeof fn === "function" && /\{\s*\[native code\]\s*\}\s*$/.test(textOf(fn));

/** Deprecated or redundant names: requiring them could warn, or shadow the real one. */
const skippedBuiltins = new Set(["sys", "punycode", "process", "console", "constants"]);
let builtins = new Map<unknown, ReferenceNode>();
let loadedBuiltins = -1;

/** How every isolate finds a builtin module or one of its functions. Never loads a builtin module. */
export function builtinReference(value: unknown): ReferenceNode | undefined {
  const { moduleLoadList } = process as unknown as { moduleLoadList: string[] };
  if (moduleLoadList.length !== loadedBuiltins) {
    loadedBuiltins = moduleLoadList.length;
    builtins = listBuiltins(moduleLoadList);
  }
  return builtins.get(value);
}

function listBuiltins(loadList: readonly string[]): Map<unknown, ReferenceNode> {
  const table = new Map<unknown, ReferenceNode>();
  const loaded = new Set(loadList.map((entry) => entry.replace(/^NativeModule /, "")));
  for (const name of builtinModules) {
    if (name.startsWith("_") || skippedBuiltins.has(name) || !loaded.has(name)) continue;
    const module = `node:${name.replace(/^node:/, "")}`;
    const exports = process.getBuiltinModule(module) as Record<string, unknown>;
    if (!table.has(exports)) table.set(exports, { type: "builtin", module, path: [] });
    for (const key of Object.keys(exports)) {
      const member = Object.getOwnPropertyDescriptor(exports, key)?.value as unknown;
      const isNamespace = typeof member === "object" && member !== null && isNamespaceName(name, key);
      if ((typeof member === "function" || isNamespace) && !table.has(member))
        table.set(member, { type: "builtin", module, path: [key] });
    }
  }
  return table;
}

/** `fs.promises`, `path.posix`: objects of functions that are modules of their own. */
const isNamespaceName = (module: string, key: string): boolean => builtinModules.includes(`${module}/${key}`);
