/**
 * The entry of a program or a part of one: a main task, and nothing left of it afterwards; contract items Q1 and Q2.
 *
 * @module
 */
import { type Clock, systemClock } from "../../clock.js";
import { InvalidStateError } from "../../errors.js";
import { cancelledBy, type Future, observe, outcomeOf, whenDone } from "../../futures/future.js";
import { type UnobservedFailure, UnobservedFailures } from "../../futures/unobserved.js";
import {
  checkBoolean,
  checkClock,
  checkFunction,
  checkOptionNames,
  checkOptions,
  checkSignal,
} from "../../validate.js";
import { passCancellation } from "./interruptible.js";
import { currentScope, type Home, isScopeOfExecutorTask, Scope } from "./scope.js";
import { cancelBySignal, type Task, taskName, taskOfBody } from "./task.js";

/** Ends a runner with its only run. */
let runAlone: <T>(runner: Runner, started: Promise<T>) => Promise<T>;

/** Options of {@link run} and {@link Runner}. */
export interface RunnerOptions {
  /**
   * Whether SIGINT (Ctrl-C) cancels the main task while it runs; a second one ends `run` at once. A program that listens
   * to SIGINT itself keeps doing so, and nothing is added. Default false: signals are the program's own business.
   */
  readonly handleSigint?: boolean | undefined;
  /** Told once of each failed task that nobody observed. Default: a process warning. */
  readonly onUnobserved?: ((failure: UnobservedFailure) => void) | undefined;
  /** Source of time for all that runs in it; for tests. */
  readonly clock?: Clock | undefined;
}

/** Options of {@link run}. */
export interface RunOptions extends RunnerOptions {
  /** Cancels the main task when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs functions one after the other as main tasks, and cancels what they have left when it is closed. {@link run} is
 * one with a single function.
 *
 * @example
 * await using runner = new Runner();
 * const config = await runner.run(loadConfig);
 * await runner.run(() => serve(config));
 */
export class Runner implements AsyncDisposable {
  readonly #handleSigint: boolean;
  readonly #unobserved: UnobservedFailures;
  readonly #home: Home & { readonly tasks: Set<Future<unknown>> };
  #running = false;
  /** Whether a second SIGINT has come: nobody waits any more. */
  #gaveUp = false;
  #closing: Promise<void> | undefined;

  /** @throws InvalidArgumentError for a bad option. */
  constructor(options: RunnerOptions = {}) {
    checkOptionNames("options", options, ["handleSigint", "onUnobserved", "clock"]);
    const { handleSigint = false, onUnobserved, clock } = options;
    checkBoolean("handleSigint", handleSigint);
    if (onUnobserved !== undefined) checkFunction("onUnobserved", onUnobserved);
    if (clock !== undefined) checkClock(clock);
    this.#handleSigint = handleSigint;
    this.#unobserved = new UnobservedFailures(onUnobserved);
    this.#home = {
      clock: clock ?? systemClock,
      unobserved: this.#unobserved,
      tasks: new Set(),
      closed: false,
    };
  }

  /**
   * Runs a function as the main task, and answers with what it returns or throws.
   *
   * *Cancellation*: `signal` cancels the main task; in a task of an executor, the cancellation of that does.
   *
   * @throws InvalidArgumentError, from the call, for something that is not a function; InvalidStateError, from the call,
   *   when the runner is closed, runs already, or the call comes from within a task or scope of this chapter.
   */
  run<R>(main: () => R, options: Pick<RunOptions, "signal"> = {}): Promise<Awaited<R>> {
    checkFunction("main", main);
    checkOptionNames("options", options, ["signal"]);
    const { signal } = options;
    if (signal !== undefined) checkSignal("signal", signal);
    if (this.#closing) throw new InvalidStateError("the runner is closed: make another one");
    if (this.#running) throw new InvalidStateError("the runner runs already: await its last run");
    const around = currentScope();
    if (around && !isScopeOfExecutorTask(around)) {
      throw new InvalidStateError(
        "run can't be called from within a task or scope: await the function itself",
      );
    }
    const home = this.#home;
    const task = taskOfBody<Awaited<R>>(
      main,
      { name: taskName(undefined, main), home, clock: home.clock },
      (owner) => new Scope({ task: owner, home }),
    );
    if (around) passCancellation(around, task);
    cancelBySignal(task, signal);
    this.#running = true;
    return new Promise((resolve, reject) => {
      const giveUp = (error: unknown): void => {
        this.#gaveUp = true;
        reject(error);
      };
      const stopListening = this.#handleSigint ? onSigint(task, giveUp) : undefined;
      whenDone(task, () => {
        this.#running = false;
        stopListening?.();
        observe(task);
        const outcome = outcomeOf(task)!;
        if (outcome.failed) reject(outcome.error);
        else resolve(outcome.value);
      });
    });
  }

  /**
   * Cancels all tasks that are left, waits until they have ended, and reports their failures. Tasks that they start
   * meanwhile, to clean up, are waited for, and cancelled in their turn; after that none can be started. May be called
   * again.
   */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const { tasks } = this.#home;
    await cancelAll(tasks);
    // those that were started meanwhile can't go on like that
    this.#home.closed = true;
    while (tasks.size > 0) await cancelAll(tasks);
    this.#unobserved.reportAll();
  }

  static {
    runAlone = async (runner, started) => {
      try {
        return await started;
      } finally {
        const closed = runner.close();
        if (!runner.#gaveUp) await closed;
      }
    };
  }
}

async function cancelAll(tasks: ReadonlySet<Future<unknown>>): Promise<void> {
  const all = [...tasks];
  for (const task of all) task.abort("the runner was closed");
  await Promise.all(all.map((task) => new Promise<void>((resolve) => whenDone(task, () => resolve()))));
}

/** Cancels the task by the first SIGINT, and gives up by the second. @returns a function that ends that. */
function onSigint(task: Task<unknown>, giveUp: (error: unknown) => void): () => void {
  // whoever listens has said what is to happen
  if (process.listenerCount("SIGINT") > 0) return () => {};
  let count = 0;
  const listener = (): void => {
    count += 1;
    if (count === 1) return void task.cancel("SIGINT");
    process.off("SIGINT", listener);
    giveUp(cancelledBy("SIGINT", "interrupted by SIGINT"));
  };
  process.on("SIGINT", listener);
  return () => process.off("SIGINT", listener);
}

/**
 * Runs a function as the main task of a program or a part of it; when it has ended, tasks that are left are cancelled
 * and waited for, and their failures reported. So no task that was started in it outlives it.
 *
 * *Cancellation*: `signal` cancels the main task; with `handleSigint`, SIGINT cancels the main task: `run` fails with its `CancelledError`, whose
 * `cause` is `"SIGINT"`. A second one does not wait for any clean-up.
 *
 * *Errors*: what the function throws. `InvalidArgumentError`, thrown from the call; `InvalidStateError` when the call
 * comes from within a task.
 *
 * @example
 * await run(async () => {
 *   await taskGroup(async (group) => {
 *     group.createTask(serve);
 *     group.createTask(refresh);
 *   });
 * }, { handleSigint: true });
 */
export function run<R>(main: () => R, options: RunOptions = {}): Promise<Awaited<R>> {
  checkOptions("options", options);
  const { signal, ...rest } = options;
  const runner = new Runner(rest);
  return runAlone(runner, runner.run(main, { signal }));
}
