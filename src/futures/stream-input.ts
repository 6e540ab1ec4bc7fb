/**
 * Node streams and web streams as the input of a `map`. Both can be iterated, but an iterator that waits for the next
 * chunk is closed only when that has come, which of a socket may be never; these close the stream itself, at once.
 *
 * @module
 */

/** What is looked at of a `Readable` of Node, in whichever version of the streams. */
interface NodeReadable<T> extends AsyncIterable<T> {
  read(): unknown;
  destroy(): void;
}

/** What is looked at of a `ReadableStream`. */
interface WebReadable<T> {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: T | undefined }>;
    cancel(): Promise<void>;
    releaseLock(): void;
  };
}

/** How to open a stream; undefined for what is none. */
export function streamOpener<T>(items: unknown): (() => AsyncIterator<T>) | undefined {
  if (typeof items !== "object" || items === null) return undefined;
  if (isWebReadable<T>(items)) return () => iterateWeb(items);
  return isNodeReadable<T>(items) ? () => iterateNode(items) : undefined;
}

function isNodeReadable<T>(items: object): items is NodeReadable<T> {
  const { read, destroy, [Symbol.asyncIterator]: iterate } = items as Partial<NodeReadable<T>>;
  return typeof read === "function" && typeof destroy === "function" && typeof iterate === "function";
}

function isWebReadable<T>(items: object): items is WebReadable<T> {
  return typeof (items as Partial<WebReadable<T>>).getReader === "function";
}

function iterateNode<T>(stream: NodeReadable<T>): AsyncIterator<T> {
  const iterator = stream[Symbol.asyncIterator]();
  return {
    next: () => iterator.next(),
    return: async () => {
      // whoever waits for a chunk is told that there is none
      stream.destroy();
      await iterator.return?.();
      return { done: true, value: undefined };
    },
  };
}

function iterateWeb<T>(stream: WebReadable<T>): AsyncIterator<T> {
  const reader = stream.getReader();
  return {
    next: async () => {
      const { done, value } = await reader.read();
      if (!done) return { done: false, value: value as T };
      reader.releaseLock();
      return { done: true, value: undefined };
    },
    return: async () => {
      await reader.cancel();
      reader.releaseLock();
      return { done: true, value: undefined };
    },
  };
}
