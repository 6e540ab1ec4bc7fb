/**
 * The engine of `map` for executors that run many items in one go. It keeps the rules of `stream-engine.ts`,
 * cited by the same numbers; what is a task there is an item of a chunk here. A chunk is one submission to
 * the executor, and its items settle one by one:
 *
 * ```text
 *   items ──read──▶ pending ──chunk──▶ in flight ──answer──▶ outlet or collector
 *                       ▲                  │
 *                       └── what had not begun on a worker that died, or is stuck
 * ```
 *
 * @module
 */

import { QueueFullError, WorkerExitError } from "../errors.js";
import { Fifo } from "../fifo.js";
import { type Chunk, newChunk, splitOff } from "./chunk.js";
import { type EncodedItems, encodeItems } from "./chunk-encoding.js";
import { placeInItem, sameAgain } from "./chunk-failures.js";
import { ChunkInput } from "./chunk-input.js";
import { ChunkMemories } from "./chunk-memory.js";
import { type ChunkSource, type RequestSource, requestFor } from "./chunk-request.js";
import { ChunkResults } from "./chunk-results.js";
import { ChunkSizes } from "./chunk-sizes.js";
import { ChunkWatch } from "./chunk-watch.js";
import { type ChunkAnswer, type ChunkRequest, type ChunkRoute, cell, smallChunk } from "./chunks.js";
import { whileAlive } from "./closing.js";
import type { Collector } from "./collector.js";
import { cancelledBy, type Future, observe, outcomeOf, whenDone } from "./future.js";
import { Later } from "./later.js";
import type { CheckedMapOptions } from "./map-options.js";
import type { End, Outlet } from "./outlet.js";
import { ProgressTeller } from "./progress-teller.js";
import { RoomWait } from "./room-wait.js";
import type { StreamProducer } from "./stream-consumer.js";
import { StreamLimits } from "./stream-limits.js";
import { UnsettledCount } from "./unsettled-count.js";

/** The main thread gives way after reading for so many ms, while workers are busy. */
const readingTime = 2;

/** A chunk whose request waits for room in the executor's queue. */
interface Held {
  readonly chunk: Chunk;
  readonly encoded: EncodedItems;
}

export class ChunkEngine<T, Out> implements StreamProducer<Out> {
  readonly outlet: Outlet<Out>;
  readonly #route: ChunkRoute;
  readonly #options: CheckedMapOptions;
  readonly #source: RequestSource;
  readonly #input: ChunkInput<T>;
  readonly #limits: StreamLimits;
  readonly #progress: ProgressTeller;
  readonly #sizes: ChunkSizes;
  readonly #memories: ChunkMemories;
  readonly #results: ChunkResults<Out>;
  readonly #watch: ChunkWatch;
  readonly #room: RoomWait;

  /** Chunks with items that are not settled and whose results are wanted. */
  readonly #live = new Set<Chunk>();
  /** What is left of chunks whose worker died or is stuck. */
  readonly #again = new Fifo<Chunk>();
  #held: Held | undefined;
  /** How the stream ends when all live chunks are delivered. Once it is set, nothing more is read. */
  #end: End | undefined;
  #starting = true;
  #pumping = false;
  /** Not at once: the executor that settles a future may not have made room for the next task yet. */
  readonly #pumpLater = new Later(() => this.pump());
  /** Futures not settled, wanted or not. */
  readonly #unsettled = new UnsettledCount();
  /** The executor takes no work soon: what may be read is to be submitted now. */
  #closing = false;
  /** It takes none but what was submitted before, any more. */
  #handedOver = false;
  readonly #detach: () => void;

