// Which ends of a task are right, in the model of the scheduler.

import {
  BrokenExecutorError,
  CancelledError,
  type FutureSnapshot,
  SerializationError,
  ShutdownError,
  TimeoutError,
  WorkerExitError,
} from "ungil";
import type { Ending, ModelTask, Stop } from "./model-parts.js";

/** Cause of the cancellation of what a lost task had submitted: made by the scheduler. */
export const parentLost = Symbol("parent lost");

/** Cause of the cancellation of what had not begun when the executor was terminated: the same. */
export const terminated = Symbol("terminated");

/** How often a task may lose its worker before it begins. */
export const lossesAllowed = 10;

/** What is to be known of the executor. */
interface Executor {
  readonly isBroken: boolean;
  now(): number;
}

export class Verdicts {
  readonly #model: Executor;
  readonly #brokenInstances = new Set<unknown>();

  constructor(model: Executor) {
    this.#model = model;
  }

  /** Whether a task may end so, now. */
  isRight(task: ModelTask, { cancelled, result, exception }: FutureSnapshot<unknown>): boolean {
    if (!task.ending) return this.#isRightBefore(task, cancelled, exception);
    return this.#isRightEnd(task, task.ending, cancelled, result, exception);
  }

  #isRightEnd(task: ModelTask, ending: Ending, cancelled: boolean, result: unknown, error: unknown): boolean {
    switch (ending.kind) {
      case "value":
        return error === null && result === ending.value;
      case "error":
        return !cancelled && error === ending.value;
      case "stop":
        if (task.eitherStop && this.#isBreak(error)) return true;
        return this.#isRightStop(task, task.finalStop ?? task.stops[0]!, cancelled, error);
      case "exit":
        return !cancelled && error instanceof WorkerExitError;
      case "broken":
        return this.#isBreak(error);
      case "retry":
        return false;
    }
  }

  #isRightStop(task: ModelTask, stop: Stop, cancelled: boolean, error: unknown): boolean {
    switch (stop.kind) {
      case "cancel":
        // its deadline may have come first within the same millisecond
        if (!cancelled) return stop.at === task.deadlineAt && this.#isMissedDeadline(task, error);
        return this.#isCancelledFor(error, [stop.cause]);
      case "deadline":
        return !cancelled && this.#isMissedDeadline(task, error);
      case "timeout":
        return !cancelled && error instanceof TimeoutError && /timeout of/.test(error.message);
      case "ended":
        return !cancelled && error instanceof WorkerExitError;
      case "broken":
        return !cancelled && this.#isBreak(error);
    }
  }

  #isMissedDeadline(task: ModelTask, error: unknown): boolean {
    if (!(error instanceof TimeoutError) || !/deadline/.test(error.message)) return false;
    return task.lastFailure === undefined || error.cause === task.lastFailure.error;
  }

  #isCancelledFor(error: unknown, causes: readonly unknown[]): boolean {
    if (!(error instanceof CancelledError)) return false;
    const { cause } = error;
    return (
      causes.includes(cause) ||
      (causes.includes(parentLost) && cause instanceof WorkerExitError) ||
      (causes.includes(terminated) && cause instanceof ShutdownError)
    );
  }

  /** An instance of its own for each: a shared one would collect the stacks of strangers. */
  #isBreak(error: unknown): boolean {
    if (!(error instanceof BrokenExecutorError) || this.#brokenInstances.has(error)) return false;
    this.#brokenInstances.add(error);
    return this.#model.isBroken;
  }

  /** How a task may end that has not begun. */
  #isRightBefore(task: ModelTask, cancelled: boolean, error: unknown): boolean {
    if (task.phase === "begun") return false;
    if (cancelled) return this.#isCancelledFor(error, task.causes);
    if (error instanceof TimeoutError) {
      return this.#model.now() === task.deadlineAt
        ? this.#isMissedDeadline(task, error)
        : this.#model.now() === task.timeoutAt && (this.#model.isBroken || !task.hasAttemptsLeft);
    }
    if (error instanceof SerializationError) return task.refused;
    if (error instanceof WorkerExitError) return task.losses > lossesAllowed;
    return this.#isBreak(error);
  }
}
