/**
 * Values as bytes, by the engine's own structured clone: they keep their types where no message can bring them. On
 * the way to another process the memory of large buffers goes beside the bytes, not through them.
 *
 * @module
 */
import { types } from "node:util";
import { Deserializer, Serializer } from "node:v8";
import { SerializationError } from "../errors.js";
import { memoryRefusal } from "../portable.js";
import { classNameOf } from "./graph.js";
import type { Transferable } from "./transfer.js";

/** A value as bytes. */
export interface Serialized {
  readonly bytes: Uint8Array;
  /** Memory that the value refers to by number. */
  readonly buffers: readonly Uint8Array[];
}

/** Buffers from this size on, in bytes, go beside the value: copied once instead of three times. */
const largeBytes = 32 * 1024;

/** What errors say of values that can't go where the bytes go. */
export interface Refusals {
  /** Of an object of the platform, behind its name. */
  readonly object: string;
  /** Of shared memory. */
  memory(memory: SharedArrayBuffer): string;
}

const toProcess: Refusals = {
  object:
    "can't be sent to another process: nothing there would be the same. Send the data it was made from, or use threads",
  memory: (memory) =>
    memoryRefusal(memory) ??
    "a SharedArrayBuffer can't be sent to another process: memory is shared by threads. Copy it, or use a " +
      "ThreadPoolExecutor",
};

class MessageSerializer extends Serializer {
  readonly #refusals: Refusals;

  constructor(refusals: Refusals) {
    super();
    this.#refusals = refusals;
  }

