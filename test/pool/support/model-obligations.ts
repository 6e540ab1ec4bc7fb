// What has to be so whenever the scheduler had time to react.

import type { ExecutorStats } from "ungil";
import type { SchedulerModel } from "./scheduler-model.js";

export class Obligations {
  readonly #model: SchedulerModel;

  constructor(model: SchedulerModel) {
    this.#model = model;
  }

  /** The clock has gone on, and what it set off has run. */
  timePassed(): void {
    this.#model.resumeDue();
    const now = this.#model.now();
    for (const task of this.#model.tasks) {
      if (task.phase === "done") continue;
      const { deadlineAt, timeoutAt, stops } = task;
      if (deadlineAt <= now && !task.finalStop && !task.noRetry) {
        this.#model.expect(
          task.phase === "begun" && stops.length > 0,
          `task ${task.id} outlives its deadline`,
        );
        // it was being stopped for its timeout; now it is for good
        stops.push({ kind: "deadline", at: deadlineAt });
      }
      if (task.phase === "sent" || task.phase === "begun")
        this.#model.expect(timeoutAt > now || stops.length > 0, `task ${task.id} outlives its timeout`);
      if (task.phase === "begun" && stops.length > 0 && stops[0]!.at + this.#model.limits.grace <= now)
        this.#model.expect(task.worker!.worker.ended, `the worker of task ${task.id} outlives its grace`);
    }
    for (const { stoppedAt, worker } of this.#model.workers) {
      this.#model.expect(
        worker.gone || worker.ended || stoppedAt + this.#model.limits.grace > now,
        `worker ${worker.index} outlives its grace`,
      );
    }
  }

  /** The scheduler had time to react: whoever can go on does. */
  isSettled(): void {
    const { maxWorkers, minWorkers } = this.#model.limits;
    const alive = this.#model.workers.filter((each) => each.isStarting || each.takesTasks);
    this.#model.expect(alive.length <= maxWorkers, `${alive.length} workers take tasks`);
    for (const worker of this.#model.workers) {
      const { gone, stopped, ended, ghosts } = worker.worker;
      const isLeft = worker.retiring && worker.batches.length === 0 && ghosts === 0;
      this.#model.expect(
        !isLeft || gone || stopped || ended,
        `worker ${worker.worker.index} retires for ever`,
      );
    }
    if (this.#model.isBroken || this.#model.isTerminated) return;
    // one that could not be started is tried again when there is something to do
    const leaving = this.#model.workers.some(
      ({ takesTasks, isStarting, worker }) => !takesTasks && !isStarting && !worker.gone,
    );
    this.#model.expect(
      this.#model.isClosing || alive.length >= minWorkers || leaving || this.#model.startsFailed > 0,
      "there are less than minWorkers",
    );
    const [first] = this.#model.queue;
    if (!first) return;
    const starting = this.#model.workers.filter(({ isStarting }) => isStarting).length;
    this.#model.expect(
      !this.#model.workers.some(
        (each) => each.hasRoom(this.#model.limits) && !(each.mayBeBlocked && starting > 0),
      ),
      `task ${first.id} waits though there is room`,
    );
    const inTheWay = this.#model.workers.filter(
      ({ retiring, batches, worker }) => retiring && !worker.ended && batches.length > 0,
    );
    this.#model.expect(
      starting > 0 || alive.length + inTheWay.length >= maxWorkers,
      `task ${first.id} waits though a worker may start`,
    );
    if (first.depth === 0 || starting > 0) return;
    const lends = this.#model.workers.some((each) => each.lendsTo(first.depth, this.#model.limits));
    this.#model.expect(!lends, `task ${first.id} waits though a place could be lent to it`);
  }

  /** Of tasks, and one of each worker, that it has been idle for too long or does not end. */
  get mostTimers(): number {
    let most = this.#model.workers.filter(({ worker }) => !worker.gone).length;
    for (const { phase, deadlineAt, timeoutAt, stops } of this.#model.tasks) {
      if (phase === "done") continue;
      if (deadlineAt !== Number.POSITIVE_INFINITY) most++;
      const isLimited = timeoutAt !== Number.POSITIVE_INFINITY || stops.length > 0;
      if (phase === "paused" || ((phase === "sent" || phase === "begun") && isLimited)) most++;
    }
    return most;
  }

  /** What futures and counters say. */
  compare({ workers, ...stats }: ExecutorStats): void {
    for (const { id, future, phase } of this.#model.tasks) {
      const state = phase === "begun" ? "running" : phase === "done" ? "done" : "pending";
      const seen = future.done() ? "done" : future.state;
      this.#model.expect(seen === state, `task ${id} is ${future.state} instead of ${state}`);
    }
    const seen: Readonly<Record<string, unknown>> = { ...stats, ...workers };
    for (const [name, value] of Object.entries(this.#stats()))
      this.#model.expect(
        seen[name] === value,
        `stats().${name} is ${String(seen[name])} instead of ${value}`,
      );
  }

  #stats(): Readonly<Record<string, number>> {
    const present = this.#model.workers.filter(({ worker }) => !worker.gone);
    const busy = present.filter(({ batches }) => batches.length > 0);
    const idle = present.filter(
      ({ batches, worker, isStarting }) =>
        batches.length === 0 && !isStarting && !worker.stopped && !worker.ended,
    );
    return {
      ...this.#model.counts,
      submitted: this.#model.tasks.length,
      started: this.#model.workers.length,
      queued: this.#model.waiting,
      running: this.#model.tasks.filter(({ phase }) => phase === "begun").length,
      starting: present.filter(({ isStarting }) => isStarting).length,
      busy: busy.length,
      idle: idle.length,
    };
  }

  /** Nothing is to be done: nobody keeps the process alive. */
  restsNow(): void {
    if (this.#model.isClosing || this.#model.isBroken) return;
    for (const { worker } of this.#model.workers)
      this.#model.expect(
        worker.gone || !worker.keepsAlive,
        `idle worker ${worker.index} keeps the process alive`,
      );
  }

  /** More than the idle time has passed since. */
  hasRested(): void {
    const kept = this.#model.workers.filter(({ takesTasks }) => takesTasks);
    this.#model.expect(kept.length <= this.#model.limits.minWorkers, `${kept.length} idle workers are kept`);
  }
}
