import { Gil } from "../gil/gil.js";
import { interleave, type Summary, summarize } from "../statistics/index.js";
import { threadsOf } from "./measure.js";
import { burnUntil, smallWaits } from "./tasks.js";

/** What one small piece of I/O takes a thread, in ms. */
export interface ConvoyResult {
  /** No other thread computes. */
  readonly alone: Summary;
  /** Another thread computes, under the same lock. */
  readonly gil: Summary;
  /** Another thread computes, and there is no lock. */
  readonly free: Summary;
}

/** The convoy effect: what a thread that computes does to one that waits for many small things. */
export async function convoy(
  waits: number,
  rounds: number,
  signal: AbortSignal | undefined,
): Promise<ConvoyResult> {
  const gil = new Gil();
  await using locked = threadsOf(2, gil);
  await using threads = threadsOf(2);
  const beside = async (pool: typeof threads, lock?: Gil): Promise<number> => {
    const cells = new Int32Array(new SharedArrayBuffer(12));
    const neighbour = lock ? pool.submit(burnUntil, cells, lock) : pool.submit(burnUntil, cells);
    try {
      await Promise.race([neighbour, begun(cells)]);
      return await (lock ? pool.submit(smallWaits, waits, lock) : pool.submit(smallWaits, waits));
    } finally {
      Atomics.store(cells, 0, 1);
      await neighbour;
    }
  };
  const measured = await interleave(
    new Map([
      ["alone", async () => await locked.submit(smallWaits, waits, gil)],
      ["gil", () => beside(locked, gil)],
      ["free", () => beside(threads)],
    ]),
    { rounds, signal },
  );
  return {
    alone: summarize(measured.get("alone")!),
    gil: summarize(measured.get("gil")!),
    free: summarize(measured.get("free")!),
  };
}

async function begun(cells: Int32Array): Promise<void> {
  while (Atomics.load(cells, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}
