import { InvalidArgumentError, InvalidStateError } from "../../errors.js";
import { type ExecutionHooks, type ExecutionLock, executionHooks } from "../../pool/execution-lock.js";
import { ambientSignal } from "../../sync/ambient.js";
import { checkMayBlock } from "../../threading/sync/blocking.js";
import type { Guard } from "../../threading/sync/guard.js";
import {
  type AcquireOptions,
  type AcquireSyncOptions,
  checkLimits,
  checkSyncLimit,
  tooLate,
} from "../../threading/sync/limits.js";
import { Primitive, partsOf, registerPrimitive } from "../../threading/sync/primitive.js";
import { checkFunction, checkInteger, checkOptionNames } from "../../validate.js";
import { GilCore } from "./core.js";
import { GilGuard } from "./guard.js";
import { isThenable, ThreadHold } from "./hold.js";
import { intervalWord, mostSeats, wordsFor } from "./layout.js";
import { GilRecord, recordBytes } from "./record.js";
import { type GilStats, statsOf } from "./stats.js";
import { currentTask } from "./task.js";
import { type GilTimeline, timelineOf } from "./timeline.js";

/** Options of a {@link Gil}. */
export interface GilOptions {
  /**
   * ms that a thread lets the holder have it before it asks for it: Python's `sys.setswitchinterval`, which counts in
   * seconds. At least 0.001. Default 5, as in Python.
   */
  readonly switchInterval?: number | undefined;
  /** How many of the last events `timeline()` answers: 24 bytes each. Default 0: none are written down. */
  readonly events?: number | undefined;
}

/** In ms; what fits into the memory's word in µs. */
const longestInterval = 2_000_000;

/** Bytes before the record. */
const wordBytes = 8 * Math.ceil(wordsFor(mostSeats) / 2);

const never = Number.POSITIVE_INFINITY;

/**
 * A global interpreter lock: of all threads that run under it, one executes at a time. It is CPython's, from Python 3.2
 * on: `take_gil` and `drop_gil` of `Python/ceval_gil.c`, with its switch interval, its requests to drop it and its
 * forced switches. JavaScript needs none: this one is for experiments with what it does to programs.
 *
 * `new ThreadPoolExecutor({ gil })` makes a pool whose tasks run under it. By itself a task has it from its first
 * statement to its end, also while it awaits something: JavaScript doesn't tell when code is suspended. So a task says
 * where another may run: `checkpoint()` in loops, as Python does by itself; `io(promise)` and `allowThreads(fn)` around
 * what waits or needs no interpreter, as C extensions do.
 *
 * It can be passed to another thread as an argument or captured by a function, and is the same there.
 *
 * _Fairness._ None, as in CPython: who is woken may find that another was quicker. But a thread that drops it on request
 * does not take it again before another had it.
 *
 * _Death._ When a thread ends while it has it, however that comes, the next takes it, and is told (`guard.abandoned`).
 *
 * _Memory ordering._ What a holder has written is seen by the next; all operations are sequentially consistent.
 *
 * @example
 * const gil = new Gil();
 * await using pool = new ThreadPoolExecutor({ maxWorkers: 4, gil });
 * await pool.map(countPrimes, ranges); // no faster than with one thread
 */
export class Gil extends Primitive implements ExecutionLock {
  readonly #core: GilCore;
  readonly #record: GilRecord;
  readonly #hold: ThreadHold;
  readonly #began: bigint;
  readonly #hooks: ExecutionHooks;

  /** @throws InvalidArgumentError for a bad option. */
  constructor(options: GilOptions = {}) {
    checkOptionNames("options", options, ["switchInterval", "events"]);
    const interval = options.switchInterval === undefined ? 5 : checkInterval(options.switchInterval);
    const events = options.events === undefined ? 0 : checkInteger("events", options.events, 0);
    super("Gil", wordBytes / 4 + recordBytes(events) / 4, () => ({ events, began: process.hrtime.bigint() }));
    const parts = partsOf(this);
    const details = parts.details as { readonly events: number; readonly began: bigint };
    const words = new Int32Array(parts.memory, 0, wordsFor(mostSeats));
    this.#began = details.began;
    this.#record = new GilRecord(parts.memory, wordBytes, details.events);
    this.#core = new GilCore(words, parts.environment, this.#record);
    const hold = new ThreadHold(this.#core, this.#record);
    this.#hold = hold;
    parts.tidy = () => this.#core.tidy();
    this.#hooks = {
      enter: (task) => hold.enter(task),
      leave: (task) => hold.leave(task),
      between: () => void hold.checkpoint(),
    };
    if (parts.isNew) this.switchInterval = interval;
  }

  /** ms that a thread lets the holder have it before it asks for it; of all threads, from their next wait on. */
  get switchInterval(): number {
    return this.#core.interval;
  }

  set switchInterval(interval: number) {
    const { words, environment } = this.#core;
    environment.atomics.store(words, intervalWord, Math.round(1_000 * checkInterval(interval)));
  }

