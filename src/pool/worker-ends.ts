/**
 * What the end of a worker means for its tasks and for the executor (rule 6).
 *
 * @module
 */
import { type BrokenExecutorError, WorkerExitError } from "../errors.js";
import { requeueFuture } from "../futures/future.js";
import type { Host, WorkerExit } from "./host.js";
import type { ResolvedExecutorOptions } from "./options.js";
import type { Task } from "./task.js";
import type { TaskEnds } from "./task-ends.js";
import type { WorkerSlot } from "./worker-slot.js";

/** Workers in a row that may die before they have done anything, until the executor is given up. */
const startFailuresAllowed = 3;

/** How often a task that had not begun is sent again after its worker died, before it is taken for the cause. */
const lossesAllowed = 10;

/** What the end of a worker makes its scheduler do. */
export interface WorkerEndsEvents {
  /** The task goes to another worker, before all others. */
  takeBack(task: Task): void;
  /** The executor can't go on; `all`: what runs on other workers is ended too. */
  break(error: BrokenExecutorError, all: boolean): void;
  /** Why the executor can't go on, when it can't: an instance of its own for each task. */
  broken(): BrokenExecutorError | undefined;
}

export class WorkerEnds {
  readonly #host: Host;
  readonly #options: ResolvedExecutorOptions;
  readonly #ends: TaskEnds;
  readonly #events: WorkerEndsEvents;
  #startFailures: unknown[] = [];

  constructor(host: Host, options: ResolvedExecutorOptions, ends: TaskEnds, events: WorkerEndsEvents) {
    this.#host = host;
    this.#options = options;
    this.#ends = ends;
    this.#events = events;
  }

  /** A worker did something: starting works. */
  worked(): void {
    if (this.#startFailures.length > 0) this.#startFailures = [];
  }

  /** @param unasked - neither stopped nor ended by us. */
  exited(slot: WorkerSlot, exit: WorkerExit, unasked: boolean): void {
    const tasks = slot.tasks.toArray();
    const begun = tasks.filter((task) => slot.host.hasBegun(task));
    // now: what happens to other tasks calls the user's callbacks, and these may stop those that had begun
    const crashed = begun.some((task) => !task.stopping);
    const guilty = new Set(begun);
    const innocent = tasks.filter((task) => !guilty.has(task));
    for (const task of tasks) this.#ends.detach(task);
    // from the last to the first, each to the front of the queue: they keep their order
    for (const task of innocent.toReversed()) {
      if (task.phase !== "sent") continue;
      // only what was next may be the cause, by its arguments or its function
      if (task === innocent[0]) task.losses++;
      if (task.stopping) this.#ends.stopped(task);
      else this.#takeBack(task, exit);
    }
    this.#abortChildren(begun, exit);
    if (crashed && unasked && this.#options.onWorkerCrash === "fail-pool") {
      const cause = exit.error ?? this.#exitError(undefined, exit, slot);
      this.#events.break(
        this.#host.broken(`a worker of ${this.#options.name} died: ${exitInWords(exit)}`, { cause }),
        true,
      );
    }
    for (const task of begun) {
      if (task.phase !== "sent") continue;
      if (task.stopping) this.#ends.stopped(task);
      else this.#crashed(task, exit, slot);
    }
    if (unasked && slot.served === 0) {
      this.startFailed(exit.error ?? this.#exitError(undefined, exit, slot));
    }
  }

  /** A worker could not start, or died before it had done anything. */
  startFailed(error: unknown): void {
    this.#startFailures.push(error);
    if (this.#startFailures.length < startFailuresAllowed) return;
    const cause = new AggregateError(this.#startFailures, "the workers failed at start");
    this.#events.break(
      this.#host.broken(
        `${startFailuresAllowed} workers of ${this.#options.name} in a row failed at start: ${messageOf(error)}`,
        { cause },
      ),
      false,
    );
  }

  #crashed(task: Task, exit: WorkerExit, slot: WorkerSlot): void {
    const error = this.#events.broken() ?? this.#exitError(task, exit, slot);
    // one that we ended for another task's sake is no fault of this one: its retries are for such cases
    if (slot.endedFor !== undefined) return this.#ends.attemptFailed(task, error);
    if (this.#options.onWorkerCrash !== "retry") return this.#ends.fail(task, error);
    task.crashes++;
    if (task.attempt < task.options.attempts && task.crashes >= this.#options.maxCrashesPerTask)
      return this.#ends.fail(task, this.#poisonError(task, exit, error));
    this.#ends.attemptFailed(task, error);
  }

  /** A task that ends one worker after the other would end them all. */
  #poisonError(task: Task, exit: WorkerExit, cause: Error): WorkerExitError {
    const { crashes, name } = task;
    const died = crashes === 1 ? "a worker that died" : `${crashes} workers that died, the last one`;
    return new WorkerExitError(
      `${name} was running on ${died} because ${exitInWords(exit)}: it is not ` +
        "tried again (maxCrashesPerTask)",
      { ...exit, task: name, cause },
    );
  }

  /** Nobody is there any more to use what they answer. */
  #abortChildren(lost: readonly Task[], exit: WorkerExit): void {
    // one of them may be another's child, and lets go of its own when it is aborted
    for (const child of lost.flatMap(({ children }) => [...(children ?? [])])) {
      child.future.abort(new WorkerExitError("the task that submitted it ended with its worker", exit));
    }
  }

  /** A task that had not begun when its worker died is innocent and goes to another. */
  #takeBack(task: Task, exit: WorkerExit): void {
    const broken = this.#events.broken();
    if (broken) return this.#ends.fail(task, broken);
    const why = task.moved
      ? `${task.name} lost its worker, and arguments that had moved there, before it could begin`
      : task.losses > lossesAllowed
        ? `${task.name} lost its worker ${task.losses} times before it could begin`
        : undefined;
    if (why !== undefined) {
      return this.#ends.fail(task, new WorkerExitError(why, { ...exit, task: task.name }));
    }
    requeueFuture(task.future);
    this.#events.takeBack(task);
  }

  #exitError(task: Task | undefined, exit: WorkerExit, slot: WorkerSlot): WorkerExitError {
    const who = task ? `the worker of ${task.name}` : `worker ${slot.index} of ${this.#options.name}`;
    const why = slot.endedFor === undefined ? exitInWords(exit) : `it was ended because ${slot.endedFor}`;
    return new WorkerExitError(`${who} ended: ${why}`, {
      ...exit,
      task: task?.name,
      ...(exit.error === undefined ? {} : { cause: exit.error }),
    });
  }
}

function exitInWords(exit: WorkerExit): string {
  if (exit.reason === "out-of-memory") return "it reached its memory limit";
  if (exit.error !== undefined) return `an error was not caught: ${messageOf(exit.error)}`;
  if (exit.signal !== undefined) return `signal ${exit.signal}`;
  if (exit.reason === "terminated") return "it was terminated";
  return `exit code ${exit.exitCode ?? "unknown"}`;
}

/** An error's message, or what was thrown in its place. */
export function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return "(what was thrown can't be read)";
  }
}
