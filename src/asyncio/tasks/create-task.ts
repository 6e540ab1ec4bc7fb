import type { Clock } from "../../clock.js";
import { InvalidArgumentError } from "../../errors.js";
import { checkClock, checkFunction, checkOptionNames, checkSignal } from "../../validate.js";
import { currentScope, outside, Scope } from "./scope.js";
import { cancelBySignal, currentTaskOf, type Task, taskName, taskOfBody } from "./task.js";

/** Options of a new task. */
export interface CreateTaskOptions {
  /** Name for messages and trees of tasks. Default: the function's name, else `Task-1` and so on. */
  readonly name?: string | undefined;
  /** Cancels the task when it aborts; its reason becomes the `cause` of the `CancelledError`. */
  readonly signal?: AbortSignal | undefined;
  /** Source of time for the task and what it calls; for tests. Default: that of the scope around it. */
  readonly clock?: Clock | undefined;
}

/**
 * Starts a function on the event loop, from the next microtask on, and answers with its task. The task belongs to
 * nobody: it goes on when the code that created it ends, and is not cancelled with it (only the end of `run` cancels
 * it). Mostly a `TaskGroup` is what you want, which waits for its tasks and cancels them together.
 *
 * *Cancellation*: `task.cancel()`, or `signal`.
 *
 * *Errors*: what the function throws is the task's; one that nobody looks at is reported like that of any `Future`.
 * `InvalidArgumentError`, thrown from the call, for something that is not a function; `InvalidStateError` when the
 * `Runner` around it has been closed.
 *
 * @param fn - called without arguments.
 * @example
 * const task = createTask(() => refresh(cache), { name: "refresh" });
 * await task;
 */
export function createTask<R>(fn: () => R, options: CreateTaskOptions = {}): Task<Awaited<R>> {
  return startTask(fn, checkTaskOptions(fn, options));
}

/** @throws InvalidArgumentError for something that is not a function, and for a bad option. */
export function checkTaskOptions(fn: unknown, options: CreateTaskOptions): CreateTaskOptions {
  checkFunction("fn", fn);
  checkOptionNames("options", options, ["name", "signal", "clock"]);
  const { name, signal, clock } = options;
  if (name !== undefined && typeof name !== "string")
    throw new InvalidArgumentError("name", name, "a string");
  if (signal !== undefined) checkSignal("signal", signal);
  if (clock !== undefined) checkClock(clock);
  return options;
}

/** Starts a task whose options have been checked. */
export function startTask<R>(fn: () => R, { name, signal, clock }: CreateTaskOptions): Task<Awaited<R>> {
  const around = currentScope();
  const home = around?.home ?? outside;
  const time = clock ?? around?.clock ?? home.clock;
  const task = taskOfBody<Awaited<R>>(
    fn,
    { name: taskName(name, fn), home, clock: time },
    (owner) => new Scope({ task: owner, home, clock: time }),
  );
  cancelBySignal(task, signal);
  return task;
}

/**
 * The task whose function is running, here and in what it awaits; `undefined` outside of tasks. (In a function that was
 * submitted to an executor, `currentTask()` of `ungil` tells of that.)
 *
 * @example
 * console.log(`${currentAsyncTask()?.name} starts`);
 */
export function currentAsyncTask(): Task<unknown> | undefined {
  return currentTaskOf(currentScope());
}
