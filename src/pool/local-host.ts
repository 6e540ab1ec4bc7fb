/**
 * Tasks on this very thread: the host of `AsyncExecutor` and `InlineExecutor`. Nothing is copied, errors are
 * the same objects, and code can be asked to stop but not made to.
 *
 * @module
 */
import { captureContext, runSeparately } from "../async-context.js";
import { BrokenExecutorError } from "../errors.js";
import type { Executor } from "../futures/executor.js";
import { type CurrentTask, taskStorage } from "./current-task.js";
import type { Host, HostWorker, WorkerEvents } from "./host.js";
import type { Task } from "./task.js";

type AnyFunction = (...args: unknown[]) => unknown;

/** A running task as its own code sees it. */
export class LocalTask implements CurrentTask {
  readonly id: number;
  readonly attempt: number;
  readonly context: unknown;
  readonly task: Task;
  /** The host that runs it: a submission from inside to the same host is a nested one. */
  readonly host: LocalHost;
  /** Made when somebody looks at the signal, or it aborts: most tasks do neither. */
  #controller: AbortController | undefined;
  readonly #events: WorkerEvents;

  constructor(task: Task, host: LocalHost, events: WorkerEvents) {
    this.id = task.id;
    this.attempt = task.attempt;
    this.context = task.carried?.context;
    this.task = task;
    this.host = host;
    this.#events = events;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  get cancelled(): boolean {
    return this.#controller?.signal.aborted === true;
  }

  get executor(): Executor {
    return this.host.executor();
  }

  report(progress: unknown): void {
    this.#events.progress(this.task, progress);
  }

  abort(reason: unknown): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }
}

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

  startWorker(_index: number, events: WorkerEvents): HostWorker {
    const worker = new LocalWorker(events, this);
    events.ready();
    return worker;
  }

  broken(message: string, options: { cause?: unknown }): BrokenExecutorError {
    return new BrokenExecutorError(message, options);
  }
}

class LocalWorker implements HostWorker {
  readonly #events: WorkerEvents;
  readonly #host: LocalHost;
  readonly #running = new Map<Task, LocalTask>();
  #ended = false;

  constructor(events: WorkerEvents, host: LocalHost) {
    this.#events = events;
    this.#host = host;
  }

  send(tasks: readonly Task[]): boolean {
    void this.#runAll(tasks);
    return false;
  }

  prevent(task: Task): boolean {
    return !this.#running.has(task);
  }

  askToStop(task: Task, reason: unknown): void {
    const running = this.#running.get(task);
    // what listens is the task's code
    if (running) callAs(running, () => running.abort(reason));
  }

  hasBegun(task: Task): boolean {
    return this.#running.has(task);
  }

  get answers(): number {
    return 0;
  }

  get ghosts(): number {
    return 0;
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
    this.#running.delete(task);
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

  /** One after the other, and the first at once: `InlineExecutor` answers with futures that are done. */
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
    const running = new LocalTask(task, this.#host, this.#events);
    this.#running.set(task, running);
    const start = performance.now();
    let value: unknown;
    let waits: boolean;
    try {
      value = runAs(running, task.fn as AnyFunction, task.args);
      // within: `then` may be a getter that throws
      waits = isThenable(value);
    } catch (error) {
      this.#finish(running, start, false, error, false);
      return undefined;
    }
    if (!waits) {
      this.#finish(running, start, true, value, false);
      return undefined;
    }
    return Promise.resolve(value).then(
      (result) => this.#finish(running, start, true, result, true),
      (error: unknown) => this.#finish(running, start, false, error, true),
    );
  }

  #finish(running: LocalTask, start: number, ok: boolean, result: unknown, waited: boolean): void {
    const { task } = running;
    if (this.#running.get(task) !== running) return;
    this.#events.finished(task, ok, result, performance.now() - start, waited);
    this.#events.told();
  }
}

/** Runs a task in a context of its own, so that it leaves no store in that of its submission. */
function runAs(running: LocalTask, fn: AnyFunction, args: readonly unknown[]): unknown {
  const { carried, options } = running.task;
  // the context that was made for it, if there is one and no further attempt could find there what the first has left
  if (carried?.scope === undefined || !carried.ownScope || options.attempts > 1) {
    return callAs(running, () => fn(...args));
  }
  return carried.scope.runInAsyncScope(enterAndCall, undefined, running, fn, args);
}

function enterAndCall(running: LocalTask, fn: AnyFunction, args: readonly unknown[]): unknown {
  taskStorage.enterWith(running);
  return fn(...args);
}

/** Calls a function as a task, in a context like that of its submission. */
function callAs<R>(running: LocalTask, fn: () => R): R {
  return runSeparately(running.task.carried?.scope ?? captureContext(), () => {
    taskStorage.enterWith(running);
    return fn();
  });
}

/** Whether a value is to be awaited. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function"
  );
}
