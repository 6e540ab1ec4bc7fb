/**
 * How the memory of a table is laid out: the header and log of a section, counts, the heads of buckets, entries, and
 * blocks of content. All of it is 0 at the start. The README has the rules.
 *
 * @module
 */
import { nodesStart } from "../../sync/layout.js";

/** How many entries there are. */
export const sizeWord = nodesStart;
/** How many bytes their keys and values have, as the user counts them. */
export const bytesWord = nodesStart + 1;
/** The first entry, and the first block, that are free (rule 3). */
export const freeEntryWord = nodesStart + 2;
export const freeBlockWord = nodesStart + 3;
/** How many blocks are in use. */
export const usedBlocksWord = nodesStart + 4;
/** What was used last, and what was not used for longest, one more than the number of the entry; 0: none. */
export const newestWord = nodesStart + 5;
export const oldestWord = nodesStart + 6;
/** How many entries had to make room so far. */
export const evictedWord = nodesStart + 7;

/** The head of each bucket: one more than the number of its first entry; 0: it is empty. */
export const bucketsStart = nodesStart + 8;

export const entryWords = 12;

/** Offsets within an entry. */
/** The next of its bucket, or of those that are free (rule 3). */
export const nextAt = 0;
export const hashAt = 1;
/** What its key is, and what its value; see {@link kindsOf}. */
export const kindsAt = 2;
export const keyLengthAt = 3;
export const valueLengthAt = 4;
/** The first block of its content, where it has any. */
export const chainAt = 5;
export const keyLowAt = 6;
export const keyHighAt = 7;
export const valueLowAt = 8;
export const valueHighAt = 9;
/** Its neighbours by last use, one more than their numbers; 0: none. */
export const newerAt = 10;
export const olderAt = 11;

/** The least and the most words of a block: the number of the next (rule 3), and content. */
const leastBlock = 16;
const mostBlock = 1_024;
/** A block is about so much of an entry, whose last one is half empty on average. */
const blocksOfEntry = 8;

/** 64 bytes are a line of most processors' memory, and some fetch two at a time. */
const lineWords = 32;

/** How many entries are taken out, or looked at, before others are let into the section (rule 7). */
export const mostAtOnce = 32;

/** The two kinds in one word. */
export const kindsOf = (key: number, value: number): number => key | (value << 4);
export const keyKindOf = (kinds: number): number => kinds & 15;
export const valueKindOf = (kinds: number): number => kinds >>> 4;

/** How much of what a table has. */
export interface Shape {
  readonly entries: number;
  readonly bytes: number;
  readonly buckets: number;
  readonly blocks: number;
  /** Of each block. */
  readonly blockWords: number;
  /** All words of its memory. */
  readonly words: number;
}

/** What a table takes that is to hold so many entries, with so many bytes in all. */
export function shapeFor(entries: number, bytes: number): Shape {
  const buckets = 2 ** Math.ceil(Math.log2(entries));
  const part = 2 ** Math.floor(Math.log2(bytes / entries / 4 / blocksOfEntry));
  const blockWords = Math.min(mostBlock, Math.max(leastBlock, part));
  // rule 4: a key and a value each waste less than a word, an entry less than a block
  const content = Math.ceil(bytes / 4) + 2 * entries;
  const blocks = bytes === 0 ? 0 : Math.ceil(content / (blockWords - 1)) + entries;
  const words = bucketsStart + buckets + entries * entryWords + blocks * blockWords;
  // a part of a map begins a line of the processor's memory
  return { entries, bytes, buckets, blocks, blockWords, words: Math.ceil(words / lineWords) * lineWords };
}
