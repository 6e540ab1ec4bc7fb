import { blockOf, cellsOf, makeChunkMemory } from "./chunks.js";

/** Smaller pieces of memory might share a cache line, and with it the words of two workers. */
const leastBlock = 64;

/** Memory that a chunk uses from its sending until it is settled. */
export interface ChunkMemory {
  readonly memory: SharedArrayBuffer;
  readonly cells: Int32Array;
  readonly block: Float64Array;
}

/** Most memories that wait for the next map. */
const mostSpare = 16;

/** Left by maps that are over, for those to come; the garbage collector may take them. */
const spare: WeakRef<ChunkMemory>[] = [];

/** The memory of one map's chunks, used again and again: a fresh page costs more than what is written to it. */
export class ChunkMemories {
  readonly #free: ChunkMemory[] = [];
  readonly #canShare: boolean;
  readonly #needBlocks: boolean;

  /**
   * @param canShare - whether workers would see it.
   * @param needBlocks - whether items or results travel in them.
   */
  constructor(canShare: boolean, needBlocks: boolean) {
    this.#canShare = canShare;
    this.#needBlocks = needBlocks;
  }

  /** Memory for a chunk of so many items; a single item needs none. */
  takeFor(count: number): ChunkMemory | undefined {
    if (count === 1 || !this.#canShare) return undefined;
    return this.#take(this.#needBlocks ? Math.max(count, leastBlock) : leastBlock);
  }

  /** The worker is done with it. */
  giveBack(memory: ChunkMemory): void {
    this.#free.push(memory);
  }

  /** The map is over: other maps may have what is free. */
  leave(): void {
    for (const memory of this.#free.splice(0)) {
      if (spare.length < mostSpare) spare.push(new WeakRef(memory));
    }
  }

  /** @param places - least size of the block. */
  #take(places: number): ChunkMemory {
    const at = this.#free.findLastIndex(({ block }) => block.length >= places);
    if (at >= 0) {
      const [found] = this.#free.splice(at, 1);
      found!.cells.fill(0);
      return found!;
    }
    for (let last = spare.pop(); last; last = spare.pop()) {
      const memory = last.deref();
      if (!memory || memory.block.length < places) continue;
      memory.cells.fill(0);
      return memory;
    }
    // one that is too small will not be asked for again: chunks grow until their cost is known
    this.#free.pop();
    const memory = makeChunkMemory(2 ** Math.ceil(Math.log2(places)));
    return { memory, cells: cellsOf(memory), block: blockOf(memory) };
  }
}
