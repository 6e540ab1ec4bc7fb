import type { Chunk } from "./chunk.js";
import type { EncodedItems } from "./chunk-encoding.js";
import type { ChunkRequest } from "./chunks.js";
import type { TypedArray } from "./typed-arrays.js";

/** What all requests of a stream have in common. */
export interface RequestSource {
  readonly options: { readonly errors: "throw" | "settle" };
  readonly wants: ChunkRequest["wants"];
  /** Shared memory of the user's that workers put results into. */
  readonly target?: TypedArray | undefined;
}

/** The request for what has not run of a chunk. */
export function requestFor(
  { options, wants, target }: RequestSource,
  chunk: Chunk,
  { items, count }: EncodedItems,
  pace: Pick<ChunkRequest, "asTheyCome" | "estimate" | "stopAfter">,
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
    ...pace,
    memory: chunk.memory?.memory,
    target: fits ? { view: target, at: first } : undefined,
  };
}
