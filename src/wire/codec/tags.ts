/**
 * The first word of each value in a frame: its tag in the low `tagBits` bits, a payload above them. 0 is no
 * tag, so that memory nobody has written to is no value.
 *
 * @module
 */

/** Bits of a word that hold the tag. */
export const tagBits = 5;
/** Selects the tag. */
export const tagMask = 31;

/** The payload is one of the `constant` values. */
export const tagConstant = 1;
/** The payload is the number, signed. */
export const tagSmallInt = 2;
/** A word with the number follows. */
export const tagInt = 3;
/** Two words with the number follow, aligned to an even index. */
export const tagDouble = 4;
/** The payload counts bytes, each a character of ASCII. */
export const tagAscii = 5;
/** The payload counts bytes, two for each code unit, the low one first. */
export const tagUtf16 = 6;
/** The payload is the number of a shape; the values of its keys follow. */
export const tagObject = 7;
/** Defines the next shape: the payload counts its keys, which follow as strings; then the values follow. */
export const tagFirstObject = 8;
/** An object without a shape: the payload counts pairs of key and value that follow. */
export const tagDictionary = 9;
/** The payload counts values that follow. */
export const tagArray = 10;
/** An array of 32-bit integers: the payload counts words that follow. */
export const tagInts = 11;
/** An array of numbers: the payload counts doubles that follow, aligned to an even index. */
export const tagDoubles = 12;
/** The payload is a `bigIntForm`. */
export const tagBigInt = 13;
/** Its time as a double follows, aligned to an even index. */
export const tagDate = 14;
/** The payload is the number of a kind in `binaryKinds`; a word with the count of bytes follows, and the bytes. */
export const tagBinary = 15;

/** Payloads of `tagConstant`. */
export const constant = { undefined: 0, null: 1, true: 2, false: 3 } as const;

/** Payloads of `tagBigInt`: two words follow, the low one first, or hexadecimal digits as a string. */
export const bigIntForm = { words: 0, digits: 1, negativeDigits: 2 } as const;

/** Strings of ASCII up to this length are handled character by character, the quicker way for short ones. */
export const shortLength = 24;
