/**
 * What lies at fixed addresses of a heap, below the data of the kernels' module. The READMEs of `memory/` and `crew/`
 * have the rules. Words are numbered from the heap's beginning, four bytes each.
 *
 * @module
 */

/** All words below are within these. */
export const fixedWords = 65_536 / 4;

// 1,024 to 4,096: the allocator's (kernels/heap/places.ts); a heap begins with these two alike

/** Up to where memory was given out, and where the first block is, in units. */
export const topWord = 1024 / 4;
export const baseWord = 1040 / 4;
export const allocationUnit = 64;
/** Who joins free blocks; 0: nobody. */
export const joinerWord = 1044 / 4;
/** How many threads without a seat are at work on the lists of free blocks. */
export const seatlessWord = 1056 / 4;

/** Counts posts of jobs: helpers look at it for something to do. */
export const bellWord = 4096 / 4;
/** How many threads an operation uses; 0: as many as there are cores. */
export const threadsWord = bellWord + 16;
/** Whether products use no BLAS. */
export const noBlasWord = bellWord + 48;
/** Counts slots that became free: who found none waits for it. */
export const freedWord = bellWord + 32;

/** For each helper: its seat, or that of the thread that is starting it, negative. */
export const helpersStart = 5120 / 4;
export const mostHelpers = 256;
/** For each helper: 1 while it sleeps. */
export const asleepStart = helpersStart + mostHelpers;

/** Seats of threads: `seats.ts`. */
export const seatsStart = 8192 / 4;
export const seatWords = 8;
export const seatBits = 8;
export const seats = 1 << seatBits;

/** Slots for jobs: `crew/slots.ts`. */
export const slotsLayout = {
  start: 16_384 / 4,
  slots: 16,
  mostPieces: 64,
  bell: bellWord,
  freed: freedWord,
  asleep: asleepStart,
} as const;

/** The arguments of the job in each slot, as float64. */
export const argsStart = 32_768;
export const mostArgs = 64;

// 40,960 to 49,152: where blocks begin, by regions

/** For each seat: 1 while the thread is at work on the lists of free blocks. Each has a cache line of its own. */
export const atWorkStart = 49_152 / 4;
export const atWorkStride = 16;