  /** @param toOutput - makes what the consumer gets of a value, or of a failure. */
  constructor(source: ChunkSource<T>, toOutput: ChunkResults<Out>["toOutput"]) {
    const { items, route, options, clock } = source;
    const fail = (error: unknown, reason = error): void =>
      this.endFromOutside({ failed: true, error }, reason);
    this.#room = new RoomWait(
      route.ready,
      () => this.pump(),
      (error) => {
        if (this.#held) this.#refused(this.#held.chunk, error);
      },
    );
    this.#route = route;
    this.#options = options;
    this.#source = { options, wants: source.wants, target: source.target, passes: source.passes };
    this.#input = new ChunkInput(items, () => this.pump());
    const stay =
      route.sharesMemory &&
      this.#input.isShared &&
      (source.wants !== "values" || source.target !== undefined);
    this.#memories = new ChunkMemories(route.sharesMemory, !stay);
    this.#sizes = new ChunkSizes(route, options, this.#input, stay);
    this.#progress = new ProgressTeller(options, this.#input.length);
    this.#results = new ChunkResults<Out>(source, toOutput, this.#progress, {
      failed: (chunk, error) => this.#endAt(chunk, error),
      misfit: (error) => fail(error),
      read: () => this.#input.read,
    });
    this.outlet = this.#results.outlet;
    this.#watch = new ChunkWatch({
      itemTime: () => this.#sizes.itemTime,
      stuck: (chunk, running) => this.#giveResults(chunk, running),
      stopped: (chunk, begun) => this.#split(chunk, chunk.base + begun),
    });
    this.#limits = new StreamLimits(options, clock, {
      expired: () => this.#expire(),
      aborted: (reason) => fail(cancelledBy(reason, "the map was cancelled"), reason),
    });
    this.#detach = whileAlive(this, route);
    if (this.#limits.start()) {
      try {
        this.pump();
      } catch (error) {
        this.endFromOutside({ failed: false }, error);
        throw error;
      }
    }
    this.#starting = false;
  }

  // ---- for the consumer's side ----

  claimed(): void {
    this.#results.claimed();
    if (!this.outlet.ended) this.#limits.keepAlive();
  }

  checkLimits(): void {
    this.#limits.check();
  }

  async collect(collector: Collector<Out, unknown>): Promise<void> {
    if (!this.outlet.delivered) this.#limits.check();
    this.#results.collectInto(collector);
    this.pump();
    // nothing is put there any more but the end
    await this.outlet.next();
  }

  /** What would be submitted sooner or later without one more result being taken is submitted now. */
  handOver(): void {
    if (this.#handedOver) return;
    this.#handedOver = true;
    this.#closing = true;
    try {
      this.pump();
    } finally {
      this.#closing = false;
    }
  }

  closeInput(): Promise<void> {
    return this.#input.close();
  }

  whenIdle(): Promise<void> {
    return this.#unsettled.whenNone();
  }

  // ---- reading and submitting ----

  /** Reads and submits as far as the window, the input and the executor's queue let it (rule 1). */
  pump(): void {
    // user code below (the input) may come back here
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      for (;;) {
        if (!this.#end && this.#limits.isOver) return this.#expire();
        if (this.#held) {
          if (!this.#submit(this.#held.chunk, this.#held.encoded)) return;
          // what was left of a chunk is run though nothing more is read
        } else if (this.#again.size > 0) {
          if (this.#sizes.isCrowded && !this.#handedOver) return;
          this.#sendAgain(this.#again.shift() as Chunk);
        } else if (this.#end || !this.#goOn()) return;
      }
    } finally {
      this.#pumping = false;
    }
  }

  /** One chunk more, if it may be; answers whether to go on at once. */
  #goOn(): boolean {
    const input = this.#input;
    const sizes = this.#sizes;
    const given = this.#options.givenBuffersize !== undefined;
    // a fast input that is waited for by nobody is not read before it has to be
    if (this.#isFull && !given && !input.isAsync) return false;
    const window = sizes.window((input.small ? 0 : sizes.bytesPerItem) + this.#results.weight);
    const room = Math.max(0, window - (input.read - this.#results.taken));
    const left = input.length === undefined ? undefined : input.length - input.read + input.pending;
    const wanted = sizes.next(window, left, this.#results.areTogether);
    const goal = given ? input.pending + room : Math.min(wanted, input.pending + room);
    input.fill(goal, given || this.#closing ? Number.POSITIVE_INFINITY : readingTime);
    if (this.#end) return false;
    if (input.pending === 0) {
      if (input.end) this.#endAfterRead(input.end);
      else if (input.awaited || room === 0) return false;
      return true;
    }
    if (this.#isFull) return false;
    const slow = input.pending < goal && !input.end && !input.awaited;
    if (input.pending < wanted && !input.end && !sizes.isIdle && !this.#closing) {
      if (slow) this.#pumpLater.schedule(setImmediate);
      return false;
    }
    this.#sendNext(Math.min(wanted, input.pending));
    if (slow) this.#pumpLater.schedule(setImmediate);
    return !slow;
  }

  get #isFull(): boolean {
    return this.#sizes.isFull && !this.#closing;
  }

  /** Sends so many pending items, or as many of them as can go together. */
  #sendNext(count: number): void {
    const input = this.#input;
    const first = input.read - input.pending;
    const memory = this.#memories.takeFor(count);
    let encoded: EncodedItems | undefined;
    let refused: unknown;
    try {
      encoded = encodeItems(input.peek(count), first, memory?.block, this.#route);
    } catch (error) {
      refused = error;
    }
    const range = input.take(encoded?.count ?? 1);
    const chunk = newChunk(first, range);
    chunk.memory = memory;
    if (encoded) this.#submit(chunk, encoded);
    else {
      this.#live.add(chunk);
      this.#results.expect(chunk);
      this.#results.fail(chunk, refused);
      this.#release(chunk);
      this.#afterResults(chunk);
    }
  }

  /** Sends what has not run of a chunk. */
  #sendAgain(chunk: Chunk): void {
    // it may have been cut off for taking longer than expected
    const rest = this.#cut(
      chunk,
      chunk.settled + this.#sizes.next(Number.POSITIVE_INFINITY, undefined, false),
    );
    if (rest) this.#again.pushBehind(chunk, rest);
    const { source, from } = chunk.range;
    const left = chunk.count - chunk.settled;
    chunk.base = chunk.settled;
    chunk.memory = this.#memories.takeFor(left);
    try {
      const range = { source, from: from + chunk.settled, count: left };
      this.#submit(chunk, encodeItems(range, chunk.first + chunk.settled, chunk.memory?.block, this.#route));
    } catch (error) {
      this.#release(chunk);
      this.#settleRest(chunk, error);
    }
  }

  /** Submits a chunk; false while the executor's queue is full (rule 5). */
  #submit(chunk: Chunk, encoded: EncodedItems): boolean {
    const { count, items } = encoded;
    const asTheyCome = !this.#results.areTogether;
    const request = requestFor(this.#source, chunk, encoded, asTheyCome, this.#sizes.timesOf(count));
    const isNew = !this.#live.has(chunk);
    let future: Future<ChunkAnswer>;
    try {
      const handedIn = (answer: ChunkAnswer): void => this.#handedIn(chunk, answer);
      future = this.#route.submit(request, encoded.transfer, handedIn, !isNew || this.#closing);
    } catch (error) {
      const isFirst = this.#starting && request.first === 0;
      if (error instanceof QueueFullError && (this.#unsettled.some || (!isFirst && this.#room.begin()))) {
        this.#held = { chunk, encoded };
        return false;
      }
      this.#refused(chunk, error);
      if (isFirst) throw error;
      return true;
    }
    this.#held = undefined;
    chunk.future = future;
    chunk.inTarget = request.target !== undefined;
    chunk.estimate = this.#sizes.sent(count, encoded.bytes);
    this.#unsettled.added();
    if (isNew) this.#results.expect(chunk);
    this.#live.add(chunk);
    this.#watch.add(chunk);
    whenDone(future, () => this.#onSettled(chunk, future, items));
    return true;
  }

  /** The executor takes a chunk not even later. */
  #refused(chunk: Chunk, error: unknown): void {
    this.#held = undefined;
    this.#release(chunk);
    if (this.#live.has(chunk)) this.#settleRest(chunk, error);
    else this.#endAfterRead({ failed: true, error });
  }

  // ---- settling ----

  /** The worker told of items before it was done with the chunk. */
  #handedIn(chunk: Chunk, answer: ChunkAnswer): void {
    this.#inTurn(chunk, () => this.#results.accept(chunk, answer, () => this.#live.has(chunk)));
    this.#sizes.measured(answer.to - answer.from, answer.ran);
  }

  #onSettled(chunk: Chunk, future: Future<ChunkAnswer>, items: ChunkRequest["items"]): void {
    this.#unsettled.settled();
    chunk.future = undefined;
    this.#sizes.left(chunk.estimate);
    observe(future);
    const outcome = outcomeOf(future)!;
    this.#watch.delete(chunk);
    // at once: a closing executor would be gone later
    if (!outcome.failed) this.#takeRest(chunk, outcome.value);
    this.#inTurn(chunk, () => {
      if (!outcome.failed) return this.#answered(chunk, outcome.value);
      this.#chunkFailed(chunk, placeInItem(outcome.error, items));
      return undefined;
    });
    this.#pumpLater.schedule();
  }

  #answered(chunk: Chunk, answer: ChunkAnswer): Promise<void> | undefined {
    this.#sizes.measured(answer.to - answer.from, answer.ran);
    const accepting = this.#results.accept(chunk, answer, () => this.#live.has(chunk));
    if (accepting) return accepting.then(() => this.#release(chunk));
    this.#release(chunk);
    return undefined;
  }

  /** The chunk as a whole failed: its worker died, or it could not be run at all. */
  #chunkFailed(chunk: Chunk, error: unknown): void {
    const { memory, base } = chunk;
    // who cancelled it may be told before its worker is done with the memory, which is not used again
    chunk.memory = undefined;
    const isLive = (): boolean => this.#live.has(chunk);
    const { wants } = this.#source;
    // without memory, the item that ran is known where each before it was handed in
    const isKnown = memory !== undefined || (wants === "values" && chunk.count - base <= smallChunk);
    if (!isLive() || !isKnown || !(error instanceof WorkerExitError) || wants === "reduction") {
      if (isLive()) this.#settleRest(chunk, error);
      return;
    }
    const begun = memory ? Atomics.load(memory.cells, cell.running) : chunk.settled - base + 1;
    const running = base + Math.max(begun, 1) - 1;
    if (memory) this.#results.rescue(chunk, memory, begun);
    for (let copy: unknown = error; isLive() && chunk.settled <= running; copy = sameAgain(error)) {
      this.#results.fail(chunk, copy);
    }
    if (isLive() && chunk.settled < chunk.count) this.#goesAgain(chunk);
  }

  /** A worker that was told to stop answers with fewer items than it was sent. */
  #takeRest(chunk: Chunk, { to, failures }: ChunkAnswer): void {
    const endsThere = failures.length > 0 && this.#options.errors === "throw";
    if (!endsThere) this.#split(chunk, chunk.base + to);
  }

  /** A stuck chunk's results so far. */
  #giveResults(chunk: Chunk, running: number): void {
    // a reduction's are in the worker; what is being taken in comes first
    if (!this.#live.has(chunk) || chunk.turn || this.#source.wants === "reduction") return;
    this.#results.rescue(chunk, chunk.memory!, running);
    this.#afterResults(chunk);
  }

  /** Items from a place on that the chunk's worker will not begin become a chunk of their own. */
  #split(chunk: Chunk, place: number): void {
    const rest = this.#live.has(chunk) ? this.#cut(chunk, place) : undefined;
    if (rest) this.#goesAgain(rest);
  }

  /** Items from a place on become a chunk of their own, if there are any. */
  #cut(chunk: Chunk, place: number): Chunk | undefined {
    const rest = splitOff(chunk, place);
    if (!rest) return undefined;
    this.#live.add(rest);
    this.#results.expectBehind(chunk, rest);
    return rest;
  }

  #goesAgain(chunk: Chunk): void {
    this.#again.push(chunk);
    if (this.#handedOver) this.pump();
    else this.#pumpLater.schedule();
  }

  #settleRest(chunk: Chunk, error: unknown): void {
    while (this.#live.has(chunk) && chunk.settled < chunk.count) this.#results.fail(chunk, error);
    this.#afterResults(chunk);
  }

  /** The memory of a chunk that no worker uses any more. */
  #release(chunk: Chunk): void {
    if (chunk.memory) this.#memories.giveBack(chunk.memory);
    chunk.memory = undefined;
  }

  /** What is told of a chunk is taken in one by one, though some of it has to be waited for. */
  #inTurn(chunk: Chunk, take: () => Promise<void> | undefined): void {
    const taken = chunk.turn ? chunk.turn.then(take) : take();
    if (!taken) return this.#afterResults(chunk);
    const turn: Promise<void> = taken.then(() => {
      if (chunk.turn === turn) chunk.turn = undefined;
      this.#afterResults(chunk);
    });
    chunk.turn = turn;
  }

  #afterResults(chunk: Chunk): void {
    if (chunk.settled >= chunk.count && !chunk.turn) this.#live.delete(chunk);
    this.#results.flush();
    this.#endIfDone();
    this.#pumpLater.schedule();
  }

  #endIfDone(): void {
    if (!this.#end || this.#live.size > 0) return;
    this.outlet.end(this.#end);
    this.#letGo();
  }

  // ---- the ways to end ----

  /** Rule 2: nothing comes after the items read so far. */
  #endAfterRead(end: End): void {
    if (this.#end) return;
    this.#stopReading(end);
    this.#endIfDone();
  }

  /** Rule 2: this failure ends the stream at its position; unordered, that is now. */
  #endAt(chunk: Chunk, error: unknown): void {
    chunk.count = chunk.settled;
    this.#live.delete(chunk);
    this.#results.cutAfter(chunk);
    this.#stopReading({ failed: true, error });
    this.#drop((other) => !this.#options.ordered || other.first > chunk.first, error);
  }

  /** Rule 3: the time is up. */
  #expire(): void {
    const error = this.#progress.timeoutError(this.#input.read);
    this.#results.flush();
    this.#stopReading({ failed: true, error });
    this.#drop(() => true, error);
    this.#endIfDone();
  }

  /** Rule 3: the results are not wanted any more. */
  endFromOutside(end: End, reason: unknown): void {
    this.#results.forget();
    this.outlet.close(end);
    this.#stopReading(end);
    this.#drop(() => true, reason);
    this.#letGo();
  }

  #stopReading(end: End): void {
    this.#end = end;
    if (this.#held && !this.#live.has(this.#held.chunk)) this.#held = undefined;
    if (!this.#held) this.#room.leave();
    this.#input.closeQuietly();
  }

  #letGo(): void {
    this.#room.leave();
    this.#memories.leave();
    this.#limits.release();
    this.#detach();
  }

  /** Rule 4: chunks whose results are not wanted any more. */
  #drop(isDropped: (chunk: Chunk) => boolean, reason: unknown): void {
    const dropped = [...this.#live].filter(isDropped);
    for (const chunk of dropped) {
      this.#live.delete(chunk);
      if (chunk.memory) Atomics.store(chunk.memory.cells, cell.stop, 1);
      if (this.#held?.chunk === chunk) this.#held = undefined;
    }
    for (const chunk of this.#again.cut(() => true)) if (this.#live.has(chunk)) this.#again.push(chunk);
    for (const { future } of dropped) future?.cancel(reason);
    for (const { future } of dropped) future?.abort(reason);
  }
}
