import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { memoryUsage } from "ungil/numeric";
import type * as heapModule from "../../dist/numeric/memory/heap.js";

const limit = { timeout: 90_000 };
const heapFile = new URL("../numeric/memory/heap.js", import.meta.resolve("ungil")).href;
const { currentHeap } = (await import(heapFile)) as typeof heapModule;

test("blocks are on borders of 64 bytes, keep what is in them, and do not overlap", limit, () => {
  const heap = currentHeap();
  const sizes = fc.oneof(
    fc.integer({ min: 0, max: 300 }),
    fc.integer({ min: 0, max: 100_000 }),
    fc.integer({ min: 200_000, max: 3_000_000 }),
  );
  const step = fc.oneof(
    fc.record({ kind: fc.constant("allocate" as const), size: sizes }),
    fc.record({ kind: fc.constant("free" as const), which: fc.nat() }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const held: { address: number; size: number; mark: number }[] = [];
      const check = ({ address, size, mark }: (typeof held)[number]): void => {
        const bytes = heap.bytes(address + size);
        for (const at of new Set([0, size >> 1, size - 1]))
          if (size > 0) assert.equal(bytes[address + at], mark);
      };
      for (const [i, each] of steps.entries()) {
        if (each.kind === "allocate") {
          const address = heap.allocate(each.size);
          assert.equal(address % 64, 0);
          const block = { address, size: each.size, mark: (i % 255) + 1 };
          for (const other of held)
            assert.ok(
              address + each.size <= other.address || other.address + other.size <= address,
              `${address} + ${each.size} overlaps ${other.address} + ${other.size}`,
            );
          heap.bytes(address + each.size).fill(block.mark, address, address + each.size);
          held.push(block);
        } else if (held.length > 0) {
          const [block] = held.splice(each.which % held.length, 1);
          check(block!);
          heap.free(block!.address);
        }
      }
      for (const block of held) {
        check(block);
        heap.free(block.address);
      }
    }),
    { numRuns: 150 },
  );
});

test("what is freed is used again: for the same size, and in parts for smaller ones", limit, () => {
  const heap = currentHeap();
  heap.free(heap.allocate(64_000_000));
  const { arena, used } = memoryUsage();
  for (let round = 0; round < 100; round++) heap.free(heap.allocate(64_000_000 - round * 1000));
  const parts = Array.from({ length: 3 }, () => heap.allocate(20_000_000));
  assert.equal(memoryUsage().arena, arena);
  for (const part of parts) heap.free(part);
  assert.equal(memoryUsage().used, used);
});

test("threads that allocate and free at once never get the same memory", limit, async () => {
  const code = `
    const { parentPort, workerData } = require("node:worker_threads");
    import(workerData.file).then(({ currentHeap }) => {
      const heap = currentHeap();
      let state = workerData.seed;
      const random = (most) => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % most;
      const held = [];
      let wrong = 0;
      for (let i = 0; i < 60_000; i++) {
        if (held.length < 40 && random(2) === 0) {
          const size = 8 * (1 + random(random(50) === 0 ? 60_000 : 40));
          const address = heap.allocate(size);
          const numbers = heap.numbers(address + size);
          numbers[address / 8] = numbers[address / 8 + size / 8 - 1] = workerData.seed * 1e6 + i;
          held.push({ address, size, mark: workerData.seed * 1e6 + i });
        } else if (held.length > 0) {
          const [{ address, size, mark }] = held.splice(random(held.length), 1);
          const numbers = heap.numbers(address + size);
          if (numbers[address / 8] !== mark || numbers[address / 8 + size / 8 - 1] !== mark) wrong++;
          heap.free(address);
        }
      }
      for (const { address } of held) heap.free(address);
      parentPort.postMessage({ wrong, id: heap.reference.id });
    });`;
  const { used } = memoryUsage();
  const told = await Promise.all(
    [1, 2, 3, 4].map((seed) => {
      const worker = new Worker(code, { eval: true, workerData: { file: heapFile, seed } });
      return new Promise<{ wrong: number; id: number }>((resolve, reject) => {
        worker.once("message", resolve);
        worker.once("error", reject);
      });
    }),
  );
  assert.deepEqual(
    told.map(({ wrong }) => wrong),
    [0, 0, 0, 0],
  );
  assert.deepEqual(new Set(told.map(({ id }) => id)), new Set([currentHeap().reference.id]));
  assert.equal(memoryUsage().used, used);
});
