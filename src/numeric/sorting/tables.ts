import { chunksFor } from "../crew/chunks.js";
import type { Scratch } from "../layout/scratch.js";

/** Numbers of all tables together: more cost more than other threads gain. */
const most = 1 << 19;

/** Into how many pieces counting is cut, and where there is a table for each. */
export function tablesFor(
  elements: number,
  bins: number,
  bytes: number,
  scratch: Scratch,
): { pieces: number; address: number } {
  const pieces = Math.max(1, Math.min(chunksFor(elements, 2), 16, Math.floor(most / bins)));
  return { pieces, address: scratch.take(pieces * bins * bytes) };
}

/** The sum of the tables of all pieces, which are so far apart. */
export function totalOf(tables: Int32Array, bins: number, apart: number, pieces: number): Float64Array {
  const totals = new Float64Array(bins);
  for (let piece = 0; piece < pieces; piece++) {
    for (let k = 0; k < bins; k++) totals[k]! += tables[piece * apart + k]!;
  }
  return totals;
}
