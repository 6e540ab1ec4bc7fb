// One scheduler on a scripted host: carries out the steps of a program, and after each compares what can be seen
// with the model.

import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import {
  BrokenExecutorError,
  type Future,
  QueueFullError,
  ShutdownError,
  type TaskOptions,
  TimeoutError,
} from "ungil";
import { type ManualClock, manualClock } from "ungil/testing";
import type * as clocks from "../../../dist/clock.js";
import { Obligations } from "./model-obligations.js";
import { at, fixedRandom, type Limits, type ModelTask } from "./model-parts.js";
import { SchedulerModel } from "./scheduler-model.js";
import {
  type Ends,
  type ExitReason,
  limitsOf,
  optionsOf,
  type Step,
  type TaskSpec,
  type UserStep,
  type WorkerStep,
} from "./scheduler-program.js";
import { type Held, ScriptedHost, ScriptedPool, type ScriptedWorker, unsendable } from "./scripted-host.js";
import { WorkerSteps } from "./worker-steps.js";

const { systemClock } = (await import(
  new URL("../clock.js", import.meta.resolve("ungil")).href
)) as typeof clocks;

const maxMemory = 1_000;
/** Longer than any chain of promises within the scheduler. */
const microtasks = 16;
const mostRounds = 3_000;

const functions = {
  quick: () => {},
  slow: () => {},
};

const wellBehaved: Ends = { ok: true, ran: 0.01, waited: false };

export class Trial {
  readonly clock: ManualClock;
  /** What the scheduler takes from the machine's clock, it takes from this one. */
  readonly machine = manualClock();
  readonly model: SchedulerModel;
  readonly host: ScriptedHost;
  readonly pool: ScriptedPool;
  readonly #limits: Limits;
  readonly #obligations: Obligations;
  readonly #workers: WorkerSteps;
  readonly #signals = [0, 1, 2].map(() => new AbortController());
  readonly #reasons = [0, 1, 2].map((signal) => new Error(`signal ${signal}`));
  /** Calls of `ready`, `shutdown` and `terminate` that have not settled. */
  #open = 0;
  #readyAsked = 0;
  #readyTold = 0;
  #readyWaiting = 0;
  /** Places promised by `ready` since the last turn of the event loop that nobody took. */
  #placesKept = 0;
  /** What has happened since the last pause that may take a promised place. */
  #disturbances = 0;

