/**
 * How the memory of a ring buffer is laid out. Each side's words are apart from those of the other.
 *
 * @module
 */

/** How many bytes were written, times two, and whether the writer has ended. */
export const writtenWord = 0;
/** Who writes, and whether it sleeps until there is room. */
export const writerWord = 32;
export const writerSleepsWord = 33;
/** How many bytes were read, times two, and whether the reader wants no more. */
export const readWord = 64;
/** Who reads, and whether it sleeps until there is something. */
export const readerWord = 96;
export const readerSleepsWord = 97;

/** Where the bytes begin, in words. */
export const bytesStart = 128;

/** In the counts of bytes: their side is closed. */
export const closedBit = 1;
/** Counts of bytes wrap at twice the largest capacity there can be, or more. */
export const countBits = 0x7fff_ffff;
/** The largest capacity, in bytes. */
export const mostBytes = 2 ** 29;
