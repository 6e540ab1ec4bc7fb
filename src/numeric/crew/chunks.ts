/** Below so much work, in elements of a sum, a second thread costs more than it saves. */
const worthwhile = 32_768;

/** Work of a chunk: long enough that taking it costs nothing, short enough that no thread is waited for. */
const workOfChunk = 16_384;

/** More would not spread work better over the cores of a machine. */
const mostChunks = 64;

/**
 * Into how many chunks an operation is cut.
 * @param elements - how many it goes over.
 * @param weight - how long one takes, in those of a sum: 1 for arithmetic, some 8 for a logarithm, `k` for a row of a
 * product of matrices with `k` terms.
 * @returns 1 where it is better done by one thread.
 */
export function chunksFor(elements: number, weight = 1): number {
  const work = elements * weight;
  if (work < worthwhile || elements < 2) return 1;
  return Math.min(Math.ceil(work / workOfChunk), mostChunks, elements);
}
