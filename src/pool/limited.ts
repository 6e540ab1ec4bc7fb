import { onAbort } from "../abort.js";
import type { Clock } from "../clock.js";
import { TimeoutError } from "../errors.js";
import { cancelledBy, type WaitOptions } from "../futures/future.js";

/** Ends a wait: well, or with what it rejects with. Called once. */
export type EndWait = (error?: unknown) => void;

/**
 * Waits at most so long, and until a signal aborts; what it waits for goes on. It settles right when the wait is
 * ended, so that those who wait for the same go on in the order in which they are told.
 *
 * @param late - the message of the error when the time is up.
 * @param begin - is given the function that ends the wait; answers one that is called when it has ended.
 * @throws TimeoutError, CancelledError; what the wait is ended with.
 */
export function limitedWait(
  { timeout, signal }: WaitOptions,
  clock: Clock,
  late: string,
  begin: (end: EndWait) => (() => void) | undefined,
): Promise<void> {
  if (signal?.aborted) return Promise.reject(cancelledBy(signal.reason));
  return new Promise((resolve, reject) => {
    const end: EndWait = (error) => {
      timer?.cancel();
      detach?.();
      leave?.();
      if (error === undefined) resolve();
      else reject(error);
    };
    const leave = begin(end);
    const timer =
      timeout === undefined ? undefined : clock.setTimer(() => end(new TimeoutError(late)), timeout, true);
    const detach = signal && onAbort(signal, () => end(cancelledBy(signal.reason)));
  });
}
