/**
 * Takes back what a chunk's worker has not begun while one of its items does not get on: that item may take
 * long, may wait for one behind it, or never end.
 *
 * The worker must never begin what was taken back. Two words of the chunk's memory decide (`chunks.ts`), each
 * of them written by one side:
 *
 * ```text
 *   worker, in front of each item      this side
 *     running = place of the item        stop = 1, sequentially consistent
 *     if stop: take that back, end       … at least `quietTime` …
 *     run the item                       behind `running`: ours
 * ```
 *
 * If the worker looked at `stop` before it was set, it had announced its item before that look, and this side
 * finds the item in `running`. If it looks later, it begins nothing. So both can never run an item; that both
 * leave it alone is no harm, because the worker then answers with fewer items than it was sent, and the rest is
 * sent again. This is how T. J. Dekker's algorithm excludes (E. W. Dijkstra: Cooperating Sequential Processes,
 * 1965), made asymmetric (D. Dice, H. Huang, M. Yang: Asymmetric Dekker Synchronization, 2001): a fence for each
 * item would take ten times as long as a short item does. The worker's accesses are plain, in the order of the
 * program: V8 neither moves nor drops an access to memory that may be shared. What is left is the processor, which
 * may look at `stop` while the announcement still is on its way to memory. That takes less than a microsecond,
 * and is over whenever the thread is interrupted; `quietTime` waits for it.
 *
 * @module
 */
import { systemClock } from "../clock.js";
import type { Chunk } from "./chunk.js";
import { cell } from "./chunks.js";

/** How often chunks are looked at, in ms. */
const interval = 10;

/** An item is taken for stuck between two looks, and after so many times what items take. */
const patience = 4;

/** Least time between `stop` and the look at what the worker has begun, in ms. */
const quietTime = 2;

/** How far a worker was when it was last seen to get on. */
interface Progress {
  running: number;
  since: number;
  /** When it was told to stop. */
  stopped: number | undefined;
}

/** What is done about a chunk. */
export interface ChunkWatchEvents {
  /** ms that an item takes, as far as is known. */
  itemTime(): number;
  /** Results of all items before that one are in the chunk's memory, as far as they are numbers. */
  stuck(chunk: Chunk, running: number): void;
  /** The chunk's worker will not begin another item. @param begun - items from the last sending that it has begun. */
  stopped(chunk: Chunk, begun: number): void;
}

export class ChunkWatch {
  readonly #events: ChunkWatchEvents;
  readonly #progress = new Map<Chunk, Progress>();
  #planned = false;

  constructor(events: ChunkWatchEvents) {
    this.#events = events;
  }

  /** A chunk was sent. */
  add(chunk: Chunk): void {
    if (!chunk.memory) return;
    this.#progress.set(chunk, { running: 0, since: 0, stopped: undefined });
    this.#plan();
  }

  /** It is under way no more. */
  delete(chunk: Chunk): void {
    this.#progress.delete(chunk);
  }

  #plan(): void {
    if (this.#planned) return;
    this.#planned = true;
    // real time, not the executor's: this is about getting on, and no time that a user has set
    systemClock.setTimer(() => this.#look(), interval);
  }

  #look(): void {
    this.#planned = false;
    const now = systemClock.now();
    for (const [chunk, progress] of [...this.#progress]) {
      // what is done about one may end the stream
      if (this.#progress.has(chunk)) this.#check(chunk, progress, now);
    }
    if (this.#progress.size > 0) this.#plan();
  }

  #check(chunk: Chunk, progress: Progress, now: number): void {
    const { cells } = chunk.memory!;
    if (progress.stopped !== undefined) {
      if (now - progress.stopped < quietTime) return;
      this.#progress.delete(chunk);
      this.#events.stopped(chunk, Atomics.load(cells, cell.running));
      return;
    }
    const running = Atomics.load(cells, cell.running);
    if (running !== progress.running) {
      progress.running = running;
      progress.since = now;
    } else if (running > 0 && this.#isLate(now - progress.since)) {
      if (chunk.base + running < chunk.count) {
        Atomics.store(cells, cell.stop, 1);
        progress.stopped = systemClock.now();
      }
      // nothing is left to take back from behind the last item, but there may be results before it
      this.#events.stuck(chunk, running);
    }
  }

  #isLate(time: number): boolean {
    return time >= patience * this.#events.itemTime();
  }
}
