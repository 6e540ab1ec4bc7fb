import { onAbort } from "../../abort.js";
import { systemClock } from "../../clock.js";
import { CancelledError, ConnectionClosedError, InvalidArgumentError } from "../../errors.js";
import { checkWait, type WaitOptions } from "../sharing/index.js";
import { Connection, untilReadable } from "./connection.js";

/** What can be waited for: an end of a pipe, or a promise such as a process's `sentinel`. */
export type Waitable = Connection<never> | PromiseLike<unknown>;

/**
 * Waits until at least one of several ends has something to be received, or is at its end; or until a promise, such as
 * the `sentinel` of a process, is settled: Python's `multiprocessing.connection.wait`.
 *
 * @param list - what is waited for; each is looked at, and nothing is received.
 * @param options - `timeout` in ms: 0 or less answers at once. Default: no limit.
 * @returns those that are ready, in the order of the list; none after the time has passed.
 * @throws InvalidArgumentError for what can't be waited for; InvalidStateError for an end that only sends, or is closed
 *   here; CancelledError when `signal` aborts.
 * @example
 * for (const ready of await connectionWait([one, other, child.sentinel], { timeout: 1_000 })) {
 *   if (ready === child.sentinel) break;
 *   console.log(await (ready as typeof one).recv());
 * }
 */
export async function connectionWait<W extends Waitable>(
  list: Iterable<W>,
  options: WaitOptions = {},
): Promise<W[]> {
  if (typeof (list as Partial<Iterable<W>> | null | undefined)?.[Symbol.iterator] !== "function")
    throw new InvalidArgumentError("list", list, "an iterable of ends of pipes and promises");
  const { timeout, signal } = checkWait(options) ?? {};
  const each = [...new Set(list)];
  for (const [at, one] of each.entries()) check(`list[${at}]`, one);
  if (signal?.aborted) throw new CancelledError("the wait was cancelled", { cause: signal.reason });
  const stop = new AbortController();
  const ready = new Set<W>();
  const errors: unknown[] = [];
  const watch = async (one: W): Promise<void> => {
    try {
      if (one instanceof Connection) await untilReadable(one, stop.signal);
      else await settled(one, stop.signal);
      ready.add(one);
    } catch (error) {
      if (error instanceof CancelledError) return;
      // its owner has ended, which whoever receives is told
      if (error instanceof ConnectionClosedError) ready.add(one);
      else errors.push(error);
    }
    stop.abort();
  };
  const timer =
    timeout === undefined ? undefined : systemClock.setTimer(() => stop.abort(), timeout, each.length > 0);
  const lift = signal && onAbort(signal, () => stop.abort());
  try {
    await Promise.all(each.map(watch));
  } finally {
    timer?.cancel();
    lift?.();
  }
  if (errors.length > 0) throw errors[0];
  if (ready.size === 0 && signal?.aborted)
    throw new CancelledError("the wait was cancelled", { cause: signal.reason });
  return each.filter((one) => ready.has(one));
}

function check(argument: string, one: unknown): void {
  if (one instanceof Connection) return;
  if (typeof (one as Partial<PromiseLike<unknown>> | null)?.then === "function") return;
  throw new InvalidArgumentError(argument, one, "an end of a pipe or a promise");
}

/** Waits until a promise is settled, in whatever way; @throws CancelledError when the signal aborts before. */
async function settled(one: PromiseLike<unknown>, signal: AbortSignal): Promise<void> {
  let lift: () => void = () => {};
  const stopped = new Promise<never>((_, reject) => {
    lift = onAbort(signal, () => reject(new CancelledError()));
  });
  const nothing = (): void => {};
  try {
    await Promise.race([Promise.resolve(one).then(nothing, nothing), stopped]);
  } finally {
    lift();
  }
}
