/**
 * The base of the executors that own a scheduler. A chapter's executor is this with its host.
 *
 * @module
 */

import type { Clock } from "../clock.js";
import { InvalidStateError } from "../errors.js";
import { captureFunction } from "../functions/index.js";
import { createChunkStream } from "../futures/chunk-stream.js";
import type { ChunkAnswer, ItemCost } from "../futures/chunks.js";
import type { ExecutorStats, ShutdownOptions, TaskOptions } from "../futures/executor.js";
import type { Future, WaitOptions } from "../futures/future.js";
import { checkShutdownOptionNames } from "../futures/option-names.js";
import type { Ready } from "../futures/room-wait.js";
import type { UnobservedFailures } from "../futures/unobserved.js";
import { checkLimits, checkWaitOptions } from "../sync/wait-options.js";
import { checkBoolean } from "../validate.js";
import { decode, encode } from "../wire/index.js";
import {
  type ExecutorCore,
  ExecutorView,
  type ItemStarts,
  type StreamRoute,
  type Submitter,
} from "./base-executor.js";
import { type Carried, carry } from "./carried.js";
import { ChunkCall } from "./chunk-call.js";
import { CostTable } from "./cost.js";
import { type CurrentTask, taskStorage } from "./current-task.js";
import type { Host } from "./host.js";
import { inbound } from "./inbound.js";
import { joinStacks } from "./join-stacks.js";
import { limitedWait } from "./limited.js";
import { isLimited } from "./limited-queue.js";
import { LocalHost } from "./local-host.js";
import { LocalTask } from "./local-task.js";
import type { PoolSize, ResolvedExecutorOptions, ResolvedTaskOptions } from "./options.js";
import type { Origin } from "./origin.js";
import { outbound } from "./outbound.js";
import { propagates } from "./propagation.js";
import { viewSchedulersBy } from "./registry.js";
import { Scheduler } from "./scheduler.js";
import type { Task, TaskGroup } from "./task.js";
import type { TaskKind } from "./task-kind.js";

/** Ends the workers of executors that were dropped without a shutdown, once their work is done (D18). */
const dropped = new FinalizationRegistry<Scheduler>((scheduler) => void scheduler.shutdown({ wait: false }));

/** The core that holds each scheduler in use. */
const cores = new WeakMap<Scheduler, WeakRef<SchedulerCore>>();

viewSchedulersBy(viewOf);

/** An executor on a host of its own. */
export class PoolExecutor extends ExecutorView {
  readonly #core: SchedulerCore;

  constructor(host: Host, options: ResolvedExecutorOptions) {
    const scheduler = new Scheduler(host, options);
    // found when a task asks: what a host holds must not keep the executor from being collected
    host.executor = () => viewOf(scheduler, {});
    const core = coreOf(scheduler);
    super(core);
    this.#core = core;
  }

  /**
   * Changes how many workers there may be, and how many are kept. Workers that are too many finish what they
   * have begun and take no more; nothing is lost.
   * @throws InvalidArgumentError for a bad size; ShutdownError, BrokenExecutorError.
   */
  protected changeSize(size: PoolSize): void {
    this.#core.resize(size);
  }

  /** Ends the executor, what runs included: all that has not settled fails with a `BrokenExecutorError`. */
  protected breakOff(why: string): void {
    this.#core.breakOff(why);
  }
}

/** An executor on a scheduler that is there already. */
function viewOf(scheduler: Scheduler, options: TaskOptions): ExecutorView {
  return new ExecutorView(coreOf(scheduler), options);
}

function coreOf(scheduler: Scheduler): SchedulerCore {
  const existing = cores.get(scheduler)?.deref();
  if (existing) return existing;
  const core = new SchedulerCore(scheduler);
  cores.set(scheduler, new WeakRef(core));
  // the core and not the executor: a view or a running map may be all that is left of it
  dropped.register(core, scheduler);
  return core;
}

