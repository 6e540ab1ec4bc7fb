/**
 * How attempts and tasks end: settled futures, counters, retries. Settling calls the user's callbacks, and
 * these may cancel other tasks, submit new ones or end the executor: whoever goes through several tasks has to
 * reckon with some of them being done when their turn comes, which is why everything here leaves a done task
 * alone.
 *
 * @module
 */
import { CancelledError, SerializationError, UngilError } from "../errors.js";
import { channels, type TaskEvent } from "../events.js";
import { cancelFuture, rejectFuture, requeueFuture, resolveFuture } from "../futures/future.js";
import { joinStacks } from "./join-stacks.js";
import type { ResolvedExecutorOptions } from "./options.js";
import { causedBy, pauseAfter } from "./retries.js";
import type { Counters } from "./stats.js";
import type { Task } from "./task.js";
import type { TaskQueue } from "./task-queue.js";

/** What the end of a task means to its scheduler. */
export interface TaskEndsEvents {
  /** Another attempt is due. */
  again(task: Task): void;
  /** Whether the executor is broken: nothing is tried again. */
  isBroken(): boolean;
  /** A future was settled: there may be room for another task. */
  left(): void;
  /** No future is unsettled. */
  allSettled(): void;
}

export class TaskEnds {
  /** Tasks between two attempts. */
  readonly paused = new Set<Task>();
  /** Futures that are not settled. */
  unsettled = 0;
  readonly #options: ResolvedExecutorOptions;
  readonly #counters: Counters;
  readonly #queue: TaskQueue;
  readonly #events: TaskEndsEvents;

  constructor(
    options: ResolvedExecutorOptions,
    counters: Counters,
    queue: TaskQueue,
    events: TaskEndsEvents,
  ) {
    this.#options = options;
    this.#counters = counters;
    this.#queue = queue;
    this.#events = events;
  }

  /** Takes a task out of its worker's hands. */
  detach(task: Task): void {
    const slot = task.worker;
    if (!slot) return;
    slot.remove(task);
    task.attemptTimer?.cancel();
    slot.host.release(task);
    task.worker = undefined;
    task.batch = undefined;
    this.#queue.released(task);
  }

  complete(task: Task, value: unknown): void {
    if (task.phase === "done") return;
    this.#counters.completed++;
    this.#done(task);
    const { madeFuture } = task;
    if (madeFuture) resolveFuture(madeFuture, value);
    else task.settled!.resolve(value);
    this.#left();
  }

  fail(task: Task, error: unknown): void {
    if (task.phase === "done") return;
    this.withdraw(task);
    this.#counters.failed++;
    // an error of ours says where the work was submitted, not where in here it was made
    if (error instanceof UngilError) joinStacks(error, task.origin, this.#options.name);
    this.#done(task);
    rejectFuture(task.future, error);
    this.#left();
  }

  /** An attempt failed: there may be another. */
  attemptFailed(task: Task, error: unknown): void {
    if (task.phase === "done") return;
    if (task.attempt >= task.options.attempts || this.#events.isBroken()) return this.fail(task, error);
    if (task.moved) {
      return this.fail(
        task,
        new SerializationError(
          `${task.name} failed and can't be tried again: arguments have moved to its worker. Copy instead of ` +
            "transferring where retries are wanted",
          "arguments",
          { cause: error },
        ),
      );
    }
    let pause: number;
    try {
      const { clock } = this.#options;
      pause = pauseAfter(task.attempt, error, task.options.pauses, () => clock.random?.() ?? Math.random());
    } catch (backoffError) {
      return this.fail(task, causedBy(backoffError, error));
    }
    this.#counters.retried++;
    task.failure = { error };
    if (channels.taskRetry.hasSubscribers) channels.taskRetry.publish({ ...this.event(task), error });
    task.attempt++;
    task.stopping = undefined;
    task.retryWhenStopped = false;
    // the next attempt has its thread to itself until it gives way
    task.gaveWay = false;
    if (task.madeFuture) requeueFuture(task.madeFuture);
    if (pause === 0) return this.#events.again(task);
    task.phase = "paused";
    this.paused.add(task);
    const resume = (): void => {
      this.paused.delete(task);
      this.#events.again(task);
    };
    // a pause is unfinished work: it keeps the process alive
    task.attemptTimer = this.#options.clock.setTimer(resume, pause, true);
  }

  /** Rule 5: a task that was told to stop settles with the reason it was told for, however it ended. */
  stopped(task: Task): void {
    if (task.phase === "done") return;
    const error = task.stopping!;
    if (task.retryWhenStopped) return this.attemptFailed(task, error);
    if (!(error instanceof CancelledError)) return this.fail(task, error);
    this.withdraw(task);
    this.#counters.cancelled++;
    joinStacks(error, task.origin, this.#options.name);
    this.#done(task);
    cancelFuture(task.future, error);
    this.#left();
    if (channels.taskCancel.hasSubscribers) channels.taskCancel.publish(this.event(task));
  }

  /** A pending future was cancelled: it is settled already. */
  cancelled(task: Task): void {
    this.withdraw(task);
    this.#counters.cancelled++;
    this.#done(task);
    this.#left();
    if (channels.taskCancel.hasSubscribers) channels.taskCancel.publish(this.event(task));
  }

  /** Takes a task that no worker has in hand out of the queue, or out of its pause. */
  withdraw(task: Task): void {
    if (task.phase === "queued") this.#queue.remove(task);
    this.paused.delete(task);
  }

  /** What is published of a task. */
  event(task: Task): TaskEvent {
    return { executor: this.#options.name, id: task.id, name: task.name, attempt: task.attempt };
  }

  #done(task: Task): void {
    task.phase = "done";
    task.forget();
  }

  /** After the future's callbacks: one of them may submit the rest of a chunk, which an executor waits for. */
  #left(): void {
    this.unsettled--;
    this.#events.left();
    if (this.unsettled === 0) this.#events.allSettled();
  }
}
