/**
 * Chunks: many items of a `map` that a worker runs in one go. What an executor that takes chunks and the
 * engine of `map` say to each other; all of it is plain data that structured clone takes as it is.
 *
 * @module
 */
import type { EncodedValue, Transferable } from "../wire/index.js";
import type { Future } from "./future.js";
import type { Ready } from "./room-wait.js";
import type { TypedArray } from "./typed-arrays.js";
import type { UnobservedFailures } from "./unobserved.js";

/** Items on their way to a worker. */
export type ChunkItems =
  /** Primitive values. */
  | { readonly kind: "plain"; readonly values: readonly unknown[] }
  /** Plain data, each value by itself (`packValues`). */
  | { readonly kind: "packed"; readonly packed: ArrayBuffer }
  /** Numbers, in the block of the chunk's memory. */
  | { readonly kind: "block" }
  /** A range of shared memory that is the user's. */
  | { readonly kind: "view"; readonly view: TypedArray; readonly at: number }
  /** One item of any kind, as the arguments `[item, index]` in the form that `encode` gave them. */
  | { readonly kind: "alone"; readonly args: unknown; readonly marked: boolean };

/** Where results go that are numbers, or bigints, and that the user wants in shared memory. */
export interface ChunkTarget {
  readonly view: TypedArray;
  /** Place of the first item's result. */
  readonly at: number;
}

/** What a function gets of an item where that is not the item and its index: the item alone, or its elements. */
export type Passes = "item" | "elements";

/** A chunk on its way to a worker. */
export interface ChunkRequest {
  /** Index of its first item in the input. */
  readonly first: number;
  readonly count: number;
  readonly items: ChunkItems;
  /** `"reduction"`: one value, combined from the results. */
  readonly wants: "values" | "nothing" | "reduction";
  /** `"throw"`: nothing is run after a failure. */
  readonly errors: "throw" | "settle";
  /** Whether somebody may wait for the first results while the last ones are being made. */
  readonly asTheyCome: boolean;
  /** ms that it should take; `Infinity` while nothing is known. */
  readonly estimate: number;
  /** ms after which no item is begun any more: the answer then is about fewer items. */
  readonly stopAfter: number;
  /** What this chunk and its sender share; laid out by {@link cellsOf} and {@link blockOf}. */
  readonly memory: SharedArrayBuffer | undefined;
  readonly target: ChunkTarget | undefined;
  /** Undefined: the item and its index. */
  readonly passes?: Passes | undefined;
}

/** Results of neighbouring items, in a message. */
export type ChunkPart =
  /** Numbers, in the block of the chunk's memory. */
  | { readonly kind: "block"; readonly at: number; readonly count: number }
  /** They are in the target. */
  | { readonly kind: "target"; readonly at: number; readonly count: number }
  /** The results are not wanted. */
  | { readonly kind: "nothing"; readonly at: number; readonly count: number }
  | { readonly kind: "plain"; readonly at: number; readonly values: readonly unknown[] }
  | { readonly kind: "packed"; readonly at: number; readonly count: number; readonly packed: ArrayBuffer }
  /** One result of any kind, in the form that `encode` gave it. */
  | { readonly kind: "alone"; readonly at: number; readonly value: unknown; readonly marked: boolean };

/** An item that failed: its place in the chunk, and what it threw in the form that `encode` gave it. */
export interface ChunkFailure {
  readonly at: number;
  readonly error: unknown;
  readonly marked: boolean;
}

/**
 * What became of some items of a chunk. A worker may hand in several for one chunk: they follow each other,
 * and the last one is the chunk's answer. Each holds one object at most that is not plain, so that no two
 * results share anything. A failed item has a place in a part, too, whose value counts for nothing.
 */
export interface ChunkAnswer {
  /** Place of the first item it tells of. */
  readonly from: number;
  /** Place after the last one. */
  readonly to: number;
  /** In their order. For a reduction one, with a single value. */
  readonly parts: readonly ChunkPart[];
  readonly failures: readonly ChunkFailure[];
  /** Time that these items took, in ms. */
  readonly ran: number;
}

/**
 * Runs a chunk.
 * @param transfer - what moves with it: then it can't be sent twice.
 * @param handedIn - receives what the worker tells of the chunk before its answer.
 * @param goesOn - whether these items were submitted before, or are the last of a map whose executor closes: they
 *   are taken though it closes, or has no room.
 * @throws What `Executor.submit` throws.
 */
export type SubmitChunk = (
  request: ChunkRequest,
  transfer: readonly Transferable[],
  handedIn: (answer: ChunkAnswer) => void,
  goesOn: boolean,
) => Future<ChunkAnswer>;

/** What an item of a function's costs, as far as is known. */
export interface ItemCost {
  /** ms; undefined before any was measured. */
  mean: number | undefined;
}

/** How an executor runs the chunks of one `map`. */
export interface ChunkRoute {
  readonly submit: SubmitChunk;
  /** Settles when the executor's queue has room. */
  readonly ready: Ready;
  /** Chunks that can run at once, now. */
  readonly lanes: () => number;
  /** Whether workers see shared memory of this side. */
  readonly sharesMemory: boolean;
  /** What is known of the function from earlier maps, and is learned by this one. */
  readonly cost: ItemCost;
  /** Name of the function, for failures that nobody looks at. */
  readonly name: string;
  /** Receives them. */
  readonly unobserved: UnobservedFailures;
  /** Prepares what is not plain for the other side. @throws SerializationError */
  encode(value: unknown, what: string): EncodedValue;
  /** Makes again what a worker encoded. */
  decode(value: unknown): unknown;
  /**
   * Registers what is to be done before the executor stops taking work: a map hands over what it may read.
   * @returns a function that takes the callback back.
   */
  onClosing(callback: () => void): () => void;
  /** Joins the stacks of a failure from a worker and of the call of `map`. */
  locate(error: unknown): void;
}

/** Up to so many items, each is handed in by itself where no memory is shared: the next one may never end. */
export const smallChunk = 64;

/** Words in front of the block. */
export const cellCount = 16;

/** The words that a chunk and its sender share. */
export const cell = {
  /** Place of the item being run, or of the last one that was, plus 1; 0 before the first one. */
  running: 0,
  /** Not 0: the chunk is to stop in front of the next item. */
  stop: 1,
  /** Place from which on results are not in the block, or the target, any more, plus 1; 0 while all are. */
  left: 2,
} as const;

/** The shared words of a chunk. */
export function cellsOf(memory: SharedArrayBuffer): Int32Array {
  return new Int32Array(memory, 0, cellCount);
}

/** Where numbers of a chunk lie: its items, and each is replaced by its result. */
export function blockOf(memory: SharedArrayBuffer): Float64Array {
  return new Float64Array(memory, cellCount * Int32Array.BYTES_PER_ELEMENT);
}

/** Memory for a chunk. @param places - size of the block. */
export function makeChunkMemory(places: number): SharedArrayBuffer {
  const bytes = cellCount * Int32Array.BYTES_PER_ELEMENT + places * Float64Array.BYTES_PER_ELEMENT;
  return new SharedArrayBuffer(bytes);
}
