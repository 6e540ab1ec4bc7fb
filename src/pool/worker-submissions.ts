/**
 * What the tasks of a worker submit. Most tasks submit nothing: what it takes is made, and loaded, when one does.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import type { Executor } from "../futures/executor.js";
import type { Transferable } from "../wire/index.js";
import type { FromWorker, WireOutcome, WorkerSetup } from "./protocol.js";
import { executorOf, reachOthersBy } from "./registry.js";
import { type RemoteSubmissions, remoteExecutor, remoteSubmissions } from "./remote-executor.js";
import type { RunningTask } from "./running-task.js";

/** What submissions need of the worker that they are made in. */
export interface SubmittingWorker {
  post(message: FromWorker, transfer?: readonly Transferable[]): void;
  /** Whether a task has returned a promise, and runs on. */
  waits(task: RunningTask): boolean;
}

export class WorkerSubmissions {
  readonly #setup: WorkerSetup;
  readonly #worker: SubmittingWorker;
  #executor: Executor | undefined;
  #made: RemoteSubmissions | undefined;
  /** Tasks that have submitted others since the event loop last had a turn. */
  readonly #submitters = new Set<RunningTask>();

  constructor(setup: WorkerSetup, worker: SubmittingWorker) {
    this.#setup = setup;
    this.#worker = worker;
    reachOthersBy((reference) => remoteExecutor(reference, this.#submissions()));
  }

  /** The executor that the worker belongs to. */
  get executor(): Executor {
    const { executor, executorName: name } = this.#setup;
    this.#executor ??= executorOf({ executor, name, options: {} });
    return this.#executor;
  }

  /** A submission came back. */
  settle(ticket: number, outcome: WireOutcome, value: unknown): void {
    this.#made?.settle(ticket, outcome, value);
  }

  /** A submission reported. */
  report(ticket: number, report: unknown): void {
    this.#made?.report(ticket, report);
  }

  #submissions(): RemoteSubmissions {
    this.#made ??= remoteSubmissions(
      (message, transfer) => this.#worker.post(message, transfer),
      (task) => this.#submitted(task),
    );
    return this.#made;
  }

  /** Rule 3: says of a task that it lends its place, once it has given way. */
  #submitted(task: RunningTask): void {
    this.#submitters.add(task);
    if (this.#submitters.size > 1) return;
    setImmediate(() => {
      const waiting = [...this.#submitters].filter((each) => this.#worker.waits(each));
      this.#submitters.clear();
      const tasks = waiting.map(({ word }) => word);
      if (tasks.length > 0) this.#worker.post({ kind: "gaveWay", tasks });
    });
  }
}
