/** Whether the memory of a `SharedMap` is whole: what is reachable from where, and that nothing is lost or there twice. */
import assert from "node:assert/strict";
import type { Shape } from "../../../dist/threading/shared/map/layout.js";
import type { MapAlgorithms } from "../explore/map-modules.js";

/** Of a table into whose section nobody is. */
export function checkMemory(map: MapAlgorithms, words: Int32Array, shape: Shape, evicts: boolean): void {
  const { entries, bytes, buckets, blocks, blockWords } = shape;
  const entriesStart = map.bucketsStart + buckets;
  const blocksStart = entriesStart + entries * map.entryWords;
  const field = (entry: number, offset: number): number =>
    words[entriesStart + entry * map.entryWords + offset]!;
  const nextEntry = (entry: number): number => entry + 1 + field(entry, map.nextAt);
  const nextBlock = (block: number): number => block + 1 + words[blocksStart + block * blockWords]!;

  const used = new Set<number>();
  const usedBlocks = new Set<number>();
  let content = 0;
  for (let bucket = 0; bucket < buckets; bucket++) {
    for (let entry = words[map.bucketsStart + bucket]! - 1; entry >= 0; entry = nextEntry(entry)) {
      assert.ok(entry < entries && !used.has(entry), `entry ${entry} is in two buckets`);
      used.add(entry);
      assert.equal(field(entry, map.hashAt) & (buckets - 1), bucket, "an entry is in a wrong bucket");
      const [key, value] = [field(entry, map.keyLengthAt), field(entry, map.valueLengthAt)];
      content += key + value;
      const count = Math.ceil((map.wordsOf(key) + map.wordsOf(value)) / (blockWords - 1));
      let block = field(entry, map.chainAt);
      for (let i = 0; i < count; i++, block = nextBlock(block)) {
        assert.ok(block >= 0 && block < blocks && !usedBlocks.has(block), `block ${block} is used twice`);
        usedBlocks.add(block);
      }
    }
  }
  assert.equal(words[map.sizeWord], used.size, "the number of entries is wrong");
  assert.equal(words[map.bytesWord], content, "the number of bytes is wrong");
  assert.ok(content <= bytes);
  assert.equal(words[map.usedBlocksWord], usedBlocks.size, "the number of blocks is wrong");

  const free = new Set<number>();
  for (let entry = words[map.freeEntryWord]!; entry < entries; entry = nextEntry(entry)) {
    assert.ok(!used.has(entry) && !free.has(entry), `entry ${entry} is free and used`);
    free.add(entry);
  }
  assert.equal(free.size + used.size, entries, "an entry is lost");
  const freeBlocks = new Set<number>();
  for (let block = words[map.freeBlockWord]!; block < blocks; block = nextBlock(block)) {
    assert.ok(!usedBlocks.has(block) && !freeBlocks.has(block), `block ${block} is free and used`);
    freeBlocks.add(block);
  }
  assert.equal(freeBlocks.size + usedBlocks.size, blocks, "a block is lost");

  if (!evicts) return;
  const order: number[] = [];
  for (let entry = words[map.newestWord]! - 1; entry >= 0; entry = field(entry, map.olderAt) - 1) {
    assert.ok(
      used.has(entry) && !order.includes(entry),
      `entry ${entry} is in the order twice, or not there`,
    );
    assert.equal(field(entry, map.newerAt) - 1, order.at(-1) ?? -1, "neighbours don't know each other");
    order.push(entry);
  }
  assert.equal(order.length, used.size, "an entry is not in the order");
  assert.equal(words[map.oldestWord]! - 1, order.at(-1) ?? -1, "the last of the order is wrong");
}
