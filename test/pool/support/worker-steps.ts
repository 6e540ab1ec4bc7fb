// What workers do, told to the model first.

import { at } from "./model-parts.js";
import type { SchedulerModel } from "./scheduler-model.js";
import type { Ends, ExitReason } from "./scheduler-program.js";
import type { Held, ScriptedHost, ScriptedWorker } from "./scripted-host.js";

export class WorkerSteps {
  readonly #model: SchedulerModel;
  readonly #host: ScriptedHost;

  constructor(model: SchedulerModel, host: ScriptedHost) {
    this.#model = model;
    this.#host = host;
  }

  /** Those that are not gone. */
  get alive(): ScriptedWorker[] {
    return this.#host.workers.filter(({ gone }) => !gone);
  }

  /** Whatever is possible. */
  goOn(worker: ScriptedWorker, which: number, ends: Ends): void {
    const { running, startable } = worker;
    if (!worker.isReady && !worker.ended && !worker.stopped) worker.becomeReady();
    else if (which < 2 && startable.length > 0) this.begin(worker, at(startable, which));
    else if (running.length > 0) this.finish(worker, [at(running, which)!], ends);
    else if (startable.length > 0) this.begin(worker, at(startable, which));
    else if (worker.ghosts > 0) this.answer(worker);
    else if (worker.stopped || worker.ended) this.exit(worker, worker.ended ? "terminated" : "exit");
  }

  begin(worker: ScriptedWorker, held: Held | undefined): void {
    if (!held) return;
    this.#model.note(`task ${held.task.id} begins on worker ${worker.index}`);
    this.#model.begins(this.#model.tasks[held.task.id - 1]!);
    worker.begin(held);
  }

  finish(worker: ScriptedWorker, helds: readonly Held[], { ok, ran, waited }: Ends): void {
    if (helds.length === 0) return;
    for (const held of helds) {
      const task = this.#model.tasks[held.task.id - 1]!;
      const value = ok ? { value: task.id } : new Error(`task ${task.id} fails`);
      this.#model.finishes(task, ok, value);
      worker.finish(held, ok, value, ran, waited);
      this.#model.hasEnded([task]);
    }
    worker.told();
  }

  answer(worker: ScriptedWorker): void {
    worker.answerForGhosts();
  }

  exit(worker: ScriptedWorker, reason: ExitReason): void {
    const model = this.#model.modelOf(worker);
    const { inHand } = model;
    const wasBroken = this.#model.isBroken;
    this.#model.exits(model);
    const breaks = !wasBroken && this.#model.isBroken && inHand.length > 0;
    this.#model.inTransition = breaks;
    worker.exit({ reason, exitCode: 1 });
    this.#model.inTransition = false;
    if (breaks) this.#model.endsWorkers("broken");
    this.#model.hasEnded(inHand);
  }

  failInitializer(worker: ScriptedWorker): void {
    if (worker.isReady || worker.ended || worker.stopped) return;
    this.#model.modelOf(worker).mayBeEnded = true;
    this.#model.breaks();
    worker.failInitializer(new Error("the initializer failed"));
  }
}
