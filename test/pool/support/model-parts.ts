// The tasks and workers of the model of the scheduler.

import type { Future } from "ungil";
import type { ScriptedWorker } from "./scripted-host.js";

export interface Limits {
  maxWorkers: number;
  minWorkers: number;
  readonly tasksPerWorker: number;
  readonly maxTasksPerWorker: number;
  readonly maxQueue: number;
  readonly grace: number;
  readonly idleTimeout: number;
  readonly onWorkerCrash: "fail-task" | "retry" | "fail-pool";
  readonly maxCrashesPerTask: number;
  readonly prefetches: boolean;
}

export interface Retries {
  readonly attempts: number;
  readonly backoff: number;
  readonly factor: number;
  readonly maxBackoff: number;
  readonly jitter: number;
}

export interface TaskLimits {
  readonly priority: number;
  readonly timeout: number;
  readonly deadline: number;
  readonly retries: Retries;
}

/** What a task is told to stop for. Only a timeout ends the attempt, the others the task. */
export interface Stop {
  readonly kind: "timeout" | "deadline" | "cancel" | "ended" | "broken";
  readonly cause?: unknown;
  readonly at: number;
}

/** What has to become of a task that a worker had in hand. */
export type Ending =
  | { readonly kind: "value" | "error"; readonly value: unknown }
  | { readonly kind: "stop" | "exit" | "broken" | "retry" };

/** The value that `Math.random` has in these tests. */
export const fixedRandom = 0.5;

/** Tasks taken back and not answered for, up to which a worker is given more. */
const mostGhosts = 16;

export class ModelTask {
  readonly id: number;
  readonly limits: TaskLimits;
  readonly deadlineAt: number;
  phase: "waiting" | "paused" | "sent" | "begun" | "done" = "waiting";
  depth: number;
  parent: ModelTask | undefined;
  readonly children = new Set<ModelTask>();
  future!: Future<unknown>;
  attempt = 1;
  begunAttempt = 0;
  worker: ModelWorker | undefined;
  timeoutAt = Number.POSITIVE_INFINITY;
  pausedUntil = 0;
  crashes = 0;
  losses = 0;
  gaveWay = false;
  refused = false;
  stops: Stop[] = [];
  /** Which of the tests' signals it was given. */
  signal: number | undefined;
  /** Whether it was told to stop while the executor broke: which came first is not known. */
  eitherStop = false;
  /** Whether a timeout that it is stopped for is its end. */
  noRetry = false;
  asked = 0;
  causes: unknown[] = [];
  lastFailure: { readonly error: unknown } | undefined;
  ending: Ending | undefined;
  settlements = 0;

  constructor(id: number, limits: TaskLimits, parent: ModelTask | undefined, now: number) {
    this.id = id;
    this.limits = limits;
    this.parent = parent;
    this.depth = parent ? parent.depth + 1 : 0;
    // that of a parent that is being stopped may be over
    const inherited = Math.max(now, parent?.deadlineAt ?? Number.POSITIVE_INFINITY);
    this.deadlineAt = Math.min(now + limits.deadline, inherited);
  }

  get hasAttemptsLeft(): boolean {
    return this.attempt <= this.limits.retries.attempts;
  }

  /** What it is going to be settled for, once it has stopped. */
  get finalStop(): Stop | undefined {
    return this.stops.find(({ kind }) => kind !== "timeout");
  }

  pauseAfterAttempt(): number {
    const { backoff, factor, maxBackoff, jitter } = this.limits.retries;
    return Math.min(backoff * factor ** (this.attempt - 1), maxBackoff) * (1 - jitter * fixedRandom);
  }
}

export interface ModelBatch {
  readonly tasks: Set<ModelTask>;
  inFront: boolean;
}

export class ModelWorker {
  readonly worker: ScriptedWorker;
  retiring = false;
  served = 0;
  /** It retires because it was sent as many tasks as it may run, and for nothing else. */
  hadItsShare = false;
  /** It retires because there were too many, and for nothing else. */
  isSurplus = false;
  batches: ModelBatch[] = [];
  stoppedAt = Number.POSITIVE_INFINITY;
  mayBeEnded = false;

  constructor(worker: ScriptedWorker) {
    this.worker = worker;
  }

  get takesTasks(): boolean {
    const { isReady, stopped, ended, gone } = this.worker;
    return isReady && !this.retiring && !stopped && !ended && !gone;
  }

  /** Rule 18: whether it lends a place to a task of such a depth. */
  lendsTo(depth: number, { tasksPerWorker, maxTasksPerWorker }: Limits): boolean {
    const lendable = this.lendableTo(depth);
    if (this.batches.length - lendable >= tasksPerWorker) return false;
    if (this.takesTasks) return true;
    const { stopped, ended, gone } = this.worker;
    const isThere = this.retiring && !stopped && !ended && !gone;
    return isThere && this.isSurplus && lendable > 0 && this.served < maxTasksPerWorker;
  }

  get isStarting(): boolean {
    const { isReady, stopped, ended, gone } = this.worker;
    return !isReady && !stopped && !ended && !gone;
  }

  hasRoom({ tasksPerWorker }: Limits): boolean {
    return this.takesTasks && this.batches.length < tasksPerWorker && this.worker.ghosts <= mostGhosts;
  }

  /** It has work in hand, and has not seen that other work was taken back: its event loop may not run. */
  get mayBeBlocked(): boolean {
    return this.batches.length > 0 && this.worker.ghosts > 0;
  }

  get inHand(): ModelTask[] {
    return this.batches.flatMap(({ tasks }) => [...tasks]);
  }

  /** Rule 3: lanes of tasks that have submitted others and gave way. */
  lendableTo(depth: number, submitting?: ModelTask): number {
    if (depth === 0) return 0;
    const lends = (task: ModelTask): boolean =>
      task.depth < depth && ((task.gaveWay && task.children.size > 0) || task === submitting);
    return this.inHand.filter(lends).length;
  }

  remove(task: ModelTask): void {
    const batch = this.batches.find(({ tasks }) => tasks.delete(task));
    if (!batch || batch.tasks.size > 0) return;
    this.batches.splice(this.batches.indexOf(batch), 1);
    const next = batch.inFront ? undefined : this.batches.find(({ inFront }) => inFront);
    if (next) next.inFront = false;
  }
}

/** One of a list, from the beginning again after the last. */
export function at<T>(list: readonly T[], which: number): T | undefined {
  return list[which % list.length];
}
