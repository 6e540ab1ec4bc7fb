/**
 * Items as they lie in a queue: numbers in their slots, texts and plain data in the arena, in the compact form of the
 * wire, and all else that structured clone takes in the engine's own form.
 *
 * @module
 */
import { InvalidArgumentError, SerializationError } from "../../errors.js";
import { isPortable } from "../../portable.js";
import { shortString } from "../../wire/codec/short-strings.js";
import { shortLength } from "../../wire/codec/tags.js";
import { classNameOf, forEachChild } from "../../wire/graph.js";
import {
  decode,
  encode,
  isPrimitive,
  noSmallWord,
  refusal,
  smallValueOf,
  smallWordOf,
  ValueReader,
  ValueWriter,
} from "../../wire/index.js";
import { deserialize, type Refusals, serializeWhole } from "../../wire/serialize.js";
import { FlatObjects, writeShort } from "./flat-objects.js";
import type { Item } from "./item.js";
import {
  kindBits,
  kindFrame,
  kindLatin1,
  kindMask,
  kindNumber,
  kindSerialized,
  kindSmall,
  kindUtf16,
} from "./kinds.js";
import type { SharedShapes } from "./shared-shapes.js";
import { isWide, PutItem, type TakenItem } from "./text-items.js";

/** Most bytes of an item: what a tag can count. */
const mostBytes = 2 ** 28;

const doubles = new Float64Array(1);
const halves = new Int32Array(doubles.buffer);

const sharedWriter = new ValueWriter();
const noClass = { referenceTo: () => undefined };
const noClasses = { resolveClass: () => Promise.resolve(undefined) };

const refusals: Refusals = {
  object: "can't be put into a queue: it can't be written down. Send the data it was made from",
  memory: () =>
    "shared memory, and what consists of it, can't be put into a queue, which holds copies: capture it, or pass it as " +
    "an argument",
};

/** Writes and reads the items of one queue. */
export class ItemCodec {
  readonly #shapes: SharedShapes;
  readonly #reader: ValueReader;
  readonly #maxBytes: number;
  readonly #flat: FlatObjects;
  readonly #memory: SharedArrayBuffer;
  readonly #item: PutItem;

  /** @param memory - of the queue. */
  constructor(shapes: SharedShapes, maxBytes: number, memory: SharedArrayBuffer) {
    this.#shapes = shapes;
    this.#flat = new FlatObjects(shapes.table);
    this.#memory = memory;
    this.#item = new PutItem(memory);
    this.#reader = new ValueReader(shapes.read);
    this.#maxBytes = Math.min(maxBytes, mostBytes);
  }

  /**
   * An item, to be put in at once: the next one takes its place.
   * @throws SerializationError for what can't be put in; InvalidArgumentError for what takes too many bytes.
   */
  write(value: unknown): Item {
    // a getter of an object that is being written has called
    const item = this.#flat.busy ? new PutItem(this.#memory) : this.#item;
    if (typeof value === "string") this.#text(value, item);
    else if (typeof value !== "object" || value === null) this.#simple(value, item);
    else if (!this.#flatObject(value, item)) this.#whole(value, item);
    return item;
  }

  /** The value of an item, which has its memory to itself afterwards. */
  read(item: TakenItem): unknown {
    const { tag, first, memory, text } = item;
    if (text !== undefined) {
      item.text = undefined;
      return text;
    }
    const count = tag >>> kindBits;
    switch (tag & kindMask) {
      case kindSmall:
        return smallValueOf(first);
      case kindNumber:
        halves[0] = first;
        halves[1] = item.second;
        return plain(doubles[0]!);
      case kindLatin1:
        if (count <= shortLength) return shortString(memory.bytes, 0, count);
        return released(item, memory.bytes.toString("latin1", 0, count));
      case kindUtf16:
        return released(item, memory.bytes.toString("utf16le", 0, count));
      case kindFrame:
        this.#reader.begin(memory, 0, first, first * 4);
        return released(item, this.#reader.value());
      default: {
        // what was made of it must not see the next item
        const value = deserialize(Uint8Array.prototype.slice.call(memory.bytes, 0, count), []);
        item.release();
        return first === 1 ? decode(value, noClasses) : value;
      }
    }
  }

  #text(value: string, item: PutItem): void {
    const { length } = value;
    this.#check(length, value);
    if (writeShort(value, item.memory.bytes, 0)) item.describe(kindLatin1, length);
    else {
      const wide = isWide(value);
      if (wide) this.#check(2 * length, value);
      item.setText(value, wide);
    }
  }

  /** All that is neither text nor object. */
  #simple(value: unknown, item: PutItem): void {
    const small = smallWordOf(value);
    if (small !== noSmallWord) {
      item.first = small;
      item.describe(kindSmall, 0);
    } else if (typeof value === "number") {
      doubles[0] = value;
      item.first = halves[0]!;
      item.second = halves[1]!;
      item.describe(kindNumber, 0);
    } else this.#whole(value, item);
  }

