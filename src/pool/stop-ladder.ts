/**
 * How a task is stopped, and a worker with it (rules 4 and 5).
 *
 * @module
 */
import { CancelledError, WorkerExitError } from "../errors.js";
import type { Fleet } from "./fleet.js";
import type { Host } from "./host.js";
import type { ResolvedExecutorOptions } from "./options.js";
import type { Task } from "./task.js";
import type { TaskEnds } from "./task-ends.js";
import type { WorkerSlot } from "./worker-slot.js";

export class StopLadder {
  readonly #host: Host;
  readonly #options: ResolvedExecutorOptions;
  readonly #ends: TaskEnds;
  readonly #fleet: Fleet;
  readonly #roomMade: () => void;

  /** @param roomMade - called when a worker lost a task that it did not finish. */
  constructor(
    host: Host,
    options: ResolvedExecutorOptions,
    ends: TaskEnds,
    fleet: Fleet,
    roomMade: () => void,
  ) {
    this.#host = host;
    this.#options = options;
    this.#ends = ends;
    this.#fleet = fleet;
    this.#roomMade = roomMade;
  }

  /**
   * Queued tasks leave at once; running ones are asked, and after `grace` made to.
   * @param retry - whether this ends the attempt only, and another may follow.
   */
  stop(task: Task, error: Error, retry: boolean): void {
    if (task.phase === "done") return;
    if (task.stopping) {
      // it is on its way out already; what ends the task for good outweighs what ends an attempt
      if (!task.retryWhenStopped || retry) return;
      task.stopping = error;
      task.retryWhenStopped = false;
      return;
    }
    task.stopping = error;
    task.retryWhenStopped = retry;
    const slot = task.worker;
    if (!slot) return this.#ends.stopped(task);
    const reason = error instanceof CancelledError && "cause" in error ? error.cause : error;
    if (slot.host.prevent(task)) {
      this.#fleet.givenBack(slot);
      return this.#drop(task, slot);
    }
    slot.host.askToStop(task, reason);
    // the task's own code may have ended it within the call
    if (task.worker !== slot) return;
    task.attemptTimer?.cancel();
    task.attemptTimer = this.#options.clock.setTimer(() => this.#graceOver(task), this.#options.grace, true);
  }

  /** Ends a worker whatever it does; its tasks settle as the scheduler's, not as a crash. */
  endWorker(slot: WorkerSlot, why: string): void {
    for (const task of slot.tasks.toArray()) {
      if (task.worker !== slot) continue;
      task.stopping ??= new WorkerExitError(`${task.name} was ended: ${why}`, {
        reason: "terminated",
        task: task.name,
      });
      task.retryWhenStopped = false;
      if (this.#host.isolated) continue;
      slot.host.askToStop(task, task.stopping);
      this.#ends.detach(task);
      this.#ends.stopped(task);
    }
    this.#fleet.end(slot, why);
  }

  #graceOver(task: Task): void {
    const slot = task.worker;
    if (!slot || !task.stopping) return;
    // code on this very thread can't be ended: its future is settled and its result dropped
    if (!this.#host.isolated) return this.#drop(task, slot);
    this.#fleet.end(slot, `${task.name} did not stop within ${this.#options.grace} ms of being asked`);
    // rule 8: while it ends, which may take long, another can have its place
    this.#roomMade();
  }

  #drop(task: Task, slot: WorkerSlot): void {
    this.#ends.detach(task);
    this.#ends.stopped(task);
    this.#fleet.settle(slot);
    this.#roomMade();
  }
}
