/**
 * The engine of `map` for executors of any kind: each item is a task of its own. `chunk-engine.ts` is the one
 * for executors that take many items at once; both keep the same rules.
 *
 * ```text
 *   items ──read──▶ submit ──▶ in flight ──settled──▶ outlet ──next()──▶ consumer
 *           ▲      └───────────── at most buffersize ───────┘               │
 *           └───────────────── one more for each one taken ─────────────────┘
 * ```
 *
 * Rules, cited by number in the code:
 * 1. Reading starts in the call of `map` and never is more than `buffersize` items ahead of the consumer.
 * 2. What goes wrong at an item's position (its reading, its submission, and its task in `errors: "throw"`)
 *    ends the stream there: earlier results come first, nothing after it is run.
 * 3. An end from outside (`cancel`, `signal`, the consumer's `return`) drops what was not delivered; a
 *    timeout keeps what can be delivered without waiting.
 * 4. Whatever ends the stream: the input is closed, and pending tasks are cancelled before running ones are
 *    aborted, else an abort would let a pending one start. No failure after the end is reported as unobserved.
 * 5. A full queue is back-pressure: the stream goes on when a task of its own has made room, or the executor tells
 *    that there is some. Only where the first submission finds it full, `map` throws what that threw.
 * 6. Failures count as observed from the moment on that somebody consumes the stream; those of a stream that
 *    nobody consumes are reported like those of any future.
 * 7. Where an executor begins items as places become free (`ItemLanes`), those that were read wait with the map, in their
 *    order, as long as nobody else waits for a place. They count as submitted. When somebody does, and before anything
 *    is dropped, they are submitted.
 *
 * @module
 */
import type { Clock } from "../clock.js";
import { QueueFullError } from "../errors.js";
import type { Collector } from "./collector.js";
import {
  cancelledBy,
  Future,
  type Outcome,
  observe,
  outcomeOf,
  type Settled,
  type WaitOptions,
  whenSettled,
} from "./future.js";
import type { ItemLanes, WaitingItems } from "./item-lanes.js";
import { Later } from "./later.js";
import { MapInput } from "./map-input.js";
import type { CheckedMapOptions } from "./map-options.js";
import { type End, Outlet } from "./outlet.js";
import { ProgressTeller } from "./progress-teller.js";
import { RoomWait } from "./room-wait.js";
import type { StreamProducer } from "./stream-consumer.js";
import { type Begun, Entry, EntryList } from "./stream-entry.js";
import { StreamLimits } from "./stream-limits.js";
import { UnsettledCount } from "./unsettled-count.js";

/** What an executor gives to make a `TaskStream`. */
export interface TaskStreamSource<T, R> {
  /** The input of `map`. */
  readonly items: Iterable<T> | AsyncIterable<T>;
  /**
   * Submits one item. Called in the order of the items: up to `buffersize` times within `createTaskStream`,
   * later one by one as results are taken, so that a group of `chunksize` items must never wait to be full.
   * May throw what `Executor.submit` throws.
   */
  readonly submit: (item: T, index: number) => Future<R>;
  /**
   * Settles when the executor's queue has room. Without it a stream whose next item finds the queue full, with
   * none of its own tasks under way, ends with the `QueueFullError`. The signal aborts when the stream has ended.
   */
  readonly ready?: ((options: WaitOptions) => Promise<void>) | undefined;
  /** What `validateMapOptions` answered. */
  readonly options: CheckedMapOptions;
  /** Source of time for `timeout`. */
  readonly clock?: Clock | undefined;
}

/** The same as a `TaskStreamSource`, where items need no futures. */
export interface BegunSource<T, R> extends Omit<TaskStreamSource<T, R>, "submit"> {
  /**
   * Submits one item.
   * @param settled - told how it ends, but not within this call; not at all where the answer is a future.
   * @param isFirst - whether time may have passed since the last one was submitted.
   * @param isUntouched - whether the async context is as where `map` was called: no code of the user's runs in it.
   */
  readonly begin: (
    item: T,
    index: number,
    settled: Settled,
    isFirst: boolean,
    isUntouched: boolean,
  ) => Begun<R> | Future<R>;
  /** Where items may be begun as places become free; undefined where each has to be submitted. */
  readonly lanes?: ItemLanes | undefined;
}

