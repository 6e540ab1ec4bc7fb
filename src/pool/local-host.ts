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
import type { Carried } from "./carried.js";
import type { Host, HostWorker, WorkerEvents } from "./host.js";
import { callAs, isPromise, LocalTask, Place, run, useTaskStorage, within } from "./local-task.js";
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
    useTaskStorage();
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
    const running = this.#begin(task);
    let value: unknown;
    try {
      value = run(running);
    } catch (error) {
      return this.#finish(running, start, false, error, false);
    }
    if (!isPromise(value)) return this.#finish(running, start, true, value, false);
    // its own code may have ended the task
    if (!running.runs) return void this.#wait(running, start, value);
    const place = this.#places.pop() ?? new Place(this.#back);
    place.start = start;
    place.running = running;
    running.place = place;
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
    return carried instanceof LocalTask && carried.runs;
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

  release({ carried }: Task): void {
    if (!(carried instanceof LocalTask)) return;
    carried.end();
    // left behind: what its promise answers is nobody's
    if (carried.place) carried.place.running = undefined;
    carried.place = undefined;
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
      this.#finish(running, start, false, error, false);
      return undefined;
    }
    if (isPromise(value)) return this.#wait(running, start, value);
    this.#finish(running, start, true, value, false);
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
      (result) => this.#finish(running, start, true, result, true),
      (error: unknown) => this.#finish(running, start, false, error, true),
    );
  }

  readonly #back = (place: Place, ok: boolean, result: unknown): void => {
    const { running } = place;
    if (!running) return;
    place.running = undefined;
    running.place = undefined;
    this.#places.push(place);
    this.#finish(running, place.start, ok, result, true);
  };

  #finish(running: LocalTask, start: number, ok: boolean, result: unknown, waited: boolean): void {
    if (!running.runs) return;
    this.#events.finished(running.task, ok, result, performance.now() - start, waited);
    this.#events.told();
  }
}
