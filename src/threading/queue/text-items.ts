/**
 * Items whose texts are written and read where they lie in the queue, which saves a copy of them.
 *
 * @module
 */
import { shortLength } from "../../wire/codec/tags.js";
import { Item } from "./item.js";
import { kindBits, kindLatin1, kindMask, kindUtf16 } from "./kinds.js";
import { unitBytes } from "./layout.js";

/** Others wait for as long as a text is written or made in place. In bytes. */
const longestInPlace = 16_384;

/** Of a text with one byte for each code unit, the engine knows without a look that it has none of these. */
// oxlint-disable-next-line no-control-regex -- all that takes one byte
const beyondOneByte = /[^\u0000-\u00ff]/;

/** Whether a text has code units that take two bytes. */
export const isWide = (text: string): boolean => beyondOneByte.test(text);

/** An item that is put in. */
export class PutItem extends Item {
  readonly #arena: Buffer;
  /** What is not written yet. */
  #text = "";

  constructor(memory: SharedArrayBuffer) {
    super();
    this.#arena = Buffer.from(memory);
  }

  /** Says what it is, and how many bytes it has in its memory. */
  describe(kind: number, bytes: number): void {
    this.tag = (bytes << kindBits) | kind;
    this.units = Math.ceil(bytes / unitBytes);
    this.#text = "";
  }

  /** Makes it a text. */
  setText(text: string, wide: boolean): void {
    const bytes = wide ? 2 * text.length : text.length;
    this.describe(wide ? kindUtf16 : kindLatin1, bytes);
    this.#text = text;
    if (bytes > longestInPlace) this.fill();
  }

  override writeInPlace(at: number): boolean {
    if (this.#text === "") return false;
    this.#writeText(this.#arena, at);
    return true;
  }

  override fill(): void {
    if (this.#text === "") return;
    this.reserve(this.units * unitBytes);
    this.#writeText(this.memory.bytes, 0);
  }

  #writeText(bytes: Buffer, at: number): void {
    const encoding = (this.tag & kindMask) === kindUtf16 ? "utf16le" : "latin1";
    bytes.write(this.#text, at, this.tag >>> kindBits, encoding);
    // nothing refers to it any more
    this.#text = "";
  }
}

/** An item that is taken. */
export class TakenItem extends Item {
  /** The text, if it is one that was made where it lay. */
  text: string | undefined;
  readonly #arena: Buffer;

  constructor(memory: SharedArrayBuffer) {
    super();
    this.#arena = Buffer.from(memory);
  }

  override readInPlace(at: number): boolean {
    const { tag } = this;
    const count = tag >>> kindBits;
    if ((tag & kindMask) !== kindLatin1 || count <= shortLength || count > longestInPlace) return false;
    this.text = this.#arena.toString("latin1", at, at + count);
    return true;
  }
}
