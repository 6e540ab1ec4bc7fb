import type { Clock } from "../clock.js";
import type { Chunk } from "./chunk.js";
import type { EncodedItems } from "./chunk-encoding.js";
import type { ChunkRequest, ChunkRoute, Passes } from "./chunks.js";
import type { CheckedMapOptions } from "./map-options.js";
import type { TypedArray } from "./typed-arrays.js";

/** What all requests of a stream have in common. */
export interface RequestSource {
  readonly options: { readonly errors: "throw" | "settle" };
  readonly wants: ChunkRequest["wants"];
  /** Shared memory of the user's that workers put results into. */
  readonly target?: TypedArray | undefined;
  /** What the function gets of an item; undefined: the item and its index. */
  readonly passes?: Passes | undefined;
}

/** What an executor gives to make a stream of chunks. */
export interface ChunkSource<T> extends RequestSource {
  readonly items: Iterable<T> | AsyncIterable<T>;
  readonly route: ChunkRoute;
  readonly options: CheckedMapOptions;
  readonly clock?: Clock | undefined;
}

/** The request for what has not run of a chunk. */
export function requestFor(
  { options, wants, target, passes }: RequestSource,
  chunk: Chunk,
  { items, count }: EncodedItems,
  asTheyCome: boolean,
  times: Pick<ChunkRequest, "estimate" | "stopAfter">,
): ChunkRequest {
  const first = chunk.first + chunk.base;
  // results that have no place come back as any other, and are refused by who collects them
  const fits = target !== undefined && first + count <= target.length;
  return {
    first,
    count,
    items,
    wants,
    errors: options.errors,
    asTheyCome,
    ...times,
    memory: chunk.memory?.memory,
    target: fits ? { view: target, at: first } : undefined,
    ...(passes && { passes }),
  };
}
