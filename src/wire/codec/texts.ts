import type { Scratch } from "./scratch.js";
import { shortLength, tagBits, tagUtf16 } from "./tags.js";

/** Characters of a long string that are looked at one by one. */
const worthLookingAt = 8;

/** Up to so many, a loop is quicker than `fill`. */
const few = 16;

/** V8 keeps the pieces of a concatenation only where they are longer together. */
const longestPiece = 12;

/** Room for so many strings is kept. */
const mostKept = 8_192;

/**
 * The strings of a value, written behind each other at its end: a call of a native writer costs as much as a
 * hundred characters, and it alone makes a string of the pieces that V8 keeps for a concatenation.
 */
export class Texts {
  /** Not emptied after each value, because it would have to grow anew for the next one. */
  #strings: string[] = [];
  /** By string: the word with its tag, which says ASCII until it turns out to be more. */
  #tags: number[] = [];
  #count = 0;
  /** Characters so far. */
  length = 0;
  /** Whether there seems to be nothing but ASCII: where the last value had more, the next one hardly will. */
  #ascii = true;

  /** Adds a string whose tag is at a word. */
  add(text: string, tagAt: number): void {
    const at = this.#count++;
    const { length } = text;
    this.length += length;
    // the look joins the pieces of a concatenation, which would be gone through again each time the value is sent
    if (length > longestPiece && text.charCodeAt(0) > 127) this.#ascii = false;
    this.#strings[at] = text;
    this.#tags[at] = tagAt;
  }

  /** Forgets all strings. */
  clear(): void {
    const count = this.#count;
    if (count === 0) return;
    if (count > mostKept) {
      this.#strings = [];
      this.#tags = [];
    } else if (count > few) this.#strings.fill("", 0, count);
    else for (let i = 0; i < count; i++) this.#strings[i] = "";
    this.#count = 0;
    this.length = 0;
  }

  /**
   * Writes all strings, and corrects the tags of those that are not ASCII.
   * @param at - the place of their first byte.
   * @returns the place behind the last one; -1 where they take too many bytes.
   */
  write(scratch: Scratch, at: number): number {
    const { length } = this;
    if (length === 0) return at;
    if (this.#ascii && length > shortLength) {
      const strings = this.#strings;
      if (strings.length > this.#count) strings.length = this.#count;
      const text = strings.length === 1 ? strings[0]! : strings.join("");
      // with room for one character more: text that is cut off could seem to be ASCII
      if (!scratch.hasBytes(at + length + 4)) return -1;
      if (scratch.bytes.write(text, at, "utf8") === length) return at + length;
    }
    return this.#writeEach(scratch, at);
  }

  #writeEach(scratch: Scratch, start: number): number {
    const strings = this.#strings;
    let at = start;
    this.#ascii = true;
    for (let i = 0; i < this.#count; i++) {
      const text = strings[i]!;
      // UTF-8 takes up to three bytes for a code unit
      if (!scratch.hasBytes(at + text.length * 3)) return -1;
      if (!writeAscii(scratch.bytes, at, text)) {
        // read quicker than UTF-8, and carries what is not well formed
        const count = scratch.bytes.write(text, at, "utf16le");
        scratch.words[this.#tags[i]!] = (count << tagBits) | tagUtf16;
        this.#ascii = false;
        at += count;
      } else at += text.length;
    }
    return at;
  }
}

/** Writes a string of ASCII; false for any other. */
function writeAscii(bytes: Buffer, at: number, text: string): boolean {
  const { length } = text;
  // of a long string the beginning tells in most cases whether there is more than ASCII in it
  const looked = length <= shortLength ? length : worthLookingAt;
  for (let i = 0; i < looked; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return false;
    bytes[at + i] = code;
  }
  return looked === length || bytes.write(text, at, "utf8") === length;
}
