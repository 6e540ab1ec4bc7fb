import { binaryOf } from "./binary.js";
import { damagedFrame, type FrameMemory, frameMemory } from "./frame-memory.js";
import { setOwn, type ValueSource } from "./layout.js";
import type { ReadShapes } from "./shapes.js";
import { shortString } from "./short-strings.js";
import {
  bigIntForm,
  constant,
  shortLength,
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
  tagMask,
  tagObject,
  tagSmallInt,
  tagUtf16,
} from "./tags.js";

const noMemory = frameMemory(new ArrayBuffer(0));

/**
 * Longer strings are cut out of a piece of so many characters: to make a piece takes as long as to make one of them.
 * A string keeps its piece, so that pieces are small.
 */
const pieceLength = 512;

/**
 * Reads the frames of a `ValueWriter`, in order and whole: a shape is told only once. A value that nobody
 * wants is read and dropped. No two values share an object.
 */
export class ValueReader implements ValueSource {
  readonly #shapes: ReadShapes;
  #words = noMemory.words;
  #doubles = noMemory.doubles;
  #bytes = noMemory.bytes;
  #word = 0;
  #end = 0;
  #byte = 0;
  #byteEnd = 0;
  /** Characters that were read ahead, and the index of the byte of the first one. */
  #piece = "";
  #pieceAt = 0;

  constructor(shapes: ReadShapes) {
    this.#shapes = shapes;
  }

  /**
   * Begins with a frame.
   * @param word - index of its first word, even.
   * @param wordCount - how many words it has.
   * @param byte - index of its first byte.
   * @param byteEnd - index behind its last byte, up to which strings may be read together.
   * @throws Error for a frame that lies outside of the memory.
   */
  begin(memory: FrameMemory, word: number, wordCount: number, byte: number, byteEnd = byte): void {
    const end = word + wordCount;
    const fits = word >= 0 && wordCount >= 0 && end <= memory.words.length;
    if (word % 2 !== 0 || !fits || !(byte >= 0 && byte <= memory.bytes.length))
      throw damagedFrame(`${wordCount} words and bytes from ${byte} on lie outside of the memory`, word);
    this.#words = memory.words;
    this.#doubles = memory.doubles;
    this.#bytes = memory.bytes;
    this.#word = word;
    this.#end = end;
    this.#byte = byte;
    this.#byteEnd = byteEnd;
    this.#piece = "";
    this.#pieceAt = byte;
  }