export class StreamEngine<T, R, Out> implements StreamProducer<Out>, WaitingItems {
  readonly outlet: Outlet<Out>;
  readonly #input: MapInput<T>;
  readonly #begin: BegunSource<T, R>["begin"];
  readonly #lanes: ItemLanes | undefined;
  readonly #toOutput: (outcome: Outcome<R>) => Out;
  readonly #options: CheckedMapOptions;
  readonly #limits: StreamLimits;
  readonly #progress: ProgressTeller;
  readonly #room: RoomWait;

  /** Number of entries in flight. */
  #inFlight = 0;
  /** The first of them that was not submitted and is begun when a place becomes free, and how many there are (rule 7). */
  #firstWaiting: Entry<R> | undefined;
  #waiting = 0;
  /** Whether what is read now waits there. */
  #offers = false;
  /** Entries in the order of the items: until they are delivered, or, unordered, as long as they are in flight. */
  readonly #entries = new EntryList<R>();
  /** Takes in the results, once somebody wants all of them together. */
  #collector: Collector<Out, unknown> | undefined;
  /** How the stream ends when all that is in flight is delivered. Once it is set, nothing more is read. */
  #end: End | undefined;

  /** The item that was read and waits for room in the executor's queue. */
  #held: T | undefined;
  #holds = false;
  #awaitsItem = false;
  #starting = true;
  #pumping = false;
  /** Whether time may have passed since the last submission. */
  #isFirst = true;
  /** When the last item was read that waits. */
  #readAt = 0;
  /** Not at once: the executor that settles a future may not have made room for the next task yet. */
  readonly #pumpLater = new Later(() => this.pump());

  #read = 0;
  #taken = 0;

  #claimed = false;
  /** What the collector threw. */
  #misfit: { readonly error: unknown } | undefined;
  /** Failures that count as observed as soon as there is a consumer (rule 6). */
  readonly #unclaimed = new Set<Future<R>>();
  /** Futures not settled, wanted or not. */
  readonly #unsettled = new UnsettledCount();

