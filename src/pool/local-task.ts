/**
 * A task on this very thread, as it runs.
 *
 * @module
 */
import { type AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { type AsyncContext, runSeparately } from "../async-context.js";
import type { Executor } from "../futures/executor.js";
import { reportProgress } from "../futures/future.js";
import type { Carried } from "./carried.js";
import { type CurrentTask, type InnerTask, outerTask, taskStorage } from "./current-task.js";
import type { Task } from "./task.js";
import { isThenable } from "./thenable.js";

type AnyFunction = (...args: unknown[]) => unknown;

/** What few tasks need. */
interface Rare {
  readonly context: unknown;
  /** The context of the submission, where the task has another. */
  readonly scope: AsyncContext | undefined;
  /** Made when somebody looks at the signal, or it aborts. */
  controller: AbortController | undefined;
}

/**
 * A task as its own code sees it, what it carries, and the async context that it runs in: one object, as many may wait.
 * It is the context of its submission first. Each attempt has one of its own, so that it leaves no store in that.
 */
export class LocalTask extends AsyncResource implements InnerTask, Carried {
  /** Set when its code begins. */
  task!: Task;
  /** Where its promise comes back to, while that is awaited. */
  place: Place | undefined = undefined;
  /** 0: nothing has run in it. Negative: its code has ended, or was left behind. */
  #attempt = 0;
  #rare: Rare | undefined = undefined;

  /** @param scope - the context of the submission, where this is not that itself. */
  constructor(context: unknown, scope?: AsyncContext) {
    super("ungil");
    if (context !== undefined || scope) this.#rare = { context, scope, controller: undefined };
  }

  get id(): number {
    return this.task.id;
  }

  get attempt(): number {
    return Math.abs(this.#attempt);
  }

  get context(): unknown {
    return this.#rare?.context;
  }

  get [outerTask](): CurrentTask | undefined {
    return this.task.context;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get cancelled(): boolean {
    return this.#rare?.controller?.signal.aborted === true;
  }

  get executor(): Executor {
    return this.task.owner.host.executor!();
  }

  /** See `Carried`. */
  get scope(): AsyncContext {
    return this.#rare?.scope ?? this;
  }

  /** See `Carried`. */
  get stores(): undefined {
    return undefined;
  }

  /** Whether nothing has run in it. */
  get isFresh(): boolean {
    return this.#attempt === 0;
  }

  /** Whether its code has begun, and is not known to have ended. */
  get runs(): boolean {
    return this.#attempt > 0;
  }

  report(progress: unknown): void {
    const { madeFuture } = this.task;
    // else there is nobody who could listen
    if (madeFuture) reportProgress(madeFuture, progress);
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  begin(task: Task): void {
    this.task = task;
    this.#attempt = task.attempt;
    task.carried = this;
  }

  end(): void {
    if (this.#attempt > 0) this.#attempt = -this.#attempt;
  }

  get #controller(): AbortController {
    this.#rare ??= { context: undefined, scope: undefined, controller: undefined };
    this.#rare.controller ??= new AbortController();
    return this.#rare.controller;
  }
}

/** Where the promise of a task comes back to: the functions that it is given, made once for many tasks. */
export class Place {
  readonly fulfilled: (value: unknown) => void;
  readonly rejected: (error: unknown) => void;
  /** When its task began, in ms. */
  start = Number.NaN;
  /** Whose it is; none any more when that was left behind. */
  running: LocalTask | undefined = undefined;

  constructor(back: (place: Place, ok: boolean, result: unknown) => void) {
    this.fulfilled = (value) => back(this, true, value);
    this.rejected = (error) => back(this, false, error);
  }
}

/** A context in that of a submission, in which others may run too. */
export function within(carried: Carried | undefined): LocalTask {
  const scope = carried?.scope;
  if (scope === undefined) return new LocalTask(carried?.context);
  return scope.runInAsyncScope(newLocalTask, undefined, carried!.context, scope);
}

/**
 * Tasks are about to be made. A store that was never used is not in the contexts made before its first use, of which up to
 * Node 23 each would get one more field then, outside of itself.
 */
export function useTaskStorage(): void {
  (taskStorage as AsyncLocalStorage<unknown>).run(null, () => {});
}

function newLocalTask(context: unknown, scope: AsyncContext): LocalTask {
  return new LocalTask(context, scope);
}

/** Runs the function of a task in its context. @returns its value, or a promise as the engine made it. */
export function run(running: LocalTask): unknown {
  // as its receiver: what is gathered and spread takes longer to pass on
  return running.runInAsyncScope(enterAndCall, running);
}

function enterAndCall(this: LocalTask): unknown {
  taskStorage.enterWith(this);
  const { fn, args } = this.task as { fn: AnyFunction; args: readonly unknown[] };
  // what is spread takes longer to call
  const two = args.length === 2;
  const value = args.length === 1 ? fn(args[0]) : two ? fn(args[0], args[1]) : fn(...args);
  // a `then` of the user's is called here and not by whoever waits: it is code of the task
  return isPromise(value) || !isThenable(value) ? value : new Promise((resolve) => resolve(value));
}

const { then: nativeThen } = Promise.prototype;

/** Whether a value is a promise of the engine's that nobody has changed: it answers once, and runs nothing of the user's. */
export function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise && value.constructor === Promise && value.then === nativeThen;
}

/** Calls a function as a task, in a context like that of its submission. */
export function callAs<R>(running: LocalTask, fn: () => R): R {
  return runSeparately(running.scope, () => {
    taskStorage.enterWith(running);
    return fn();
  });
}
