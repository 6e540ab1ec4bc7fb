import { InvalidArgumentError } from "../../errors.js";

/** Memory of a link: control words and two rings. Sent to the worker as it is. */
export interface LinkMemory {
  readonly buffer: SharedArrayBuffer;
  /** Size of each ring, in bytes. */
  readonly ringBytes: number;
}

/** The two ends of a link. */
export type LinkSide = "scheduler" | "worker";

/** Where one ring is, in words from the start of the memory. */
export interface RingPlace {
  readonly firstWord: number;
  readonly wordCount: number;
  /** The control word of the writer: how far it has written. */
  readonly tail: number;
  /** The control word of the reader: how far it has read. */
  readonly head: number;
}

/** Apart by as much as a processor fetches at once, so that neither side slows the other down. */
const wordsPerLine = 32;

const line = {
  schedulerState: 0,
  workerState: wordsPerLine,
  toWorkerTail: 2 * wordsPerLine,
  toWorkerHead: 3 * wordsPerLine,
  toSchedulerTail: 4 * wordsPerLine,
  toSchedulerHead: 5 * wordsPerLine,
} as const;

/** Even, because a frame's doubles are aligned from the start of the memory. */
const controlWords = 6 * wordsPerLine;

const leastBytes = 256;
const mostBytes = 2 ** 28;

/**
 * Where positions and counts begin: so little before they wrap that every link of some age has passed that
 * point, and no fault there can stay rare (as Linux does with its `INITIAL_JIFFIES`).
 */
export const firstCount = 0x7fff_ff00;

/**
 * Memory for one link, with both sides asleep.
 *
 * @param ringBytes - the size of each of the two rings, in bytes: a power of two from 256 to 2 ** 28.
 * @throws InvalidArgumentError for any other size.
 */
export function createLinkMemory(ringBytes = 512 * 1024): LinkMemory {
  if (
    !Number.isInteger(ringBytes) ||
    ringBytes < leastBytes ||
    ringBytes > mostBytes ||
    (ringBytes & (ringBytes - 1)) !== 0
  ) {
    throw new InvalidArgumentError(
      "ringBytes",
      ringBytes,
      `a power of two from ${leastBytes} to ${mostBytes} (bytes)`,
    );
  }
  const buffer = new SharedArrayBuffer(controlWords * Int32Array.BYTES_PER_ELEMENT + 2 * ringBytes);
  const words = new Int32Array(buffer);
  for (const position of [line.toWorkerTail, line.toWorkerHead, line.toSchedulerTail, line.toSchedulerHead]) {
    Atomics.store(words, position, firstCount);
  }
  return { buffer, ringBytes };
}

/** The state word of one side. */
export function stateWord(side: LinkSide): number {
  return side === "scheduler" ? line.schedulerState : line.workerState;
}

/** The ring that leads to one side. */
export function ringTo(side: LinkSide, memory: LinkMemory): RingPlace {
  const wordCount = memory.ringBytes / Int32Array.BYTES_PER_ELEMENT;
  return side === "worker"
    ? { firstWord: controlWords, wordCount, tail: line.toWorkerTail, head: line.toWorkerHead }
    : {
        firstWord: controlWords + wordCount,
        wordCount,
        tail: line.toSchedulerTail,
        head: line.toSchedulerHead,
      };
}
