/**
 * `Task`: a function that runs on the event loop, as a future that can be cancelled while it runs. The rules are those
 * of Python's `asyncio.Task`; contract item M1.
 *
 * @module
 */
import { onAbort } from "../../abort.js";
import type { Clock } from "../../clock.js";
import { type CancelledError, InvalidStateError } from "../../errors.js";
import {
  cancelFuture,
  cancelledBy,
  Future,
  type FutureOwner,
  handOver,
  rejectFuture,
  resolveFuture,
  type WaitOptions,
  whenDone,
} from "../../futures/future.js";
import { settlesPromise } from "../../futures/settling.js";
import type { UnobservedFailures } from "../../futures/unobserved.js";
import { type Chain, currentChain, tell } from "./cancel-chain.js";
import { cancellationOf } from "./cancellation.js";
import { interruptibleBySignal, passCancellation } from "./interruptible.js";
import { joinTree, leaveTree, type TaskNode } from "./live-tasks.js";
import { type Armed, currentScope, type Home, outside, type Scope, scopeStorage } from "./scope.js";

/** What is behind a task: the scope in which its body runs, or something else that is told of cancellations. */
export interface TaskWork {
  /** What it waits for, for people. */
  waits(): string[];
  /** Told of each cancellation. @returns whether it is going to have an effect. */
  cancel(error: CancelledError): boolean;
  /** One cancellation is taken back. */
  uncancel?(): void;
  /** The task has ended. @returns a cancellation that has not been delivered. */
  close?(): Armed | undefined;
}

let createTaskOf: <T>(owner: TaskOwner) => Task<T>;

/** The side of a task that its users don't see. */
export let ownerOf: (task: Task<unknown>) => TaskOwner;

/**
 * A function that runs on the event loop, started by `createTask` or a `TaskGroup`. It is a `Future`, so that `await`,
 * `wait`, `asCompleted`, `result` and `onDone` work on it; unlike that of an executor it can be cancelled while it
 * runs, and its end is told by how the function ended: a task whose function threw a `CancelledError` is cancelled.
 *
 * To `await` a task inside another one passes a cancellation of the other on to it, as in Python; `shield(task)` does
 * not. A failure that nobody looks at is reported as of any future.
 *
 * @example
 * const task = createTask(async () => (await fetch(url, { signal: currentSignal() })).text());
 * task.cancel("not needed any more");
 */
export class Task<T> extends Future<T> {
  readonly #owner: TaskOwner;

  private constructor(owner: TaskOwner) {
    super(owner);
    this.#owner = owner;
    owner.task = this;
  }

  /** Name for messages and trees of tasks: the `name` option, else the function's, else `Task-1` and so on. */
  get name(): string {
    return this.#owner.futureName;
  }

  /**
   * Asks the task to stop. One that has not begun never does. In one that runs, what waits by a function of
   * `ungil/asyncio` fails with a `CancelledError`, and `currentSignal()` aborts; where nothing waits, the next wait
   * fails. The task is cancelled when its function has ended by that error: it may clean up first, or catch it and go
   * on.
   * @param reason - becomes the `cause` of the `CancelledError`.
   * @returns false when the task is done already, else true.
   */
  override cancel(reason?: unknown): boolean {
    return !this.done() && this.#owner.request(reason);
  }

  /** As {@link cancel}: a task can be cancelled while it runs. */
  override abort(reason?: unknown): void {
    this.cancel(reason);
  }

  /** How often it was asked to stop, less what `uncancel` took back. */
  cancelling(): number {
    return this.#owner.requests;
  }

  /**
   * Takes one cancellation back, for code that caught its error and goes on. With the last one, a cancellation that no
   * wait has met yet is forgotten.
   * @returns how many are left.
   */
  uncancel(): number {
    return this.#owner.uncancel();
  }