  /** Called by the engine for memory that is shared. */
  _getSharedArrayBufferId(memory: SharedArrayBuffer): never {
    throw new SerializationError(this.#refusals.memory(memory), "SharedArrayBuffer");
  }

  /** Called by the engine for objects of the platform. */
  _writeHostObject(value: object): never {
    throw refused(value, this.#refusals);
  }
}

function refused(value: object, refusals: Refusals): SerializationError {
  const name = classNameOf(value) ?? "native object";
  return new SerializationError(memoryRefusal(value) ?? `a ${name} ${refusals.object}`, name);
}

/**
 * Whether the engine tells of every object of the platform. Those that are made of JavaScript it has written as empty
 * objects since Node 21. Not found out by trying, which would load what a `Blob` needs.
 */
const platformIsTold = Number(process.versions.node.split(".")[0]) < 21;

/**
 * Objects that are searched for large buffers: what has more of them hardly consists of buffers. All of them, where
 * objects of the platform have to be found.
 */
const mostSearched = platformIsTold ? 100 : Number.POSITIVE_INFINITY;

/** What is sent in place of memory that stays here. */
export type CopyMemory = (memory: Uint8Array) => Uint8Array;

/**
 * @param moving - buffers that leave this process: they are detached here.
 * @param copy - for large memory.
 * @throws SerializationError, Error for what can't be sent; then nothing is detached.
 */
export function serialize(value: unknown, moving: readonly Transferable[], copy: CopyMemory): Serialized {
  const serializer = new MessageSerializer(toProcess);
  const beside: ArrayBuffer[] = [];
  const goesBeside = (buffer: ArrayBuffer): void => {
    serializer.transferArrayBuffer(beside.length, buffer);
    beside.push(buffer);
  };
  for (const each of moving) {
    if (types.isArrayBuffer(each)) goesBeside(each);
    else throw new SerializationError(`a ${classNameOf(each) ?? "value"} ${toProcess.object}`, "transfer");
  }
  for (const each of largeBuffers(value, beside, toProcess)) goesBeside(each);
  serializer.writeHeader();
  serializer.writeValue(value);
  const bytes = serializer.releaseBuffer();
  const buffers = beside.map((buffer, at) =>
    at < moving.length
      ? new Uint8Array(structuredClone(buffer, { transfer: [buffer] }))
      : copy(new Uint8Array(buffer)),
  );
  return { bytes, buffers };
}

/**
 * The same with all in one piece.
 * @throws SerializationError, Error for what can't be sent.
 */
export function serializeWhole(value: unknown, refusals: Refusals): Uint8Array {
  const serializer = new MessageSerializer(refusals);
  // what the engine would not tell of
  largeBuffers(value, [], refusals);
  serializer.writeHeader();
  serializer.writeValue(value);
  return serializer.releaseBuffer();
}

/** @throws Error for bytes that are not a value. */
export function deserialize(bytes: Uint8Array, buffers: readonly ArrayBuffer[]): unknown {
  const deserializer = new Deserializer(bytes);
  for (const [at, buffer] of buffers.entries()) deserializer.transferArrayBuffer(at, buffer);
  deserializer.readHeader();
  return deserializer.readValue();
}

/** Copies a value as the way to another process does. @throws what `serialize` throws. */
export function clone(value: unknown): unknown {
  const { bytes, buffers } = serialize(value, [], (memory) => memory.slice());
  return deserialize(
    bytes,
    buffers.map(({ buffer }) => buffer as ArrayBuffer),
  );
}

/** The large buffers in a value, but for those that are known. */
function largeBuffers(root: unknown, known: readonly ArrayBuffer[], refusals: Refusals): Set<ArrayBuffer> {
  const found = new Set<ArrayBuffer>();
  const seen = new Set<object>();
  if (typeof root === "object" && root !== null) seen.add(root);
  const note = (buffer: ArrayBufferLike): void => {
    // one that can grow has to stay one that can
    const isFixed = !(buffer as { readonly resizable?: boolean }).resizable;
    if (!types.isArrayBuffer(buffer) || buffer.byteLength < largeBytes || !isFixed) return;
    if (!known.includes(buffer)) found.add(buffer);
  };
  for (const value of seen) {
    if (ArrayBuffer.isView(value)) note(value.buffer);
    else if (types.isAnyArrayBuffer(value)) note(value);
    else if (seen.size < mostSearched) addChildren(value, seen);
    if (Object.prototype.toString.call(value) === "[object WebAssembly.Module]") {
      // the engine would write it, and refuse to read it
      throw new SerializationError(`a WebAssembly.Module ${refusals.object}`, "WebAssembly.Module");
    }
    if (!platformIsTold && isOfPlatform(value)) throw refused(value, refusals);
  }
  return found;
}

function addChildren(value: object, found: Set<object>): void {
  const add = (child: unknown): void => {
    if (typeof child === "object" && child !== null) found.add(child);
  };
  if (types.isProxy(value)) return;
  if (types.isMap(value)) {
    for (const entry of value) entry.forEach(add);
  } else if (types.isSet(value)) value.forEach(add);
  else if (Array.isArray(value)) {
    if (value.length <= mostSearched) value.forEach(add);
  } else {
    // a getter is the engine's to call, once
    for (const each of Object.values(Object.getOwnPropertyDescriptors(value))) add(each.value);
  }
}

/** Kinds of the language: the engine takes or refuses them by itself. */
const ofLanguage = [
  types.isMap,
  types.isSet,
  types.isDate,
  types.isRegExp,
  types.isAnyArrayBuffer,
  types.isBoxedPrimitive,
  types.isNativeError,
  types.isPromise,
  types.isWeakMap,
  types.isWeakSet,
  types.isGeneratorObject,
  types.isExternal,
];

/** Whether an object is one of the platform: a copy of it would be of its class, or can't be made. */
function isOfPlatform(value: object): boolean {
  if (types.isProxy(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === Array.prototype || prototype === null) return false;
  if (ArrayBuffer.isView(value) || ofLanguage.some((isOne) => isOne(value))) return false;
  // what it is made of is hidden: own keys are the sign of a class of the user's
  if (Object.keys(value).length > 0) return isPort(value);
  try {
    return Object.getPrototypeOf(structuredClone(value)) !== Object.prototype;
  } catch {
    return true;
  }
}

function isPort(value: object): boolean {
  const name = classNameOf(value);
  return name === "MessagePort" || name === "FileHandle";
}
