/**
 * The worker's side of a chunk: runs its items one after the other, and hands in their results.
 *
 * Rules, cited by number in the code:
 * 1. Results that are numbers go to the block of the chunk's memory, or to the user's shared array, until the
 *    first that is none: this is the fast mode. What was put there survives the worker.
 * 2. What is not plain travels alone: a message holds one such value at most, so that no two results come to
 *    share an object. It is handed in at once, because only the sending tells whether it can be sent.
 * 3. Results don't wait for long behind an item that takes long, as far as can be foreseen: they are handed in
 *    every `handInTime`, and before an item that follows one of `longItem`. What is in shared memory can be
 *    read there at any time, and is told of only where somebody wants results as they come. Where no memory is
 *    shared, results of a small chunk are handed in one by one, and more often of a large one.
 * 4. A store of an `AsyncLocalStorage` that an item enters ends with the item. A context of its own costs more
 *    than a short item, so that functions which can't enter one do without.
 *
 * @module
 */
import { SeparateCalls } from "../async-context.js";
import { elapsed } from "../elapsed.js";
import {
  type ChunkAnswer,
  type ChunkFailure,
  type ChunkPart,
  type ChunkRequest,
  cell,
  cellCount,
  cellsOf,
  smallChunk,
} from "../futures/chunks.js";
import { type EncodedValue, isPrimitive, refusal, type Transferable } from "../wire/index.js";
import { type ErrorMark, isMark } from "../wire/marks.js";
import { callsNothing } from "./calls-nothing.js";
import { ChunkEnd, openChunks } from "./chunk-end.js";
import { begins, ChunkLoops } from "./chunk-loops.js";
import { passing } from "./passes.js";
import { ResultList } from "./result-list.js";
import { isThenable } from "./thenable.js";

/** The user's function. */
export type ItemFunction = (item: never, index: number) => unknown;
type Combine = (one: never, other: never) => unknown;

/** What the worker lends to a chunk. */
export interface ChunkHost {
  /** Whether the chunk is to stop; looked at between items. */
  readonly asked: boolean;
  /** Prepares a result or an error for the other side. @throws SerializationError */
  encode(value: unknown, what: string): EncodedValue;
  /** Makes an argument again, if need be in time. */
  decode(value: unknown): unknown;
  /** Sends what is done of the chunk. @throws What `postMessage` throws. */
  handIn(answer: ChunkAnswer, transfer: readonly Transferable[]): void;
}

/** ms after which finished results are handed in while the chunk goes on. */
const handInTime = 5;

/** The same where no memory is shared. */
const handInTimeAlone = 1;

/** An item of so many ms is worth a message of its own. */
const longItem = 1;

/** The clock is looked at after items that take about so many ms together. */
const blockTime = 0.25;

/**
 * Runs the items of a chunk.
 * @param fn - the user's function.
 * @param combine - for a reduction: makes one value of two.
 * @returns the rest of the answer; what was handed in before is not in it. At once, unless something has to be
 *   awaited.
 */
export function runChunk(
  fn: ItemFunction,
  request: ChunkRequest,
  host: ChunkHost,
  combine?: Combine,
): ChunkEnd | Promise<ChunkEnd> {
  const run = new ChunkRun(passing(fn, request.passes), request, host, combine);
  openChunks.add(run);
  let end: ChunkEnd | Promise<ChunkEnd>;
  try {
    end = run.start();
  } catch (error) {
    openChunks.delete(run);
    throw error;
  }
  if (!(end instanceof Promise)) {
    openChunks.delete(run);
    return end;
  }
  return end.finally(() => openChunks.delete(run));
}

class ChunkRun {
  readonly #fn: ItemFunction;
  readonly #combine: Combine | undefined;
  readonly #request: ChunkRequest;
  readonly #host: ChunkHost;
  readonly #cells: Int32Array;
  readonly #loops: ChunkLoops;
  readonly #results: ResultList;
  /** Place of the next item. */
  #at = 0;
  /** Place of the first item that nothing was handed in of. */
  #from = 0;
  /** Rule 1: place from which on results are in the list; undefined in the fast mode. */
  #left: number | undefined;
  #failures: ChunkFailure[] = [];
  /** A failure ended the chunk. */
  #failed = false;
  #reduced: { value: unknown } | undefined;
  /** ms of the items that nothing was handed in of. */
  #ran = 0;
  #now = elapsed();
  #handedIn = this.#now;
  /** When nothing is begun any more. */
  readonly #over: number;
  /** Items between two looks at the clock. */
  #stride = 1;
  /** Place up to which each item is handed in by itself. */
  readonly #alone: number;
  readonly #handInTime: number;

