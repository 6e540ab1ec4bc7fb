// A host whose workers do nothing by themselves: a test says when each becomes ready, begins and finishes a task,
// answers for what was taken back, and dies. What it is told is passed on to an observer.

import { BrokenExecutorError, SerializationError, type TaskOptions, type WorkerExecutorOptions } from "ungil";
import type { Batch } from "../../../dist/pool/batch.js";
import type { Host, HostWorker, SendTerms, WorkerEvents, WorkerExit } from "../../../dist/pool/host.js";
import type * as poolOptions from "../../../dist/pool/options.js";
import type * as poolExecutor from "../../../dist/pool/pool-executor.js";
import type * as registry from "../../../dist/pool/registry.js";
import type { Task } from "../../../dist/pool/task.js";

export type { Task, WorkerExit };

// no public entry exports the scheduler's base: as it is built
const built = (name: string): Promise<unknown> =>
  import(new URL(`../pool/${name}`, import.meta.resolve("ungil")).href);
const { PoolExecutor } = (await built("pool-executor.js")) as typeof poolExecutor;
const { resolveExecutorOptions } = (await built("options.js")) as typeof poolOptions;
const { schedulerById } = (await built("registry.js")) as typeof registry;

/** An executor on a scripted host. */
export class ScriptedPool extends PoolExecutor {
  constructor(host: ScriptedHost, options: WorkerExecutorOptions) {
    super(host, resolveExecutorOptions("ScriptedPool", options));
  }

  resize(size: { readonly maxWorkers?: number; readonly minWorkers?: number }): void {
    this.changeSize(size);
  }
}

/** Told of all that the scheduler makes of its host. */
export interface HostObserver {
  started(worker: ScriptedWorker): void;
  startFailed(): void;
  sent(worker: ScriptedWorker, tasks: readonly Task[], lent: boolean): void;
  refused(worker: ScriptedWorker, task: Task): void;
  prevented(worker: ScriptedWorker, task: Task): void;
  released(worker: ScriptedWorker, task: Task): void;
  asked(worker: ScriptedWorker, task: Task, reason: unknown): void;
  toldToStop(worker: ScriptedWorker): void;
  terminated(worker: ScriptedWorker): void;
}

/** The first argument of tasks that can't be sent. */
export const unsendable = Symbol("unsendable");

/** A task in a worker's hands, until the worker has answered or the scheduler has taken it back. */
export interface Held {
  readonly task: Task;
  readonly batch: Batch;
  readonly lent: boolean;
  state: "sent" | "begun" | "asked" | "prevented";
}

export class ScriptedHost implements Host {
  readonly kind = "scripted";
  readonly immediate = false;
  readonly isolated = true;
  readonly sharesMemory = true;
  readonly prefetches: boolean;
  readonly spinCells = undefined;
  executorId = 0;
  /** In the order of their start; those that are gone stay. */
  readonly workers: ScriptedWorker[] = [];
  readonly lanes: number;
  readonly observer: HostObserver;
  /** How many of the next starts fail. */
  failingStarts = 0;

  constructor(observer: HostObserver, lanes: number, prefetches: boolean) {
    this.observer = observer;
    this.lanes = lanes;
    this.prefetches = prefetches;
  }

  prepare(fn: (...args: never[]) => unknown): unknown {
    return fn;
  }

  costKey(fn: unknown): unknown {
    return fn;
  }

  broken(message: string, options: { cause?: unknown }): BrokenExecutorError {
    return new BrokenExecutorError(message, options);
  }

  startWorker(index: number, events: WorkerEvents): HostWorker {
    if (this.failingStarts > 0) {
      this.failingStarts--;
      this.observer.startFailed();
      throw new Error(`worker ${index} could not be started`);
    }
    const worker = new ScriptedWorker(index, this, events);
    this.workers.push(worker);
    this.observer.started(worker);
    return worker;
  }
}

export class ScriptedWorker implements HostWorker {
  readonly index: number;
  isReady = false;
  /** Whether it was asked to end by itself, and whether it was ended. */
  stopped = false;
  ended = false;
  gone = false;
  keepsAlive = false;
  answers = 0;
  ghosts = 0;
  readonly occupied = false;
  readonly asleep = false;
  held: Held[] = [];
  readonly #host: ScriptedHost;
  readonly #events: WorkerEvents;

  constructor(index: number, host: ScriptedHost, events: WorkerEvents) {
    this.index = index;
    this.#host = host;
    this.#events = events;
  }

  // ── what the scheduler calls ──────────────────────────────────────────────────────────────────────────