  /**
   * The value, once it is there. Ends with the scope it is called in; unlike `await task` it does not cancel the task.
   * @throws The task's own error; `CancelledError`; `TimeoutError` when the wait took longer than `timeout`.
   */
  override result(options: WaitOptions = {}): Promise<T> {
    return this.#wait(options, (each) => super.result(each));
  }

  /**
   * What the task threw, or `null` when it finished well. Ends with the scope it is called in.
   * @throws `CancelledError` when it was cancelled; `TimeoutError` when the wait took longer than `timeout`.
   */
  override exception(options: WaitOptions = {}): Promise<unknown> {
    return this.#wait(options, (each) => super.exception(each));
  }

  // oxlint-disable-next-line no-thenable
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    // only `await` and what awaits for its caller, such as `Promise.all`: who adds a callback does not wait
    if (!this.done() && settlesPromise(onFulfilled) && settlesPromise(onRejected)) {
      const scope = currentScope();
      if (scope?.task === this) throw awaitsItself(this);
      if (scope) passCancellation(scope, this, onRejected ?? undefined);
    }
    return super.then(onFulfilled, onRejected);
  }

  override toString(): string {
    return super.toString().replace("<Future", "<Task");
  }

  override get [Symbol.toStringTag](): string {
    return "Task";
  }

  #wait<R>(options: WaitOptions, begin: (options: WaitOptions) => Promise<R>): Promise<R> {
    const scope = currentScope();
    if (!scope || this.done()) return begin(options);
    if (scope.task === this) return Promise.reject(awaitsItself(this));
    const { signal } = options;
    return interruptibleBySignal({ what: () => this.toString(), signal }, (each) =>
      begin(each === signal ? options : { ...options, signal: each }),
    );
  }

  static {
    createTaskOf = (owner) => new Task(owner);
    ownerOf = (task) => task.#owner;
  }
}

function awaitsItself(task: Task<unknown>): InvalidStateError {
  return new InvalidStateError(`${task.toString()} can't wait for itself: it would never end`);
}

/** What a task's owner is made with. */
interface TaskOwnerOptions {
  readonly name: string;
  readonly home: Home;
  readonly clock: Clock;
  readonly makeWork: (task: Task<unknown>) => TaskWork;
}

/** What runs a task and tells its future. */
export class TaskOwner implements FutureOwner, TaskNode {
  readonly futureName: string;
  readonly clock: Clock;
  readonly unobserved: UnobservedFailures;
  readonly home: Home;
  readonly createdAt: number;
  /** Whether its work has begun. */
  begun = false;
  task!: Task<unknown>;
  parent: TaskNode | undefined;
  children: Set<TaskNode> | undefined;
  /** Gone when it is done: a task that somebody keeps holds its result and no more. */
  work: TaskWork | undefined;
  /** Which cancellation was its last one. */
  lastChain: Chain | undefined;
  #requests = 0;

  constructor({ name, home, clock }: TaskOwnerOptions) {
    this.futureName = name;
    this.home = home;
    this.clock = clock;
    this.unobserved = home.unobserved;
    this.createdAt = clock.now();
  }

  get requests(): number {
    return this.#requests;
  }

  hasBegun(): boolean {
    return true;
  }

  takeBack(): boolean {
    return false;
  }

  onCancel(): void {
    // `Task` has its own `cancel`
  }

  onAbort(): void {
    // `Task` has its own `abort`
  }

  request(reason: unknown): boolean {
    this.#requests += 1;
    const error = cancelledBy(reason, `the task ${this.futureName} was cancelled`);
    if (this.begun) {
      const cancel = (): boolean => {
        this.lastChain = currentChain();
        return this.work!.cancel(error);
      };
      if (tell(this.task, cancel)) return true;
      this.#requests -= 1;
      return false;
    }
    this.begun = true;
    this.end(() => cancelFuture(this.task, error));
    return true;
  }

  uncancel(): number {
    if (this.#requests > 0) {
      this.#requests -= 1;
      this.work?.uncancel?.();
    }
    return this.#requests;
  }

