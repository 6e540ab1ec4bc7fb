/**
 * One record's task on an executor: its future, and what the executor's events tell of it.
 *
 * @module
 */
import { channels, type TaskEvent } from "../events.js";
import type { Executor, TaskOptions } from "../futures/executor.js";
import type { Future } from "../futures/future.js";
import { type Submitter, submitterOf } from "../pool/base-executor.js";

/** How records are run. */
export interface RecordTaskOptions extends TaskOptions {
  /** Name for messages. Tasks that the task itself submits have another. */
  readonly name: string;
  /** Records sent to a worker in one go. */
  readonly chunksize: number | "auto";
}

/** What is known of a task beside its outcome. */
export interface TaskTimes {
  /** When the last attempt started, in ms since 1970. */
  readonly startTime: number;
  /** How long the last attempt ran, in ms. */
  readonly runTime: number;
  /** 1 for a task that was not tried again. */
  readonly attempts: number;
}

/** A task on its way. */
export interface RecordTask {
  readonly future: Future<unknown>;
  /** What is known so far. */
  times(): TaskTimes;
}

interface Times {
  startTime: number;
  startedAt: number;
  ran: number | undefined;
  attempt: number;
}

/** Submits records to an executor and follows its events. `close` stops listening. */
export class TaskRunner {
  readonly #executor: string;
  readonly #name: string;
  readonly #submit: Submitter;
  readonly #times = new Map<number, Times>();
  #submitted: number | undefined;

  /**
   * @param fn - the task: `fn(record, index)`.
   * @throws CaptureError for a function that can't be sent.
   */
  constructor(executor: Executor, fn: (record: never, index: number) => unknown, options: RecordTaskOptions) {
    const { chunksize, ...taskOptions } = options;
    this.#executor = executor.name;
    this.#name = options.name;
    this.#submit = submitterOf(executor.with(taskOptions), fn, chunksize);
    channels.taskSubmit.subscribe(this.#onSubmit);
    channels.taskStart.subscribe(this.#onStart);
    channels.taskEnd.subscribe(this.#onEnd);
  }

  /** @throws what `submit` throws: the executor can't go on. */
  submit(record: unknown, index: number): RecordTask {
    this.#submitted = undefined;
    const submittedAt = Date.now();
    const future = this.#submit([record, index]);
    const id = this.#submitted;
    const times: Times = (id === undefined ? undefined : this.#times.get(id)) ?? {
      startTime: submittedAt,
      startedAt: performance.now(),
      ran: undefined,
      attempt: 1,
    };
    if (id !== undefined) future.onDone(() => this.#times.delete(id));
    return {
      future,
      times: () => ({
        startTime: times.startTime,
        // a task whose worker was ended has no end of its own
        runTime: times.ran ?? performance.now() - times.startedAt,
        attempts: times.attempt,
      }),
    };
  }

  /** Stops listening to the executor's events. */
  close(): void {
    channels.taskSubmit.unsubscribe(this.#onSubmit);
    channels.taskStart.unsubscribe(this.#onStart);
    channels.taskEnd.unsubscribe(this.#onEnd);
  }

  #ours(message: unknown): TaskEvent | undefined {
    const event = message as TaskEvent;
    return event.executor === this.#executor && event.name === this.#name ? event : undefined;
  }

  readonly #onSubmit = (message: unknown): void => {
    const event = this.#ours(message);
    if (!event) return;
    this.#submitted = event.id;
    this.#times.set(event.id, {
      startTime: Date.now(),
      startedAt: performance.now(),
      ran: undefined,
      attempt: event.attempt,
    });
  };

  readonly #onStart = (message: unknown): void => {
    const event = this.#ours(message);
    const times = event && this.#times.get(event.id);
    if (!times) return;
    times.startTime = Date.now();
    times.startedAt = performance.now();
    times.ran = undefined;
    times.attempt = event.attempt;
  };

  readonly #onEnd = (message: unknown): void => {
    const event = this.#ours(message);
    const times = event && this.#times.get(event.id);
    if (times) times.ran = event.ran;
  };
}
