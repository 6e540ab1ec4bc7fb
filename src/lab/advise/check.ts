/**
 * Runs the samples once, in a thread where that is possible: there, what never ends can be ended.
 *
 * @module
 */
import {
  BrokenExecutorError,
  CancelledError,
  CaptureError,
  InvalidArgumentError,
  SerializationError,
  TimeoutError,
  WorkerExitError,
} from "../../errors.js";
import { ThreadPoolExecutor } from "../../threading/index.js";
import type { CheckedAdviseOptions } from "./options.js";
import { median } from "./statistics.js";
import { within } from "./within.js";
import type { TriedSample } from "./workload.js";

/** A function of an item and its place. */
export type ItemFunction = (item: unknown, index: number) => unknown;

/** What the check found. */
export interface Checked {
  readonly tried: readonly TriedSample[];
  /** Why threads can't run the function; undefined where they can. */
  readonly threadRefusal: string | undefined;
  /** Whether that is so for processes as well: it could not be sent at all. */
  readonly unsendable: boolean;
}

/** Part of the budget that the check may take. */
const share = 0.1;

/**
 * Runs samples, in an order that is mixed so that those which fit into the time stand for all.
 * @throws InvalidArgumentError for a sample that the function throws on; TimeoutError for one that it does not end with.
 */
export async function checkSamplesRun(
  fn: ItemFunction,
  samples: readonly unknown[],
  options: CheckedAdviseOptions,
): Promise<Checked> {
  const { timeout, execArgv, signal } = options;
  const pool = new ThreadPoolExecutor({ maxWorkers: 1, ...(execArgv ? { execArgv } : {}) });
  const careful = pool.with({ timeout, ...(signal ? { signal } : {}) });
  const tried: TriedSample[] = [];
  const end = performance.now() + options.budget * share;
  let refusal: { reason: string; unsendable: boolean } | undefined;
  try {
    for (const index of mixed(samples.length)) {
      if (tried.length >= 2 && performance.now() > end) break;
      const item = samples[index];
      const start = performance.now();
      try {
        if (refusal) await callHere(fn, item, index, timeout);
        else await careful.submit(fn, item, index);
      } catch (error) {
        if (error instanceof CancelledError && signal?.aborted) throw error;
        if (error instanceof TimeoutError && performance.now() - start >= timeout) {
          throw new TimeoutError(neverEnds(index, timeout), { cause: error });
        }
        if (refusal || error instanceof WorkerExitError) throw throwsOn(item, index, error);
        refusal = refusalOf(error);
        // what fails in a thread only is a reason against threads, not against the sample
        await callHere(fn, item, index, timeout).catch((own: unknown) => {
          throw own instanceof TimeoutError ? own : throwsOn(item, index, own);
        });
      }
      tried.push({ item, index, time: performance.now() - start });
    }
  } finally {
    await pool.terminate();
  }
  return {
    tried: withoutStart(tried),
    threadRefusal: refusal?.reason,
    unsendable: refusal?.unsendable ?? false,
  };
}

/** Says that the function throws on an item; without its place, on one of them. */
export function throwsOn(item: unknown, index: number | undefined, error: unknown): InvalidArgumentError {
  const what = error instanceof Error ? `${error.name}: ${firstLine(error.message)}` : String(error);
  if (index === undefined) {
    const expected = `items that the function takes each time (it threw ${what} when it was called again)`;
    return new InvalidArgumentError("samples", item, expected, { cause: error });
  }
  const expected = `an item that the function takes (it threw ${what})`;
  return new InvalidArgumentError(`samples[${index}]`, item, expected, { cause: error });
}

function neverEnds(index: number, timeout: number): string {
  return `the function did not end within ${timeout} ms on samples[${index}]: give it a shorter sample, or a longer timeout`;
}

function refusalOf(error: unknown): { reason: string; unsendable: boolean } {
  const message = error instanceof Error ? firstLine(error.message) : String(error);
  if (error instanceof CaptureError || error instanceof SerializationError) {
    return { reason: message, unsendable: true };
  }
  if (error instanceof BrokenExecutorError) return { reason: message, unsendable: false };
  return {
    reason: `it throws in a thread: ${error instanceof Error ? `${error.name}: ` : ""}${message}`,
    unsendable: false,
  };
}

/** Calls a function on this thread. */
async function callHere(fn: ItemFunction, item: unknown, index: number, timeout: number): Promise<void> {
  const call = async (): Promise<unknown> => await fn(item, index);
  await within(call(), timeout, () => neverEnds(index, timeout));
}

/** The first call's time holds the start of the thread. */
function withoutStart(tried: readonly TriedSample[]): TriedSample[] {
  const [first, ...rest] = tried;
  if (!first || rest.length === 0) return [...tried];
  return [{ ...first, time: Math.min(first.time, median(rest.map(({ time }) => time))) }, ...rest];
}

/** The numbers below a count, each once, in an order without a pattern but always the same. */
function mixed(count: number): number[] {
  const order = Array.from({ length: count }, (_, at) => at);
  // a linear congruential generator: the numbers of Knuth's MMIX would need bigint, these of Numerical Recipes do
  let state = 1;
  for (let at = count - 1; at > 0; at--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const other = Math.floor((state / 2 ** 32) * (at + 1));
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  return order;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