  constructor(fn: ItemFunction, request: ChunkRequest, host: ChunkHost, combine: Combine | undefined) {
    const items = new SeparateCalls();
    this.#fn = separate(fn, items);
    this.#request = request;
    this.#host = host;
    this.#combine = combine && separate(combine, items);
    this.#over = this.#now + request.stopAfter;
    this.#alone = request.memory || request.count > smallChunk ? 0 : request.count;
    this.#handInTime = request.memory ? handInTime : handInTimeAlone;
    this.#cells = request.memory ? cellsOf(request.memory) : new Int32Array(cellCount);
    this.#loops = new ChunkLoops(this.#fn, request, this.#cells, this.#fn === fn);
    this.#results = new ResultList();
    if (!this.#loops.storesResults && request.wants !== "nothing") this.#leave();
  }

  start(): ChunkEnd | Promise<ChunkEnd> {
    const { items } = this.#request;
    if (items.kind !== "alone") return this.#go();
    const args = items.marked ? this.#host.decode(items.args) : items.args;
    const go = (found: unknown): ChunkEnd | Promise<ChunkEnd> => {
      this.#loops.read = () => (found as unknown[])[0];
      return this.#go();
    };
    return args instanceof Promise ? args.then(go) : go(args);
  }

  /** Hands in what is done so far. */
  handIn(): void {
    if (this.#at === this.#from || this.#combine) return;
    const { answer, transfer } = this.#take();
    this.#host.handIn(answer, transfer);
    this.#handedIn = elapsed();
  }

  get #isOver(): boolean {
    return (
      this.#at >= this.#request.count ||
      this.#failed ||
      this.#cells[cell.stop] !== 0 ||
      this.#host.asked ||
      this.#now >= this.#over
    );
  }

  #go(): ChunkEnd | Promise<ChunkEnd> {
    let before = elapsed();
    while (!this.#isOver) {
      const start = this.#at;
      const waiting = this.#block(Math.min(this.#request.count, start + this.#stride));
      const now = elapsed();
      const took = now - before;
      this.#now = now;
      this.#ran += took;
      if (waiting) return this.#goOnLater(waiting);
      if (took > blockTime) this.#stride = Math.max(1, this.#stride >> 1);
      else if (took < blockTime / 2 && this.#at - start >= this.#stride && this.#at >= this.#alone)
        this.#stride *= 2;
      before = this.#handInIfLate(now, took);
    }
    return this.#end();
  }

  /** The same for a function that answers with promises: each is awaited before the next item. */
  async #goOnLater(first: PromiseLike<unknown>): Promise<ChunkEnd> {
    let before = elapsed();
    for (let waiting: PromiseLike<unknown> | undefined = first; ; ) {
      if (waiting) await this.#await(waiting);
      this.#now = elapsed();
      if (this.#isOver) {
        this.#ran += this.#now - before;
        return this.#end();
      }
      waiting = this.#block(this.#at + 1);
      const now = elapsed();
      const took = now - before;
      this.#ran += took;
      before = this.#handInIfLate(now, took);
    }
  }

  async #await(promise: PromiseLike<unknown>): Promise<void> {
    // rule 3: nobody knows how long it takes
    const timer = this.#at > this.#from ? setTimeout(() => this.handIn(), handInTime) : undefined;
    try {
      this.#store(await promise);
    } catch (error) {
      this.#fail(error);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Rule 3.
   * @param took - time of the last items.
   * @returns the time from which on the next items count.
   */
  #handInIfLate(now: number, took: number): number {
    const isLate = now - this.#handedIn >= this.#handInTime || (took >= longItem && this.#left !== undefined);
    if (!(isLate || this.#at <= this.#alone) || this.#at >= this.#request.count) return now;
    // what is in shared memory is safe there
    if (this.#left === undefined && !this.#request.asTheyCome) return now;
    this.handIn();
    return elapsed();
  }

  /** Runs items up to a place. Answers the promise that one of them gave, if so. */
  #block(to: number): PromiseLike<unknown> | undefined {
    try {
      return this.#left === undefined && this.#loops.storesResults ? this.#fast(to) : this.#slow(to);
    } catch (error) {
      this.#at = this.#cells[cell.running]! - 1;
      this.#fail(error);
      return undefined;
    }
  }

  #fast(to: number): PromiseLike<unknown> | undefined {
    const isOdd = this.#loops.store(this.#at, to);
    this.#at = this.#loops.at;
    if (!isOdd) return undefined;
    const { odd } = this.#loops;
    if (isThenable(odd)) {
      this.#leave();
      return odd;
    }
    this.#store(odd);
    return undefined;
  }

  #slow(to: number): PromiseLike<unknown> | undefined {
    const { first } = this.#request;
    const cells = this.#cells;
    const fn = this.#fn as (item: unknown, index: number) => unknown;
    const loops = this.#loops;
    while (this.#at < to && !this.#failed && begins(cells, this.#at)) {
      const value = fn(loops.read(this.#at), first + this.#at);
      if (isThenable(value)) return value;
      this.#store(value);
    }
    return undefined;
  }

  /** Rule 1: from here on results are in the list. */
  #leave(): void {
    if (this.#left !== undefined) return;
    this.#left = this.#at;
    this.#cells[cell.left] = this.#at + 1;
  }

  /** The result of the next item. */
  #store(value: unknown): void {
    if (this.#combine) {
      this.#reduced = { value: this.#reduced ? combined(this.#combine, this.#reduced.value, value) : value };
    } else if (this.#request.wants === "values") {
      this.#leave();
      if (!this.#results.add(value)) return this.#handInAlone(value);
    }
    this.#at += 1;
  }

  /** Rule 2: a result that is not plain. */
  #handInAlone(value: unknown): void {
    this.handIn();
    const at = this.#at;
    let prepared = value;
    try {
      const { value: encodedValue, marked, transfer } = this.#host.encode(value, "result");
      prepared = encodedValue;
      const part: ChunkPart = { kind: "alone", at, value: encodedValue, marked };
      this.#host.handIn(
        { from: at, to: at + 1, parts: [part], failures: [], ran: this.#takeTime() },
        transfer,
      );
      this.#at = this.#from = at + 1;
    } catch (error) {
      this.#fail(refusal(prepared, "result", error));
    }
  }

  /** The next item failed. */
  #fail(error: unknown): void {
    this.#leave();
    const { errors, wants } = this.#request;
    let encoded = this.#encodedError(error);
    if (!mayShareMessage(encoded.value)) {
      // rule 2 holds for what errors carry, too
      this.handIn();
      try {
        const failure = { at: this.#at, error: encoded.value, marked: encoded.marked };
        this.#handInFailure(failure, encoded.transfer);
        return;
      } catch (cause) {
        encoded = this.#encodedError(refusal(encoded.value, "error", cause));
      }
    }
    this.#failures.push({ at: this.#at, error: encoded.value, marked: encoded.marked });
    // its place in the results
    if (errors === "settle" && wants === "values") this.#results.add(undefined);
    this.#at += 1;
    this.#failed = errors === "throw";
  }

  #handInFailure(failure: ChunkFailure, transfer: readonly Transferable[]): void {
    const from = this.#at;
    this.#host.handIn(
      { from, to: from + 1, parts: [], failures: [failure], ran: this.#takeTime() },
      transfer,
    );
    this.#at = this.#from = from + 1;
    this.#failed = this.#request.errors === "throw";
  }

