/**
 * Large binary data on its way out. Structured clone copies it twice, into the message here and out of it on the
 * other side; copied once, into memory that moves, it arrives the same in two thirds of the time, and the
 * original stays where it is.
 *
 * @module
 */
import { EventEmitter } from "node:events";
import { types } from "node:util";
import { forEachChild, kindOf } from "./graph.js";
import type { Transferable } from "./transfer.js";

/**
 * From so many bytes on memory moves as a copy. What is smaller lies in memory that the allocator has at hand,
 * and to move it costs a thread more than to copy it once again.
 */
const worthMoving = 65_536;

type ViewConstructor = new (memory: ArrayBuffer, byteOffset: number, length: number) => object;

/** The copies that stand in a message for large memory. */
export class MemoryCopies {
  readonly #copies = new Map<ArrayBuffer, ArrayBuffer>();
  readonly #adopted: ArrayBuffer[] = [];

  /**
   * Copies the large memory of a graph.
   * @param moving - what moves by itself.
   * @returns undefined when the graph holds what a copy made here would not stand for.
   */
  static of(root: unknown, moving: readonly Transferable[]): MemoryCopies | undefined {
    const found = memoriesIn(root);
    if (found === undefined) return undefined;
    const copies = new MemoryCopies();
    for (const memory of found) if (!moving.includes(memory)) copies.#add(memory);
    return copies;
  }

  /** All that is to move. */
  get memories(): readonly ArrayBuffer[] {
    return [...this.#copies.values(), ...this.#adopted];
  }

  /** Whether something else stands for a value. */
  replaces(value: object): boolean {
    const memory = memoryOf(value);
    return memory !== undefined && this.#copies.has(memory);
  }

  /** What stands for memory or a view of it; undefined where it goes as it is. */
  standIn(value: object): object | undefined {
    const memory = memoryOf(value);
    const copy = memory && this.#copies.get(memory);
    if (copy === undefined || memory === value) return copy;
    if (types.isDataView(value))
      return new DataView(copy, dataView("byteOffset", value), dataView("byteLength", value));
    // a view of a class of the user's arrives as one of the class that it extends
    const constructor = (globalThis as unknown as Record<string, ViewConstructor>)[
      typedArray<string>(Symbol.toStringTag, value)
    ]!;
    return new constructor(copy, typedArray("byteOffset", value), typedArray("length", value));
  }

  /** Takes bytes that were made for the message and that nobody else holds. */
  adopt(bytes: Uint8Array): Uint8Array {
    if (bytes.byteLength >= worthMoving) this.#adopted.push(bytes.buffer as ArrayBuffer);
    return bytes;
  }

  #add(memory: ArrayBuffer): void {
    try {
      const bytes = new Uint8Array(memory);
      // not cleared first: each of its bytes is written
      const copy = Buffer.allocUnsafeSlow(bytes.length);
      copy.set(bytes);
      this.#copies.set(memory, copy.buffer);
    } catch {
      // no room for it, or a getter that was met on the way has moved it elsewhere: structured clone tells of it
    }
  }
}

/** Whether a value is large memory, or a view of such: then a copy of it may be worth moving. */
export function isLargeMemory(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === Array.prototype || prototype === null) return false;
  return memoryOf(value) !== undefined;
}

type Read = <T>(key: PropertyKey, view: object) => T;

/** Reads what a view is as structured clone does: a class of the user's may say something else of it. */
const read =
  (prototype: object): Read =>
  (key, view) =>
    Object.getOwnPropertyDescriptor(prototype, key)!.get!.call(view) as never;

const typedArray = read(Object.getPrototypeOf(Uint8Array.prototype) as object);
const dataView = read(DataView.prototype);

/** Large memory that a copy of its bytes can stand for: not shared, not resizable, not detached. */
function memoryOf(value: object): ArrayBuffer | undefined {
  const memory = ArrayBuffer.isView(value) ? memoryUnder(value) : value;
  if (!types.isArrayBuffer(memory)) return undefined;
  const { byteLength, resizable, immutable } = memory as ArrayBuffer & {
    resizable?: boolean;
    immutable?: boolean;
  };
  return byteLength < worthMoving || resizable === true || immutable === true ? undefined : memory;
}

function memoryUnder(view: ArrayBufferView): object {
  return types.isDataView(view) ? dataView("buffer", view) : typedArray("buffer", view);
}

/** The large memory in a small graph; undefined where one of its objects may hold more of it that is not seen. */
function memoriesIn(root: unknown): Set<ArrayBuffer> | undefined {
  const memories = new Set<ArrayBuffer>();
  const seen = new Set<unknown>();
  const stack: unknown[] = [root];
  const visit = (value: unknown): void => {
    if (typeof value === "object" && value !== null && !seen.has(value)) stack.push(value);
  };
  while (stack.length > 0) {
    const value = stack.pop() as object;
    seen.add(value);
    const memory = memoryOf(value);
    const kind = kindOf(value);
    if (memory) {
      // of a Buffer only the part that it shows is sent
      if (kind === "data" || isWhole(value, memory)) memories.add(memory);
    } else if (kind === "data") {
      if (!isPlain(value)) return undefined;
      forEachChild(value, visit);
    } else if (kind === "error") return undefined;
  }
  return memories;
}

function isWhole(value: object, memory: ArrayBuffer): boolean {
  return (value as ArrayBuffer | ArrayBufferView).byteLength === memory.byteLength;
}

/**
 * Whether structured clone goes by an object's own keys, or its members, and by nothing else: classes of the
 * platform, which it takes or refuses by what they are, have a tag of their own or keep what they are in symbols.
 */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === Array.prototype || prototype === null) return true;
  if (ArrayBuffer.isView(value) || types.isMap(value) || types.isSet(value)) return true;
  if (value instanceof EventEmitter || Object.getOwnPropertySymbols(value).length > 0) return false;
  return Object.prototype.toString.call(value) === "[object Object]";
}
