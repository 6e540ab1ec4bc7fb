/**
 * A loop over what comes.
 * @param next - waits for the next until the signal aborts, and is rejected at the end.
 * @param isEnd - whether an error is the end.
 */
export function iterate<T>(
  next: (signal: AbortSignal) => Promise<T>,
  isEnd: (error: unknown) => boolean,
): AsyncIterableIterator<T, undefined, void> {
  const left = new AbortController();
  const end: IteratorReturnResult<undefined> = { done: true, value: undefined };
  const iterator: AsyncIterableIterator<T, undefined, void> = {
    next: async () => {
      if (left.signal.aborted) return end;
      try {
        return { done: false, value: await next(left.signal) };
      } catch (error) {
        if (!left.signal.aborted && !isEnd(error)) throw error;
        left.abort();
        return end;
      }
    },
    return: async () => {
      left.abort();
      return end;
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
