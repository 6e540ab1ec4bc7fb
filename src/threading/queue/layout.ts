/**
 * How the memory of a queue is laid out. What one side writes often and the other reads is apart from the rest, so
 * that cores do not fight for it. The README has the rules.
 *
 * @module
 */
import { wordsFor } from "../sync/layout.js";

/** Whether the queue is shut down, in bits; see {@link closedBit}. */
export const stateWord = 0;
/** Counts items that are done. */
export const doneWord = 1;
/** Counts how often there was nothing left to do: who joins sleeps on it. */
export const joinWord = 2;
/** Who puts, and what it knows of how many were taken. */
export const putGuardWord = 32;
export const seenTakenWord = 33;
/** Where the item before those that were not taken, as far as it is known, ends in the arena. */
export const seenEndWord = 34;
/** Counts items that were put in. */
export const putWord = 64;
/** Who takes, and what it knows of how many were put in. */
export const takeGuardWord = 96;
export const seenPutWord = 97;
/** Counts items that were taken. */
export const takenWord = 128;

/** Where slots begin. */
export const headerWords = 160;

/** In the state: nothing can be put in. */
export const closedBit = 1;
/** In the state: nothing can be taken any more, either. */
export const emptiedBit = 2;

/** A slot: where its item ends in the arena, what it is, and two words of it. */
export const slotWords = 4;
export const endAt = 0;
export const tagAt = 1;
export const firstAt = 2;
export const secondAt = 3;

/** The arena is divided into units of two words: what lies in it is aligned for doubles. */
export const unitWords = 2;
export const unitBytes = 8;

/** How many can wait for items, and how many for room, with a place of their own. */
const waiters = 256;

/** Words for the keys of objects. */
const shapeWords = 4_096;

/** Where what is, for a queue of a size. All in words. */
export class Layout {
  readonly maxsize: number;
  /** Units that all items may take together. */
  readonly maxUnits: number;
  /** How many slots there are, less one: a power of two, so that counters may wrap. */
  readonly slotMask: number;
  /** Units of the arena, less one. */
  readonly unitMask: number;
  readonly arenaStart: number;
  readonly waitersStart: number;
  readonly waitersWords: number = wordsFor(waiters);
  readonly shapesStart: number;
  readonly shapesWords = shapeWords;
  /** All of them. */
  readonly words: number;

  /**
   * @param maxsize - how many items there may be.
   * @param maxBytes - how many bytes they may take in the arena.
   */
  constructor(maxsize: number, maxBytes: number) {
    this.maxsize = maxsize;
    this.maxUnits = Math.ceil(maxBytes / unitBytes);
    // rule 3: one more than there are items
    const slots = powerOfTwo(maxsize + 1);
    const units = powerOfTwo(this.maxUnits);
    this.slotMask = slots - 1;
    this.unitMask = units - 1;
    this.arenaStart = headerWords + slots * slotWords;
    this.waitersStart = this.arenaStart + units * unitWords;
    this.shapesStart = this.waitersStart + 2 * this.waitersWords;
    this.words = this.shapesStart + this.shapesWords;
  }
}

const powerOfTwo = (least: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, least)));
