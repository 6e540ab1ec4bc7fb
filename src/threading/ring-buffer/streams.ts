import { ReadableStream, WritableStream } from "node:stream/web";

/** What streams need of a ring buffer. */
interface Ring {
  readonly capacity: number;
  readSome(into: Uint8Array, options: { readonly signal: AbortSignal }): Promise<number>;
  cancel(): void;
  writeAll(bytes: Uint8Array, options: { readonly signal: AbortSignal }): Promise<void>;
  end(): void;
}

/** The longest chunk, in bytes. */
const mostBytes = 65_536;

/** What comes out of a ring buffer. */
export function readableOf(ring: Ring): ReadableStream<Uint8Array> {
  const stopped = new AbortController();
  let reading: Promise<void> | undefined;
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    const chunk = new Uint8Array(Math.min(ring.capacity, mostBytes));
    const count = await ring.readSome(chunk, { signal: stopped.signal });
    if (count === 0) controller.close();
    else controller.enqueue(chunk.subarray(0, count));
  };
  return new ReadableStream<Uint8Array>(
    {
      pull: (controller) => (reading = pull(controller)),
      async cancel() {
        stopped.abort();
        await reading?.catch(() => {});
        ring.cancel();
      },
    },
    { highWaterMark: 0 },
  );
}

/** What goes into a ring buffer. */
export function writableOf(ring: Ring): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>(
    {
      write: (chunk, controller) =>
        ring.writeAll(chunk, { signal: (controller as unknown as { readonly signal: AbortSignal }).signal }),
      close: () => ring.end(),
      // what is there is all that comes
      abort: () => ring.end(),
    },
    { highWaterMark: 1 },
  );
}