  /** Runs a body in its scope, from the next microtask on. */
  start(body: () => unknown, scope: Scope): void {
    void scopeStorage.run(scope, () => this.#run(body, scope));
  }

  /** Settles the task, once. */
  end(settle: () => void): void {
    this.work?.close?.();
    this.work = undefined;
    leaveTree(this);
    this.home.tasks?.delete(this.task);
    settle();
  }

  async #run(body: () => unknown, scope: Scope): Promise<void> {
    await Promise.resolve();
    // cancelled before it began
    if (this.begun) return;
    this.begun = true;
    handOver(this.task);
    let value: unknown;
    try {
      // native: a thenable that calls back twice or throws afterwards has no say any more
      value = await body();
    } catch (error) {
      const cancellation = cancellationOf(error, scope.requested);
      this.end(() => {
        if (cancellation) cancelFuture(this.task, cancellation);
        else rejectFuture(this.task, error);
      });
      return;
    }
    const armed = scope.close();
    this.end(() => {
      if (armed && !armed.told) cancelFuture(this.task, armed.error);
      else resolveFuture(this.task, value);
    });
  }
}

let taskCount = 0;

/** A name that a task has if it is not given one. */
export function taskName(given: string | undefined, fn?: { readonly name: string }): string {
  if (given !== undefined) return given;
  // a class may have a static member of that name
  const own: unknown = fn?.name;
  return typeof own === "string" && own !== "" ? own : `Task-${++taskCount}`;
}

function register<T>(options: TaskOwnerOptions, parent: Task<unknown> | undefined): Task<T> {
  if (options.home.closed) {
    throw new InvalidStateError(`the task ${options.name} can't be created: the runner is closed`);
  }
  const owner = new TaskOwner(options);
  const task = createTaskOf<T>(owner);
  owner.work = options.makeWork(task);
  options.home.tasks?.add(task);
  joinTree(owner, parent && ownerOf(parent));
  return task;
}

/** The task whose code runs in a scope. */
export function currentTaskOf(scope: Scope | undefined): Task<unknown> | undefined {
  const task = scope?.task as Task<unknown> | undefined;
  // rule 6: a scope inside of it that was left open is all there is
  return task?.done() ? undefined : task;
}

/** A task that runs a function, from the next microtask on. */
export function taskOfBody<T>(
  body: () => unknown,
  options: Omit<TaskOwnerOptions, "makeWork">,
  makeScope: (task: Task<unknown>) => Scope,
): Task<T> {
  const task = register<T>({ ...options, makeWork: makeScope }, currentTaskOf(currentScope()));
  const owner = ownerOf(task);
  owner.start(body, owner.work as Scope);
  return task;
}

/** The settling side of a task without a body. What settles it second has no effect. */
export interface OpenTask<T> {
  readonly task: Task<T>;
  resolve(value: T): void;
  /** A `CancelledError` makes it cancelled. */
  reject(error: unknown): void;
}

/** A task that stands for something else that goes on already. */
export function openTask<T>(name: string, work: TaskWork): OpenTask<T> {
  const scope = currentScope();
  const home = scope?.home ?? outside;
  const clock = scope?.clock ?? home.clock;
  const task = register<T>({ name, home, clock, makeWork: () => work }, currentTaskOf(scope));
  const owner = ownerOf(task);
  owner.begun = true;
  handOver(task);
  const settle = (how: () => void): void => {
    if (!task.done()) owner.end(how);
  };
  return {
    task,
    resolve: (value) => settle(() => resolveFuture(task, value)),
    reject: (error) => {
      const cancellation = cancellationOf(error, false);
      settle(() => (cancellation ? cancelFuture(task, cancellation) : rejectFuture(task, error)));
    },
  };
}

/** Cancels a task when a signal aborts. */
export function cancelBySignal(task: Future<unknown>, signal: AbortSignal | undefined): void {
  if (signal?.aborted) task.abort(signal.reason);
  else if (signal) {
    const forget = onAbort(signal, () => task.abort(signal.reason));
    whenDone(task, forget);
  }
}
