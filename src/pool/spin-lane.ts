/**
 * The lane for one task at a time. To wake a thread that sleeps takes longer than a small task, so where little
 * is under way both sides look for each other for a moment before they sleep: the worker in a loop, this side
 * once in each turn of its event loop, so that timers and I/O go on.
 *
 * Rules, cited by number in the code:
 * 1. Only while fewer tasks are under way than there are cores, or where batches come in quick succession; and no
 *    more workers than there are cores beside the one that works here: whoever looks needs a core of its own.
 * 2. Not for a task that takes longer than the look, and not for one whose worker had to be woken, unless tasks
 *    follow each other closely: two sides that always wake each other would never find out that they need not.
 * 3. No longer than twice what the next task took to follow lately, and {@link lookTime} at most, without a sign
 *    of life of the other side. A worker that has answered counts from when the answer was taken, for which it
 *    waits as long as a thread takes to wake up.
 * 4. Where other work holds the cores, sleeping is quicker: both ways are measured now and again, and the
 *    quicker one is kept.
 * 5. A worker that looks and is interrupted for as long as others get their turn shares its core with them. It would
 *    lose its turn again and again where one that sleeps would have been let in: for a while nobody looks, and for
 *    twice as long where it is interrupted again soon.
 *
 * @module
 */
import { elapsed } from "../elapsed.js";
import { SpinPolicy } from "./spin-policy.js";

/** The longest that a side looks for the other, in ms. */
export const lookTime = 0.1;
/** A thread that was woken has had its turn after this, in ms, where there is a core for it. */
const wakeTime = 0.2;
/** Batches that are less than this apart, in ms, come in quick succession. */
const quickly = 0.05;
/** The next task follows closely when it comes within this, in ms. */
const closely = 0.15;

/** Whoever gives way to another process does so for longer than this, in ms; to a collection of garbage, hardly. */
const interruption = 1;

/** Memory that a pool and its workers share. */
export const spinCell = {
  /** How long workers that run dry look for more before they sleep, in µs. */
  hot: 0,
  /** Workers that look just now. */
  looking: 1,
  /** How often a worker was interrupted while it looked. */
  interruptions: 2,
} as const;

/** How many of them there are. */
export const spinCellCount = 3;

/** In place of the time for which workers look: they don't. */
const nobodyLooks = -1;

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

let spare: number | undefined;

/** The cores that may be used for looking, on top of the one that works; 0: never look. */
export function spareCores(): number {
  // few workers ever look
  spare ??= Math.max(0, process.getBuiltinModule("node:os").availableParallelism() - 1);
  return spare;
}

export class SpinLane {
  readonly #cells: Int32Array;
  readonly #executor: LaneExecutor;
  readonly #policy = new SpinPolicy();
  /** Those looked at just now. */
  #workers: LaneWorker[] = [];
  #planned = false;
  /** What `spinCell.hot` holds. */
  #hot = 0;
  /** What `spinCell.interruptions` held. */
  #interruptions = 0;
  /** ms from the end of the last task under way to the next, as of late. */
  #gap = 1;
  #doneAt = 0;
  /** Until when to look, unless something shows. */
  #until = 0;
  /** When the only task under way was sent; undefined when it does not count as a sample. */
  #sentAt: number | undefined;

  /** @param cells - shared with the workers, see {@link spinCell}. */
  constructor(cells: Int32Array, executor: LaneExecutor) {
    this.#cells = cells;
    this.#executor = executor;
  }

