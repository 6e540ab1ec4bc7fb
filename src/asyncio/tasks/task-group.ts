/**
 * `TaskGroup`: tasks that are started, waited for and cancelled together. The rules are those of Python's
 * `asyncio.TaskGroup`; contract items O1 to O10.
 *
 * @module
 */
import { onAbort } from "../../abort.js";
import type { Clock } from "../../clock.js";
import {
  type CancelledError,
  InvalidArgumentError,
  InvalidStateError,
  TaskGroupError,
} from "../../errors.js";
import type { Executor } from "../../futures/executor.js";
import { cancelledBy, type Future, observe, outcomeOf, whenDone } from "../../futures/future.js";
import { checkClock, checkFunction, checkOptionNames, checkSignal } from "../../validate.js";
import { cancellationOf } from "./cancellation.js";
import { type CreateTaskOptions, checkTaskOptions, startTask } from "./create-task.js";
import { interruptible } from "./interruptible.js";
import { currentScope, manyListeners, runWithin, Scope, scopeStorage } from "./scope.js";
import { ownerOf, type Task } from "./task.js";
import { runInExecutor } from "./wrap-future.js";

/** Options of a {@link TaskGroup}. */
export interface TaskGroupOptions {
  /** Cancels the group when it aborts: it fails with a `CancelledError`, whose `cause` is the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Name for messages. */
  readonly name?: string | undefined;
  /** Source of time for the tasks and what they call; for tests. Default: that of the scope around it. */
  readonly clock?: Clock | undefined;
}

/** How a body ended, as far as that is known: a block does not tell. */
type BodyEnd =
  | { readonly failed: false }
  | { readonly failed: true; readonly error: unknown }
  | { readonly failed: undefined };

let groupCount = 0;

/** Runs a body in a group, and waits for the tasks. */
let runIn: <R>(group: TaskGroup, body: (group: TaskGroup) => R) => Promise<Awaited<R> | undefined>;

/**
 * Tasks that end together. The block is left only when all of them have ended; when one fails, the others and the block
 * are cancelled, and when all have cleaned up, their failures come as one `TaskGroupError`.
 *
 * Mostly {@link taskGroup} is what you want. A block with `await using` is entered by that declaration; JavaScript does
 * not tell it how the block ended, nor lets it replace the block's error. So an error that the block itself throws does
 * not cancel the tasks: the block waits for them; and a wait of the block that `cancel()` interrupts throws its
 * `CancelledError` out of the block. Where tasks fail while the block is interrupted, both errors come
 * as a `SuppressedError`, whose `error` is the `TaskGroupError`. The block belongs in an async function of its own,
 * whose caller awaits it: what the caller does before its next `await` counts as part of the block.
 *
 * *Cancellation*: of the scope around it cancels all tasks; the block is left when they have ended. One that is
 * cancelled by itself does not concern the others.
 *
 * *Errors*: `TaskGroupError` with all failures, also of one task; none in it is a `CancelledError`.
 *
 * @example
 * await using group = new TaskGroup();
 * const users = group.createTask(loadUsers);
 * const orders = group.createTask(loadOrders);
 * show(await users, await orders);
 */
export class TaskGroup implements AsyncDisposable {
  /** Name for messages: the `name` option, else `TaskGroup-1` and so on. */
  readonly name: string;
  readonly #signal: AbortSignal | undefined;
  readonly #clock: Clock | undefined;
  readonly #tasks = new Set<Task<unknown>>();
  readonly #errors: unknown[] = [];
  /** Made when somebody asks for it. */
  #controller: AbortController | undefined;
  /** What the signal aborts with, from the abort or the end of the group on. */
  #over: CancelledError | undefined;
  #state: "new" | "entered" | "leaving" | "finished" = "new";
  #scope: Scope | undefined;
  /** Around it: what the signal cancels. */
  #signalScope: Scope | undefined;
  #aborting = false;
  /** `cancel()` before the group was entered. */
  #cancelledBy: { readonly reason: unknown } | undefined;
  /** Wakes who waits for the last task. */
  #onEmpty: (() => void) | undefined;
  #left: Promise<void> | undefined;
  #forgetSignal: (() => void) | undefined;

  /** @throws InvalidArgumentError for a bad option. */
  constructor(options: TaskGroupOptions = {}) {
    checkOptionNames("options", options, ["name", "signal", "clock"]);
    const { name, signal, clock } = options;
    if (name !== undefined && typeof name !== "string") {
      throw new InvalidArgumentError("name", name, "a string");
    }
    if (signal !== undefined) checkSignal("signal", signal);
    if (clock !== undefined) checkClock(clock);
    this.#signal = signal;
    this.name = name ?? `TaskGroup-${++groupCount}`;
    this.#clock = clock;
  }

