/**
 * How a `Pool` reads what it maps over, by Python's rules.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.js";
import { lengthOf, type MapInput } from "../futures/map-input.js";

/** All items: at once where the input is not async. Throws, or rejects, what the input throws. */
export function readAll<T>(input: MapInput<T>): T[] | Promise<T[]> {
  const items: T[] = [];
  for (;;) {
    const step = input.next();
    if (step instanceof Promise) return readRest(input, step, items);
    if (step.done) return items;
    items.push(step.value);
  }
}

async function readRest<T>(
  input: MapInput<T>,
  first: Promise<IteratorResult<T, unknown>>,
  items: T[],
): Promise<T[]> {
  for (let step = await first; !step.done; step = await input.next()) items.push(step.value);
  return items;
}

/** Checks what `starmap` spreads. @throws InvalidArgumentError that names the first that can't be. */
export function checkArgLists(items: readonly unknown[]): void {
  const at = items.findIndex((item) => !Array.isArray(item));
  if (at >= 0) throw new InvalidArgumentError(`items[${at}]`, items[at], "an array of arguments");
}

/**
 * The items of an input as `imap` submits them: a chunk is complete, or it is the last. So what an input that throws
 * has given for a chunk that did not become complete is not run.
 */
export function inChunks<T>(
  items: Iterable<T> | AsyncIterable<T>,
  chunksize: number | "auto",
): Iterable<T> | AsyncIterable<T> {
  const hasItems = lengthOf(items) !== undefined;
  if (hasItems || chunksize === "auto" || chunksize === 1) return items;
  const isAsync = typeof (items as Partial<AsyncIterable<T>>)[Symbol.asyncIterator] === "function";
  if (isAsync) return wholeChunksAsync(items as AsyncIterable<T>, chunksize);
  const canIterate = typeof (items as Partial<Iterable<T>>)[Symbol.iterator] === "function";
  return canIterate ? wholeChunks(items as Iterable<T>, chunksize) : items;
}

function* wholeChunks<T>(items: Iterable<T>, chunksize: number): Generator<T, void> {
  let chunk: T[] = [];
  for (const item of items) {
    chunk.push(item);
    if (chunk.length < chunksize) continue;
    yield* chunk;
    chunk = [];
  }
  yield* chunk;
}

async function* wholeChunksAsync<T>(items: AsyncIterable<T>, chunksize: number): AsyncGenerator<T, void> {
  let chunk: T[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < chunksize) continue;
    yield* chunk;
    chunk = [];
  }
  yield* chunk;
}
