/**
 * Values that take one word in a frame, tag included. Most tasks that are cheap enough for the form of their
 * result to matter answer one of these, and it is written and read without the machinery of larger values.
 *
 * @module
 */
import { constant, tagBits, tagConstant, tagMask, tagSmallInt } from "./tags.js";

const undefinedWord = (constant.undefined << tagBits) | tagConstant;
const nullWord = (constant.null << tagBits) | tagConstant;
const trueWord = (constant.true << tagBits) | tagConstant;
const falseWord = (constant.false << tagBits) | tagConstant;

/** What {@link smallWordOf} answers for a value that does not fit: no tag. */
export const noSmallWord = 0;

/** What {@link smallValueOf} answers for a word with which a larger value begins. */
export const noSmallValue: unique symbol = Symbol("no small value");

/** The word of a value, or {@link noSmallWord}. */
export function smallWordOf(value: unknown): number {
  switch (typeof value) {
    case "number": {
      const shifted = value << tagBits;
      const fits = shifted >> tagBits === value && (value !== 0 || 1 / value > 0);
      return fits ? shifted | tagSmallInt : noSmallWord;
    }
    case "undefined":
      return undefinedWord;
    case "boolean":
      return value ? trueWord : falseWord;
    default:
      return value === null ? nullWord : noSmallWord;
  }
}

/** The value of a word, or {@link noSmallValue}. */
export function smallValueOf(word: number): unknown {
  if ((word & tagMask) === tagSmallInt) return word >> tagBits;
  switch (word) {
    case undefinedWord:
      return undefined;
    case nullWord:
      return null;
    case trueWord:
      return true;
    case falseWord:
      return false;
    default:
      return noSmallValue;
  }
}
