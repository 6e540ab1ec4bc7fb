/**
 * Tasks on this very thread: the host of `AsyncExecutor` and `InlineExecutor`. Nothing is copied, errors are
 * the same objects, and code can be asked to stop but not made to.
 *
 * @module
 */
import { performance } from "node:perf_hooks";
import { captureContext } from "../async-context.js";
import { BrokenExecutorError } from "../errors.js";
import type { Executor } from "../futures/executor.js";
import { foreignCalls } from "../futures/foreign-calls.js";
import type { Carried } from "./carried.js";
import type { Host, HostWorker, WorkerEvents } from "./host.js";
import { callAs, callFunction, isPromise, LocalTask, Place, run, within } from "./local-task.js";
import type { Task } from "./task.js";

/** Runs tasks on the event loop of this thread. */
export class LocalHost implements Host {
  readonly kind: string;
  readonly immediate: boolean;
  readonly isolated = false;
  readonly sharesMemory = true;
  readonly prefetches = false;
  readonly spinCells = undefined;
  /** The executor, for `currentTask().executor`. */
  executor!: () => Executor;

  /**
   * @param kind - name of the way of running.
   * @param immediate - whether a task starts within `submit`.
   */
  constructor(kind: string, immediate: boolean) {
    this.kind = kind;
    this.immediate = immediate;
  }

  prepare(fn: (...args: never[]) => unknown): unknown {
    return fn;
  }

  costKey(fn: unknown): unknown {
    return fn;
  }

  /** What a task carries that is submitted here and now. @param alone - whether no other task carries it. */
  carried(context: unknown, alone: boolean): Carried {
    if (alone) return new LocalTask(context);
    return { context, stores: undefined, scope: captureContext() };
  }

  startWorker(_index: number, events: WorkerEvents): HostWorker {
    const worker = new LocalWorker(events);
    events.ready();
    return worker;
  }

  broken(message: string, options: { cause?: unknown }): BrokenExecutorError {
    return new BrokenExecutorError(message, options);
  }
}

/** Runs tasks where the scheduler is. */
export class LocalWorker implements HostWorker {
  readonly #events: WorkerEvents;
  /** Those that are free. */
  readonly #places: Place[] = [];
  #ended = false;

  constructor(events: WorkerEvents) {
    this.#events = events;
  }

  /** See `HostWorker`: the first at once, as of `start`. */
  send(tasks: readonly Task[]): boolean {
    void this.#runAll(tasks);
    return false;
  }

  /** See `HostWorker`: within this call, as `InlineExecutor` answers with futures that are done. */
  start(task: Task, start: number): void {
    const running = task.carried === undefined ? undefined : this.#begin(task);
    let value: unknown;
    try {
      value = running ? run(running) : callFunction(task);
    } catch (error) {
      return this.#finish(task, running, start, false, error, false);
    }
    if (!isPromise(value)) return this.#finish(task, running, start, true, value, false);
    // its own code may have ended the task
    if (running && !running.runs) return void this.#wait(running, start, value);
    const place = this.#places.pop() ?? new Place(this.#back);
    place.start = start;
    place.task = task;
    if (running) running.place = place;
    else task.carried = place;
    void value.then(place.fulfilled, place.rejected);
  }

  prevent(task: Task): boolean {
    return !this.hasBegun(task);
  }

  askToStop(task: Task, reason: unknown): void {
    const { carried } = task;
    // what listens is the task's code
    if (carried instanceof LocalTask && carried.runs) callAs(carried, () => carried.abort(reason));
  }

  hasBegun({ carried }: Task): boolean {
    return carried instanceof LocalTask ? carried.runs : carried instanceof Place;
  }

  get answers(): number {
    return 0;
  }

  get ghosts(): number {
    return 0;
  }

  get occupied(): boolean {
    return false;
  }

  get unwritten(): number {
    return 0;
  }

  get asleep(): boolean {
    return false;
  }

  isWaiting(): boolean {
    return false;
  }

  poll(): void {
    // everything is told as it happens
  }

  relieve(): void {
    // nothing arrives from elsewhere
  }

  look(): boolean {
    return false;
  }

  attend(): void {
    // see `poll`
  }

  rest(): void {
    // see `poll`
  }

  release(task: Task): void {
    const { carried } = task;
    let place: Place | undefined;
    if (carried instanceof LocalTask) {
      carried.end();
      ({ place } = carried);
      carried.place = undefined;
    } else if (carried instanceof Place) {
      place = carried;
      task.carried = undefined;
    }
    // left behind: what its promise answers is nobody's
    if (place) place.task = undefined;
  }

  stop(): void {
    if (this.#ended) return;
    this.#ended = true;
    queueMicrotask(() => this.#events.exited({ reason: "exit", exitCode: 0 }));
  }

  terminate(): void {
    this.stop();
  }

  keepAlive(): void {
    // what runs on this thread keeps the process alive by its own handles
  }

  /** One after the other, and the first at once. */
  #runAll(tasks: readonly Task[]): Promise<void> | undefined {
    for (let i = 0; i < tasks.length; i++) {
      const waiting = this.#run(tasks[i]!);
      if (waiting) return waiting.then(() => this.#runAll(tasks.slice(i + 1)));
    }
    return undefined;
  }

  #run(task: Task): Promise<void> | undefined {
    // cancelled while others of its chunk ran
    if (task.phase !== "sent") return undefined;
    const running = this.#begin(task);
    const start = performance.now();
    let value: unknown;
    try {
      value = run(running);
    } catch (error) {
      this.#finish(task, running, start, false, error, false);
      return undefined;
    }
    if (isPromise(value)) return this.#wait(running, start, value);
    this.#finish(task, running, start, true, value, false);
    return undefined;
  }

  #begin(task: Task): LocalTask {
    const { carried } = task;
    // what was made for it, unless a further attempt could find there what the first has left
    const isOwn = carried instanceof LocalTask && carried.isFresh && task.options.attempts === 1;
    const running = isOwn ? carried : within(carried);
    running.begin(task);
    return running;
  }

  #wait(running: LocalTask, start: number, value: Promise<unknown>): Promise<void> {
    return value.then(
      (result) => this.#finish(running.task, running, start, true, result, true),
      (error: unknown) => this.#finish(running.task, running, start, false, error, true),
    );
  }

  readonly #back = (place: Place, ok: boolean, result: unknown): void => {
    const { task } = place;
    if (!task) return;
    this.#places.push(place);
    place.task = undefined;
    const { carried } = task;
    if (carried === place) task.carried = undefined;
    else (carried as LocalTask).place = undefined;
    this.#finish(task, carried, place.start, ok, result, true);
  };

  /** @param running - its context, if it has one. */
  #finish(
    task: Task,
    running: Carried | undefined,
    start: number,
    ok: boolean,
    result: unknown,
    waited: boolean,
  ): void {
    if (running instanceof LocalTask && !running.runs) return;
    const now = performance.now();
    const { count } = foreignCalls;
    this.#events.finished(task, ok, result, now - start, waited);
    this.#events.told(count === foreignCalls.count ? now : undefined);
  }
}