/** A scheduler as executors, views and maps hold it; the executor is dropped when nobody holds it any more. */
class SchedulerCore implements ExecutorCore {
  readonly #scheduler: Scheduler;
  /** Maps that go on, to be told that nothing can be submitted any more soon. */
  readonly #maps = new Set<() => void>();
  readonly #itemCosts = new CostTable<ItemCost>(() => ({ mean: undefined }));

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  get name(): string {
    return this.#scheduler.options.name;
  }

  get unobserved(): UnobservedFailures {
    return this.#scheduler.unobserved;
  }

  get clock(): Clock {
    return this.#scheduler.options.clock;
  }

  get reachableAs(): number | undefined {
    return this.#scheduler.host.isolated ? this.#scheduler.id : undefined;
  }

  submit(
    fn: (...args: never[]) => unknown,
    options: ResolvedTaskOptions,
    _given: TaskOptions,
    origin: Origin,
    args: readonly unknown[],
  ): Future<unknown> {
    const within = taskStorage.getStore();
    const kind = this.#scheduler.kindOf(fn, options);
    return this.#submit(kind, args, origin, this.#carried(options, within, true), within);
  }

  prepareSubmit(
    fn: (...args: never[]) => unknown,
    options: ResolvedTaskOptions,
    _given: TaskOptions,
    origin: Origin,
    group?: TaskGroup,
  ): Submitter {
    const kind = this.#scheduler.kindOf(fn, options, group);
    const carried = this.#carried(options, taskStorage.getStore());
    return (args) => this.#submit(kind, args, origin, carried, taskStorage.getStore());
  }

  prepareItems(
    fn: (...args: never[]) => unknown,
    options: ResolvedTaskOptions,
    origin: Origin,
    group: TaskGroup,
  ): ItemStarts | undefined {
    const scheduler = this.#scheduler;
    const { host } = scheduler;
    if (!(host instanceof LocalHost)) return undefined;
    // within the submission they could run, or be cancelled: they would be told of before they are known
    if (host.immediate || options.signal) return undefined;
    const kind = scheduler.kindOf(fn, options, group);
    const within = taskStorage.getStore();
    const context = options.context === undefined ? within?.context : options.context;
    const shared = host.carried(context, false);
    const parent = parentOf(within);
    const { clock } = this;
    let now = 0;
    const begin: ItemStarts["begin"] = (args, settled, isFirst, isUntouched) => {
      if (isFirst) now = clock.now();
      const carried = isUntouched ? host.carried(context, true) : shared;
      return scheduler.submit(kind, args, origin, now, carried, parent, within, false, settled);
    };
    // those of a task go before others
    return { begin, lanes: within ? undefined : scheduler.runnerOf({ kind, context, origin, keeper: this }) };
  }

  prepareChunks(
    fn: (...args: never[]) => unknown,
    options: ResolvedTaskOptions,
    origin: Origin,
    combine?: (...args: never[]) => unknown,
  ): StreamRoute | undefined {
    const { host, options: limits } = this.#scheduler;
    if (!host.isolated || needsTaskPerItem(options) || countsTasks(limits) || isLimited(limits))
      return undefined;
    this.#scheduler.workComes(options);
    // once: each chunk runs what the functions are now
    const functions = (combine ? [fn, combine] : [fn]).map((each) => captureFunction(each));
    const name = options.name ?? (fn.name || "(anonymous)");
    // later chunks are submitted while answers arrive, outside of the task that called `map`
    const within = taskStorage.getStore();
    const carried = this.#carried(options, within);
    return {
      createStream: createChunkStream,
      submit: (request, transfer, handedIn, goesOn) => {
        const call = new ChunkCall(functions, request, handedIn);
        const moving = transfer.length > 0 ? { ...options, transfer } : options;
        const kind = this.#scheduler.kindOfPrepared(call, name, moving);
        return this.#submit(kind, [], origin, carried, within, goesOn) as Future<ChunkAnswer>;
      },
      ready: this.roomHere(),
      sharesMemory: host.sharesMemory,
      lanes: () => limits.maxWorkers * limits.tasksPerWorker,
      cost: this.#itemCosts.of(this.#scheduler.host.costKey(functions[0])),
      name,
      unobserved: this.unobserved,
      encode: (value, what) => encode(value, what, outbound),
      decode: (value) => decode(value, inbound),
      onClosing: (callback) => {
        this.#maps.add(callback);
        return () => this.#maps.delete(callback);
      },
      locate: (error) => joinStacks(error, origin, this.name),
    };
  }

