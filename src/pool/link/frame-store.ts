import { type FrameMemory, frameMemory } from "../../wire/codec/frame-memory.js";

/** Memory up to this size, in words, is kept for the next time. */
const keptWords = 2 ** 14;

const noMemory = frameMemory(new ArrayBuffer(0));

/** Records taken out of a ring before anybody had time for them, first in first out. */
export class FrameStore {
  #memory = noMemory;
  #at = 0;
  #end = 0;

  get empty(): boolean {
    return this.#at === this.#end;
  }

  get memory(): FrameMemory {
    return this.#memory;
  }

  /** Where the first record starts. */
  get first(): number {
    return this.#at;
  }

  /** Takes in whole records as they lie one behind the other, from an even word on. */
  append(words: Int32Array, from: number, to: number): void {
    const count = to - from;
    if (this.#end + count > this.#memory.words.length) this.#grow(this.#end - this.#at + count);
    this.#memory.words.set(words.subarray(from, to), this.#end);
    this.#end += count;
  }

  /** The first record, of so many words, is done with: its memory stays as it is until the next `append`. */
  drop(size: number): void {
    this.#at += size;
    if (this.#at < this.#end) return;
    this.#at = this.#end = 0;
    if (this.#memory.words.length > keptWords) this.#memory = noMemory;
  }

  #grow(needed: number): void {
    const size = 2 ** Math.ceil(Math.log2(Math.max(needed, keptWords)));
    const grown = frameMemory(new ArrayBuffer(size * Int32Array.BYTES_PER_ELEMENT));
    grown.words.set(this.#memory.words.subarray(this.#at, this.#end));
    this.#end -= this.#at;
    this.#at = 0;
    this.#memory = grown;
  }
}
