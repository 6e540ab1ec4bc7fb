// How many items travel together, by what is known of their cost.
import assert from "node:assert/strict";
import { test } from "node:test";

/** The class under test, which no entry of the package exports. */
interface Sizes {
  readonly isFull: boolean;
  window(weight: number): number;
  next(window: number, left: number | undefined, together: boolean): number;
  sent(count: number, bytes: number): number;
}

const { ChunkSizes } = (await import(
  new URL("../futures/chunk-sizes.js", import.meta.resolve("ungil")).href
)) as {
  ChunkSizes: new (
    route: { lanes: () => number; cost: { mean: number | undefined } },
    options: { chunksize: "auto" | number; givenBuffersize: number | undefined },
    input: { array: ArrayLike<number>; isOfNumbers: boolean },
    stay: boolean,
  ) => Sizes;
};

/** The chunks of a map over so many numbers in shared memory on two lanes, none of which is answered. */
function chunksOf(items: number, mean: number | undefined, givenBuffersize?: number): number[] {
  const sizes = new ChunkSizes(
    { lanes: () => 2, cost: { mean } },
    { chunksize: "auto", givenBuffersize },
    { array: new Float64Array(0), isOfNumbers: true },
    true,
  );
  const chunks: number[] = [];
  for (let left = items; left > 0 && !sizes.isFull; left -= chunks.at(-1)!) {
    chunks.push(Math.min(left, sizes.next(sizes.window(0), left, true)));
    sizes.sent(chunks.at(-1)!, 0);
  }
  return chunks;
}

test("a short map of known cost is shared out evenly: a chunk for each lane", () => {
  assert.deepEqual(chunksOf(1_000_000, 2e-6), [500_000, 500_000]);
  assert.deepEqual(chunksOf(20, 0.1), [10, 10]);
});

test("where these would be long, there are as many as the lanes have in hand", () => {
  assert.deepEqual(chunksOf(1_000_000, 4e-6), [250_000, 250_000, 250_000, 250_000]);
  assert.deepEqual(chunksOf(10, 0.4), [3, 3, 3, 1]);
});

test("a long map is cut by time, and chunks get shorter towards its end", () => {
  const [first, second, third] = chunksOf(40_000, 1e-3);
  assert.deepEqual([first, second, third], [5_000, 4_375, 4_000]);
});

test("what is worth one message only is not shared out", () => {
  assert.deepEqual(chunksOf(10_000, 1e-6), [10_000]);
});

test("a buffersize limits the chunks of a short map, too", () => {
  assert.equal(chunksOf(1_000_000, 2e-6, 100)[0], 100);
});

test("while nothing is known each lane gets one item", () => {
  assert.deepEqual(chunksOf(1_000_000, undefined), [1, 1]);
});