  /** What a task that is submitted here and now takes with it. */
  #carried(
    { context }: ResolvedTaskOptions,
    within: CurrentTask | undefined,
    alone = false,
  ): Carried | undefined {
    const { host } = this.#scheduler;
    if (host instanceof LocalHost)
      return host.carried(context === undefined ? within?.context : context, alone);
    // most tasks carry nothing, and this is all they pay for it
    if (context === undefined && within === undefined && !propagates()) return undefined;
    return carry(within, context);
  }

  #submit(
    kind: TaskKind,
    args: readonly unknown[],
    origin: Origin,
    carried: Carried | undefined,
    context: CurrentTask | undefined,
    goesOn = false,
  ): Future<unknown> {
    const parent = context && parentOf(context);
    const now = this.clock.now();
    return this.#scheduler.submit(kind, args, origin, now, carried, parent, context, goesOn).future;
  }

  roomHere(): Ready {
    // a map within a task may go on where that task lends its place to it
    const parent = parentOf(taskStorage.getStore());
    return (options) => this.#scheduler.ready(options, parent);
  }

  async ready(options: WaitOptions): Promise<void> {
    const limits = checkWaitOptions(options);
    if (this.#inOwnTask()) {
      throw new InvalidStateError(
        `a task of ${this.name} can't wait for room in its queue: it would wait for the place that it holds itself`,
      );
    }
    return this.#scheduler.ready(limits);
  }

  /** Whether the caller is a task of this executor, or was submitted by one. */
  #inOwnTask(): boolean {
    return this.#scheduler.kinOf(parentOf(taskStorage.getStore())) !== undefined;
  }

  resize(size: PoolSize): void {
    this.#scheduler.resize(size);
  }

  breakOff(why: string): void {
    this.#scheduler.breakOff(why);
  }

  async shutdown(options: ShutdownOptions): Promise<void> {
    const limits = checkShutdownOptions(options);
    const { wait = true } = options;
    if (wait && this.#inOwnTask()) {
      throw new InvalidStateError(
        `a task of ${this.name} can't wait until all its tasks are done: use shutdown({ wait: false }) inside`,
      );
    }
    for (const handOver of [...this.#maps]) handOver();
    const closed = this.#scheduler.shutdown(options);
    const late = `${this.name} was not shut down within ${limits.timeout} ms; its work goes on`;
    return limitedWait(limits, this.clock, late, (end) => {
      void closed.then(() => end());
      return undefined;
    });
  }

  terminate(): Promise<void> {
    return this.#scheduler.terminate();
  }

  stats(): ExecutorStats {
    return this.#scheduler.stats();
  }
}

/** The task of this thread that submits. */
function parentOf(context: CurrentTask | undefined): Task | undefined {
  return context instanceof LocalTask ? context.task : undefined;
}

/** Whether options of a task have to be kept item by item. */
function needsTaskPerItem({ timeout, deadline, attempts, transfer }: ResolvedTaskOptions): boolean {
  return (
    timeout !== Number.POSITIVE_INFINITY ||
    deadline !== Number.POSITIVE_INFINITY ||
    attempts > 1 ||
    transfer !== undefined
  );
}

/** Whether workers are replaced by what single tasks do. */
function countsTasks({ maxTasksPerWorker, maxMemoryPerWorker }: ResolvedExecutorOptions): boolean {
  return maxTasksPerWorker !== Number.POSITIVE_INFINITY || maxMemoryPerWorker !== Number.POSITIVE_INFINITY;
}

function checkShutdownOptions(options: ShutdownOptions): WaitOptions {
  checkShutdownOptionNames(options);
  if (options.wait !== undefined) checkBoolean("wait", options.wait);
  if (options.cancelFutures !== undefined) checkBoolean("cancelFutures", options.cancelFutures);
  return checkLimits(options);
}
