/**
 * What an item is: the lowest bits of its tag. Above them is a count of bytes.
 *
 * @module
 */
export const kindBits = 3;
export const kindMask = 7;
/** The first word is the value, as the wire has it. */
export const kindSmall = 1;
/** The two words are a double. */
export const kindNumber = 2;
/** Bytes: one for each code unit of a text, or two. */
export const kindLatin1 = 3;
export const kindUtf16 = 4;
/** A frame: the first word counts its words; the bytes lie behind them. */
export const kindFrame = 5;
/** The engine's form; the first word is 1 if there are marks in it. */
export const kindSerialized = 6;
