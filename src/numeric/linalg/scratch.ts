import type { NDArray } from "../array/ndarray.js";
import type { Heap } from "../memory/heap.js";

/** Memory of an operation, which is given back when it ends. */
export class Scratch {
  readonly heap: Heap;
  readonly #addresses: number[] = [];

  constructor(heap: Heap) {
    this.heap = heap;
  }

  /** @throws MemoryError */
  allocate(bytes: number): number {
    const address = this.heap.allocate(bytes);
    this.#addresses.push(address);
    return address;
  }

  /** A table of addresses or numbers, for kernels. */
  table(values: readonly number[]): number {
    const address = this.allocate(values.length * 4);
    const { buffer } = this.heap.bytes(address + values.length * 4);
    new Uint32Array(buffer, address, values.length).set(values);
    return address;
  }

  free(): void {
    for (const address of this.#addresses) this.heap.free(address);
    this.#addresses.length = 0;
  }
}

/** No finalizer may give their memory back before this: kernels know addresses only. */
export function stayUntilHere(...arrays: readonly NDArray[]): void {
  for (const array of arrays) void array.block.disposed;
}
