import { chunksFor } from "../crew/chunks.js";
import type { Steps } from "../crew/steps.js";
import { type DType, dtypes } from "../dtype.js";
import type { Scratch } from "../layout/scratch.js";
import { suffixOf } from "../reductions/fold.js";

/** As kernels/sorting has them. */
const countBytes = 98_304;
const planBytes = 24 + 33 * 2048 * 4 + 8;
const pieces = 32;

/** So many elements of a row are worth several jobs. */
const worthJobs = 1 << 16;

/** How much longer an element takes than in a sum. */
const weight = 16;

/** Sorts rows of adjacent elements, or finds the order of their indices (int32), with equal ones in the order they have. */
export function* sortedRows(
  what: "sort" | "argsort",
  dtype: DType,
  address: number,
  rows: number,
  n: number,
  out: number,
  scratch: Scratch,
  descending = false,
): Steps<void> {
  if (rows * n === 0) return;
  const { heap } = scratch;
  const suffix = suffixOf(dtype);
  const bytes = (dtype === "float64" ? 8 : 4) * (what === "sort" ? 1 : 2);
  // records as large as elements are made, and sorted, where the result goes
  const inPlace = what === "sort" && dtypes[dtype].itemsize === bytes;
  const records = inPlace ? out : scratch.take(rows * n * bytes);
  const others = scratch.take(rows * n * bytes);
  const turned = descending ? 1 : 0;
  if (n < worthJobs || rows >= pieces) {
    const chunks = Math.min(chunksFor(rows * n, weight), rows);
    const counts = scratch.take(countBytes * chunks);
    const args = [address, rows, n, out, records, others, counts, turned];
    yield { heap, kernel: `${what}_rows_${suffix}`, args, chunks };
    return;
  }
  const step = what === "argsort" ? 4 : dtypes[dtype].itemsize;
  const plan = scratch.take(planBytes);
  const extremes = scratch.take(pieces * 16);
  const chunks = chunksFor(n, weight);
  const counts = scratch.take(countBytes * chunks);
  for (let row = 0; row < rows; row++) {
    const keys = inPlace ? out + row * n * step : records;
    const from = address + row * n * dtypes[dtype].itemsize;
    const shared = Math.min(chunks, pieces);
    yield {
      heap,
      kernel: `${what}_records_${suffix}`,
      args: [from, n, keys, extremes, turned],
      chunks: shared,
    };
    yield { heap, kernel: "sort_plan", args: [extremes, n, plan], chunks: 1 };
    yield { heap, kernel: `sort_count_${bytes}`, args: [keys, n, plan], chunks: shared };
    yield { heap, kernel: "sort_places", args: [plan], chunks: 1 };
    yield { heap, kernel: `sort_distribute_${bytes}`, args: [keys, n, plan, others], chunks: shared };
    const args = [keys, n, plan, others, counts, out + row * n * step];
    yield { heap, kernel: `${what}_buckets_${suffix}`, args, chunks };
  }
}