  #encodedError(error: unknown): EncodedValue {
    try {
      return this.#host.encode(error, "error");
    } catch (cause) {
      return this.#host.encode(refusal(error, "error", cause), "error");
    }
  }

  #takeTime(): number {
    const ran = this.#ran;
    this.#ran = 0;
    return ran;
  }

  #end(): ChunkEnd {
    // the answer of a task that was asked to stop is not read any more
    if (this.#host.asked) this.handIn();
    return this.#take();
  }

  /** All that was not handed in. */
  #take(): ChunkEnd {
    const from = this.#from;
    const to = this.#at;
    const failures = this.#failures;
    this.#failures = [];
    this.#from = to;
    const parts: ChunkPart[] = [];
    const transfer: Transferable[] = [];
    if (this.#combine) {
      if (this.#reduced && failures.length === 0) this.#takeReduced(parts, transfer);
    } else if (this.#request.wants === "nothing") {
      // a failure that ended the chunk has no place
      const count = to - from - (this.#failed ? 1 : 0);
      if (count > 0) parts.push({ kind: "nothing", at: from, count });
    } else {
      const stored = Math.min(this.#left ?? to, to) - from;
      const kind = this.#request.target ? "target" : "block";
      if (stored > 0) parts.push({ kind, at: from, count: stored });
      this.#results.take(from + Math.max(stored, 0), parts, transfer);
    }
    return new ChunkEnd({ from, to, parts, failures, ran: this.#takeTime() }, transfer);
  }

  #takeReduced(parts: ChunkPart[], transfer: Transferable[]): void {
    const { value } = this.#reduced!;
    if (this.#results.add(value)) return this.#results.take(0, parts, transfer);
    const { value: encodedValue, marked, transfer: moving } = this.#host.encode(value, "result");
    parts.push({ kind: "alone", at: 0, value: encodedValue, marked });
    transfer.push(...moving);
  }
}

/** Rule 4: a function of two arguments each of whose calls has its own context, unless it needs none. */
function separate<A, B>(fn: (one: A, other: B) => unknown, calls: SeparateCalls): typeof fn {
  if (callsNothing(fn)) return fn;
  return (one, other) => calls.next.runInAsyncScope(fn, undefined, one, other);
}

/** One value of two. */
function combined(combine: Combine, one: unknown, other: unknown): unknown {
  const value = (combine as (one: unknown, other: unknown) => unknown)(one, other);
  if (isThenable(value)) throw new TypeError("combine answered with a promise; it has to be synchronous");
  return value;
}

/** Whether what stands for a thrown value holds no object that another error might hold, too. */
function mayShareMessage(encoded: unknown): boolean {
  if (isPrimitive(encoded)) return true;
  const properties = (encoded as Partial<ErrorMark>).properties;
  return (
    isMark(encoded as object) &&
    Array.isArray(properties) &&
    properties.every(([, value]) => isPrimitive(value))
  );
}
