/**
 * Submissions from inside the tasks of one worker: they go to their executor, and what comes of them goes back.
 *
 * @module
 */
import { InvalidStateError } from "../errors.js";
import type { Future } from "../futures/future.js";
import { warn } from "../futures/unobserved.js";
import { type DecodeHooks, encode, refusal, type Transferable } from "../wire/index.js";
import type { NestedSubmission } from "./host.js";
import { outbound, passedOn } from "./outbound.js";
import type { ToWorker, WireSubmission } from "./protocol.js";
import { schedulerById } from "./registry.js";
import type { Task } from "./task.js";

/** What the submissions of a worker need of it. */
export interface SubmittingWorker {
  readonly executorName: string;
  post(message: ToWorker, transfer: readonly Transferable[]): void;
  submit(submission: NestedSubmission): void;
}

/** Arguments that pass by here on their way from one worker to another: functions in them are not revived. */
export const passing = (inbound: DecodeHooks): DecodeHooks => ({
  ...inbound,
  reviveFunction: (shipped) => {
    const standIn = (): never => {
      throw new InvalidStateError("this function is on its way from one worker to another");
    };
    passedOn.set(standIn, shipped);
    return Promise.resolve(standIn);
  },
});

export class NestedSubmissions {
  readonly #worker: SubmittingWorker;
  /** Futures of what was submitted, by ticket. */
  readonly #futures = new Map<number, Future<unknown>>();
  #closed = false;

  constructor(worker: SubmittingWorker) {
    this.#worker = worker;
  }

  /** The future of a submission, until it is settled. */
  future(ticket: number): Future<unknown> | undefined {
    return this.#futures.get(ticket);
  }

  /** Submits on behalf of a task. */
  submit(submission: WireSubmission, parent: Task | undefined, args: unknown): void {
    const { ticket, fn, options } = submission;
    const executor = schedulerById(submission.executor);
    if (!executor) {
      return this.refuse(
        ticket,
        new InvalidStateError(
          "the executor that the task submits to is gone, or belongs to another isolate than this one",
        ),
      );
    }
    this.#worker.submit({
      executor,
      parent,
      fn,
      name: fn.name,
      args: args as unknown[],
      options,
      carried: submission.carried,
      accepted: (future) => this.#watch(ticket, future),
      refused: (error) => this.refuse(ticket, error),
    });
  }

  /** Answers with an error. */
  refuse(ticket: number, error: unknown): void {
    this.#settle(ticket, false, error, false);
  }

  /** The worker is gone: nobody is there to be answered. */
  close(): void {
    this.#closed = true;
    this.#futures.clear();
  }

  #watch(ticket: number, future: Future<unknown>): void {
    this.#futures.set(ticket, future);
    // what it reported comes before how it ended
    const forwarded = this.#forwardProgress(ticket, future);
    future.then(
      (value) => forwarded.then(() => this.#settle(ticket, true, value, false)),
      (error) => forwarded.then(() => this.#settle(ticket, false, error, future.cancelled())),
    );
  }

  async #forwardProgress(ticket: number, future: Future<unknown>): Promise<void> {
    for await (const report of future.progress) {
      if (this.#closed) return;
      try {
        const { value, marked, transfer } = encode(report, "progress", outbound, [], "moved");
        this.#worker.post({ kind: "reported", ticket, value, marked }, transfer);
      } catch (error) {
        warn(`a progress report to a task of ${this.#worker.executorName} could not be passed on`, error);
      }
    }
  }

  #settle(ticket: number, ok: boolean, result: unknown, cancelled: boolean): void {
    this.#futures.delete(ticket);
    if (this.#closed) return;
    try {
      const { value, marked, transfer } = encode(result, "result", outbound, [], "moved");
      this.#worker.post({ kind: "settled", ticket, outcome: { ok, value, marked, cancelled } }, transfer);
    } catch (error) {
      const { value, marked } = encode(refusal(result, "result", error), "error", outbound);
      this.#worker.post(
        { kind: "settled", ticket, outcome: { ok: false, value, marked, cancelled: false } },
        [],
      );
    }
  }
}
