/**
 * Memory that a frame is written in before its size is known.
 *
 * @module
 */

/** Words and bytes to begin with, and to go back to after a large frame. */
const fewWords = 4_096;
const fewBytes = 16_384;

/** Most words (2 MB) and bytes (2 MB) that the values of a frame may take. */
export const mostWords = 2 ** 19;
export const mostBytes = 2 ** 21;

/** Words and bytes that grow when asked to. Whoever keeps a view of them takes it again after that. */
export class Scratch {
  words: Int32Array;
  doubles: Float64Array;
  bytes: Buffer;

  constructor() {
    this.words = new Int32Array(fewWords);
    this.doubles = new Float64Array(this.words.buffer);
    this.bytes = Buffer.allocUnsafeSlow(fewBytes);
  }

  /** Gives back what a large frame took. */
  reset(): void {
    if (this.words.length > fewWords * 16) this.#setWords(new Int32Array(fewWords));
    if (this.bytes.length > fewBytes * 16) this.bytes = Buffer.allocUnsafeSlow(fewBytes);
  }

  /** Makes room for so many words in all. */
  growWords(count: number): void {
    const words = new Int32Array(grown(this.words.length, count));
    words.set(this.words);
    this.#setWords(words);
  }

  /** Makes room for so many bytes in all; false where the values of a frame may not take as many. */
  hasBytes(count: number): boolean {
    if (count <= this.bytes.length) return true;
    if (count > mostBytes) return false;
    const bytes = Buffer.allocUnsafeSlow(grown(this.bytes.length, count));
    bytes.set(this.bytes);
    this.bytes = bytes;
    return true;
  }

  #setWords(words: Int32Array): void {
    this.words = words;
    this.doubles = new Float64Array(words.buffer);
  }
}

function grown(size: number, count: number): number {
  let next = size;
  while (next < count) next *= 2;
  return next;
}
