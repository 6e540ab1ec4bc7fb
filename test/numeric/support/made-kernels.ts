import type * as heapModule from "../../../dist/numeric/memory/heap.js";

type Heap = ReturnType<typeof heapModule.currentHeap>;

const header = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const section = (id: number, ...bytes: number[]): number[] => [id, bytes.length, ...bytes];
const text = (name: string): number[] => [name.length, ...Buffer.from(name)];

/** A module that exports `kernel(args, chunk, chunks)` with this body. */
function moduleOf(body: readonly number[]): Uint8Array {
  const code = [0, ...body, 0x0b];
  return Uint8Array.from([
    ...header,
    ...section(1, 1, 0x60, 3, 0x7f, 0x7f, 0x7f, 0),
    // a shared memory of 1 to 65,536 pages
    ...section(2, 1, ...text("env"), ...text("memory"), 2, 3, 1, 0x80, 0x80, 0x04),
    ...section(3, 1, 0),
    ...section(7, 1, ...text("kernel"), 0, 0),
    ...section(10, 1, code.length, ...code),
  ]);
}

/** Adds one to the word of its chunk, at the address that is the first argument. */
const counts = moduleOf([
  // address + chunk * 4
  0x20, 0, 0x2b, 3, 0, 0xab, 0x20, 1, 0x41, 2, 0x74, 0x6a,
  // i32.atomic.rmw.add 1
  0x41, 1, 0xfe, 0x1e, 2, 0, 0x1a,
]);

const traps = moduleOf([0x00]);

/** Puts a module into the heap. */
function made(heap: Heap, bytes: Uint8Array): { address: number; length: number } {
  const address = heap.allocate(bytes.length);
  heap.bytes(address + bytes.length).set(bytes, address);
  return { address, length: bytes.length };
}

export const countingKernel = (heap: Heap): { address: number; length: number } => made(heap, counts);
export const trappingKernel = (heap: Heap): { address: number; length: number } => made(heap, traps);
