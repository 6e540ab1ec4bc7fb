/**
 * Where which word is, and what is in it. The README has the rules.
 *
 * @module
 */

/** Whether it is locked, who has it or had it last, and how often it went from one thread to another (rule 1). */
export const stateWord = 0;
/** What a waiter asks of the holder (rule 5); 0: nothing. */
export const requestWord = 1;
/** Changes with each switch; who has dropped it on request sleeps for it (rule 8). */
export const switchedWord = 2;
/** The switch interval in µs. */
export const intervalWord = 3;
/** The ids of the threads that use it, by seat. */
export const seatsStart = 8;
/** Seats that a state has room for; 0 is nobody's. */
export const mostSeats = 1_023;

/** Words of a memory for so many seats. */
export const wordsFor = (seats: number): number => seatsStart + seats;

/** Where a seat's owner is. */
export const ownerAt = (seat: number): number => seatsStart + seat - 1;

/** In a state: a thread has it. In a request: somebody asks. */
export const lockedBit = 1;
/** In a request: who asks does not block, and may come late. */
export const laterBit = 1 << 11;

const seatShift = 1;
const numberShift = 12;

/** The thread that a state or a request names. */
export const seatIn = (word: number): number => (word >>> seatShift) & mostSeats;
/** The switch number in a state or a request. */
export const numberIn = (word: number): number => word >>> numberShift;
/** A state that is locked, or a request. */
export const wordOf = (number: number, seat: number, bits = 0): number =>
  (number << numberShift) | (seat << seatShift) | bits | lockedBit;
export const isLocked = (state: number): boolean => (state & lockedBit) !== 0;

/** What `take` answers; 0: it is taken. */
export const taken = 1;
/** Who had it before died with it. */
export const takenAbandoned = 2;