  /**
   * Takes it without blocking the event loop. While it waits, it keeps the process alive. A thread that has it already
   * need not wait: it has it until all its guards are released.
   * @throws TimeoutError when the time is up, CancelledError when the signal or the scope that it runs in aborts;
   * InvalidArgumentError.
   */
  async acquire(options?: AcquireOptions): Promise<Guard> {
    const { timeout, signal } = checkLimits(options);
    const task = currentTask();
    const signals = [signal, ambientSignal()].filter((each) => each !== undefined);
    const outcome = await this.#hold.takeLater(task, { timeout, signals });
    if (outcome === 0) throw tooLate("Gil", timeout);
    return this.#guard(task, outcome);
  }

  /**
   * Takes it; the thread blocks, with its event loop, until it has it. A thread that has it already goes on at once.
   * @throws TimeoutError when the time is up; InvalidStateError where a thread must not block; InvalidArgumentError.
   */
  acquireSync(options?: AcquireSyncOptions): Guard {
    const timeout = checkSyncLimit(options);
    const task = currentTask();
    const outcome = this.#take(task, timeout);
    if (outcome === 0) throw tooLate("Gil", timeout);
    return this.#guard(task, outcome);
  }

  /**
   * Gives back what `acquire` or `acquireSync` took last. A guard's own `release`, or `using`, is to be preferred.
   * @throws InvalidStateError where the task, or code outside of tasks, does not have it.
   */
  release(): void {
    if (!this.#hold.giveBack(currentTask()))
      throw new InvalidStateError("the Gil was released too many times: this task does not have it");
  }

  /**
   * Lets another thread have it, if one waits for longer than the switch interval, and blocks until it has it back. It
   * costs one read of shared memory where nobody asks, and does nothing where this thread does not have it.
   * @returns whether another thread had its turn.
   */
  checkpoint(): boolean {
    return this.#hold.checkpoint();
  }

  /**
   * Runs a function without it, as C code between `Py_BEGIN_ALLOW_THREADS` and `Py_END_ALLOW_THREADS`, and takes it
   * again: after a function that returns by blocking, after one that answers with a promise without. So use it around
   * what waits, and around computations that need no interpreter. Where the task does not have it, the function just
   * runs.
   * @returns what the function does, also a promise; a cancelled task has it again too before it goes on.
   * @throws what the function throws; InvalidArgumentError.
   * @example
   * const text = await gil.allowThreads(() => readFile(path, "utf8"));
   */
  allowThreads<R>(fn: () => R): R {
    checkFunction("fn", fn);
    return this.#hold.without(currentTask(), fn);
  }

  /**
   * Waits for a promise without it: `await gil.io(fetch(url))` is what Python's I/O does by itself.
   * @param promise - anything that `await` takes.
   */
  io<T>(promise: PromiseLike<T> | T): Promise<T> {
    return this.allowThreads(() => Promise.resolve(promise));
  }

  /**
   * Runs a function with it: as `acquireSync`, and gives it back when the function has ended, which may be with a
   * promise.
   * @returns what the function does.
   * @throws what the function throws; InvalidStateError where a thread must not block; InvalidArgumentError.
   */
  run<R>(fn: () => R): R {
    checkFunction("fn", fn);
    const task = currentTask();
    this.#take(task, never);
    const end = (): void => void this.#hold.giveBack(task);
    let waits = false;
    try {
      const value = fn();
      waits = isThenable(value);
      return waits ? (Promise.resolve(value).finally(end) as R) : value;
    } finally {
      if (!waits) end();
    }
  }

  /** Whether this thread has it. */
  get held(): boolean {
    return this.#hold.has;
  }

  /** What it did so far, in all threads: a snapshot. */
  stats(): GilStats {
    return statsOf(this.#core, this.#record);
  }

  /** The last events, if the option `events` says how many. */
  timeline(): GilTimeline {
    return timelineOf(this.#record, this.#began);
  }

  /** For the workers of a pool. */
  get [executionHooks](): ExecutionHooks {
    return this.#hooks;
  }

  #take(task: object | undefined, timeout: number): number {
    const outcome = this.#hold.takeNow(task);
    if (outcome !== 0 || timeout === 0) return outcome;
    checkMayBlock("gil.acquire()");
    return this.#hold.takeBlocking(task, timeout);
  }

  #guard(task: object | undefined, outcome: number): Guard {
    return new GilGuard(outcome, () => this.#hold.giveBack(task));
  }
}

function checkInterval(interval: unknown): number {
  if (typeof interval !== "number" || !(interval >= 0.001 && interval <= longestInterval))
    throw new InvalidArgumentError(
      "switchInterval",
      interval,
      `a time in ms, from 0.001 to ${longestInterval}`,
    );
  return interval;
}

registerPrimitive("Gil", () => new Gil(), "lab");