  constructor(source: BegunSource<T, R>, toOutput: (outcome: Outcome<R>) => Out) {
    const { items, begin, lanes, ready, options, clock } = source;
    this.#input = new MapInput(items);
    this.#begin = begin;
    this.#lanes = lanes;
    this.#toOutput = toOutput;
    this.#options = options;
    this.#progress = new ProgressTeller(options, this.#input.length);
    this.#room = new RoomWait(
      ready,
      () => this.pump(),
      (error) => {
        if (this.#holds) this.#endAfterRead({ failed: true, error });
      },
    );
    this.#limits = new StreamLimits(options, clock, {
      expired: () => this.#expire(),
      aborted: (reason) => {
        this.endFromOutside({ failed: true, error: cancelledBy(reason, "the map was cancelled") }, reason);
      },
    });
    this.outlet = new Outlet(() => {
      this.#taken += 1;
    });
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
    this.#claimed = true;
    for (const future of this.#unclaimed) observe(future);
    this.#unclaimed.clear();
    if (!this.outlet.ended) this.#limits.keepAlive();
  }

  checkLimits(): void {
    this.#limits.check();
  }

  async collect(collector: Collector<Out, unknown>): Promise<void> {
    if (!this.outlet.delivered) this.#limits.check();
    this.#collector = collector;
    for (const output of this.outlet.takeAll()) this.#append(output, collector);
    this.pump();
    // nothing is put there any more but the end
    await this.outlet.next();
    if (this.#misfit) throw this.#misfit.error;
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
    // where items of a list wait, nothing of the user's is called, and nothing submitted
    if (this.#input.array && !this.#holds && !this.#limits.isOver && this.#mayOffer()) {
      this.#waitAll(this.#input.array);
      return this.#lanes!.added();
    }
    // the input, and what is submitted, belong to the context of the call of `map`
    this.#input.context.runInAsyncScope(this.#pump, this);
  }

  #pump(): void {
    // user code below (input, inline tasks) may come back here
    if (this.#pumping) return;
    this.#pumping = true;
    this.#isFirst = true;
    this.#mayOffer();
    try {
      while (!this.#end && !this.#awaitsItem) {
        if (this.#holds) {
          if (!this.#send(this.#held as T, this.#read - 1)) return;
        } else if (this.#read - this.#taken >= this.#options.buffersize) {
          return;
        } else if (this.#limits.isOver) {
          this.#expire();
        } else {
          this.#readOne();
        }
      }
    } finally {
      this.#pumping = false;
      if (this.#offers) this.#lanes!.added();
    }
  }

  #readOne(): void {
    const { array } = this.#input;
    let step: IteratorResult<T, unknown> | Promise<IteratorResult<T, unknown>>;
    if (this.#input.isForeign) this.#isFirst = true;
    try {
      if (array) {
        if (this.#read < array.length) this.#hold(array[this.#read] as T);
        else this.#endAfterRead({ failed: false });
        return;
      }
      step = this.#input.next();
    } catch (error) {
      return this.#endAfterRead({ failed: true, error });
    }
    if (!(step instanceof Promise)) return this.#accept(step);
    this.#awaitsItem = true;
    step.then(
      (result) => {
        this.#awaitsItem = false;
        this.#accept(result);
        this.pump();
      },
      (error: unknown) => {
        this.#awaitsItem = false;
        this.#endAfterRead({ failed: true, error });
      },
    );
  }

  #accept(step: IteratorResult<T, unknown>): void {
    // the stream may have ended while the input was at work
    if (this.#end) return;
    if (step.done) return this.#endAfterRead({ failed: false });
    this.#hold(step.value);
  }

  #hold(item: T): void {
    this.#held = item;
    this.#holds = true;
    this.#read += 1;
  }

  /** Submits the held item; false while the executor's queue is full (rule 5). */
  #send(item: T, index: number): boolean {
    if (this.#offers) {
      this.#letGo();
      if (this.#isFirst) this.#readAt = this.#lanes!.now();
      this.#isFirst = false;
      this.#wait(item, this.#readAt);
      return true;
    }
    const entry = new Entry<R>(index, this);
    let begun: Begun<R> | Future<R>;
    try {
      begun = this.#begin(item, index, entry, this.#isFirst, !this.#input.isForeign);
    } catch (error) {
      const isFirst = this.#starting && index === 0;
      if (error instanceof QueueFullError && (this.#unsettled.some || (!isFirst && this.#room.begin())))
        return false;
      if (isFirst) throw error;
      this.#endAfterRead({ failed: true, error });
      return true;
    }
    this.#letGo();
    this.#isFirst = false;
    entry.begun = begun;
    this.#unsettled.added();
    if (!this.#end) this.#enter(entry);
    if (begun instanceof Future) whenSettled(begun, entry);
    // an inline task may have ended the stream while it was being submitted
    if (this.#end && !entry.inFlight) entry.future.abort();
    return true;
  }

  #enter(entry: Entry<R>): void {
    entry.inFlight = true;
    this.#inFlight += 1;
    this.#entries.push(entry);
  }

  // ---- items that wait for a place (rule 7) ----

  #mayOffer(): boolean {
    this.#offers = this.#lanes !== undefined && this.#end === undefined && this.#lanes.offer(this);
    return this.#offers;
  }

  /** Reads what may be read of a list. */
  #waitAll(array: readonly T[]): void {
    const end = Math.min(array.length, this.#taken + this.#options.buffersize);
    if (end > this.#read) {
      const now = this.#lanes!.now();
      while (this.#read < end) this.#wait(array[this.#read++] as T, now);
    }
    if (end === array.length) this.#endAfterRead({ failed: false });
  }

  /** The item that was read last waits. */
  #wait(item: T, now: number): void {
    const entry = new Entry<R>(this.#read - 1, this, item, now);
    this.#firstWaiting ??= entry;
    this.#waiting += 1;
    this.#unsettled.added();
    this.#enter(entry);
  }

  get waiting(): number {
    return this.#waiting;
  }

  get callsBack(): boolean {
    return this.#progress.isWanted;
  }

  next(): Entry<R> {
    const entry = this.#firstWaiting!;
    this.#firstWaiting = entry.next;
    this.#waiting -= 1;
    return entry;
  }

  submitWaiting(): void {
    this.#offers = false;
    if (this.#waiting > 0) this.#input.context.runInAsyncScope(this.#submitWaiting, this);
  }

  #submitWaiting(): void {
    let isFirst = true;
    while (this.#waiting > 0) {
      const entry = this.next();
      const item = entry.takeItem() as T;
      entry.begun = this.#begin(item, entry.index, entry, isFirst, !this.#input.isForeign);
      isFirst = false;
    }
  }

  // ---- settling and delivering ----

  /** An entry's future is settled. */
  settled(entry: Entry<R>): void {
    this.#unsettled.settled();
    if (!entry.inFlight) {
      if (entry.failed) observe(entry.future);
      return;
    }
    this.#leave(entry);
    if (!this.#options.ordered) this.#entries.remove(entry);
    const { failed } = entry;
    this.#progress.settled(failed);
    if (failed) {
      if (this.#claimed) observe(entry.future);
      else this.#unclaimed.add(entry.future);
    }
    if (failed && this.#options.errors === "throw") this.#endAt(entry, entry.result);
    else if (!this.#options.ordered) this.#deliver(this.#outputOf(entry));
    this.#flush();
    if (!this.#end) this.#pumpLater.schedule();
    // the loop may be too busy for timers
    else if (this.#collector && this.#limits.isOver && !this.outlet.ended) this.#expire();
    this.#progress.tell(this.#read);
  }

  /** Holds nothing any more. */
  #letGo(): void {
    this.#held = undefined;
    this.#holds = false;
  }

  #leave(entry: Entry<R>): void {
    entry.inFlight = false;
    this.#inFlight -= 1;
  }

  #outputOf(entry: Entry<R>): Out {
    // a failure ends a stream of values (rule 2), so that only values come here
    if (this.#options.errors === "throw") return entry.result as Out;
    if (entry.failed) return this.#toOutput(outcomeOf(entry.future) as Outcome<R>);
    return this.#toOutput({ failed: false, value: entry.result as R });
  }

  #deliver(output: Out): void {
    const collector = this.#collector;
    if (!collector) return this.outlet.push(output);
    this.#taken += 1;
    this.#append(output, collector);
  }

  #append(output: Out, collector: Collector<Out, unknown>): void {
    // what was on its way to somebody who has no place for it
    if (this.#misfit) return;
    try {
      collector.append(output);
    } catch (error) {
      this.#misfit = { error };
      this.endFromOutside({ failed: false }, error);
    }
  }

  /** Delivers what is next in order, and then the end. */
  #flush(): void {
    for (let head = this.#entries.first; head && !head.inFlight; head = this.#entries.first) {
      this.#entries.remove(head);
      this.#deliver(this.#outputOf(head));
    }
    if (this.#end && this.#inFlight === 0) {
      this.outlet.end(this.#end);
      this.#limits.release();
    }
  }

  // ---- the ways to end ----

  /** Rule 2: nothing comes after the items read so far. */
  #endAfterRead(end: End): void {
    if (this.#end) return;
    this.#stopReading(end);
    this.#flush();
  }

  /** Rule 2: this one's failure ends the stream at its position; unordered, that is now. */
  #endAt(entry: Entry<R>, error: unknown): void {
    this.submitWaiting();
    const behind = this.#entries.cutFrom(this.#options.ordered ? entry : this.#entries.first);
    this.#stopReading({ failed: true, error });
    this.#drop(behind, error);
  }

  /** Rule 3: the time is up. */
  #expire(): void {
    const error = this.#progress.timeoutError(this.#read);
    this.submitWaiting();
    // what is there and can be delivered has been
    const late = this.#entries.cutFrom(this.#entries.first);
    this.#stopReading({ failed: true, error });
    this.#drop(late, error);
    this.#flush();
  }

  /** Rule 3: the results are not wanted any more. */
  endFromOutside(end: End, reason: unknown): void {
    this.submitWaiting();
    const dropped = this.#entries.cutFrom(this.#entries.first);
    this.outlet.close(end);
    for (const future of this.#unclaimed) observe(future);
    this.#unclaimed.clear();
    this.#stopReading(end);
    this.#drop(dropped, reason);
    this.#limits.release();
  }

  #stopReading(end: End): void {
    this.#end = end;
    this.#letGo();
    this.#room.leave();
    this.#input.closeQuietly();
  }

  /** Rule 4: tasks whose results are not wanted any more. */
  #drop(entries: readonly Entry<R>[], reason: unknown): void {
    const dropped = entries.filter((entry) => entry.inFlight);
    for (const entry of dropped) this.#leave(entry);
    for (const { future } of dropped) future.cancel(reason);
    for (const { future } of dropped) future.abort(reason);
  }
}
