/**
 * Items of a chunk on their way to a worker, and results on their way back.
 *
 * @module
 */
import { PackedReader, packValues } from "../wire/codec/pack.js";
import { isPrimitive, type Transferable } from "../wire/index.js";
import { asSmallInteger } from "../wire/numbers.js";
import type { ItemRange } from "./chunk-input.js";
import type { ChunkItems, ChunkPart, ChunkRoute } from "./chunks.js";
import { holdsBigints, isShared, isTypedArray } from "./typed-arrays.js";

/** As many primitives go as they are: packing costs more. */
const few = 16;

/** A run of numbers at least so long is worth a chunk of its own, when something else follows it. */
const longRun = 1_024;

/** Taken for the size of what is not packed. */
const aloneBytes = 16_384;

export interface EncodedItems {
  readonly items: ChunkItems;
  /** How many of the range they are: at least one. */
  readonly count: number;
  readonly transfer: readonly Transferable[];
  /** Size of what was packed. */
  readonly bytes: number;
}

/**
 * Prepares items for a worker: the longest run from the first one on that can go together.
 * @param index - of the first item in the input.
 * @param block - where numbers are put, if there is room for all.
 * @throws SerializationError when the first item can't be sent.
 */
export function encodeItems(
  { source, from, count }: ItemRange,
  index: number,
  block: Float64Array | undefined,
  route: ChunkRoute,
): EncodedItems {
  const fits = block !== undefined && block.length >= count;
  if (isTypedArray(source)) {
    if (route.sharesMemory && isShared(source))
      return encoded({ kind: "view", view: source, at: from }, count);
    if (fits && !holdsBigints(source)) {
      block.set(source.subarray(from, from + count));
      return encoded({ kind: "block" }, count);
    }
  } else if (fits) {
    const numbers = putNumbers(source, from, count, block);
    if (numbers === count || numbers >= longRun) return encoded({ kind: "block" }, numbers);
  }
  if (count <= few) {
    const values = Array.prototype.slice.call(source, from, from + count) as unknown[];
    if (values.every(isCopied)) return encoded({ kind: "plain", values }, count, lengthOfTexts(values));
  }
  const { packed, count: packedCount } = packValues(source as readonly unknown[], from, from + count);
  if (packedCount > 0) {
    const items = { kind: "packed", packed } as const;
    return { items, count: packedCount, transfer: [], bytes: packed.byteLength };
  }
  const { value, marked, transfer } = route.encode([source[from], index], "arguments");
  return { items: { kind: "alone", args: value, marked }, count: 1, transfer, bytes: aloneBytes };
}

/** Bytes that a result of a part takes, packed. */
export function bytesPerResult(part: ChunkPart): number {
  if (part.kind === "packed") return part.packed.byteLength / part.count;
  if (part.kind === "plain") return lengthOfTexts(part.values) / part.values.length;
  return part.kind === "alone" ? aloneBytes : 0;
}

/** Characters of all strings among primitive values. */
function lengthOfTexts(values: readonly unknown[]): number {
  let length = 0;
  for (const value of values) if (typeof value === "string") length += value.length;
  return length;
}

/** The values of a part, unless it has to be decoded in time: then a promise. */
export function valuesOf(
  part: Exclude<ChunkPart, { kind: "nothing" | "target" | "block" }>,
  route: ChunkRoute,
): readonly unknown[] | Promise<readonly unknown[]> {
  switch (part.kind) {
    case "plain":
      return part.values;
    case "packed": {
      const reader = new PackedReader(part.packed);
      const values: unknown[] = [];
      for (let i = 0; i < part.count; i += 1) values.push(reader.next());
      return values;
    }
    case "alone": {
      if (!part.marked) return [part.value];
      const value = route.decode(part.value);
      return value instanceof Promise ? value.then((found: unknown) => [found]) : [value];
    }
  }
}

/** Numbers from a block as an ordinary array. */
export function numbersOf(block: Float64Array): number[] {
  const numbers: number[] = [];
  for (let i = 0; i < block.length; i += 1) numbers.push(asSmallInteger(block[i]!));
  return numbers;
}

function encoded(items: ChunkItems, count: number, bytes = 0): EncodedItems {
  return { items, count, transfer: [], bytes };
}

/** Whether a value can be in a message with others. */
function isCopied(value: unknown): boolean {
  return isPrimitive(value) && typeof value !== "symbol";
}

/** Puts numbers into the block up to the first item that is none; answers how many. */
function putNumbers(source: ArrayLike<unknown>, from: number, count: number, block: Float64Array): number {
  for (let i = 0; i < count; i += 1) {
    const item = source[from + i];
    if (typeof item !== "number") return i;
    block[i] = item;
  }
  return count;
}
