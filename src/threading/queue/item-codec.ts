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
import { Item } from "./item.js";
import { unitBytes } from "./layout.js";
import type { SharedShapes } from "./shared-shapes.js";

/** What an item is: the lowest bits of its tag. Above them is a count of bytes. */
const kindBits = 3;
const kindMask = 7;
/** The first word is the value, as the wire has it. */
const kindSmall = 1;
/** The two words are a double. */
const kindNumber = 2;
/** Bytes, each a character of ASCII; or two for each code unit. */
const kindAscii = 3;
const kindUtf16 = 4;
/** A frame: the first word counts its words, the tag the bytes behind them. */
const kindFrame = 5;
/** The engine's form; the first word is 1 if there are marks in it. */
const kindSerialized = 6;

/** Most bytes of an item: what a tag can count. */
const mostBytes = 2 ** 28;

/** Others that take wait for as long as a text is made in place. */
const longestInPlace = 16_384;

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

/** An item that is taken: a long text is made from where it lies, which saves a copy of it. */
export class TakenItem extends Item {
  /** The text, if it is one that was made so. */
  text: string | undefined;
  readonly #arena: Buffer;

  constructor(memory: SharedArrayBuffer) {
    super();
    this.#arena = Buffer.from(memory);
  }

  override readInPlace(at: number): boolean {
    const { tag } = this;
    const count = tag >>> kindBits;
    if ((tag & kindMask) !== kindAscii || count <= shortLength || count > longestInPlace) return false;
    this.text = this.#arena.toString("latin1", at, at + count);
    return true;
  }
}

/** Writes and reads the items of one queue. */
export class ItemCodec {
  readonly #shapes: SharedShapes;
  readonly #reader: ValueReader;
  readonly #maxBytes: number;
  readonly #item = new Item();

  constructor(shapes: SharedShapes, maxBytes: number) {
    this.#shapes = shapes;
    this.#reader = new ValueReader(shapes.read);
    this.#maxBytes = Math.min(maxBytes, mostBytes);
  }

  /**
   * An item, to be put in at once: the next one takes its place.
   * @throws SerializationError for what can't be put in; InvalidArgumentError for what takes too many bytes.
   */
  write(value: unknown): Item {
    const item = this.#item;
    item.units = 0;
    const small = smallWordOf(value);
    if (small !== noSmallWord) {
      item.tag = kindSmall;
      item.first = small;
    } else if (typeof value === "number") {
      doubles[0] = value;
      item.tag = kindNumber;
      item.first = halves[0]!;
      item.second = halves[1]!;
    } else if (typeof value === "string") this.#text(value, item);
    // a getter in it may put something in as well, so that the item is filled afterwards
    else if (!this.#frame(value, item)) this.#serialized(value, item);
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
      case kindAscii:
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

  #text(value: string, item: Item): void {
    const { length } = value;
    this.#check(length, value);
    if (length <= shortLength && writeShort(value, item.memory.bytes)) {
      this.#describe(item, kindAscii, length);
      return;
    }
    // with room for one character more: a text that is cut off could seem to be ASCII
    item.reserve(length + 4);
    // all but ASCII takes more bytes than it has code units
    if (item.memory.bytes.write(value, 0, "utf8") === length) this.#describe(item, kindAscii, length);
    else {
      this.#check(2 * length, value);
      item.reserve(2 * length);
      item.memory.bytes.write(value, 0, "utf16le");
      this.#describe(item, kindUtf16, 2 * length);
    }
  }

  #frame(value: unknown, item: Item): boolean {
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
    item.tag = (byteCount << kindBits) | kindFrame;
    item.units = Math.ceil((4 * wordCount + byteCount) / unitBytes);
    return true;
  }

  #serialized(value: unknown, item: Item): void {
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
    this.#describe(item, kindSerialized, bytes.length);
  }

  #describe(item: Item, kind: number, bytes: number): void {
    item.tag = (bytes << kindBits) | kind;
    item.units = Math.ceil(bytes / unitBytes);
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

/** Writes a short text of ASCII character by character, the quicker way; false for any other. */
function writeShort(value: string, bytes: Uint8Array): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code > 127) return false;
    bytes[i] = code;
  }
  return true;
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
