/**
 * The lane for one task at a time. To wake a thread that sleeps takes longer than a small task, so where little
 * is under way both sides look for each other for a moment before they sleep: the worker in a loop, this side
 * once in each turn of its event loop, so that timers and I/O go on.
 *
 * Rules, cited by number in the code:
 * 1. Only while fewer tasks are under way than there are cores, or where batches come in quick succession; and no
 *    more workers than there are cores beside the one that works here: whoever looks needs a core of its own.
 * 2. Not for a task whose worker had to be woken, or that takes longer than the look: its answer comes later.
 * 3. No longer than {@link lookTime} without an answer.
 * 4. Where other work holds the cores, sleeping is quicker: both ways are measured now and again, and the
 *    quicker one is kept.
 *
 * @module
 */
import { availableParallelism } from "node:os";

/** How long a side looks for the other, in ms. */
export const lookTime = 0.05;

/** Tasks between two trials of the other way, and tasks of a trial; of each the first few don't count. */
const period = 512;
const trial = 32;
const settling = 4;

/** The other way has to be so much better before spinning is given up for it. */
const advantage = 0.6;

/** Longer answers count as this, in ms: one that was interrupted must not outweigh all others. */
const longestSample = 0.3;

/** Memory that a pool and its workers share. */
export const spinCell = {
  /** 1 while workers that run dry look for more before they sleep. */
  hot: 0,
  /** Workers that look just now. */
  looking: 1,
} as const;

/** A worker as the lane sees it. */
export interface LaneWorker {
  /** Takes in what has arrived; whether there was something. */
  look(): boolean;
  /** From now on it is looked at without a bell. */
  attend(): void;
  /** From now on it has to ring. */
  rest(): void;
}

/** What the lane needs of its executor. */
export interface LaneExecutor {
  /** Tasks under way. */
  readonly outstanding: number;
  /** Workers that have tasks in hand. */
  busyWorkers(): LaneWorker[];
}

/** The cores that may be used for looking, on top of the one that works; 0: never look. */
export const spareCores = Math.max(0, availableParallelism() - 1);

export class SpinLane {
  readonly #cells: Int32Array;
  readonly #executor: LaneExecutor;
  readonly #policy = new SpinPolicy();
  /** Those looked at just now. */
  #workers: LaneWorker[] = [];
  #planned = false;
  #hot = false;
  /** When something was last seen, or sent. */
  #seen = 0;
  /** When the only task under way was sent; undefined when it does not count as a sample. */
  #sentAt: number | undefined;

  /** @param cells - shared with the workers, see {@link spinCell}. */
  constructor(cells: Int32Array, executor: LaneExecutor) {
    this.#cells = cells;
    this.#executor = executor;
  }

  /**
   * Tasks were sent.
   * @param worthwhile - whether an answer is to be expected within {@link lookTime} (rule 2).
   */
  sent(worthwhile: boolean): void {
    const { outstanding } = this.#executor;
    // rule 1
    const few = outstanding <= spareCores;
    this.#heat(few && this.#policy.spins);
    this.#seen = performance.now();
    this.#sentAt = outstanding === 1 ? this.#seen : undefined;
    if (!few || !worthwhile || !this.#policy.spins || this.#planned) return;
    this.#workers = this.#executor.busyWorkers();
    for (const worker of this.#workers) worker.attend();
    this.#plan();
  }

  /** No task is under way any more. */
  done(): void {
    if (this.#sentAt === undefined) return;
    this.#policy.sample(performance.now() - this.#sentAt);
    this.#sentAt = undefined;
  }

  #plan(): void {
    this.#planned = true;
    setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    this.#planned = false;
    let seen = false;
    for (const worker of this.#workers) if (worker.look()) seen = true;
    const { outstanding } = this.#executor;
    const now = performance.now();
    if (seen) this.#seen = now;
    // rule 3
    const goesOn = outstanding > 0 && outstanding <= spareCores && now - this.#seen < lookTime;
    if (goesOn) return this.#plan();
    const workers = this.#workers;
    this.#workers = [];
    for (const worker of workers) worker.rest();
  };

  #heat(hot: boolean): void {
    if (hot === this.#hot) return;
    this.#hot = hot;
    Atomics.store(this.#cells, spinCell.hot, hot ? 1 : 0);
  }
}

/** Rule 4: whether to spin, by what tasks took the one way and the other. */
class SpinPolicy {
  /** Whether to spin now. */
  spins = true;
  /** The way that is kept outside of trials. */
  #kept = true;
  #count = 0;
  #sum = 0;
  #usual = 0;

  /** Takes in what a task took that was alone under way, in ms. */
  sample(took: number): void {
    const at = this.#count++;
    const inTrial = at >= period - trial;
    const from = inTrial ? period - trial : 0;
    if (at >= from + settling) this.#sum += Math.min(took, longestSample);
    if (at === period - trial - 1) {
      this.#usual = this.#sum / (period - trial - settling);
      this.#sum = 0;
      this.spins = !this.#kept;
    } else if (at === period - 1) {
      const other = this.#sum / (trial - settling);
      if (other < this.#usual * (this.#kept ? advantage : 1)) this.#kept = !this.#kept;
      this.spins = this.#kept;
      this.#count = this.#sum = 0;
    }
  }
}

/** A worker that has run dry looks for more before it sleeps, where more is likely to come soon. */
export class Lookout {
  readonly #cells: Int32Array;
  readonly #isThere: () => boolean;
  /** ms from running dry until there was more, as of late. */
  #gap = 1;
  #dryAt = 0;

  /**
   * @param cells - see {@link spinCell}.
   * @param isThere - whether there is more.
   */
  constructor(cells: Int32Array, isThere: () => boolean) {
    this.#cells = cells;
    this.#isThere = isThere;
  }

  /** The worker has run dry: looks for a moment, and answers whether there is more. */
  look(): boolean {
    this.#dryAt = performance.now();
    const time = this.#time();
    if (time === 0) return false;
    // rule 1
    const others = Atomics.add(this.#cells, spinCell.looking, 1);
    try {
      if (others >= spareCores) return false;
      const end = this.#dryAt + time;
      do {
        for (let look = 0; look < 20; look++) if (this.#isThere()) return true;
      } while (performance.now() < end);
      return false;
    } finally {
      Atomics.sub(this.#cells, spinCell.looking, 1);
    }
  }

  /** There is more to do. */
  resumed(now: number): void {
    if (this.#dryAt === 0) return;
    this.#gap += (Math.min(now - this.#dryAt, 1) - this.#gap) * 0.2;
    this.#dryAt = 0;
  }

  #time(): number {
    if (Atomics.load(this.#cells, spinCell.hot) === 1) return lookTime;
    return this.#gap < lookTime ? Math.min(lookTime, 3 * this.#gap + 0.005) : 0;
  }
}
