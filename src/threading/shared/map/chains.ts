import type { AtomicsLike } from "../../sync/atomics.js";
import type { Section } from "../../sync/section.js";
import { freeBlockWord, type Shape, usedBlocksWord } from "./layout.js";

/** Content in blocks of equal size that are linked one after another: so no room is ever in pieces too small. */
export class Chains {
  readonly #words: Int32Array;
  readonly #section: Section;
  readonly #atomics: AtomicsLike;
  readonly #start: number;
  readonly #blocks: number;
  readonly #blockWords: number;

  /** @param start - where the blocks begin. */
  constructor(
    words: Int32Array,
    section: Section,
    atomics: AtomicsLike,
    start: number,
    { blocks, blockWords }: Shape,
  ) {
    this.#words = words;
    this.#section = section;
    this.#atomics = atomics;
    this.#start = start;
    this.#blocks = blocks;
    this.#blockWords = blockWords;
  }

  /** Whether so many words can be taken. */
  hasRoom(size: number): boolean {
    return this.#blocksFor(size) <= this.#blocks - this.#section.get(usedBlocksWord);
  }

  /** Plans to take room for so many words; answers its first block. What is in it can be written at once (rule 2). */
  take(size: number): number {
    const count = this.#blocksFor(size);
    const first = this.#section.get(freeBlockWord);
    this.#section.set(freeBlockWord, this.#next(this.#last(first, count)));
    this.#section.set(usedBlocksWord, this.#section.get(usedBlocksWord) + count);
    return first;
  }

  /** Plans to give it back. */
  give(first: number, size: number): void {
    const count = this.#blocksFor(size);
    const last = this.#last(first, count);
    // rule 2: nobody looks where the last block of a chain leads. Rule 3: relative to the block after it
    this.#atomics.poke(this.#words, this.#at(last), this.#section.get(freeBlockWord) - last - 1);
    this.#section.set(freeBlockWord, first);
    this.#section.set(usedBlocksWord, this.#section.get(usedBlocksWord) - count);
  }

  /** Writes words into a chain; `skip` are before them. */
  write(first: number, skip: number, from: Int32Array, size: number): void {
    this.#walk(first, skip, size, (at, done, count) => {
      this.#atomics.pokeRun(this.#words, at, from, done, count);
      return true;
    });
  }

  /** Reads words of a chain; `skip` are before them. */
  read(first: number, skip: number, to: Int32Array, size: number): void {
    this.#walk(first, skip, size, (at, done, count) => {
      this.#atomics.peekRun(this.#words, at, to, done, count);
      return true;
    });
  }

  /** Whether words of a chain are these; `skip` are before them. */
  matches(first: number, skip: number, other: Int32Array, size: number): boolean {
    return this.#walk(first, skip, size, (at, done, count) => {
      for (let i = 0; i < count; i++)
        if (this.#atomics.peek(this.#words, at + i) !== other[done + i]) return false;
      return true;
    });
  }

  /** Calls `each` with every run of words that lie together, as long as it answers true. */
  #walk(
    first: number,
    skip: number,
    size: number,
    each: (at: number, done: number, count: number) => boolean,
  ): boolean {
    const room = this.#blockWords - 1;
    let block = first;
    let offset = skip;
    for (let done = 0; done < size; ) {
      for (; offset >= room; offset -= room) block = this.#next(block);
      const count = Math.min(room - offset, size - done);
      if (!each(this.#at(block) + 1 + offset, done, count)) return false;
      done += count;
      offset += count;
    }
    return true;
  }

  #last(first: number, count: number): number {
    let block = first;
    for (let i = 1; i < count; i++) block = this.#next(block);
    return block;
  }

  #next(block: number): number {
    return block + 1 + this.#atomics.peek(this.#words, this.#at(block));
  }

  #at(block: number): number {
    return this.#start + block * this.#blockWords;
  }

  #blocksFor(size: number): number {
    return Math.ceil(size / (this.#blockWords - 1));
  }
}