  /**
   * Tasks were sent.
   * @param woken - whether their worker had to be woken.
   * @param cost - how long they take in ms.
   */
  sent(woken: boolean, cost: number): void {
    const { outstanding } = this.#executor;
    // rule 1
    if (outstanding > spareCores()) {
      this.#sentAt = undefined;
      return this.#heat(0);
    }
    const now = elapsed();
    if (outstanding === 1) {
      if (this.#doneAt > 0) this.#gap += (Math.min(now - this.#doneAt, 1) - this.#gap) * 0.25;
      this.#sentAt = now;
    } else this.#sentAt = undefined;
    this.#noteInterruptions();
    const follows = this.#gap < closely;
    if (!this.#policy.spins) return this.#heat(nobodyLooks);
    this.#heat(follows ? this.#patience : 0);
    // rule 2
    if (cost > lookTime || (woken && !follows)) return;
    this.#until = now + (woken ? wakeTime : lookTime);
    for (const worker of this.#executor.busyWorkers()) {
      if (this.#workers.includes(worker)) continue;
      worker.attend();
      this.#workers.push(worker);
    }
    this.#plan();
  }

  /** No task is under way any more. */
  done(): void {
    const now = elapsed();
    this.#doneAt = now;
    if (this.#sentAt === undefined) return;
    this.#policy.sample(now - this.#sentAt);
    this.#sentAt = undefined;
  }

  #noteInterruptions(): void {
    const interruptions = Atomics.load(this.#cells, spinCell.interruptions);
    if (interruptions === this.#interruptions) return;
    this.#interruptions = interruptions;
    this.#policy.interrupted();
  }

  /** Rule 3, in ms. */
  get #patience(): number {
    return Math.min(2 * this.#gap + 0.01, lookTime);
  }

  #plan(): void {
    if (this.#planned) return;
    this.#planned = true;
    setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    this.#planned = false;
    let seen = false;
    for (const worker of this.#workers) if (worker.look()) seen = true;
    const now = elapsed();
    // rule 3: while the next task may follow at once, it finds this side awake
    if (seen) this.#until = now + (this.#executor.outstanding > 0 ? lookTime : this.#patience);
    if (this.#executor.outstanding <= spareCores() && now < this.#until) return this.#plan();
    const workers = this.#workers;
    this.#workers = [];
    for (const worker of workers) worker.rest();
  };

  /** @param time - how long workers look that run dry, in ms; 0: as they see fit. */
  #heat(time: number): void {
    const hot = time < 0 ? time : Math.round(time * 1_000);
    if (hot === this.#hot) return;
    this.#hot = hot;
    Atomics.store(this.#cells, spinCell.hot, hot);
  }
}

/** The link as the lookout sees it. */
export interface LookoutLink {
  /** Whether there is more to do. */
  readonly pending: boolean;
  /** Whether the other side has taken all that was sent to it. */
  readonly allTaken: boolean;
}

/** A worker that has run dry looks for more before it sleeps, where more is likely to come soon. */
export class Lookout {
  readonly #cells: Int32Array;
  readonly #link: LookoutLink;
  /** ms from running dry until there was more, as of late. */
  #gap = 1;
  #dryAt = 0;
  /** When the clock was last read while the worker looked for the only task; 0: it does not look. */
  #lookedAt = 0;

  /** @param cells - see {@link spinCell}. */
  constructor(cells: Int32Array, link: LookoutLink) {
    this.#cells = cells;
    this.#link = link;
  }

  /** The worker has run dry: looks for a moment, and answers whether there is more. */
  look(): boolean {
    const start = elapsed();
    this.#dryAt = start;
    const hot = Atomics.load(this.#cells, spinCell.hot) / 1_000;
    const time = hot === 0 ? this.#quickGap() : hot;
    if (time <= 0) return false;
    // rule 1
    const others = Atomics.add(this.#cells, spinCell.looking, 1);
    try {
      return others < spareCores() && this.#lookFor(time, start, hot > 0);
    } finally {
      Atomics.sub(this.#cells, spinCell.looking, 1);
    }
  }

  /** There is more to do. */
  resumed(now: number): void {
    this.#noteInterruption(now);
    if (this.#dryAt === 0) return;
    this.#gap += (Math.min(now - this.#dryAt, 1) - this.#gap) * 0.2;
    this.#dryAt = 0;
  }

  #lookFor(time: number, start: number, answered: boolean): boolean {
    const link = this.#link;
    let taken = !answered;
    let now = start;
    let end = start + (taken ? time : wakeTime);
    while (now < end) {
      if (answered) this.#lookedAt = now;
      for (let look = 0; look < 10; look++) if (link.pending) return true;
      now = elapsed();
      if (this.#noteInterruption(now)) return false;
      // rule 3
      if (taken || !link.allTaken) continue;
      taken = true;
      end = now + time;
    }
    return false;
  }

  /** Rule 5: whether time has passed since the last look at the clock in which nothing was done but to look. */
  #noteInterruption(now: number): boolean {
    const interrupted = this.#lookedAt > 0 && now - this.#lookedAt > interruption;
    if (interrupted) Atomics.add(this.#cells, spinCell.interruptions, 1);
    this.#lookedAt = 0;
    return interrupted;
  }

  /** How long to look where batches come in quick succession, in ms. */
  #quickGap(): number {
    return this.#gap < quickly ? Math.min(quickly, 3 * this.#gap + 0.005) : 0;
  }
}
