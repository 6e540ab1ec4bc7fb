/**
 * The stream of a PCG64, and what takes numbers from it one after the other.
 *
 * @module
 */
import { InvalidStateError } from "../../errors.js";
import { chunksFor } from "../crew/chunks.js";
import { runSync, type Steps } from "../crew/steps.js";
import { holding } from "../layout/forms.js";
import type { Scratch } from "../layout/scratch.js";
import { Block } from "../memory/block.js";
import type { SeedSequence } from "./seed.js";

const mask = (1n << 128n) - 1n;
const multiplier = (2_549_297_995_355_413_924n << 64n) | 4_865_540_595_714_422_341n;

/** Bytes of a state, as kernels/random/pcg64.ts has it. */
const stateBytes = 64;

/** A state in memory, and whose turn it is to take numbers from it. */
export class Stream {
  readonly block = Block.allocate(stateBytes);
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Begins as NumPy's `PCG64(seed)` does. */
  constructor(seeds: SeedSequence) {
    const [high, low, incrementHigh, incrementLow] = seeds.generate(4) as [bigint, bigint, bigint, bigint];
    const increment = ((((incrementHigh << 64n) | incrementLow) << 1n) | 1n) & mask;
    const start = (increment + ((high << 64n) | low)) & mask;
    const state = (start * multiplier + increment) & mask;
    const { address, heap } = this.block;
    const view = new DataView(heap.bytes(address + stateBytes).buffer, address, stateBytes);
    for (const [k, half] of [state, state >> 64n, increment, increment >> 64n, 0n].entries()) {
      view.setBigUint64(k * 8, half & 0xffff_ffff_ffff_ffffn, true);
    }
  }

  get address(): number {
    return this.block.address;
  }

  /**
   * Does steps now.
   * @throws InvalidStateError while others are under way.
   */
  now<Result>(steps: Steps<Result>): Result {
    if (this.#waiting > 0) {
      throw new InvalidStateError(
        "this generator is at work on numbers that were asked for before: await them first, or use a generator of spawn() for each task",
      );
    }
    return runSync(steps);
  }

  /** Does steps after those that were asked for before. */
  later<Result>(steps: Steps<Result>, args: unknown): Promise<Result> {
    this.#waiting++;
    const result = this.#turn.then(() => holding(steps, [this, args]));
    this.#turn = this.#after(result);
    return result;
  }

  async #after(result: Promise<unknown>): Promise<void> {
    try {
      await result;
    } catch {
      // whoever asked for it has the error
    } finally {
      this.#waiting--;
    }
  }

  /** Puts uniform numbers to an address: all threads jump to where they begin. */
  *uniform(out: number, n: number, type: "f64" | "f32", scratch: Scratch): Steps<void> {
    const { heap } = this.block;
    const chunks = chunksFor(n, 8);
    const own = scratch.take(chunks * stateBytes * 2);
    yield { heap, kernel: `random_${type}`, args: [this.address, out, n, own], chunks };
    yield { heap, kernel: "random_advance", args: [this.address, n, type === "f32" ? 1 : 0], chunks: 1 };
  }
}
