import { InvalidStateError } from "../../errors.js";
import { currentHeap, type Heap, type HeapReference, heapOf, takesFrom } from "./heap.js";
import { noteTemporary } from "./temporaries.js";
import { whenUnused } from "./underway.js";

/** This thread's reference to memory of the heap, for as many blocks as stand for it here. */
interface Holding {
  readonly heap: Heap;
  readonly address: number;
  blocks: number;
}

const abandoned = new FinalizationRegistry<Holding>((holding) => {
  whenUnused(() => letGo(holding));
});

/**
 * Blocks that were made lately: who they are is not told to the garbage collector yet, because most are disposed soon, and
 * it answers only between the turns of the event loop anyway.
 */
const young: Block[] = [];
const mostYoung = 64;
const settled = Promise.resolve();
let isGrowingUp = false;

/** Of each heap, what was sent or has come: what comes again is held already. */
const known = new WeakMap<Heap, Map<number, Holding>>();

function knownIn(heap: Heap): Map<number, Holding> {
  let holdings = known.get(heap);
  if (!holdings) known.set(heap, (holdings = new Map()));
  return holdings;
}

function letGo(holding: Holding): void {
  if (--holding.blocks > 0) return;
  const { heap, address } = holding;
  const holdings = knownIn(heap);
  if (holdings.get(address) === holding) holdings.delete(address);
  heap.functions.heap_release(address, heap.seat);
}

/** What travels of a block. */
export interface BlockReference {
  readonly heap: HeapReference;
  readonly address: number;
  readonly bytes: number;
  readonly generation: number;
  /** Stands for the message's own reference: another one each time it is read. */
  readonly ticket: number;
}

/**
 * Memory of the heap that arrays are views of. It is given back when no thread has it any more: each one until it
 * disposes it, or until nothing there refers to it.
 */
export class Block {
  readonly heap: Heap;
  readonly bytes: number;
  readonly #holding: Holding;
  #address: number;
  #isWatched = false;

  private constructor(holding: Holding, bytes: number) {
    this.heap = holding.heap;
    this.bytes = bytes;
    this.#address = holding.address;
    this.#holding = holding;
    holding.blocks++;
    young.push(this);
    if (young.length >= mostYoung) Block.#growUp();
    else if (!isGrowingUp) {
      isGrowingUp = true;
      void settled.then(() => {
        isGrowingUp = false;
        Block.#growUp();
      });
    }
  }

  /** From now on the garbage collector tells when nothing refers to those that are left. */
  static #growUp(): void {
    for (const block of young) {
      if (block.#address === 0) continue;
      block.#isWatched = true;
      abandoned.register(block, block.#holding, block);
    }
    young.length = 0;
  }

  /** @throws MemoryError */
  static allocate(bytes: number, heap: Heap = currentHeap()): Block {
    const block = new Block({ heap, address: heap.allocateFor(bytes, heap.seat), blocks: 0 }, bytes);
    noteTemporary(block);
    return block;
  }

  /**
   * The block that has come from another thread.
   * @throws InvalidStateError where it was given back before it came.
   */
  static arrive({ heap: reference, address, generation, bytes, ticket }: BlockReference): Block {
    const heap = heapOf(reference);
    const { functions } = heap;
    const holdings = knownIn(heap);
    const here = holdings.get(address);
    const hasReference = functions.heap_arrive(address, ticket) !== 0;
    if (here && functions.heap_generation(address) >>> 0 === generation) {
      if (hasReference) functions.heap_release(address, -1);
      return new Block(here, bytes);
    }
    if (hasReference) functions.heap_hold(address, heap.seat);
    else if (!heap.retain(address, generation)) {
      throw new InvalidStateError(
        "the memory of an array was given back before the array came here: keep it until who gets it has it",
      );
    }
    const holding = { heap, address, blocks: 0 };
    holdings.set(address, holding);
    return new Block(holding, bytes);
  }

  /** The block has come from another thread, and nobody here wants it. */
  static discard({ heap: reference, address, ticket }: BlockReference): void {
    if (!takesFrom(reference)) return;
    const { functions } = heapOf(reference);
    if (functions.heap_arrive(address, ticket) !== 0) functions.heap_release(address, -1);
  }

  get disposed(): boolean {
    return this.#address === 0;
  }

  /** @throws InvalidStateError once it is disposed. */
  get address(): number {
    if (this.#address === 0)
      throw new InvalidStateError("this array was disposed, and has no memory any more");
    return this.#address;
  }

  /** Gives it up; other threads keep theirs, and what is under way here ends first. */
  dispose(): void {
    if (this.#address === 0) return;
    this.#address = 0;
    if (this.#isWatched) abandoned.unregister(this);
    else if (young.at(-1) === this) young.pop();
    whenUnused(() => letGo(this.#holding));
  }

  /**
   * What stands for it in messages, each of which keeps it until it has arrived.
   * @throws InvalidStateError once it is disposed.
   */
  get reference(): BlockReference {
    const { address, heap, bytes } = this;
    knownIn(heap).set(address, this.#holding);
    // read once for each message, by who clones it; what stays here till then keeps the block
    const send = (): number => heap.send(this.address);
    return {
      heap: heap.reference,
      address,
      bytes,
      generation: heap.functions.heap_generation(address) >>> 0,
      get ticket() {
        return send();
      },
    };
  }
}
