/**
 * What becomes of the results of chunks: in order or as they come, one by one to an outlet or in bulk to a
 * collector.
 *
 * @module
 */
import { SerializationError } from "../errors.js";
import { Fifo } from "../fifo.js";
import { asSmallInteger } from "../wire/numbers.js";
import { type Chunk, placed } from "./chunk.js";
import { bytesPerResult, numbersOf, valuesOf } from "./chunk-encoding.js";
import type { ChunkMemory } from "./chunk-memory.js";
import {
  type ChunkAnswer,
  type ChunkFailure,
  type ChunkPart,
  type ChunkRequest,
  type ChunkRoute,
  cell,
} from "./chunks.js";
import type { Collector } from "./collector.js";
import { Future, type Outcome, observe } from "./future.js";
import { Outlet } from "./outlet.js";
import type { ProgressTeller } from "./progress-teller.js";
import type { TypedArray } from "./typed-arrays.js";

/** Values of a part; undefined where they are not wanted, or are where they belong. */
type Values = Known | Unreadable | undefined;
type Known = readonly unknown[] | Float64Array;

/** Stands for values that this side can't make again. */
class Unreadable {
  readonly error: SerializationError;

  constructor(cause: unknown) {
    this.error = unreadable(cause);
  }
}

function unreadable(cause: unknown): SerializationError {
  return new SerializationError("the result can't be read here", "result", { cause });
}

/** What the results make their stream do. */
export interface ResultEvents {
  /** Rule 2: an item failed, and the stream ends there. */
  failed(chunk: Chunk, error: unknown): void;
  /** A result can't be collected. */
  misfit(error: unknown): void;
  /** Items read so far. */
  read(): number;
}

/** Parameters of the stream that matter for its results. */
interface ResultOptions {
  readonly route: ChunkRoute;
  readonly options: { readonly ordered: boolean; readonly errors: "throw" | "settle" };
  readonly wants: ChunkRequest["wants"];
  readonly target?: TypedArray | undefined;
}

export class ChunkResults<Out> {
  readonly outlet: Outlet<Out>;
  readonly toOutput: (outcome: Outcome<unknown>) => Out;
  /** Items whose results the consumer has taken. */
  taken = 0;
  readonly #route: ChunkRoute;
  readonly #ordered: boolean;
  readonly #settles: boolean;
  readonly #wants: ChunkRequest["wants"];
  readonly #target: TypedArray | undefined;
  readonly #progress: ProgressTeller;
  readonly #events: ResultEvents;
  /** Ordered only: chunks in the order of the items, until all of their results are given on. */
  readonly #order = new Fifo<Chunk>();
  /** A reduction's results in the outlet: how many items each stands for. */
  readonly #weights = new Fifo<number>();
  #collector: Collector<Out, unknown> | undefined;
  #bytesPerResult = 0;
  /** Results given on so far. */
  #given = 0;
  #claimed = false;
  /** Failures that count as observed as soon as there is a consumer (rule 6). */
  readonly #unclaimed = new Set<Future<unknown>>();

  constructor(
    source: ResultOptions,
    toOutput: (outcome: Outcome<unknown>) => Out,
    progress: ProgressTeller,
    events: ResultEvents,
  ) {
    this.#route = source.route;
    this.#ordered = source.options.ordered;
    this.#settles = source.options.errors === "settle";
    this.#wants = source.wants;
    this.#target = source.target;
    this.toOutput = toOutput;
    this.#progress = progress;
    this.#events = events;
    this.outlet = new Outlet(() => {
      this.taken += this.#wants === "reduction" ? (this.#weights.shift() ?? 1) : 1;
    });
  }

  /** Bytes that a result takes while it waits to be taken, packed, as far as is known. */
  get weight(): number {
    return this.#collector ? 0 : this.#bytesPerResult;
  }

  /** Whether nobody sees any of the results before all are there. */
  get areTogether(): boolean {
    return this.#collector !== undefined && !this.#progress.isWanted;
  }

