import type { ReadableStream, WritableStream } from "node:stream/web";
import {
  BrokenPipeError,
  EOFError,
  InvalidArgumentError,
  InvalidStateError,
  TimeoutError,
} from "../../errors.js";
import { checkInteger } from "../../validate.js";
import { isAborted, type WaitLimits, waitFor } from "../sync/async-waits.js";
import { blockFor } from "../sync/blocking.js";
import { type AcquireOptions, type AcquireSyncOptions, checkLimits, checkSyncLimit } from "../sync/limits.js";
import { Primitive, partsOf, registerPrimitive } from "../sync/primitive.js";
import { bytesStart, mostBytes } from "./layout.js";
import { closed, dead, type RingBytes, RingCore } from "./ring-core.js";
import { RingWait } from "./ring-wait.js";
import { readableOf, writableOf } from "./streams.js";

/** What `stats()` of a {@link RingBuffer} answers: a snapshot. */
export interface RingBufferStats {
  /** Bytes that can be read, and the most there can be. */
  readonly size: number;
  readonly capacity: number;
  /** Whether the writer has called `end`, and the reader `cancel`. */
  readonly isEnded: boolean;
  readonly isCancelled: boolean;
}

interface Details {
  readonly capacity: number;
}

type Side = "reader" | "writer";

/** Bytes in memory that threads share. */
class SharedBytes implements RingBytes {
  readonly view: Uint8Array;
  readonly size: number;

  constructor(memory: SharedArrayBuffer, size: number) {
    this.view = new Uint8Array(memory, 4 * bytesStart, size);
    this.size = size;
  }

  write(at: number, source: Uint8Array, from: number, count: number): void {
    this.view.set(source.subarray(from, from + count), at);
  }

  read(at: number, target: Uint8Array, from: number, count: number): void {
    target.set(this.view.subarray(at, at + count), from);
  }
}

const usualCapacity = 2 ** 16;

/**
 * Bytes on their way from one thread to another, in a ring of shared memory: a pipe without the system. One thread
 * writes and one reads; each becomes that by its first call, and another that takes the same part, while that thread
 * lives, gets an `InvalidStateError`. It can be passed as an argument or captured by a function, and is the same in the
 * other thread.
 *
 * _Waiting._ `write` and `read` do what can be done at once. The others wait: those without `Sync` let the event loop go
 * on and keep the process alive, those with it block the thread. One call of a side waits at a time.
 *
 * _The end._ After `end` the reader gets what is there, and then the end. After `cancel` the writer gets a
 * `BrokenPipeError`.
 *
 * _Death._ Bytes are there wholly or not at all, wherever the writer dies; whoever waits for more gets an `EOFError`. Who
 * writes to a dead reader gets a `BrokenPipeError` when there is no room.
 *
 * _Memory ordering._ What the writer has written elsewhere before `write` is seen by who has read those bytes.
 *
 * @example
 * const ring = new RingBuffer(1 << 20);
 * const done = pool.submit(() => {
 *   const chunk = new Uint8Array(65_536);
 *   for (let count; (count = ring.readSomeSync(chunk)) > 0; ) handle(chunk.subarray(0, count));
 * });
 * for await (const bytes of file) await ring.writeAll(bytes);
 * ring.end();
 */
export class RingBuffer extends Primitive {
  readonly #core: RingCore;
  readonly #bytes: SharedBytes;
  /** Sides of which a call of this thread waits. */
  readonly #waiting = new Set<Side>();
  #isEnded = false;

  /**
   * @param capacity - the most bytes in it, rounded up to a power of two. Default 64 KiB.
   * @throws InvalidArgumentError
   */
  constructor(capacity = usualCapacity) {
    checkInteger("capacity", capacity, 1);
    if (capacity > mostBytes) throw new InvalidArgumentError("capacity", capacity, `at most ${mostBytes}`);
    const size = 2 ** Math.ceil(Math.log2(capacity));
    super("RingBuffer", bytesStart + Math.ceil(size / 4), { capacity: size } satisfies Details);
    const { memory, details, environment } = partsOf(this);
    this.#bytes = new SharedBytes(memory, (details as Details).capacity);
    this.#core = new RingCore(new Int32Array(memory, 0, bytesStart), this.#bytes, environment);
  }

  /** The most bytes there can be in it. */
  get capacity(): number {
    return this.#core.capacity;
  }

  /** How many bytes can be read now. */
  get size(): number {
    return this.#core.size;
  }

  /** Whether the writer has ended, and everything was read. */
  get ended(): boolean {
    return this.#core.isEnded && this.#core.size === 0;
  }

  /**
   * Writes as many bytes as there is room for. Never waits.
   * @returns how many; 0 when it is full.
   * @throws BrokenPipeError when the reader wants no more; InvalidStateError after `end`, or where another thread
   * writes; InvalidArgumentError.
   */
  write(bytes: Uint8Array): number {
    this.#begin("writer", bytes);
    return this.#written(this.#core.write(bytes, 0, bytes.length));
  }