  send(tasks: readonly Task[], batch: Batch, { lent, refused }: SendTerms): boolean {
    this.#host.observer.sent(this, tasks, lent);
    const refusals: Task[] = [];
    for (const task of tasks) {
      if (task.args[0] === unsendable) refusals.push(task);
      else this.held.push({ task, batch, lent, state: "sent" });
    }
    for (const task of refusals) this.#host.observer.refused(this, task);
    for (const task of refusals) {
      refused(task, new SerializationError("it can't be sent", "arguments"));
    }
    return false;
  }

  prevent(task: Task): boolean {
    const held = this.#find(task);
    if (held?.state !== "sent") return false;
    held.state = "prevented";
    this.#host.observer.prevented(this, task);
    return true;
  }

  askToStop(task: Task, reason: unknown): void {
    const held = this.#find(task);
    if (held?.state !== "begun") return;
    held.state = "asked";
    this.#host.observer.asked(this, task, reason);
  }

  hasBegun(task: Task): boolean {
    const held = this.#find(task);
    return held !== undefined && held.state !== "sent";
  }

  isWaiting(batch: Batch): boolean {
    const first = this.held.find((held) => held.batch === batch);
    return batch.left === batch.size && first?.state === "sent";
  }

  release(task: Task): void {
    const held = this.#find(task);
    if (held) {
      this.#drop(held);
      this.ghosts++;
    }
    this.#host.observer.released(this, task);
  }

  stop(): void {
    this.stopped = true;
    this.#host.observer.toldToStop(this);
  }

  terminate(): void {
    this.ended = true;
    this.#host.observer.terminated(this);
  }

  keepAlive(alive: boolean): void {
    this.keepsAlive = alive;
  }

  poll(): void {
    // everything is told by the test
  }

  get unwritten(): number {
    return 0;
  }

  relieve(): void {
    // as `poll`
  }

  look(): boolean {
    return false;
  }

  attend(): void {
    // as `poll`
  }

  rest(): void {
    // as `poll`
  }

  // ── what the test makes it do ─────────────────────────────────────────────────────────────────────────

  becomeReady(): void {
    this.isReady = true;
    this.#events.ready();
  }

  failInitializer(error: unknown): void {
    this.#events.initializerFailed(error);
  }

  /** Tasks that run. */
  get running(): Held[] {
    return this.held.filter(({ state }) => state === "begun" || state === "asked");
  }

  /** Tasks that may begin now: the next of each batch that has a lane, and of those that need none. */
  get startable(): Held[] {
    const batches = [...new Set(this.held.map(({ batch }) => batch))];
    const active = new Set(this.running.map(({ batch }) => batch));
    const lanesInUse = this.running.filter(({ lent }) => !lent).length;
    const next = batches
      .filter((batch) => !active.has(batch))
      .map((batch) => this.held.find((held) => held.batch === batch)!);
    const inLane = next.filter(({ lent }) => !lent).slice(0, Math.max(0, this.#host.lanes - lanesInUse));
    return [...inLane.slice(0, 1), ...next.filter(({ lent }) => lent)];
  }

  begin(held: Held): void {
    held.state = "begun";
  }

  finish(held: Held, ok: boolean, value: unknown, ran: number, waited: boolean): void {
    this.#drop(held);
    this.answers++;
    this.#events.finished(held.task, ok, value, ran, waited);
  }

  /** All that had arrived was told. */
  told(): void {
    this.#events.told();
  }

  /** Answers for the tasks that were taken from it. */
  answerForGhosts(): void {
    this.answers += this.ghosts;
    this.ghosts = 0;
    this.#events.told();
  }

  exit(exit: WorkerExit): void {
    this.gone = true;
    this.#events.exited(exit);
    this.held = [];
  }

  gaveWay(task: Task): void {
    this.#events.gaveWay(task);
  }

  memory(bytes: number): void {
    this.#events.memory(bytes);
    this.#events.told();
  }

  /** A task of its submits another; answers with its future, or what `submit` threw. */
  submit(parent: Task, fn: () => void, args: readonly unknown[], options: TaskOptions) {
    const executor = schedulerById(this.#host.executorId)!;
    let outcome: { future: poolFuture } | { error: unknown } | undefined;
    this.#events.nested({
      executor,
      parent,
      fn,
      name: fn.name,
      args,
      options,
      carried: undefined,
      accepted: (future) => {
        outcome = { future };
      },
      refused: (error) => {
        outcome = { error };
      },
    });
    return outcome!;
  }

  #find(task: Task): Held | undefined {
    return this.held.find((held) => held.task === task);
  }

  #drop(held: Held): void {
    this.held.splice(this.held.indexOf(held), 1);
  }
}

type poolFuture = ReturnType<InstanceType<typeof PoolExecutor>["submit"]>;
