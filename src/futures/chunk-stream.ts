/**
 * The stream of a map whose items travel in chunks. By itself, because an executor inside a worker sends item by
 * item: a worker need not load any of this.
 *
 * @module
 */
import { ChunkEngine } from "./chunk-engine.js";
import type { ChunkSource } from "./chunk-request.js";
import { lengthOf } from "./map-input.js";
import { StreamConsumer } from "./stream-consumer.js";
import { collectorOf, outputOf } from "./task-stream.js";
import { isShared, isTypedArray } from "./typed-arrays.js";

/**
 * Makes the stream of a `map`, `forEach` or `reduce` whose items travel in chunks, and starts it. Of a
 * reduction the results are those of whole chunks.
 * @throws As `createTaskStream`.
 */
export function createChunkStream<T>(
  source: Omit<ChunkSource<T>, "target">,
): StreamConsumer<unknown, unknown> {
  const { items, options, route } = source;
  const { into, ordered } = options;
  const target = route.sharesMemory && into && isTypedArray(into) && isShared(into) ? into : undefined;
  const length = ordered && isArrayLike(items) ? lengthOf(items) : undefined;
  const collector = collectorOf(items, options, length);
  return new StreamConsumer(new ChunkEngine({ ...source, target }, outputOf(options)), collector);
}

function isArrayLike(items: unknown): boolean {
  return Array.isArray(items) || isTypedArray(items);
}
