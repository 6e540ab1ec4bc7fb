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
 *
 * @module
 */
import type { Clock } from "../clock.js";
import { QueueFullError } from "../errors.js";
import { Fifo } from "../fifo.js";
import {
  cancelledBy,
  type Future,
  type Outcome,
  observe,
  outcomeOf,
  type WaitOptions,
  whenDone,
} from "./future.js";
import { Later } from "./later.js";
import { MapInput } from "./map-input.js";
import type { CheckedMapOptions } from "./map-options.js";
import { type End, Outlet } from "./outlet.js";
import { ProgressTeller } from "./progress-teller.js";
import { RoomWait } from "./room-wait.js";
import type { StreamProducer } from "./stream-consumer.js";
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

/** A submitted item whose result is not in the outlet yet. */
interface Entry<R> {
  readonly index: number;
  readonly future: Future<R>;
}

export class StreamEngine<T, R, Out> implements StreamProducer<Out> {
  readonly outlet: Outlet<Out>;
  readonly #input: MapInput<T>;
  readonly #submit: (item: T, index: number) => Future<R>;
  readonly #toOutput: (outcome: Outcome<R>) => Out;
  readonly #options: CheckedMapOptions;
  readonly #limits: StreamLimits;
  readonly #progress: ProgressTeller;
  readonly #room: RoomWait;

  /** Entries whose future is not settled and whose result is wanted. */
  readonly #inFlight = new Set<Entry<R>>();
  /** Ordered only: entries in the order of the items, until they are in the outlet. */
  readonly #order = new Fifo<Entry<R>>();
  /** How the stream ends when all that is in flight is delivered. Once it is set, nothing more is read. */
  #end: End | undefined;

  /** The item that was read and waits for room in the executor's queue. */
  #held: { readonly item: T; readonly index: number } | undefined;
  #awaitsItem = false;
  #starting = true;
  #pumping = false;
  /** Not at once: the executor that settles a future may not have made room for the next task yet. */
  readonly #pumpLater = new Later(() => this.pump());

  #read = 0;
  #taken = 0;

  #claimed = false;
  /** Failures that count as observed as soon as there is a consumer (rule 6). */
  readonly #unclaimed = new Set<Future<R>>();
  /** Futures not settled, wanted or not. */
  readonly #unsettled = new UnsettledCount();

  constructor(source: TaskStreamSource<T, R>, toOutput: (outcome: Outcome<R>) => Out) {
    const { items, submit, ready, options, clock } = source;
    this.#input = new MapInput(items);
    this.#submit = submit;
    this.#toOutput = toOutput;
    this.#options = options;
    this.#progress = new ProgressTeller(options, this.#input.length);
    this.#room = new RoomWait(
      ready,
      () => this.pump(),
      (error) => {
        if (this.#held) this.#endAfterRead({ failed: true, error });
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

  closeInput(): Promise<void> {
    return this.#input.close();
  }

  whenIdle(): Promise<void> {
    return this.#unsettled.whenNone();
  }

  // ---- reading and submitting ----

  /** Reads and submits as far as the window, the input and the executor's queue let it (rule 1). */
  pump(): void {
    // the input, and what is submitted, belong to the context of the call of `map`
    this.#input.context.runInAsyncScope(this.#pump, this);
  }

  #pump(): void {
    // user code below (input, inline tasks) may come back here
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (!this.#end && !this.#awaitsItem) {
        if (this.#held) {
          if (!this.#send(this.#held)) return;
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
    }
  }

  #readOne(): void {
    let step: IteratorResult<T, unknown> | Promise<IteratorResult<T, unknown>>;
    try {
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
    this.#held = { item: step.value, index: this.#read };
    this.#read += 1;
  }

  /** Submits the held item; false while the executor's queue is full (rule 5). */
  #send({ item, index }: { readonly item: T; readonly index: number }): boolean {
    let future: Future<R>;
    try {
      future = this.#submit(item, index);
    } catch (error) {
      const isFirst = this.#starting && index === 0;
      if (error instanceof QueueFullError && (this.#unsettled.some || (!isFirst && this.#room.begin())))
        return false;
      if (isFirst) throw error;
      this.#endAfterRead({ failed: true, error });
      return true;
    }
    this.#held = undefined;
    const entry: Entry<R> = { index, future };
    this.#unsettled.added();
    if (!this.#end) {
      this.#inFlight.add(entry);
      if (this.#options.ordered) this.#order.push(entry);
    }
    whenDone(future, () => this.#onSettled(entry));
    // an inline task may have ended the stream while it was being submitted
    if (this.#end && !this.#inFlight.has(entry)) future.abort();
    return true;
  }

  // ---- settling and delivering ----

  #onSettled(entry: Entry<R>): void {
    this.#unsettled.settled();
    const outcome = outcomeOf(entry.future) as Outcome<R>;
    if (!this.#inFlight.delete(entry)) {
      observe(entry.future);
      return;
    }
    this.#progress.settled(outcome.failed);
    if (outcome.failed) {
      if (this.#claimed) observe(entry.future);
      else this.#unclaimed.add(entry.future);
    }
    if (outcome.failed && this.#options.errors === "throw") this.#endAt(entry, outcome.error);
    else if (!this.#options.ordered) this.outlet.push(this.#toOutput(outcome));
    this.#flush();
    if (!this.#end) this.#pumpLater.schedule();
    this.#progress.tell(this.#read);
  }

  /** Moves what is next in order to the outlet, and then the end. */
  #flush(): void {
    for (let head = this.#order.peek(); head && !this.#inFlight.has(head); head = this.#order.peek()) {
      this.#order.shift();
      this.outlet.push(this.#toOutput(outcomeOf(head.future) as Outcome<R>));
    }
    if (this.#end && this.#inFlight.size === 0) {
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
    this.#order.cut((other) => other.index >= entry.index);
    this.#stopReading({ failed: true, error });
    this.#drop((other) => !this.#options.ordered || other.index > entry.index, error);
  }

  /** Rule 3: the time is up. */
  #expire(): void {
    const error = this.#progress.timeoutError(this.#read);
    this.#order.cut((entry) => this.#inFlight.has(entry));
    this.#stopReading({ failed: true, error });
    this.#drop(() => true, error);
    this.#flush();
  }

  /** Rule 3: the results are not wanted any more. */
  endFromOutside(end: End, reason: unknown): void {
    this.#order.clear();
    this.outlet.close(end);
    for (const future of this.#unclaimed) observe(future);
    this.#unclaimed.clear();
    this.#stopReading(end);
    this.#drop(() => true, reason);
    this.#limits.release();
  }

  #stopReading(end: End): void {
    this.#end = end;
    this.#held = undefined;
    this.#room.leave();
    this.#input.closeQuietly();
  }

  /** Rule 4: tasks whose results are not wanted any more. */
  #drop(isDropped: (entry: Entry<R>) => boolean, reason: unknown): void {
    const dropped = [...this.#inFlight].filter(isDropped);
    for (const entry of dropped) this.#inFlight.delete(entry);
    for (const { future } of dropped) future.cancel(reason);
    for (const { future } of dropped) future.abort(reason);
  }
}