  constructor(limits: Limits) {
    this.#limits = { ...limits };
    this.clock = Object.assign(manualClock(), { random: () => fixedRandom });
    Object.assign(systemClock, this.machine);
    this.model = new SchedulerModel(this.#limits, () => this.clock.now());
    this.#obligations = new Obligations(this.model);
    this.host = new ScriptedHost(this.model, limits.tasksPerWorker, limits.prefetches);
    this.#workers = new WorkerSteps(this.model, this.host);
    const { prefetches: _, ...options } = limits;
    this.pool = new ScriptedPool(this.host, {
      ...options,
      name: `trial-${++trials}`,
      maxMemoryPerWorker: maxMemory,
      clock: this.clock,
      onUnobserved: () => {},
    });
  }

  /** Told of every retry. */
  readonly retried = (message: unknown): void => {
    const { executor, id, attempt, error } = message as Record<
      "executor" | "id" | "attempt" | "error",
      never
    >;
    if (executor === this.pool.name) this.model.retried(this.model.tasks[id - 1]!, attempt, error);
  };

  /** Carries out steps without a microtask in between, then lets the scheduler react, and looks at everything. */
  async perform(steps: readonly Step[]): Promise<void> {
    this.#disturbances = 0;
    for (const step of steps) {
      this.model.note(JSON.stringify(step));
      if (step.do === "advance" || step.do === "machine" || step.do === "turn") this.#placesKept = 0;
      if (step.do === "advance") await this.advance(step.ms);
      else if (step.do === "machine") await this.machine.advance(step.ms);
      else if (step.do === "turn") await turn();
      else this.#perform(step);
    }
    await this.#settle();
  }

  #perform(step: UserStep | WorkerStep): void {
    const { model } = this;
    switch (step.do) {
      case "submit":
        if ("worker" in step)
          return this.#onRunning(step, (worker, held) => this.#nested(worker, held, step.task));
        for (let i = 0; i < step.count; i++) this.submit(step.task);
        return;
      case "cancel":
      case "abort":
        return this.#stop(step.which, step.do);
      case "signal":
        for (const task of model.tasks)
          if (task.signal === step.signal) model.stop(task, this.#reasons[step.signal]);
        return this.#signals[step.signal]!.abort(this.#reasons[step.signal]);
      case "ready":
        for (let i = 0; i < step.count; i++) this.#ready(step.timeout, step.task);
        return;
      case "resize":
        return this.#resize(step.maxWorkers, step.minWorkers);
      case "shutdown":
        return this.shutdown(step);
      case "terminate":
        return this.#terminate();
      case "goOn":
        return this.#onWorker(step.worker, (worker) => this.#workers.goOn(worker, step.which, step.ends));
      case "begin":
        return this.#onWorker(step.worker, (worker) =>
          this.#workers.begin(worker, at(worker.startable, step.which)),
        );
      case "finish":
        return this.#onRunning({ worker: step.worker, which: 0 }, (worker) =>
          this.#workers.finish(worker, worker.running.slice(0, step.count), step.ends),
        );
      case "answer":
        return this.#onWorker(step.worker, (worker) => this.#workers.answer(worker));
      case "gaveWay":
        return this.#onRunning(step, (worker, { task }) => {
          this.#disturbances++;
          model.tasks[task.id - 1]!.gaveWay = true;
          worker.gaveWay(task);
        });
      case "memory":
        return this.#onWorker(step.worker, (worker) => {
          if (step.which === 0) model.retire(model.modelOf(worker));
          worker.memory(step.which === 0 ? maxMemory + 1 : maxMemory);
        });
      case "exit":
        return this.#exit(step.worker, step.asked, step.reason);
      case "failStart":
        this.host.failingStarts = step.count;
        return;
      case "failInitializer":
        return this.#onWorker(step.worker, (worker) => this.#workers.failInitializer(worker));
    }
  }

  // ── what users do ─────────────────────────────────────────────────────────────────────────────────────

  /** @param exact - whether it is known what the scheduler is going to answer. */
  submit(spec: TaskSpec, exact = true): void {
    const { signal } = spec;
    this.#disturbances++;
    const options = {
      ...this.#optionsOf(spec),
      signal: signal === undefined ? undefined : this.#signals[signal]!.signal,
    };
    this.#accept(spec, undefined, exact, (args) =>
      this.pool.with(options).submit(functions[spec.fn], ...args),
    );
  }

  /** Makes a submission and tells the model of it. */
  #accept(
    spec: TaskSpec,
    parent: ModelTask | undefined,
    exact: boolean,
    submit: (args: []) => Future<unknown>,
  ): unknown {
    const { model } = this;
    model.resumeDue();
    const belongs = parent !== undefined && !model.isTerminated;
    const refusal = model.isBroken
      ? BrokenExecutorError
      : model.isClosing && !belongs
        ? ShutdownError
        : model.isFull(parent)
          ? QueueFullError
          : undefined;
    const task = model.add(limitsOf(spec, this.model.tasks.length + 1), parent);
    let future: Future<unknown>;
    model.submitting++;
    try {
      future = submit((spec.sendable ? [] : [unsendable]) as never);
    } catch (error) {
      model.removeLast();
      const known = [BrokenExecutorError, ShutdownError, QueueFullError].find(
        (each) => error instanceof each,
      );
      model.expect(
        known !== undefined && (!exact || known === refusal),
        `a submission ends with ${String(error)}`,
      );
      return error;
    } finally {
      model.submitting--;
    }
    model.expect(!exact || refusal === undefined, `a submission is taken instead of ${refusal?.name}`);
    model.note(`task ${task.id} is submitted${parent ? ` by ${parent.id}` : ""}`);
    task.future = future;
    task.signal = parent ? undefined : spec.signal;
    if (task.signal !== undefined && this.#signals[task.signal]!.signal.aborted)
      model.stop(task, this.#reasons[task.signal]);
    future.onDone((done) => model.settled(task, done.snapshot()));
    future.onDone(() => this.#callback(task, spec));
    return undefined;
  }

  #callback({ id }: ModelTask, { whenDone, ...spec }: TaskSpec): void {
    if (whenDone === "nothing") return;
    this.#disturbances++;
    this.model.note(`the callback of ${id}: ${whenDone}`);
    if (whenDone === "submit") this.submit({ ...spec, whenDone: "nothing" }, false);
    else this.#stop(id * 7, whenDone);
  }

  #stop(which: number, how: "cancel" | "abort"): void {
    const { model } = this;
    const open = model.tasks.filter(({ phase }) => phase !== "done");
    const task = at(which % 4 === 0 ? model.tasks : open, which);
    if (!task?.future) return;
    model.resumeDue();
    const { phase, future } = task;
    // one that is just being refused, lost its worker while it was being stopped, or can't be sent again fails anyway
    const fails = task.refused || task.ending !== undefined || model.isBroken;
    const cause = new Error(`${how} ${task.id}`);
    if (how === "abort") {
      model.stop(task, cause);
      future.abort(cause);
      model.expect(phase === "begun" || fails || future.done(), `task ${task.id} is not done after abort()`);
      return;
    }
    const wasCancelled = future.cancelled();
    if (phase !== "begun") model.stop(task, cause);
    const taken = future.cancel(cause);
    const right = phase === "done" ? wasCancelled : phase !== "begun";
    model.expect(
      taken === right || fails,
      `cancel() of task ${task.id}, which is ${phase}, answers ${taken}`,
    );
  }

  #ready(timeout: number | undefined, task: TaskSpec): void {
    const { model } = this;
    const number = ++this.#readyAsked;
    const late = this.clock.now() + (timeout ?? Number.POSITIVE_INFINITY);
    this.#open++;
    this.#readyWaiting++;
    this.pool.ready(timeout === undefined ? {} : { timeout }).then(
      () => {
        this.#open--;
        this.#readyWaiting--;
        model.expect(number > this.#readyTold, `ready() number ${number} overtook another`);
        this.#readyTold = number;
        const disturbed = this.#disturbances > 0;
        const options = this.#optionsOf({ ...task, signal: undefined });
        const spec = { ...task, signal: undefined };
        const error = this.#accept(spec, undefined, false, (args) =>
          this.pool.with(options).submit(functions[task.fn], ...args),
        );
        if (error !== undefined) this.#placesKept++;
        model.expect(disturbed || !(error instanceof QueueFullError), "no room after ready()");
      },
      (error: unknown) => {
        this.#open--;
        this.#readyWaiting--;
        model.expect(
          (error instanceof TimeoutError && this.clock.now() === late) ||
            (error instanceof ShutdownError && model.isClosing) ||
            (error instanceof BrokenExecutorError && model.isBroken),
          `ready() ends with ${String(error)}`,
        );
      },
    );
  }

  #resize(maxWorkers: number, minWorkers: number): void {
    const { model } = this;
    this.#disturbances++;
    if (model.isClosing || model.isBroken) {
      assert.throws(() => this.pool.resize({ maxWorkers, minWorkers }), { name: /Shutdown|BrokenExecutor/ });
      return;
    }
    model.resizes(maxWorkers, minWorkers);
    this.pool.resize({ maxWorkers, minWorkers });
  }

  shutdown(options: { wait: boolean; cancelFutures: boolean; timeout?: number | undefined }): void {
    const { model } = this;
    const { timeout, wait, cancelFutures } = options;
    const waiting = model.tasks.filter(({ phase }) => phase !== "begun" && phase !== "done");
    model.isClosing = true;
    if (cancelFutures) for (const task of waiting) model.stop(task, undefined);
    const late = this.clock.now() + (timeout ?? Number.POSITIVE_INFINITY);
    this.#open++;
    this.pool.shutdown({ wait, cancelFutures, ...(timeout === undefined ? {} : { timeout }) }).then(
      () => {
        this.#open--;
        model.expect(!wait || this.#isOver, "shutdown() settles before the end");
      },
      (error: unknown) => {
        this.#open--;
        model.expect(
          error instanceof TimeoutError && this.clock.now() === late,
          `shutdown(): ${String(error)}`,
        );
      },
    );
    model.expect(
      !cancelFutures || waiting.every(({ phase }) => phase === "done"),
      "cancelFutures leaves some",
    );
  }

  #terminate(): void {
    const { model } = this;
    model.terminates();
    this.#open++;
    this.pool.terminate().then(() => {
      this.#open--;
      model.expect(this.#isOver, "terminate() settles before the end");
    });
    model.endsWorkers("ended");
    for (const worker of this.#workers.alive)
      model.expect(worker.ended, `worker ${worker.index} is not terminated`);
  }

  get #isOver(): boolean {
    return this.model.tasks.every(({ phase }) => phase === "done") && this.#workers.alive.length === 0;
  }

  // ── what workers do ───────────────────────────────────────────────────────────────────────────────────

  get #busy(): ScriptedWorker[] {
    return this.#workers.alive.filter(({ running }) => running.length > 0);
  }

  #onWorker(which: number, act: (worker: ScriptedWorker) => void): void {
    const worker = at(this.#workers.alive, which);
    if (worker) act(worker);
  }

  #onRunning(
    { worker: number, which }: { readonly worker: number; readonly which: number },
    act: (worker: ScriptedWorker, held: Held) => void,
  ): void {
    const worker = at(this.#busy, number);
    const held = worker && at(worker.running, which);
    if (held) act(worker, held);
  }

  /** @param asked - whether one that was told to; else one that runs something, if there is one. */
  #exit(which: number, asked: boolean, reason: ExitReason): void {
    const all = this.#workers.alive.filter(({ stopped, ended }) => (stopped || ended) === asked);
    const busy = all.filter(({ running }) => running.length > 0);
    const worker = at(asked || busy.length === 0 || which === 0 ? all : busy, which);
    if (!worker) return;
    this.#disturbances++;
    this.#workers.exit(worker, reason);
  }

  /** Of the next task. */
  #optionsOf(spec: TaskSpec): TaskOptions {
    return optionsOf(limitsOf(spec, this.model.tasks.length + 1));
  }

  #nested(worker: ScriptedWorker, { task: { id }, task }: Held, spec: TaskSpec): void {
    this.#disturbances++;
    const options = this.#optionsOf(spec);
    this.#accept(spec, this.model.tasks[id - 1], true, (args) => {
      const outcome = worker.submit(task, functions[spec.fn], args, options);
      if ("error" in outcome) throw outcome.error;
      return outcome.future;
    });
  }

  // ── time, and what has to be so ───────────────────────────────────────────────────────────────────────

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
    this.#obligations.timePassed();
  }

  /** The scheduler has reacted to all that happened. */
  async #settle(): Promise<void> {
    for (let i = 0; i < microtasks; i++) await undefined;
    this.#obligations.isSettled();
    this.model.expect(
      this.#readyWaiting === 0 || this.#placesKept > 0 || this.model.isFull(undefined),
      `${this.#readyWaiting} wait for room though there is some`,
    );
    this.#compare();
    if (this.model.violation) throw this.#report(this.model.violation);
  }

  #report(violation: Error): Error {
    return new Error(`${violation.message}\n${this.model.log.join("\n")}`, { cause: violation });
  }

  #compare(): void {
    this.#obligations.compare(this.pool.stats());
    const most = this.#obligations.mostTimers + this.#open;
    const timers = this.clock.pending();
    this.model.expect(timers <= most, `${timers} timers are set, not ${most} at most`);
  }

  /** Everything comes to its end. */
  async finish(): Promise<void> {
    this.host.failingStarts = 0;
    const allDone = (): boolean => this.model.tasks.every(({ phase }) => phase === "done");
    do {
      await this.#drive(allDone);
      await this.perform([{ do: "turn" }]);
      // in that turn one who waited for room may have submitted
    } while (!allDone());
    this.#obligations.restsNow();
    await this.perform([{ do: "advance", ms: 2 * this.#limits.idleTimeout + 1 }]);
    this.#obligations.hasRested();
    this.shutdown({ wait: true, cancelFutures: false });
    await this.#drive(() => this.#open === 0);
    this.#compare();
    const { state } = this.pool.stats();
    this.model.expect(this.#isOver, "tasks or workers are left");
    this.model.expect(state === (this.model.isBroken ? "broken" : "shut-down"), `it is ${state} in the end`);
    this.model.expect(this.clock.pending() === 0, `${this.clock.pending()} timers are left`);
    await this.machine.advance(1_000);
    this.model.expect(this.machine.pending() === 0, "a timer of the machine's is left");
    if (this.model.violation) throw this.#report(this.model.violation);
  }

  async #drive(isDone: () => boolean): Promise<void> {
    for (let round = 0; !isDone(); round++) {
      if (round > mostRounds) throw this.#report(new Error("it does not come to an end"));
      const before = this.model.log.length;
      for (const worker of this.#workers.alive) this.#workers.goOn(worker, round % 4, wellBehaved);
      await this.#settle();
      if (isDone()) return;
      if (this.model.log.length === before) await this.perform([{ do: "advance", ms: 10 }]);
    }
  }
}

let trials = 0;
