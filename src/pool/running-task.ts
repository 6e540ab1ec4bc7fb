import type { Executor } from "../futures/executor.js";
import type { Received } from "./carried.js";
import { type CurrentTask, type InnerTask, outerTask } from "./current-task.js";
import type { Stores } from "./propagation.js";
import { status } from "./protocol.js";
import type { TaskWords } from "./status-words.js";

/** What a running task needs of its worker. */
export interface TaskSurroundings {
  readonly words: TaskWords;
  readonly executor: Executor;
  report(task: RunningTask, progress: unknown): void;
}

/** A task of a worker as its own code sees it. */
export class RunningTask implements CurrentTask {
  readonly id: number;
  readonly attempt: number;
  readonly #word: number;
  readonly #worker: TaskSurroundings;
  /** What came with it, once that is decoded. */
  received: Received | undefined = undefined;
  #controller: AbortController | undefined = undefined;
  /** What `cancelled` answered when the task ended: its status word serves another task from then on. */
  #ended: boolean | undefined = undefined;

  constructor(id: number, attempt: number, word: number, worker: TaskSurroundings) {
    this.id = id;
    this.attempt = attempt;
    this.#word = word;
    this.#worker = worker;
  }

  /** Its status word, which names it to the scheduler; -1 when it has ended. */
  get word(): number {
    return this.#ended === undefined ? this.#word : -1;
  }

  get context(): unknown {
    return this.received?.context;
  }

  /** What it was submitted with, by the names of the stores. */
  get stores(): Stores | undefined {
    return this.received?.stores;
  }

  /** When it has to be done, by this isolate's clock; Infinity when it has ended, too. */
  get deadlineAt(): number {
    const { received } = this;
    return received === undefined || this.#ended !== undefined
      ? Number.POSITIVE_INFINITY
      : received.deadlineAt;
  }

  get executor(): Executor {
    return this.#worker.executor;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  get cancelled(): boolean {
    return this.#ended ?? this.#worker.words.read(this.#word) === status.asked;
  }

  report(progress: unknown): void {
    this.#worker.report(this, progress);
  }

  /** Aborts the signal. */
  abort(reason: unknown): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }

  /** It has ended; what it left behind may still hold it. */
  end(): void {
    this.#ended = this.cancelled;
  }
}

/** The task of this worker behind one that is running, which may be that of an executor on the worker's thread. */
export function runningTaskOf(current: CurrentTask | undefined): RunningTask | undefined {
  let task: CurrentTask | InnerTask | undefined = current;
  while (task && outerTask in task) task = task[outerTask];
  return task instanceof RunningTask ? task : undefined;
}