  #flatObject(value: object, item: PutItem): boolean {
    const bytes = this.#flat.write(value, item);
    if (bytes === 0) return false;
    this.#check(bytes, value);
    item.describe(kindFrame, bytes);
    return true;
  }

  // a getter may put something in as well, so that the item is filled afterwards
  #whole(value: unknown, item: PutItem): void {
    if (!this.#frame(value, item)) this.#serialized(value, item);
  }

  #frame(value: unknown, item: PutItem): boolean {
    const writer = sharedWriter.busy ? new ValueWriter() : sharedWriter;
    this.#shapes.learn();
    writer.begin(this.#shapes.table);
    if (!writer.value(value)) return false;
    this.#shapes.settle();
    const { wordCount, byteCount, words, bytes } = writer;
    this.#check(4 * wordCount + byteCount, value);
    item.reserve(4 * wordCount + byteCount);
    const { memory } = item;
    copy(memory.words, 0, words, wordCount);
    copy(memory.bytes, 4 * wordCount, bytes, byteCount);
    item.first = wordCount;
    item.describe(kindFrame, 4 * wordCount + byteCount);
    return true;
  }

  #serialized(value: unknown, item: PutItem): void {
    const encoded = encode(value, "item", noClass);
    if (encoded.marked) refusePortables(value);
    let bytes: Uint8Array;
    try {
      bytes = serializeWhole(encoded.value, refusals);
    } catch (error) {
      throw refusal(encoded.value, "item", error);
    }
    this.#check(bytes.length, value);
    item.reserve(bytes.length);
    item.memory.bytes.set(bytes);
    item.first = encoded.marked ? 1 : 0;
    item.describe(kindSerialized, bytes.length);
  }

  #check(bytes: number, value: unknown): void {
    if (bytes <= this.#maxBytes) return;
    throw new InvalidArgumentError(
      "item",
      value,
      `one that takes at most ${this.#maxBytes} bytes, as the queue's maxBytes says (it takes ${bytes})`,
    );
  }
}

/** A number as the engine has it where it comes from no memory: whole ones are quicker so. */
function plain(value: number): number {
  const whole = value | 0;
  return whole === value && (whole !== 0 || 1 / value > 0) ? whole : value;
}

function released<T>(item: Item, value: T): T {
  item.release();
  return value;
}

/** Objects that cross to threads as themselves consist of shared memory, or belong to a thread. */
function refusePortables(root: unknown): void {
  if (isPrimitive(root)) return;
  const seen = new Set<unknown>([root]);
  for (const value of seen) {
    if (typeof value !== "object" || value === null) continue;
    if (isPortable(value)) {
      const name = classNameOf(value) ?? "object";
      throw new SerializationError(
        `a ${name} can't be put into a queue, which holds copies: capture it, or pass it as an argument`,
        "item",
      );
    }
    forEachChild(value, (child) => void seen.add(child));
  }
}

/** Up to here a loop is quicker than `set`, which has a fixed cost. */
const shortCopy = 48;

function copy(to: Int32Array | Uint8Array, at: number, from: Int32Array | Uint8Array, count: number): void {
  if (count > shortCopy) to.set(from.subarray(0, count), at);
  else for (let i = 0; i < count; i++) to[at + i] = from[i]!;
}
