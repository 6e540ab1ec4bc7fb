/**
 * Errors of whole chunks as errors of their items.
 *
 * @module
 */
import { SerializationError, WorkerExitError } from "../errors.js";
import { refusal } from "../wire/index.js";
import type { ChunkItems } from "./chunks.js";

/** An error that names the place in the item, and not in the message that the item travelled in. */
export function placeInItem(error: unknown, items: ChunkItems): unknown {
  if (items.kind !== "alone" || !(error instanceof SerializationError)) return error;
  if (error.cause === undefined || error.cause instanceof SerializationError) return error;
  return refusal(items.args, "arguments", error.cause);
}

/** The same error once more: no two items share one. */
export function sameAgain(error: WorkerExitError): WorkerExitError {
  const { message, reason, exitCode, signal, task, stderrTail, cause } = error;
  const copy = new WorkerExitError(message, { reason, exitCode, signal, task, stderrTail, cause });
  if (error.stack !== undefined) copy.stack = error.stack;
  return copy;
}
