import type { ItemRange } from "./chunk-input.js";
import type { ChunkMemory } from "./chunk-memory.js";
import type { ChunkAnswer } from "./chunks.js";
import type { Future } from "./future.js";

/** Stands for values that were collected before their turn, and are only to be counted. */
export const placed = "placed";

/** Results that wait for their turn. */
export interface Stashed {
  readonly first: number;
  readonly values: ArrayLike<never> | typeof placed | undefined;
  readonly count: number;
}

/** Neighbouring items, from their reading until all are settled. */
export interface Chunk {
  /** Index of its first item in the input. */
  readonly first: number;
  readonly range: ItemRange;
  /** Its items, or where a failure ended it. */
  count: number;
  /** Its items that are settled: the first ones, since they run one after the other. */
  settled: number;
  /** Its items that were settled when it was sent. */
  base: number;
  memory: ChunkMemory | undefined;
  /** Whether its results go to the user's shared memory. */
  inTarget: boolean;
  future: Future<ChunkAnswer> | undefined;
  /** What `ChunkSizes.sent` answered. */
  estimate: number;
  /** Results that wait for those of the chunks in front. */
  stash: Stashed[];
  /** What is being taken in of it. */
  turn: Promise<void> | undefined;
}

/** A chunk of items that are not sent yet. @param first - index of the first item in the input. */
export function newChunk(first: number, range: ItemRange): Chunk {
  return {
    first,
    range,
    count: range.count,
    settled: 0,
    base: 0,
    memory: undefined,
    inTarget: false,
    future: undefined,
    estimate: 0,
    stash: [],
    turn: undefined,
  };
}

/** Takes the items from a place on out of a chunk, as one of their own; undefined where there are none. */
export function splitOff(chunk: Chunk, place: number): Chunk | undefined {
  const count = chunk.count - place;
  if (count <= 0) return undefined;
  const { source, from } = chunk.range;
  chunk.count = place;
  return newChunk(chunk.first + place, { source, from: from + place, count });
}