  /**
   * Aborts when the group is cancelled: by a failure, by `cancel()`, from outside; and when it has ended. It is there
   * from the start, and stays aborted.
   */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = manyListeners();
      if (this.#over) this.#controller.abort(this.#over);
    }
    return this.#controller.signal;
  }

  /** The tasks that have not ended. */
  get size(): number {
    return this.#tasks.size;
  }

  /**
   * Starts a function as a task of the group, from the next microtask on; as long as the group has not ended, also from
   * its tasks and after the block.
   * @param fn - called without arguments.
   * @throws InvalidStateError when the group has not been entered, is shutting down because of a failure or a
   *   cancellation, or has ended; InvalidArgumentError for something that is not a function or a bad option.
   */
  createTask<R>(fn: () => R, options: CreateTaskOptions = {}): Task<Awaited<R>> {
    checkTaskOptions(fn, options);
    this.#checkOpen(options.name ?? fn.name);
    return this.#adopt(this.#inside(() => startTask(fn, options)));
  }

  /**
   * Runs `fn(...args)` in an executor, as a task of the group: the group waits for it, is cancelled by its failure, and
   * aborts it when it is cancelled.
   * @throws What `executor.submit` throws; InvalidStateError as {@link createTask}.
   * @example
   * const hash = group.submit(pool, slowHash, text);
   */
  submit<A extends unknown[], R>(executor: Executor, fn: (...args: A) => R, ...args: A): Task<Awaited<R>> {
    this.#checkOpen(typeof fn === "function" ? fn.name : "");
    return this.#adopt(this.#inside(() => runInExecutor(executor, fn, ...args)));
  }

  /**
   * An executor as a view whose tasks are aborted when the group is cancelled or has ended, for `map` and the like. The
   * group does not wait for them, and their failures are their own: await what they give in the block.
   * @example
   * for await (const page of group.with(pool).map(render, documents)) …
   */
  with(executor: Executor): Executor {
    if (typeof executor?.with !== "function" || typeof executor.submit !== "function")
      throw new InvalidArgumentError("executor", executor, "an executor");
    return executor.with({ signal: this.signal });
  }

  /**
   * Cancels all tasks and what waits in the block; the group ends without an error for that. May be called again, and
   * after the end, when it has no effect; in front of the block it cancels what is going to be entered.
   * @param reason - becomes the `cause` of the tasks' `CancelledError`.
   */
  cancel(reason?: unknown): void {
    if (this.#state === "new") this.#cancelledBy ??= { reason };
    else if (this.#state !== "finished") this.#abort(reason);
  }

  /**
   * Leaves the group: waits for its tasks. To be called by `await using`, which enters the group by looking for this
   * method.
   */
  get [Symbol.asyncDispose](): () => Promise<void> {
    if (this.#state === "new") {
      // the declaration can't run the rest of its block as a callback
      scopeStorage.enterWith(this.#enter());
    }
    return () => (this.#left ??= this.#leave({ failed: undefined }));
  }

  /** @param name - of the task that is going to be created; empty for one without. */
  #checkOpen(name: string): void {
    if (this.#state === "new") {
      throw new InvalidStateError(
        `${this.name} has not been entered: declare it by \`await using\`, or use taskGroup(async (group) => …)`,
      );
    }
    if (this.#state === "finished") {
      throw new InvalidStateError(`${taskInWords(name)} can't be created: ${this.name} is finished`);
    }
    if (this.#aborting) {
      throw new InvalidStateError(`${taskInWords(name)} can't be created: ${this.name} is shutting down`);
    }
  }

  /** Creates a task with what is the group's, also where the caller is in no scope: in an event's handler, say. */
  #inside<T>(create: () => T): T {
    const scope = this.#scope!;
    const here = currentScope();
    if (here?.home === scope.home && here.clock === scope.clock) return create();
    const { task, home, clock } = scope;
    return scopeStorage.run(new Scope({ task, home, clock }), create);
  }

  #adopt<T>(task: Task<T>): Task<T> {
    this.#tasks.add(task);
    whenDone(task as Future<unknown>, this.#onDone);
    return task;
  }

  readonly #onDone = (task: Future<unknown>): void => {
    this.#tasks.delete(task as Task<unknown>);
    const outcome = outcomeOf(task)!;
    if (outcome.failed && !outcome.cancelled) {
      // it is told by the group
      observe(task);
      this.#note(outcome.error);
      this.#abort(outcome.error);
    }
    if (this.#tasks.size === 0) this.#onEmpty?.();
  };

  /** Who awaits a task that has failed, and so fails with the same error, adds nothing. */
  #note(error: unknown): void {
    if (error instanceof Error && this.#errors.includes(error)) return;
    this.#errors.push(error);
  }

  /**
   * Cancels the tasks, and the body if it has not ended.
   * @param around - the scope whose cancellation this is: who heard of that already is cleaning up.
   */
  #abort(reason: unknown, around?: Scope): void {
    if (this.#aborting) return;
    this.#aborting = true;
    const error = cancelledBy(reason, `${this.name} was cancelled`);
    const heard = around?.lastChain;
    for (const task of this.#tasks) {
      if (heard === undefined || ownerOf(task).lastChain !== heard) task.abort(reason);
    }
    if (this.#state === "entered") this.#scope!.cancel(error);
    this.#end(error);
  }

  #end(error: CancelledError): void {
    if (this.#over) return;
    this.#over = error;
    this.#controller?.abort(error);
  }

  #enter(): Scope {
    const parent = this.#signal ? this.#scopeOf(this.#signal) : currentScope();
    this.#state = "entered";
    this.#scope = new Scope({ parent, clock: this.#clock });
    if (this.#cancelledBy) this.#abort(this.#cancelledBy.reason);
    else if (this.#signal?.aborted) this.#abort(this.#signal.reason);
    return this.#scope;
  }

  #scopeOf(signal: AbortSignal): Scope {
    const scope = new Scope({ parent: currentScope() });
    const cancel = (): void => void scope.cancel(cancelledBy(signal.reason, `${this.name} was cancelled`));
    if (signal.aborted) cancel();
    else this.#forgetSignal = onAbort(signal, cancel);
    this.#signalScope = scope;
    return scope;
  }

  async #leave(end: BodyEnd): Promise<void> {
    const scope = this.#scope!;
    this.#state = "leaving";
    // from here on the caller waits in the scope around the group
    scope.close();
    /** What the group ends with if no task fails: a cancellation that is not its own. */
    let cancellation: CancelledError | undefined;
    let bodyFailed = false;
    if (end.failed) {
      const error = cancellationOf(end.error, scope.requested);
      bodyFailed = error === undefined;
      if (scope.requests === 0 || scope.requestedAround()) cancellation = error;
      if (error) this.#abort(error.cause, scope.requestedAround());
      else this.#abort(end.error);
    } else if (end.failed === undefined) {
      // a cancellation from around: if the block ended by that, its error is on its way already
      const around = scope.requestedAround();
      if (around) this.#abort(around.reason, around);
    }
    while (this.#tasks.size > 0) {
      try {
        await this.#empty();
      } catch (error) {
        cancellation = error as CancelledError;
        this.#abort(cancellation.cause, scope.requestedAround());
      }
    }
    this.#state = "finished";
    this.#forgetSignal?.();
    const armed = this.#signalScope?.close();
    if (armed && !armed.told) cancellation ??= armed.error;
    if (end.failed && bodyFailed) this.#note(end.error);
    if (!this.#over) this.#end(cancelledBy(undefined, `${this.name} has ended`));
    if (this.#errors.length > 0) {
      // O5: the cancellation from outside is not forgotten, although it is not what the group ends with
      scope.requestedAround()?.rearm();
      throw new TaskGroupError(this.name, this.#errors);
    }
    if (cancellation) throw cancellation;
  }

  /** Waits in the scope around the group until no task is left. */
  #empty(): Promise<void> {
    const wait = (): Promise<void> =>
      interruptible<void>({ what: () => `${this.#tasks.size} tasks of ${this.name}` }, ({ resolve }) => {
        this.#onEmpty = resolve;
        return () => {
          this.#onEmpty = undefined;
        };
      });
    // the group's own has ended: it is the one around it, wherever this is called
    return scopeStorage.run(this.#scope!, wait);
  }

  static {
    runIn = async <R>(group: TaskGroup, body: (group: TaskGroup) => R): Promise<Awaited<R> | undefined> => {
      const scope = group.#enter();
      let value: Awaited<R> | undefined;
      let end: BodyEnd = { failed: false };
      try {
        value = await runWithin(scope, () => body(group));
      } catch (error) {
        end = { failed: true, error };
      }
      await group.#leave(end);
      return value;
    };
  }
}

const taskInWords = (name: string): string => (name === "" ? "a task" : `the task ${name}`);

/**
 * Runs a function with a {@link TaskGroup}, and ends when the function and all tasks of the group have ended. When one
 * of them fails, the others are cancelled; when all have cleaned up, the failures come as one `TaskGroupError`.
 *
 * *Cancellation*: of the scope around it cancels function and tasks; the call fails with the `CancelledError` when
 * they have ended.
 *
 * *Errors*: `TaskGroupError`, with the function's own error last.
 *
 * @param body - starts tasks by `group.createTask`; its waits end when the group is cancelled.
 * @returns what the function returns; `undefined` when it was interrupted by `group.cancel()`.
 * @example
 * const [user, orders] = await taskGroup(async (group) => {
 *   const user = group.createTask(() => loadUser(id));
 *   const orders = group.createTask(() => loadOrders(id));
 *   return [await user, await orders];
 * }) ?? [];
 */
export function taskGroup<R>(
  body: (group: TaskGroup) => R,
  options: TaskGroupOptions = {},
): Promise<Awaited<R> | undefined> {
  checkFunction("body", body);
  const group = new TaskGroup(options);
  const { signal } = options;
  if (signal?.aborted) return Promise.reject(cancelledBy(signal.reason, `${group.name} was cancelled`));
  return runIn(group, body);
}
