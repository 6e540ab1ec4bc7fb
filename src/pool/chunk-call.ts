import type { ShippedFunction } from "../functions/index.js";
import type { ChunkAnswer, ChunkRequest } from "../futures/chunks.js";

/**
 * A chunk of a `map` as what a task runs: in the place of a function of the user's, whose arguments would be
 * the items. The functions of a map are captured once and sent to each worker once.
 */
export class ChunkCall {
  /** The function, and for a reduction the one that combines. */
  readonly functions: readonly ShippedFunction[];
  readonly request: ChunkRequest;
  /** Receives what the worker tells of the chunk before its answer. */
  readonly handedIn: (answer: ChunkAnswer) => void;

  constructor(
    functions: readonly ShippedFunction[],
    request: ChunkRequest,
    handedIn: (answer: ChunkAnswer) => void,
  ) {
    this.functions = functions;
    this.request = request;
    this.handedIn = handedIn;
  }
}
