import { blockOf, cellsOf, makeChunkMemory } from "./chunks.js";

/** Memory comes in pages: a block for fewer results would take as much. */
const leastBlock = 64;

/** Memory that a chunk uses from its sending until it is settled. */
export interface ChunkMemory {
  readonly memory: SharedArrayBuffer;
  readonly cells: Int32Array;
  readonly block: Float64Array;
}

/** The memory of one map's chunks, used again and again: a fresh page costs more than what is written to it. */
export class ChunkMemories {
  readonly #free: ChunkMemory[] = [];

  /** Memory for a chunk of so many items; a single item needs none. */
  takeFor(count: number): ChunkMemory | undefined {
    if (count === 1) return undefined;
    return this.#take(Math.max(count, leastBlock));
  }

  /** The worker is done with it. */
  giveBack(memory: ChunkMemory): void {
    this.#free.push(memory);
  }

  /** @param places - least size of the block. */
  #take(places: number): ChunkMemory {
    const at = this.#free.findLastIndex(({ block }) => block.length >= places);
    if (at >= 0) {
      const [found] = this.#free.splice(at, 1);
      found!.cells.fill(0);
      return found!;
    }
    // one that is too small will not be asked for again: chunks grow until their cost is known
    this.#free.pop();
    const memory = makeChunkMemory(2 ** Math.ceil(Math.log2(places)));
    return { memory, cells: cellsOf(memory), block: blockOf(memory) };
  }
}
