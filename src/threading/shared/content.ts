/**
 * Numbers, strings and bytes as words of memory, and back.
 *
 * @module
 */
import { types } from "node:util";
import { InvalidArgumentError } from "../../errors.js";

/** What there can be as a value of a `SharedMap`; strings and numbers can be keys. */
export type MapValue = number | string | Uint8Array;

/** Kinds of content. */
export const numberKind = 1;
export const textKind = 2;
/** A string with surrogates that are not in pairs, which UTF-8 can't hold. */
export const wideTextKind = 3;
export const bytesKind = 4;

/** Longer content is not kept after its use. */
const keptWords = 16_384;
/** Up to this length a loop is faster than a call of the engine. */
const shortText = 32;

const numbers = new Float64Array(1);
const halves = new Int32Array(numbers.buffer);

/** Words that so many bytes take. */
export const wordsOf = (bytes: number): number => (bytes + 3) >>> 2;

/** A number, a string or bytes, in memory that the next one is written to. */
export class Content {
  kind = 0;
  /** In bytes; 0 of a number. */
  length = 0;
  /** A number's bits. */
  low = 0;
  high = 0;
  words: Int32Array;
  readonly #least: number;
  #bytes: Buffer;

  /** @param size - how many words it is to have room for at first. */
  constructor(size = 256) {
    this.#least = size;
    this.words = new Int32Array(size);
    this.#bytes = Buffer.from(this.words.buffer);
  }

  /** How many words it has. */
  get size(): number {
    return wordsOf(this.length);
  }

  /** Takes over a number. */
  setNumber(value: number): void {
    numbers[0] = value;
    this.kind = numberKind;
    this.length = 0;
    this.low = halves[0]!;
    // the bits of NaN may be any
    this.high = Number.isNaN(value) ? 0x7ff8_0000 : halves[1]!;
    if (Number.isNaN(value)) this.low = 0;
  }

  /**
   * Takes over a value of any kind.
   * @param most - how many bytes it may have.
   * @param wanted - what it should be, for the error.
   * @throws InvalidArgumentError
   */
  set(argument: string, value: unknown, most: number, wanted: string): void {
    if (typeof value === "number") this.setNumber(value);
    else if (typeof value === "string") this.setText(argument, value, most, wanted);
    else if (types.isUint8Array(value)) this.#setBytes(argument, value, most, wanted);
    else throw new InvalidArgumentError(argument, value, wanted);
  }

  /**
   * Takes over a string.
   * @throws InvalidArgumentError
   */
  setText(argument: string, text: string, most: number, wanted: string): void {
    if (text.length <= shortText && text.length <= most && this.#setAscii(text)) return;
    const wide = !(text as string & { isWellFormed(): boolean }).isWellFormed();
    const length = wide ? 2 * text.length : Buffer.byteLength(text);
    if (length > most) throw tooLong(argument, text, most, wanted);
    this.begin(wide ? wideTextKind : textKind, length);
    this.#bytes.write(text, 0, length, wide ? "utf16le" : "utf8");
  }

  /** Makes room for so many bytes, which are to be written then. */
  begin(kind: number, length: number): void {
    this.kind = kind;
    this.length = length;
    this.low = 0;
    this.high = 0;
    const size = wordsOf(length);
    if (size > this.words.length || this.words.length > keptWords) {
      const room = size > keptWords ? size : 2 ** Math.ceil(Math.log2(size));
      this.words = new Int32Array(Math.max(this.#least, room));
      this.#bytes = Buffer.from(this.words.buffer);
    }
    // what is compared is whole words
    if (size > 0) this.words[size - 1] = 0;
  }

  /** The value that it is. */
  get value(): MapValue {
    const { kind, length } = this;
    if (kind === numberKind) {
      halves[0] = this.low;
      halves[1] = this.high;
      return numbers[0]!;
    }
    if (kind === bytesKind) return new Uint8Array(this.#bytes.subarray(0, length));
    return this.#bytes.toString(kind === textKind ? "utf8" : "utf16le", 0, length);
  }

  /** @returns false if it is more than ASCII. */
  #setAscii(text: string): boolean {
    const { length } = text;
    this.begin(textKind, length);
    const bytes = this.#bytes;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) return false;
      bytes[i] = code;
    }
    return true;
  }

  #setBytes(argument: string, bytes: Uint8Array, most: number, wanted: string): void {
    if (bytes.length > most) throw tooLong(argument, bytes, most, wanted);
    this.begin(bytesKind, bytes.length);
    this.#bytes.set(bytes);
  }
}

const tooLong = (argument: string, value: unknown, most: number, wanted: string): InvalidArgumentError =>
  new InvalidArgumentError(argument, value, `${wanted} of at most ${most} bytes`);
