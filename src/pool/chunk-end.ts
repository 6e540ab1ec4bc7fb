/**
 * What a worker knows of chunks that it does not run, and at its end.
 *
 * @module
 */
import type { ChunkAnswer } from "../futures/chunks.js";
import type { Transferable } from "../wire/index.js";

/** What a worker answers for a chunk. */
export class ChunkEnd {
  /** What a task answers is looked at too, and `instanceof` throws for a proxy that was revoked. */
  static is(value: unknown): value is ChunkEnd {
    return typeof value === "object" && value !== null && #answer in value;
  }

  readonly #answer: ChunkAnswer;
  readonly transfer: readonly Transferable[];

  constructor(answer: ChunkAnswer, transfer: readonly Transferable[]) {
    this.#answer = answer;
    this.transfer = transfer;
  }

  get answer(): ChunkAnswer {
    return this.#answer;
  }
}

/** Chunks that have begun and not ended. */
export const openChunks = new Set<{ handIn(): void }>();

/** Hands in what is done of all chunks: the worker is about to end. */
export function handInChunks(): void {
  for (const run of openChunks) run.handIn();
}
