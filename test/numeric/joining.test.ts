// A process of its own: here the arena is filled to its limit. Hardly any of it is touched.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { attach, memoryUsage, NDArray, zeros } from "ungil/numeric";
import { until } from "ungil/testing";
import type * as heapModule from "../../dist/numeric/memory/heap.js";
import type * as layoutModule from "../../dist/numeric/memory/layout.js";
import type * as seatsModule from "../../dist/numeric/memory/seats.js";

const limit = { timeout: 120_000 };
const collect = (globalThis as { gc?: () => void }).gc;
const heapFile = new URL("../numeric/memory/heap.js", import.meta.resolve("ungil")).href;
const { currentHeap } = (await import(heapFile)) as typeof heapModule;
const { atWorkStart, atWorkStride, joinerWord } = (await import(
  new URL("layout.js", heapFile).href
)) as typeof layoutModule;
const { seatOf } = (await import(new URL("seats.js", heapFile).href)) as typeof seatsModule;

/** All that lies between the fixed words and the limit, without the header. */
const most = 2 ** 32 - 2 ** 17 - 64;

/** One block of the whole arena: everything in it was free, and is one piece. */
function takeAll(): void {
  const heap = currentHeap();
  heap.free(heap.allocate(most));
}

test("the whole arena can be had as one block, before and after others were in it", limit, () => {
  const heap = currentHeap();
  takeAll();
  const blocks = Array.from({ length: 20_000 }, (_, i) => heap.allocate((i * 7919) % 50_000));
  assert.ok(new Set(blocks).size === blocks.length);
  for (let i = 0; i < blocks.length; i++) heap.free(blocks[(i * 7) % blocks.length]!);
  takeAll();
  assert.equal(memoryUsage().used, 0);
});

/** How many bytes lie between two blocks, or before the first or behind the last one, less a header. */
function largestGap(held: readonly { readonly address: number }[]): number {
  const heap = currentHeap();
  let end = 2 ** 17;
  let largest = 0;
  for (const header of [...held.map(({ address }) => address - 64).toSorted((a, b) => a - b), 2 ** 32]) {
    largest = Math.max(largest, header - end - 64);
    if (header < 2 ** 32) end = header + new Uint32Array(heap.bytes(header + 64).buffer, header, 1)[0]! * 64;
  }
  return largest;
}

test("any order of allocations and frees ends with one free block", limit, () => {
  const heap = currentHeap();
  const size = fc.oneof(
    fc.integer({ min: 0, max: 500 }),
    fc.integer({ min: 0, max: 2_000_000 }),
    fc.integer({ min: 0, max: most }),
  );
  const step = fc.record({ kind: fc.constantFrom("allocate", "free", "resize"), size, which: fc.nat() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const held: { address: number; size: number }[] = [];
      const take = (bytes: number): void => {
        try {
          const address = heap.allocate(bytes);
          for (const other of held)
            assert.ok(address + bytes <= other.address || other.address + other.size <= address);
          held.push({ address, size: bytes });
        } catch (error) {
          if ((error as { code?: string }).code !== "ERR_UNGIL_MEMORY") throw error;
          assert.ok(largestGap(held) < bytes, `${largestGap(held)} bytes are free, ${bytes} are refused`);
        }
      };
      try {
        for (const { kind, size: bytes, which } of steps) {
          if (kind !== "allocate" && held.length > 0)
            heap.free(held.splice(which % held.length, 1)[0]!.address);
          if (kind !== "free") take(bytes);
        }
      } finally {
        for (const { address } of held) heap.free(address);
      }
      takeAll();
    }),
    { numRuns: 300 },
  );
});

test(
  "temporaries of one size that filled the arena make room for larger and smaller ones",
  limit,
  async () => {
    for (const elements of [1_000, 1_000_000]) {
      assert.throws(
        () => {
          for (;;) NDArray.allocate("float64", [elements]);
        },
        { code: "ERR_UNGIL_MEMORY", message: /scope\(\)/ },
      );
      await until(() => {
        collect?.();
        return memoryUsage().used === 0;
      }, "what nobody has is given back");
      NDArray.allocate("float64", [500_000_000]).dispose();
      const small = Array.from({ length: 1_000 }, (_, i) => zeros([i]));
      for (const each of small) each.dispose();
      NDArray.allocate("float64", [500_000_000]).dispose();
    }
  },
);

/** Allocates, frees and resizes at random, in a full arena, so that blocks are joined all the time. */
const restless = `
  const { workerData, parentPort } = require("node:worker_threads");
  import(workerData.file).then(({ currentHeap }) => {
    const heap = currentHeap();
    const { counter, seed, rounds, size } = workerData;
    let state = seed;
    const random = (most) => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % most;
    const held = [];
    const give = () => {
      const [{ address, bytes, mark }] = held.splice(random(held.length), 1);
      const numbers = heap.numbers(address + bytes);
      if (numbers[address / 8] !== mark || numbers[address / 8 + bytes / 8 - 1] !== mark) Atomics.add(counter, 1, 1);
      heap.functions.heap_release(address, heap.seat);
    };
    const take = (i) => {
      const bytes = 8 * (1 + random(random(2) === 0 ? size : 200));
      let address;
      try {
        address = heap.allocateFor(bytes, heap.seat);
      } catch (error) {
        if (error.code !== "ERR_UNGIL_MEMORY") throw error;
        Atomics.add(counter, 2, 1);
        return;
      }
      const mark = seed * 1e6 + i;
      const numbers = heap.numbers(address + bytes);
      numbers[address / 8] = numbers[address / 8 + bytes / 8 - 1] = mark;
      held.push({ address, bytes, mark });
    };
    for (let i = 0; i < rounds; i++) {
      Atomics.add(counter, 0, 1);
      const what = random(3);
      if (what > 0 && held.length > 0) give();
      if (what < 2 && held.length < 40) take(i);
    }
    while (held.length > 0) give();
    parentPort.postMessage("done");
  });`;

