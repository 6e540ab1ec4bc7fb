/**
 * Small pieces of binary data.
 *
 * @module
 */
import * as types from "node:util/types";
import { isPortable } from "../../portable.js";
import { isDetached } from "../graph.js";

/**
 * Most bytes of an ArrayBuffer in a frame. A message of its own costs as much as copying some ten KB more often
 * than structured clone does; from about here on the two take the same time, and large frames crowd the ring.
 */
export const mostBinaryBytes = 32_768;

type BinaryConstructor = new (buffer: ArrayBuffer) => object;

/** What binary data a frame can carry; its place in the list is its number on the wire. */
const binaryKinds: readonly BinaryConstructor[] = [
  ArrayBuffer,
  Uint8Array,
  Uint8ClampedArray,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigUint64Array,
  BigInt64Array,
  DataView,
  ...namedIfThere("Float16Array"),
] as readonly BinaryConstructor[];

const kindByPrototype = new Map<unknown, number>(
  binaryKinds.map((constructor, kind) => [constructor.prototype, kind]),
);

/** The number of a value's kind of binary data; undefined for anything else. */
export function binaryKindOf(value: object, prototype: object): number | undefined {
  const kind = kindByPrototype.get(prototype);
  if (kind === undefined) return undefined;
  // a prototype can be changed: what the value is says the tag of typed arrays, which is a getter
  const constructor = binaryKinds[kind] as unknown;
  if (constructor === ArrayBuffer) return types.isArrayBuffer(value) ? kind : undefined;
  if (constructor === DataView) return types.isDataView(value) ? kind : undefined;
  const tag: unknown = (value as Uint8Array)[Symbol.toStringTag];
  return tag === (constructor as Function).name ? kind : undefined;
}

/**
 * The memory of an ArrayBuffer or of a view of a whole one; undefined for what a copy of its bytes would not
 * stand for: large, shared, resizable or detached memory, and views of a part, which show the rest by `buffer`.
 */
export function wholeMemoryOf(value: object): ArrayBuffer | undefined {
  const isView = ArrayBuffer.isView(value);
  const memory: unknown = isView ? value.buffer : value;
  if (!types.isArrayBuffer(memory)) return undefined;
  const { byteLength, resizable, immutable } = memory as ArrayBuffer & {
    resizable?: boolean;
    immutable?: boolean;
  };
  if (byteLength > mostBinaryBytes || resizable === true || immutable === true) return undefined;
  if (isView && value.byteLength !== byteLength) return undefined;
  if (byteLength === 0 && isDetached(memory)) return undefined;
  return isPortable(value) ? undefined : memory;
}

/** Makes binary data of a kind from bytes, which are copied; undefined where there is no such kind. */
export function binaryOf(kind: number, bytes: Uint8Array): object | undefined {
  const constructor = binaryKinds[kind];
  if (constructor === undefined) return undefined;
  const memory = new ArrayBuffer(bytes.length);
  new Uint8Array(memory).set(bytes);
  return constructor === (ArrayBuffer as unknown) ? memory : new constructor(memory);
}

function namedIfThere(name: string): unknown[] {
  const found = (globalThis as Record<string, unknown>)[name];
  return typeof found === "function" ? [found] : [];
}
