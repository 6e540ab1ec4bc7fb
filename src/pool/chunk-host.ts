/**
 * Chunks of a `map` inside a worker: what `run-chunk.ts` needs of it.
 *
 * @module
 */
import { SerializationError } from "../errors.js";
import type { ChunkAnswer, ChunkRequest } from "../futures/chunks.js";
import { type DecodeHooks, decode, type EncodeHooks, encode, type Transferable } from "../wire/index.js";
import type { FromWorker } from "./protocol.js";
import { type ChunkHost, runChunk } from "./run-chunk.js";
import type { RunningTask } from "./running-task.js";

/** What a chunk needs of the worker that runs it. */
export interface ChunkWorker {
  readonly inbound: DecodeHooks;
  readonly outbound: EncodeHooks;
  post(message: FromWorker, transfer: readonly Transferable[]): void;
}

class WorkerChunkHost implements ChunkHost {
  readonly #task: RunningTask;
  readonly #worker: ChunkWorker;

  constructor(task: RunningTask, worker: ChunkWorker) {
    this.#task = task;
    this.#worker = worker;
  }

  get asked(): boolean {
    return this.#task.cancelled;
  }

  encode(value: unknown, what: string): ReturnType<typeof encode> {
    return encode(value, what, this.#worker.outbound, [], "moved");
  }

  decode(value: unknown): unknown {
    return decode(value, this.#worker.inbound);
  }

  handIn(answer: ChunkAnswer, transfer: readonly Transferable[]): void {
    const { word } = this.#task;
    if (word < 0) return;
    try {
      this.#worker.post({ kind: "part", word, answer, moves: transfer.length > 0 }, transfer);
    } catch (error) {
      // the message's own error names a place in the message
      throw error instanceof SerializationError && error.cause !== undefined ? error.cause : error;
    }
  }
}

/**
 * Runs a chunk for a task. See `runChunk`.
 * @param combine - for a reduction.
 */
export function runChunkOf(
  task: RunningTask,
  worker: ChunkWorker,
  fn: (item: never, index: number) => unknown,
  request: ChunkRequest,
  combine?: (one: never, other: never) => unknown,
): ReturnType<typeof runChunk> {
  return runChunk(fn, request, new WorkerChunkHost(task, worker), combine);
}