  /** Somebody consumes the stream. */
  claimed(): void {
    this.#claimed = true;
    for (const future of this.#unclaimed) observe(future);
    this.#unclaimed.clear();
  }

  /** From now on results are collected. */
  collectInto(collector: Collector<Out, unknown>): void {
    this.#collector = collector;
    const { outlet } = this;
    for (const value of outlet.takeAll()) this.#guard(() => collector.append(value));
  }

  /** A chunk was sent. */
  expect(chunk: Chunk): void {
    if (this.#ordered) this.#order.push(chunk);
  }

  /** The last items of a chunk became one of their own. */
  expectBehind(chunk: Chunk, rest: Chunk): void {
    if (this.#ordered) this.#order.pushBehind(chunk, rest);
  }

  /** Rule 2: what is behind a failure is not wanted. */
  cutAfter(chunk: Chunk): void {
    this.#order.cut((other) => other.first > chunk.first);
  }

  /** Rule 3: nothing is wanted any more, and no failure is lost. */
  forget(): void {
    this.#order.clear();
    this.claimed();
  }

  /**
   * Takes in what a worker told. Answers a promise where something has to be decoded in time.
   * @param isWanted - whether the stream wants more of the chunk.
   */
  accept(chunk: Chunk, answer: ChunkAnswer, isWanted: () => boolean): Promise<void> | undefined {
    const values = answer.parts.map((part) => this.#valuesOf(chunk, part));
    for (const part of answer.parts) {
      this.#bytesPerResult = Math.max(this.#bytesPerResult / 2, bytesPerResult(part));
    }
    const errors = answer.failures.map((failure) => this.#errorOf(failure));
    const take = (found: readonly Values[], failed: readonly unknown[]): void => {
      if (isWanted()) this.#take(chunk, answer, found, failed, isWanted);
    };
    if (values.some(isPromise) || errors.some(isPromise))
      return awaitBoth(values, errors).then(([found, failed]) => take(found, failed));
    take(values as readonly Values[], errors);
    return undefined;
  }

  /**
   * Results that a worker has left in shared memory, and may tell of later, if it lives.
   * @param running - the item that it runs, or died of: its place, plus 1.
   */
  rescue(chunk: Chunk, { cells, block }: ChunkMemory, running: number): void {
    const left = Atomics.load(cells, cell.left);
    const end = left === 0 ? running - 1 : Math.min(running, left) - 1;
    const from = chunk.settled - chunk.base;
    if (end <= from) return;
    const values = this.#wants === "nothing" || chunk.inTarget ? undefined : block.subarray(from, end);
    this.#settle(chunk, values, end - from);
  }

  /** The next item of a chunk failed. */
  fail(chunk: Chunk, error: unknown): void {
    this.#progress.settled(true);
    this.#track(error);
    if (this.#settles) {
      const first = chunk.first + chunk.settled;
      chunk.settled += 1;
      this.#giveInTurn(chunk, first, [this.toOutput({ failed: true, cancelled: false, error })], 1);
    } else this.#events.failed(chunk, error);
    this.#progress.tell(this.#events.read());
  }

  /** Gives on what is next in order. */
  flush(): void {
    for (let head = this.#order.peek(); head; head = this.#order.peek()) {
      const { stash } = head;
      head.stash = [];
      for (const { first, values, count } of stash) this.#give(first, values, count);
      // a collector that refuses a result ends the stream
      if (this.#order.peek() !== head || head.settled < head.count) return;
      this.#order.shift();
    }
  }

  // ---- reading an answer ----

  #valuesOf(chunk: Chunk, part: ChunkPart): Values | Promise<Values> {
    if (part.kind === "nothing" || part.kind === "target") return undefined;
    if (part.kind === "block") return chunk.memory!.block.subarray(part.at, part.at + part.count);
    try {
      const values = valuesOf(part, this.#route);
      return values instanceof Promise ? values.catch((cause: unknown) => new Unreadable(cause)) : values;
    } catch (cause) {
      return new Unreadable(cause);
    }
  }

  #errorOf({ error, marked }: ChunkFailure): unknown {
    if (!marked) return error;
    try {
      const decoded = this.#route.decode(error);
      return decoded instanceof Promise ? decoded.catch(unreadable) : decoded;
    } catch (cause) {
      return unreadable(cause);
    }
  }

  #take(
    chunk: Chunk,
    { parts, failures, to }: ChunkAnswer,
    values: readonly Values[],
    errors: readonly unknown[],
    isWanted: () => boolean,
  ): void {
    let failed = 0;
    const fail = (): void => {
      const error = errors[failed];
      failed += 1;
      this.#route.locate(error);
      this.fail(chunk, error);
    };
    for (const [i, part] of parts.entries()) {
      const found = values[i];
      if (found instanceof Unreadable) {
        this.#failPart(chunk, part, found.error, isWanted);
        continue;
      }
      if (this.#wants === "reduction") {
        this.#reduced(chunk, found![0], to - (chunk.settled - chunk.base));
        continue;
      }
      const count = "count" in part ? part.count : found!.length;
      // some of them may have been rescued before they were told of
      const known = Math.max(0, chunk.settled - chunk.base - part.at);
      for (let at = known; at < count && isWanted(); ) {
        const next = (failures[failed]?.at ?? Number.POSITIVE_INFINITY) - part.at;
        if (next === at) {
          fail();
          at += 1;
          continue;
        }
        const end = Math.min(count, next);
        this.#settle(chunk, found && rangeOf(found, at, end), end - at);
        at = end;
      }
    }
    while (failed < failures.length && isWanted()) fail();
  }

  #failPart(chunk: Chunk, part: ChunkPart, error: unknown, isWanted: () => boolean): void {
    const count = "count" in part ? part.count : 1;
    for (let i = 0; i < count && isWanted(); i += 1) this.fail(chunk, error);
  }

  #reduced(chunk: Chunk, value: unknown, items: number): void {
    chunk.settled += items;
    this.#weights.push(items);
    this.#tell(items);
    const output = this.toOutput({ failed: false, value });
    if (this.#ordered) chunk.stash.push({ first: 0, values: [output] as never[], count: 1 });
    else this.outlet.push(output);
  }

  // ---- giving on ----

  /** The next items of a chunk succeeded. @param values - undefined: they are where they belong. */
  #settle(chunk: Chunk, values: Known | undefined, count: number): void {
    const first = chunk.first + chunk.settled;
    chunk.settled += count;
    this.#giveInTurn(chunk, first, values && this.#toOutputs(values), count);
    this.#tell(count);
  }

  #toOutputs(values: Known): ArrayLike<Out> {
    // a stream of values gives them as they are
    if (!this.#settles) return values as ArrayLike<Out>;
    const plain = values instanceof Float64Array ? numbersOf(values) : values;
    return plain.map((value) => this.toOutput({ failed: false, value }));
  }

  #giveInTurn(chunk: Chunk, first: number, values: ArrayLike<Out> | undefined, count: number): void {
    if (!this.#ordered || (this.#order.peek() === chunk && chunk.stash.length === 0)) {
      return this.#give(first, values, count);
    }
    if (values && this.#collector?.anyOrder) {
      const collector = this.#collector;
      this.#guard(() => collector.put(first, values));
      chunk.stash.push({ first, values: placed, count });
    } else {
      const kept = values instanceof Float64Array ? (numbersOf(values) as unknown as Out[]) : values;
      chunk.stash.push({ first, values: kept as ArrayLike<never> | undefined, count });
    }
  }

  #give(first: number, values: ArrayLike<Out> | typeof placed | undefined, count: number): void {
    const collector = this.#collector;
    if (collector) {
      this.taken += count;
      if (values === placed) return;
      this.#guard(() => {
        if (!values) collector.skip(first, count);
        else if (collector.anyOrder) collector.put(first, values);
        else collector.put(this.#given, values);
        this.#given += count;
      });
      return;
    }
    const { outlet } = this;
    this.#given += count;
    const target = this.#target;
    if (values instanceof Float64Array) {
      for (const value of values) outlet.push(asSmallInteger(value) as Out);
    } else if (values) for (let i = 0; i < count; i += 1) outlet.push((values as ArrayLike<Out>)[i]!);
    else for (let i = 0; i < count; i += 1) outlet.push(target?.[first + i] as Out);
  }

  /** What a collector refuses ends the stream. */
  #guard(collect: () => void): void {
    try {
      collect();
    } catch (error) {
      this.#events.misfit(error);
    }
  }

  #tell(count: number): void {
    if (!this.#progress.isWanted) return this.#progress.settledWell(count);
    // whoever is told may end the stream
    for (let i = 0; i < count && !this.outlet.ended; i += 1) {
      this.#progress.settledWell(1);
      this.#progress.tell(this.#events.read());
    }
  }

  /** Rule 6: a failure of a stream that nobody consumes is reported like that of any future. */
  #track(error: unknown): void {
    if (this.#claimed) return;
    const { name, unobserved } = this.#route;
    const { future, start, reject } = Future.withResolvers<unknown>({ name, unobserved });
    start();
    reject(error);
    this.#unclaimed.add(future);
  }
}

async function awaitBoth(
  values: readonly (Values | Promise<Values>)[],
  errors: readonly unknown[],
): Promise<[Values[], unknown[]]> {
  const found: Values[] = [];
  const failed: unknown[] = [];
  for (const value of values) found.push(await value);
  for (const error of errors) failed.push(await error);
  return [found, failed];
}

function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise;
}

function rangeOf(values: Known, from: number, to: number): Known {
  if (from === 0 && to === values.length) return values;
  return values instanceof Float64Array ? values.subarray(from, to) : values.slice(from, to);
}
