/**
 * How the memory of a primitive is laid out: a header, a log, and a table of nodes. The README has the rules.
 *
 * @module
 */

/** Who is in the critical section: 0, or a thread's id, with {@link wantedBit} if others sleep for it. */
export const guardWord = 0;
/** What can be changed without the guard while nobody waits. What it holds is the primitive's affair. */
export const stateWord = 1;
/** How many entries of the log are to be applied (rule 3). */
export const loggedWord = 2;
/** The node that waits longest, and the one that came last; 0: none. */
export const headWord = 3;
export const tailWord = 4;
/** Counts how often room was made in the table of nodes. */
export const roomWord = 5;
/** Not 0 while somebody waits for room. */
export const crowdedWord = 6;
/** How many deaths were known when dead threads were last looked for. */
export const sweptWord = 7;
/** How many nodes are queued. */
export const waitingWord = 8;
/** Not 0 while those who could go on may not all have been let in (rule 7). */
export const pendingWord = 9;
/** Counts those who had to wait, for statistics. */
export const contendedWord = 10;
/** Where the next free node is likely to be. */
export const hintWord = 11;
/** Three words for the primitive's own use. */
export const firstOwnWord = 12;
export const secondOwnWord = 13;
export const thirdOwnWord = 14;

/** The log: of each change the index, the value before, and the value after. */
export const logStart = 16;
export const loggedWords = 3;
export const mostLogged = 16;

export const nodesStart = logStart + loggedWords * mostLogged;
export const nodeWords = 8;

/** Offsets within a node. */
export const statusAt = 0;
export const ownerAt = 1;
export const nextAt = 2;
export const previousAt = 3;
export const amountAt = 4;
export const serialAt = 5;
export const noteAt = 6;
export const asyncAt = 7;

/** Statuses of a node; README, "A node". */
export const free = 0;
export const waiting = 1;
export const granted = 2;
/** Granted, and who held it before died with it. */
export const grantedAbandoned = 3;
/** Of a barrier: it was broken. */
export const broken = 4;
/** Of a barrier: all are there, and this one is to run the action. */
export const actor = 5;

/** Ids of threads have 30 bits, and are never 0. */
export const idBits = 0x3fff_ffff;
/** In the guard: somebody sleeps for it. */
export const wantedBit = 0x4000_0000;
/** In a state word: only the owner of the guard may change it (rule 4). */
export const frozenBit = -0x8000_0000;
/** In the state word of a lock: its last holder died with it. */
export const abandonedBit = 0x4000_0000;

/** Words that a memory for so many nodes takes. */
export const wordsFor = (nodes: number): number => nodesStart + nodes * nodeWords;
