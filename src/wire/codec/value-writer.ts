/**
 * A compact binary form for what is common in arguments and results, several times quicker to write and to
 * read than structured clone. What it carries arrives exactly as it would by structured clone; all else is
 * refused, and takes that way.
 *
 * @module
 */
import * as types from "node:util/types";
import { isPortable } from "../../portable.js";
import { transferListOf } from "../transfer.js";
import { binaryKindOf, wholeMemoryOf } from "./binary.js";
import type { FrameSource } from "./frame-memory.js";
import { isOrdinary } from "./ordinary.js";
import { mostBytes, mostWords, Scratch } from "./scratch.js";
import { SeenObjects } from "./seen-objects.js";
import { ShapeTable } from "./shapes.js";
import {
  bigIntForm,
  constant,
  tagArray,
  tagAscii,
  tagBigInt,
  tagBinary,
  tagBits,
  tagConstant,
  tagDate,
  tagDictionary,
  tagDouble,
  tagDoubles,
  tagFirstObject,
  tagInt,
  tagInts,
  tagObject,
  tagSmallInt,
} from "./tags.js";
import { Texts } from "./texts.js";

/** Most levels of a value: the writer and the reader recurse. */
const deepest = 200;

/** Arrays of numbers from this length on are written without a tag for each. */
const worthPacking = 4;

const undefinedWord = (constant.undefined << tagBits) | tagConstant;
const nullWord = (constant.null << tagBits) | tagConstant;
const trueWord = (constant.true << tagBits) | tagConstant;
const falseWord = (constant.false << tagBits) | tagConstant;

const objectPrototype: object = Object.prototype;
const arrayPrototype: object = Array.prototype;

/** In place of a word for what can't be sent. */
const noConstant = 0;

function constantWord(value: unknown): number {
  if (value === true) return trueWord;
  if (value === false) return falseWord;
  if (value === undefined) return undefinedWord;
  return value === null ? nullWord : noConstant;
}

/** Writes frames. Nothing that it has written refers to the values afterwards. */
export class ValueWriter implements FrameSource {
  readonly #scratch = new Scratch();
  readonly #seen = new SeenObjects();
  readonly #texts = new Texts();
  readonly #single: [unknown] = [undefined];
  #shapes = new ShapeTable();
  #shapesBefore = 0;
  #word = 0;
  #byte = 0;
  #depth = 0;
  #busy = false;

  /** The frame's words; another array after the frame has grown. */
  get words(): Int32Array {
    return this.#scratch.words;
  }

  /** The frame's bytes; another array after the frame has grown. */
  get bytes(): Uint8Array {
    return this.#scratch.bytes;
  }

  /** Words so far. */
  get wordCount(): number {
    return this.#word;
  }

  /** Bytes so far, words not counted. */
  get byteCount(): number {
    return this.#byte;
  }

  /**
   * Whether values are just being written: then a getter of theirs has called whoever asks. Until it returns
   * the frame takes nothing else: `values` refuses, and the others throw.
   */
  get busy(): boolean {
    return this.#busy;
  }

  /**
   * Begins a frame; what was written before is gone.
   * @param shapes - what the other side knows when it comes to this frame. Shapes that are new to it are
   *   defined within the frame, so the other side has to read all frames, whole and in order.
   */
  begin(shapes: ShapeTable): void {
    this.#checkIdle();
    this.#word = 0;
    this.#byte = 0;
    this.#shapes = shapes;
    this.#shapesBefore = shapes.size;
    this.#scratch.reset();
  }

  /** Empties a frame that will not be sent, and takes back the shapes that it defined. */
  discard(): void {
    this.#checkIdle();
    this.#word = 0;
    this.#byte = 0;
    this.#shapes.truncate(this.#shapesBefore);
  }

