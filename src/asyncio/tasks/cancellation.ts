import { CancelledError } from "../../errors.js";

/**
 * The `CancelledError` that an error is or, in the `AbortError` of Node's own functions, stands for.
 * @param requested - whether somebody cancelled: else an `AbortError` is an error like others.
 */
export function cancellationOf(error: unknown, requested: boolean): CancelledError | undefined {
  try {
    if (error instanceof CancelledError) return error;
    // the block and the end of a resource of it were both interrupted
    if (error instanceof Error && error.name === "SuppressedError") {
      const { error: last, suppressed } = error as Error & { error?: unknown; suppressed?: unknown };
      return cancellationOf(suppressed, requested) && cancellationOf(last, requested);
    }
    if (!requested || !(error instanceof Error) || error.name !== "AbortError") return undefined;
    return error.cause instanceof CancelledError ? error.cause : undefined;
  } catch {
    // a proxy or a getter that throws: an error of the user's
    return undefined;
  }
}