  /**
   * Writes all bytes, in pieces if need be, without blocking the event loop. What has been written when it ends early
   * stays written; the error says how much that is.
   * @param options - limits of the wait; `timeout` in ms, 0 or less: not at all.
   * @throws TimeoutError, CancelledError; what `write` throws.
   */
  async writeAll(bytes: Uint8Array, options?: AcquireOptions): Promise<void> {
    const limits = checkLimits(options);
    this.#begin("writer", bytes);
    const end = performance.now() + limits.timeout;
    let from = 0;
    const attempt = (): number => this.#core.write(bytes, from, bytes.length);
    while (from < bytes.length) {
      const left = Math.max(0, end - performance.now());
      const count = await this.#attempt("writer", attempt, { timeout: left, signal: limits.signal });
      if (count === 0) throw lateToWrite(from, bytes.length, limits.timeout);
      from += this.#written(count);
    }
  }

  /**
   * The same, and blocks the thread.
   * @param options - `timeout` in ms, 0 or less: not at all.
   * @throws TimeoutError; what `write` throws; InvalidStateError where a thread must not block.
   */
  writeAllSync(bytes: Uint8Array, options?: AcquireSyncOptions): void {
    const timeout = checkSyncLimit(options);
    this.#begin("writer", bytes);
    const end = performance.now() + timeout;
    let from = 0;
    const attempt = (): number => this.#core.write(bytes, from, bytes.length);
    while (from < bytes.length) {
      const left = Math.max(0, end - performance.now());
      const count = attempt() || blockFor(new RingWait(this.#core, "writer", attempt), left, "writeAll()");
      if (count === 0) throw lateToWrite(from, bytes.length, timeout);
      from += this.#written(count);
    }
  }

  /** Says that nothing more will be written. May be called again. @throws InvalidStateError where another thread writes. */
  end(): void {
    this.#claim("writer");
    this.#isEnded = true;
    this.#core.end();
  }

  /**
   * Reads as many bytes as there are. Never waits.
   * @param into - takes the bytes, from its start on.
   * @returns how many; 0 when there are none now: `ended` tells whether more may come.
   * @throws InvalidStateError where another thread reads; InvalidArgumentError.
   */
  read(into: Uint8Array): number {
    this.#begin("reader", into);
    return Math.max(0, this.#core.read(into, 0, into.length));
  }

  /**
   * Reads the bytes that are there, and waits until there is one at least, without blocking the event loop.
   * @param into - takes the bytes, from its start on.
   * @param options - limits of the wait; `timeout` in ms, 0 or less: not at all.
   * @returns how many; 0 at the end.
   * @throws TimeoutError, CancelledError: nothing was read; EOFError when the writer has died before its end;
   * InvalidStateError where another thread reads; InvalidArgumentError.
   */
  async readSome(into: Uint8Array, options?: AcquireOptions): Promise<number> {
    const limits = checkLimits(options);
    this.#begin("reader", into);
    if (into.length === 0) return 0;
    const attempt = (): number => this.#core.read(into, 0, into.length);
    const count = await this.#attempt("reader", attempt, limits);
    if (count === 0) throw lateToRead(1, limits.timeout);
    return read(count);
  }

  /**
   * The same, and blocks the thread.
   * @param options - `timeout` in ms, 0 or less: not at all.
   * @throws what `readSome` throws; InvalidStateError where a thread must not block.
   */
  readSomeSync(into: Uint8Array, options?: AcquireSyncOptions): number {
    const timeout = checkSyncLimit(options);
    this.#begin("reader", into);
    if (into.length === 0) return 0;
    const attempt = (): number => this.#core.read(into, 0, into.length);
    const count = attempt() || blockFor(new RingWait(this.#core, "reader", attempt), timeout, "readSome()");
    if (count === 0) throw lateToRead(1, timeout);
    return read(count);
  }

  /**
   * Reads as many bytes as `into` takes, without blocking the event loop. It reads all of them at once, when they are
   * there, so that none is lost when it ends early.
   * @param into - takes the bytes; at most as many as the ring.
   * @param options - limits of the wait; `timeout` in ms, 0 or less: not at all.
   * @returns `into`.
   * @throws EOFError when fewer bytes come before the end, which can still be read; TimeoutError, CancelledError;
   * InvalidStateError where another thread reads; InvalidArgumentError.
   */
  async readExactly<B extends Uint8Array>(into: B, options?: AcquireOptions): Promise<B> {
    const limits = checkLimits(options);
    this.#beginExactly(into);
    const attempt = (): number => this.#core.read(into, 0, into.length, into.length);
    if (into.length === 0) return into;
    const count = await this.#attempt("reader", attempt, limits);
    if (count === 0) throw lateToRead(into.length, limits.timeout);
    if (count < 0) throw this.#tooFew(into.length, count);
    return into;
  }

  /**
   * The same, and blocks the thread.
   * @param options - `timeout` in ms, 0 or less: not at all.
   * @throws what `readExactly` throws; InvalidStateError where a thread must not block.
   */
  readExactlySync<B extends Uint8Array>(into: B, options?: AcquireSyncOptions): B {
    const timeout = checkSyncLimit(options);
    this.#beginExactly(into);
    if (into.length === 0) return into;
    const attempt = (): number => this.#core.read(into, 0, into.length, into.length);
    const count =
      attempt() || blockFor(new RingWait(this.#core, "reader", attempt), timeout, "readExactly()");
    if (count === 0) throw lateToRead(into.length, timeout);
    if (count < 0) throw this.#tooFew(into.length, count);
    return into;
  }

  /**
   * The next bytes where they lie, without a copy: those up to the end of the memory, so there may be more behind them.
   * They stay as they are until `skip`. Empty when there are none now.
   * @throws InvalidStateError where another thread reads.
   */
  peek(): Uint8Array {
    this.#claim("reader");
    const { at, count } = this.#core.peek();
    return this.#bytes.view.subarray(at, at + count);
  }

  /**
   * Leaves out bytes that are there: those that `peek` has shown are the writer's again.
   * @param count - how many, at most `size`.
   * @throws InvalidStateError where another thread reads; InvalidArgumentError.
   */
  skip(count: number): void {
    this.#claim("reader");
    checkInteger("count", count, 0);
    const { size } = this.#core;
    if (count > size) throw new InvalidArgumentError("count", count, `at most ${size}, as many as there are`);
    this.#core.skip(count);
  }

  /** Says that nothing more will be read. May be called again. @throws InvalidStateError where another thread reads. */
  cancel(): void {
    this.#claim("reader");
    this.#core.cancel();
  }

  /** What comes out of it, as a web stream; `Readable.fromWeb` of `node:stream` makes one of Node's of it. */
  readable(): ReadableStream<Uint8Array> {
    return readableOf(this);
  }

  /** A web stream that writes to it; `Writable.fromWeb` of `node:stream` makes one of Node's of it. */
  writable(): WritableStream<Uint8Array> {
    return writableOf(this);
  }

  /** A snapshot for logs and dashboards. */
  stats(): RingBufferStats {
    const { size, capacity, isEnded, isCancelled } = this.#core;
    return Object.freeze({ size, capacity, isEnded, isCancelled });
  }

  #claim(side: Side): void {
    if (!this.#core.claim(side))
      throw new InvalidStateError(
        `another thread is the ${side} of this RingBuffer, which has one ${side}: use a Queue for more`,
      );
    if (this.#waiting.has(side))
      throw new InvalidStateError(`a call of the ${side} waits already: await it before the next one`);
  }

  #begin(side: Side, bytes: Uint8Array): void {
    if (!(bytes instanceof Uint8Array))
      throw new InvalidArgumentError(side === "reader" ? "into" : "bytes", bytes, "a Uint8Array");
    this.#claim(side);
    if (side === "writer" && (this.#isEnded || this.#core.isEnded))
      throw new InvalidStateError("nothing can be written to a RingBuffer after end()");
  }

  #beginExactly(into: Uint8Array): void {
    this.#begin("reader", into);
    if (into.length > this.capacity)
      throw new InvalidArgumentError(
        "into",
        into,
        `at most ${this.capacity} bytes long, as many as the ring has`,
      );
  }

  async #attempt(side: Side, attempt: () => number, limits: WaitLimits): Promise<number> {
    const outcome = isAborted(limits) ? 0 : attempt();
    if (outcome !== 0) return outcome;
    this.#waiting.add(side);
    try {
      return await waitFor(new RingWait(this.#core, side, attempt), limits, () => {});
    } finally {
      this.#waiting.delete(side);
    }
  }

  #written(outcome: number): number {
    if (outcome === closed) throw new BrokenPipeError("the reader of the RingBuffer wants no more");
    if (outcome === dead)
      throw new BrokenPipeError("the reader of the RingBuffer has died, and there is no room");
    return outcome;
  }

  #tooFew(wanted: number, outcome: number): EOFError {
    const why = outcome === dead ? "the writer has died" : "the writer has ended";
    return new EOFError(`${why}: ${this.size} bytes are left of the ${wanted} that were to be read`);
  }
}

/** A number of bytes that were read; 0 at the end. */
function read(outcome: number): number {
  if (outcome === dead) throw new EOFError("the writer of the RingBuffer has died before it called end()");
  return outcome === closed ? 0 : outcome;
}

const within = (timeout: number): string => (timeout === 0 ? "at once" : `within ${timeout} ms`);

const lateToRead = (bytes: number, timeout: number): TimeoutError =>
  new TimeoutError(`no ${bytes} bytes came ${within(timeout)}`);

const lateToWrite = (written: number, bytes: number, timeout: number): TimeoutError =>
  new TimeoutError(`${written} of ${bytes} bytes were written ${within(timeout)}`);

registerPrimitive("RingBuffer", () => new RingBuffer());