  /** Reads a word as it is. */
  int(): number {
    const at = this.#word;
    if (at >= this.#end) throw damagedFrame("it has ended", at);
    this.#word = at + 1;
    return this.#words[at]!;
  }

  /** Reads a number as it is. */
  double(): number {
    const at = (this.#word + 1) >> 1;
    if (at * 2 + 2 > this.#end) throw damagedFrame("it has ended", this.#word);
    this.#word = at * 2 + 2;
    return this.#doubles[at]!;
  }

  /** Reads a value. */
  value(): unknown {
    const head = this.int();
    switch (head & tagMask) {
      case tagSmallInt:
        return head >> tagBits;
      case tagAscii:
        return this.#ascii(head >>> tagBits);
      case tagObject: {
        const layout = this.#shapes.get(head >>> tagBits);
        if (layout === undefined) throw this.#damaged(`there is no shape ${head >>> tagBits}`);
        return layout.make(this);
      }
      case tagDouble:
        return this.double();
      case tagConstant:
        return this.#constant(head >>> tagBits);
      case tagArray:
        return this.#array(this.#count(head));
      case tagInt:
        return this.int();
      case tagInts:
        return this.#ints(this.#count(head));
      case tagDoubles:
        return this.#doublesOf(this.#count(head));
      case tagFirstObject:
        return this.#firstObject(this.#count(head));
      case tagUtf16:
        return this.#utf16(head >>> tagBits);
      case tagDictionary:
        return this.#dictionary(this.#count(head));
      case tagBigInt:
        return this.#bigInt(head >>> tagBits);
      case tagDate:
        return new Date(this.double());
      case tagBinary:
        return this.#binary(head >>> tagBits);
      default:
        throw this.#damaged("no value begins");
    }
  }

  /** A count of values: each takes a word at least, so that no count makes us reserve memory for nothing. */
  #count(head: number): number {
    const count = head >>> tagBits;
    if (count > this.#end - this.#word) throw this.#damaged(`there are no ${count} values`);
    return count;
  }

  #constant(payload: number): unknown {
    switch (payload) {
      case constant.undefined:
        return undefined;
      case constant.null:
        return null;
      case constant.true:
        return true;
      case constant.false:
        return false;
      default:
        throw this.#damaged("there is an unknown constant");
    }
  }

  #ascii(count: number): string {
    const at = this.#takeBytes(count);
    if (count <= shortLength) return shortString(this.#bytes, at, count);
    const from = at - this.#pieceAt;
    if (from + count > this.#piece.length) return this.#firstOfPiece(at, count);
    return this.#piece.slice(from, from + count);
  }

  #firstOfPiece(at: number, count: number): string {
    const end = Math.min(at + pieceLength, this.#byteEnd);
    if (at + count >= end) return this.#bytes.toString("latin1", at, at + count);
    this.#piece = this.#bytes.toString("latin1", at, end);
    this.#pieceAt = at;
    return this.#piece.slice(0, count);
  }

  #utf16(count: number): string {
    const at = this.#takeBytes(count);
    return this.#bytes.toString("utf16le", at, at + count);
  }

  #firstObject(count: number): object {
    const keys: string[] = [];
    for (let i = 0; i < count; i++) keys.push(this.#string());
    return this.#shapes.define(keys).make(this);
  }

  #dictionary(count: number): object {
    const object = {};
    for (let i = 0; i < count; i++) setOwn(object, this.#string(), this.value());
    return object;
  }

  #array(count: number): unknown[] {
    const array = new Array<unknown>(count);
    for (let i = 0; i < count; i++) array[i] = this.value();
    return array;
  }

  #ints(count: number): number[] {
    const words = this.#words;
    const start = this.#word;
    const array = new Array<number>(count);
    for (let i = 0; i < count; i++) array[i] = words[start + i]!;
    this.#word = start + count;
    return array;
  }

  #doublesOf(count: number): number[] {
    const doubles = this.#doubles;
    const start = (this.#word + 1) >> 1;
    if ((start + count) * 2 > this.#end) throw this.#damaged(`there are no ${count} doubles`);
    const array = new Array<number>(count);
    for (let i = 0; i < count; i++) array[i] = doubles[start + i]!;
    this.#word = (start + count) * 2;
    return array;
  }

  #bigInt(form: number): bigint {
    if (form === bigIntForm.words) {
      const low = BigInt(this.int() >>> 0);
      return (BigInt(this.int()) << 32n) | low;
    }
    const size = BigInt(`0x${this.#string()}`);
    return form === bigIntForm.negativeDigits ? -size : size;
  }

  #binary(kind: number): object {
    const count = this.int();
    const at = this.#word;
    if (count < 0 || count > (this.#end - at) * 4) throw this.#damaged(`there are no ${count} bytes`);
    this.#word = at + ((count + 3) >> 2);
    const made = binaryOf(kind, this.#bytes.subarray(at * 4, at * 4 + count));
    if (made === undefined) throw this.#damaged(`there is no binary data of kind ${kind}`);
    return made;
  }

  #string(): string {
    const text = this.value();
    if (typeof text !== "string") throw this.#damaged("a string should have come");
    return text;
  }

  /** Answers where the next bytes begin. */
  #takeBytes(count: number): number {
    const at = this.#byte;
    if (count < 0 || at + count > this.#bytes.length) throw this.#damaged(`there are no ${count} bytes`);
    this.#byte = at + count;
    return at;
  }

  #damaged(what: string): Error {
    return damagedFrame(what, this.#word - 1);
  }
}