  /** Writes a word as it is. */
  int(value: number): void {
    this.#checkIdle();
    const at = this.#word;
    if (at >= this.#scratch.words.length) this.#scratch.growWords(at + 1);
    this.#scratch.words[at] = value;
    this.#word = at + 1;
  }

  /** Changes a word that was written before. */
  setInt(at: number, value: number): void {
    this.#scratch.words[at] = value;
  }

  /** Writes a number as it is, aligned to 8 bytes from the frame's start. */
  double(value: number): void {
    this.#checkIdle();
    if (this.#word + 3 > this.#scratch.words.length) this.#scratch.growWords(this.#word + 3);
    this.#putDouble(this.#word, value);
  }

  /** Writes one value, or nothing: see {@link values}. */
  value(value: unknown): boolean {
    this.#single[0] = value;
    const written = this.values(this.#single);
    this.#single[0] = undefined;
    return written;
  }

  /**
   * Writes all values of one task, or none: false when one can only be sent by structured clone. Then the
   * frame is what it was before.
   */
  values(values: readonly unknown[]): boolean {
    if (this.#busy) return false;
    const word = this.#word;
    const byte = this.#byte;
    const shapes = this.#shapes.size;
    this.#busy = true;
    let written = 0;
    try {
      while (written < values.length && this.#value(values[written])) written++;
    } catch {
      // a getter threw, or the stack is full: structured clone meets the same and tells it as ever
    }
    this.#busy = false;
    this.#depth = 0;
    this.#seen.clear();
    const end = written === values.length ? this.#texts.write(this.#scratch, byte) : -1;
    this.#texts.clear();
    if (end >= 0) {
      this.#byte = end;
      return true;
    }
    this.#word = word;
    this.#shapes.truncate(shapes);
    return false;
  }

  #value(value: unknown): boolean {
    const at = this.#word;
    // no tag comes with more than three words
    if (at + 4 > this.#scratch.words.length && !this.#growWords(4)) return false;
    const { words } = this.#scratch;
    // not a `switch` over the type: V8 would make its name for each value, and compare names
    if (typeof value === "string") {
      const { length } = value;
      if (this.#byte + this.#texts.length + length > mostBytes) return false;
      if (length > 0) this.#texts.add(value, at);
      words[at] = (length << tagBits) | tagAscii;
      this.#word = at + 1;
      return true;
    }
    if (typeof value === "number") {
      const shifted = value << tagBits;
      // asked of each number: what V8 has not seen when it compiles this makes it start over
      if (shifted >> tagBits === value && !Object.is(value, -0)) {
        words[at] = shifted | tagSmallInt;
        this.#word = at + 1;
      } else if ((value | 0) === value && value !== 0) {
        words[at] = tagInt;
        words[at + 1] = value;
        this.#word = at + 2;
      } else {
        words[at] = tagDouble;
        this.#putDouble(at + 1, value);
      }
      return true;
    }
    if (typeof value === "object" && value !== null) return this.#object(value);
    if (typeof value === "bigint") return this.#bigInt(value);
    const word = constantWord(value);
    words[at] = word;
    this.#word = at + 1;
    return word !== noConstant;
  }

  #object(value: object): boolean {
    if (this.#depth >= deepest || this.#seen.has(value)) return false;
    if (transferListOf(value) !== undefined || types.isProxy(value)) return false;
    const prototype: unknown = Object.getPrototypeOf(value);
    this.#depth++;
    let done: boolean;
    if (prototype === objectPrototype) done = this.#plainObject(value);
    else if (prototype === arrayPrototype) done = Array.isArray(value) && this.#array(value);
    else done = prototype !== null && this.#special(value, prototype as object);
    this.#depth--;
    return done;
  }

  #plainObject(value: object): boolean {
    const keys = Object.keys(value);
    let shape = this.#shapes.find(keys);
    if (shape === undefined) {
      if (!isOrdinary(value) || keys.includes("__proto__")) return false;
      shape = this.#shapes.define(keys);
      if (shape === undefined) return this.#dictionary(value, keys);
      this.#tag(tagFirstObject, keys.length);
      for (const key of keys) if (!this.#value(key)) return false;
    } else {
      if (shape.doubtful && !isOrdinary(value)) return false;
      this.#tag(tagObject, shape.id);
    }
    let at = 0;
    // the quickest way to the values; own keys come first, and Object.prototype may have some, too
    for (const key in value) {
      if (at === keys.length) break;
      // a getter has deleted a property that was to come
      if (key !== keys[at]) return false;
      if (!this.#value((value as Record<string, unknown>)[key])) return false;
      at++;
    }
    return at === keys.length;
  }

  #dictionary(value: object, keys: readonly string[]): boolean {
    const items: readonly unknown[] = Object.values(value);
    // a getter has deleted a property that was to come
    if (items.length !== keys.length) return false;
    this.#tag(tagDictionary, keys.length);
    for (let i = 0; i < keys.length; i++) if (!this.#value(keys[i]!) || !this.#value(items[i])) return false;
    return true;
  }

  #array(value: readonly unknown[]): boolean {
    const { length } = value;
    // cheap before the keys are counted: each element takes a word at least
    if (this.#word + length > mostWords) return false;
    const items = Object.values(value);
    // more of them belong to properties beside the elements, fewer mean holes
    if (items.length !== length) return false;
    if (length >= worthPacking && typeof value[0] === "number" && this.#numbers(value)) return true;
    this.#tag(tagArray, length);
    for (let i = 0; i < length; i++) {
      const item = value[i];
      if (item === undefined && !Object.hasOwn(value, i)) return false;
      // further properties, and as many elements that are not enumerable
      if (!Object.is(item, items[i])) return false;
      if (!this.#value(item)) return false;
    }
    return true;
  }

  /** Writes an array of nothing but numbers; nothing of any other. */
  #numbers(value: readonly unknown[]): boolean {
    const at = this.#word;
    const { length } = value;
    if (!this.#growWords(2 * length + 2)) return false;
    const { words, doubles } = this.#scratch;
    let i = 0;
    for (; i < length; i++) {
      const item = value[i];
      if (typeof item !== "number" || (item | 0) !== item || Object.is(item, -0)) break;
      words[at + 1 + i] = item;
    }
    if (i === length) {
      this.#tag(tagInts, length);
      this.#word += length;
      return true;
    }
    const start = (at + 2) >> 1;
    for (i = 0; i < length; i++) {
      const item = value[i];
      if (typeof item !== "number") return false;
      doubles[start + i] = item;
    }
    this.#tag(tagDoubles, length);
    this.#word = (start + length) * 2;
    return true;
  }

  #special(value: object, prototype: object): boolean {
    if (prototype === Date.prototype) {
      if (!types.isDate(value) || isPortable(value)) return false;
      this.#tag(tagDate, 0);
      this.#putDouble(this.#word, Date.prototype.getTime.call(value));
      return true;
    }
    const kind = binaryKindOf(value, prototype);
    if (kind === undefined) return false;
    const memory = wholeMemoryOf(value);
    if (memory === undefined || (memory !== value && this.#seen.has(memory))) return false;
    const count = memory.byteLength;
    const words = (count + 3) >> 2;
    if (!this.#growWords(2 + words)) return false;
    this.#tag(tagBinary, kind);
    this.#scratch.words[this.#word++] = count;
    // in the words: the bytes are those of the strings
    new Uint8Array(this.#scratch.words.buffer, this.#word * 4, count).set(new Uint8Array(memory));
    this.#word += words;
    return true;
  }

  #bigInt(value: bigint): boolean {
    const { words } = this.#scratch;
    const at = this.#word;
    if (BigInt.asIntN(64, value) === value) {
      words[at] = (bigIntForm.words << tagBits) | tagBigInt;
      words[at + 1] = Number(BigInt.asIntN(32, value));
      words[at + 2] = Number(value >> 32n);
      this.#word = at + 3;
      return true;
    }
    this.#tag(tagBigInt, value < 0n ? bigIntForm.negativeDigits : bigIntForm.digits);
    return this.#value((value < 0n ? -value : value).toString(16));
  }

  #tag(tag: number, payload: number): void {
    this.#scratch.words[this.#word++] = (payload << tagBits) | tag;
  }

  #putDouble(word: number, value: number): void {
    const at = (word + 1) >> 1;
    this.#scratch.doubles[at] = value;
    this.#word = at * 2 + 2;
  }

  /** Makes room for further words; false where the values of a frame may not take as many. */
  #growWords(count: number): boolean {
    const needed = this.#word + count;
    if (needed <= this.#scratch.words.length) return true;
    if (needed > mostWords) return false;
    this.#scratch.growWords(needed);
    return true;
  }

  #checkIdle(): void {
    if (this.#busy) throw new Error("a frame can't be changed from within the values that are written to it");
  }
}
