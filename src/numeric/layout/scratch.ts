import type { Heap } from "../memory/heap.js";

/** Memory that an operation needs while it runs. */
export class Scratch {
  readonly heap: Heap;
  readonly #taken: number[] = [];

  constructor(heap: Heap) {
    this.heap = heap;
  }

  /**
   * The address of so many bytes.
   * @throws MemoryError
   */
  take(bytes: number): number {
    const address = this.heap.allocate(Math.max(bytes, 8));
    this.#taken.push(address);
    return address;
  }

  /** The address of these numbers as float64. */
  put(numbers: ArrayLike<number>): number {
    const address = this.take(numbers.length * 8);
    this.heap.numbers(address + numbers.length * 8).set(numbers, address / 8);
    return address;
  }

  /** Gives everything back. */
  free(): void {
    for (const address of this.#taken) this.heap.free(address);
  }
}