/** Leaves so many bytes of the arena. */
function leave(bytes: number): number {
  return currentHeap().allocate(most - bytes);
}

test(
  "threads that allocate, free and resize in a full arena never get the same memory, and leave one block",
  limit,
  async () => {
    takeAll();
    const rest = leave(2_000_000);
    const counter = new Int32Array(new SharedArrayBuffer(12));
    await Promise.all(
      [1, 2, 3, 4].map(
        (seed) =>
          new Promise((resolve, reject) => {
            const worker = new Worker(restless, {
              eval: true,
              workerData: { file: heapFile, counter, seed, rounds: 20_000, size: 20_000 },
            });
            worker.once("error", reject);
            worker.once("message", resolve);
          }),
      ),
    );
    assert.equal(counter[1], 0, "blocks that were written by others");
    assert.ok(counter[2]! > 0, "the arena was full now and then");
    currentHeap().free(rest);
    await until(() => memoryUsage().used === 0, "nothing is in use");
    takeAll();
  },
);

test(
  "threads that are ended while they allocate, free and join leave nothing behind, and block nobody",
  limit,
  async () => {
    takeAll();
    const rest = leave(1_000_000);
    const counter = new Int32Array(new SharedArrayBuffer(12));
    for (let round = 0; round < 10; round++) {
      const workers = [1, 2, 3].map(
        (seed) =>
          new Worker(restless, {
            eval: true,
            workerData: { file: heapFile, counter, seed: seed + round * 10, rounds: 1e9, size: 15_000 },
          }),
      );
      const start = Atomics.load(counter, 0);
      // at whatever place each of them is then
      await until(() => Atomics.load(counter, 0) > start + 2_000 + round * 97, "they work");
      await Promise.all(workers.map(async (worker) => await worker.terminate()));
    }
    assert.equal(counter[1], 0);
    currentHeap().free(rest);
    await until(() => memoryUsage().used === 0, "what they had is given back");
    takeAll();
  },
);

test(
  "a thread that died while it joined blocks, or was at work on them, is followed at once",
  limit,
  async () => {
    const heap = currentHeap();
    const code = `
    const { parentPort, workerData } = require("node:worker_threads");
    import(workerData).then(({ currentHeap }) => {
      parentPort.once("message", () => {});
      parentPort.postMessage(currentHeap().seats.me);
    });`;
    const worker = new Worker(code, { eval: true, workerData: heapFile });
    const id = await new Promise<number>((resolve) => worker.once("message", resolve));
    const blocks = Array.from({ length: 100 }, () => heap.allocate(1000));
    // as it leaves them when it dies there
    Atomics.store(heap.words, joinerWord, id);
    Atomics.store(heap.words, atWorkStart + seatOf(id) * atWorkStride, 1);
    await worker.terminate();
    for (const block of blocks) heap.free(block);
    takeAll();
    assert.equal(Atomics.load(heap.words, joinerWord), 0);
  },
);

test(
  "a reference that is stale is refused after its block was joined with others, and divided again",
  limit,
  () => {
    const heap = currentHeap();
    // the last test: the table of messages, which it makes, stays
    takeAll();
    const made = Array.from({ length: 100 }, () => NDArray.allocate("int32", [16]));
    const copies = made.map((array) => {
      const message = structuredClone(array.handle);
      const copy = structuredClone(message);
      attach(message).dispose();
      return copy;
    });
    const refused = (): void => {
      for (const copy of copies) assert.throws(() => attach(copy), { code: "ERR_UNGIL_INVALID_STATE" });
    };
    for (const array of made) array.dispose();
    refused();
    // over all of them, with numbers that look like a header: generation 0, one reference
    const table = 65_536 * 12;
    const address = heap.allocate(most - 2 * table);
    const words = new Uint32Array(heap.bytes(address + 50_000).buffer, address, 10_000);
    for (const pattern of [
      [1, 0],
      [1, 1],
    ])
      for (let shift = 0; shift < 2; shift++) {
        for (let i = 0; i < words.length; i++) words[i] = pattern[(i + shift) % 2]!;
        refused();
        assert.deepEqual(
          [...words.subarray(0, 4)],
          [0, 1, 2, 3].map((i) => pattern[(i + shift) % 2]),
        );
      }
    heap.free(address);
    const again = Array.from({ length: 100 }, () => NDArray.allocate("int32", [16]));
    const places = new Set(made.map((_, i) => again[i]!.address));
    assert.ok(places.size === 100);
    refused();
    for (const array of again) array.dispose();
    refused();
    assert.equal(attach(structuredClone(zeros([3]).handle)).size, 3);
  },
);
