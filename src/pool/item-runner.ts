/**
 * Items of a map on this thread that wait with their map: each begins where the one before it has ended, without a way
 * through the queue. That is so as long as nobody else waits for a place (rule 25).
 *
 * @module
 */
import { performance } from "node:perf_hooks";
import { captureContext } from "../async-context.js";
import { type Clock, systemClock } from "../clock.js";
import { channels } from "../events.js";
import type { ItemLanes, WaitingItems } from "../futures/item-lanes.js";
import type { Fleet } from "./fleet.js";
import type { Host } from "./host.js";
import { isLimited } from "./limited-queue.js";
import { isPromise, LocalTask, Place, run } from "./local-task.js";
import type { ResolvedExecutorOptions } from "./options.js";
import type { Origin } from "./origin.js";
import type { Counters } from "./stats.js";
import { Task } from "./task.js";
import type { TaskEnds } from "./task-ends.js";
import type { TaskKind } from "./task-kind.js";
import type { WorkerSlot } from "./worker-slot.js";

/** A map on this thread. */
export interface LocalMap {
  readonly kind: TaskKind;
  /** What `currentTask().context` answers. */
  readonly context: unknown;
  readonly origin: Origin;
  /** What keeps the executor, which is not dropped while a map on it goes on. */
  readonly keeper: object;
}

/** What the runner works with. */
export interface RunnerParts {
  readonly counters: Counters;
  readonly ends: TaskEnds;
  readonly fleet: Fleet;
  readonly clock: Clock;
  /** Whether items may wait with their map: says so to the runner, and later that they may no more. */
  offer(runner: ItemRunner): void;
  /** None of them waits any more. */
  withdraw(runner: ItemRunner): void;
  /** Others are told of tasks: items have to be submitted. */
  queueOffered(): void;
  /** Some wait: places that are free are for them. */
  plan(): void;
  /** An attempt has ended, not well or not unseen. */
  finished(slot: WorkerSlot, task: Task, ok: boolean, value: unknown, ran: number, waited: boolean): void;
  /** A place is free. */
  goOn(): void;
}

/** Whether nothing about the items of a map has to be timed, counted or placed, so that they may wait with it. */
export function mayWaitWithMap(
  { options, group }: TaskKind,
  host: Host,
  limits: ResolvedExecutorOptions,
): boolean {
  const { POSITIVE_INFINITY: never } = Number;
  const { maxQueue, maxTasksPerWorker, maxWorkers } = limits;
  if (host.isolated || host.immediate || maxWorkers > 1 || isLimited(limits)) return false;
  if (maxQueue !== never || maxTasksPerWorker !== never) return false;
  // the caller wants them to run one after the other
  if (group && group.chunksize !== "auto" && group.chunksize > 1) return false;
  return options.timeout === never && options.deadline === never && options.attempts === 1;
}

/** Begins the items of one map. */
export class ItemRunner implements ItemLanes {
  /** Whether items wait with their map. */
  isOffered = false;
  readonly #map: LocalMap;
  readonly #parts: RunnerParts;
  /** Where `map` was called. */
  readonly #scope = captureContext();
  /** Those that are free. */
  readonly #places: Place[] = [];
  #items: WaitingItems | undefined;
  #slot!: WorkerSlot;
  #lanes = 0;

  constructor(map: LocalMap, parts: RunnerParts) {
    this.#map = map;
    this.#parts = parts;
  }

  /** Items that wait. */
  get waiting(): number {
    return this.#items === undefined ? 0 : this.#items.waiting;
  }

  now(): number {
    return this.#parts.clock.now();
  }

  offer(items: WaitingItems): boolean {
    this.#items = items;
    if (!this.isOffered) this.#parts.offer(this);
    return this.isOffered;
  }

  added(): void {
    const { waiting } = this;
    // a map that nobody takes results of is not kept
    if (waiting === 0) return this.#parts.withdraw(this);
    const { counters } = this.#parts;
    if (waiting > counters.peakQueued) counters.peakQueued = waiting;
    this.#parts.plan();
  }

  /** They go into the queue: others wait, too. */
  submitAll(): void {
    this.#items?.submitWaiting();
  }

  /** Begins as many as there are places. */
  beginAll(slot: WorkerSlot, lanes: number): void {
    this.#slot = slot;
    this.#lanes = lanes;
    // there may be many calls for which there is none
    if (slot.lanes < lanes && this.#hasNext) this.#scope.runInAsyncScope(this.#beginAll, this);
  }

  #beginAll(): void {
    while (this.#slot.lanes < this.#lanes && this.#hasNext) {
      this.#slot.addAlone();
      this.#goOn(this.#places.pop() ?? new Place(this.#back), this.#parts.clock.now());
    }
  }

  /** Whether there is an item to begin. */
  get #hasNext(): boolean {
    if (!this.isOffered) return false;
    if (this.#items!.waiting === 0) this.#parts.withdraw(this);
    // whoever watches tasks is told of them as they are submitted
    else if (channels.taskSubmit.hasSubscribers || channels.taskStart.hasSubscribers)
      this.#parts.queueOffered();
    return this.isOffered && this.#slot.state === "ready";
  }

  /** Begins items at a place, one after the other as long as they end at once. */
  #goOn(place: Place, begin: number): void {
    const { clock } = this.#parts;
    let now = begin;
    for (;;) {
      const running = this.#begin(now);
      const start = clock === systemClock ? now : performance.now();
      let value: unknown;
      let ok = true;
      try {
        value = run(running);
      } catch (error) {
        value = error;
        ok = false;
      }
      if (ok && isPromise(value)) {
        place.start = start;
        place.running = running;
        running.place = place;
        void value.then(place.fulfilled, place.rejected);
        return;
      }
      const holds = this.#ended(running, ok, value, performance.now() - start, false);
      if (!this.#mayGoOn(holds)) return this.#leave(place);
      now = clock.now();
    }
  }

  #begin(now: number): LocalTask {
    const { counters, ends, fleet } = this.#parts;
    const { kind, origin, context } = this.#map;
    const entry = this.#items!.next();
    const { index, readAt } = entry;
    const args = [entry.takeItem(), index];
    const task = new Task(++counters.submitted, kind, args, origin, readAt, entry);
    entry.begun = task;
    const running = new LocalTask(context);
    running.begin(task);
    if (++ends.unsettled === 1) fleet.keepAlive(true);
    counters.waitTime.record(now - readAt);
    const slot = this.#slot;
    task.phase = "sent";
    task.worker = slot;
    slot.tasks.push(task);
    slot.served++;
    return running;
  }

  readonly #back = (place: Place, ok: boolean, result: unknown): void => {
    const { running } = place;
    if (!running) return;
    place.running = undefined;
    running.place = undefined;
    const now = performance.now();
    const holds = this.#ended(running, ok, result, now - place.start, true);
    if (!this.#mayGoOn(holds)) return this.#leave(place);
    const { clock } = this.#parts;
    // nothing of the user's was called meanwhile
    const isNow = holds && clock === systemClock && !this.#items!.callsBack;
    this.#goOn(place, isNow ? now : clock.now());
  };

  /** @returns whether the place is still taken. */
  #ended(running: LocalTask, ok: boolean, value: unknown, ran: number, waited: boolean): boolean {
    if (!running.runs) return false;
    const { task } = running;
    const { counters, ends } = this.#parts;
    const slot = this.#slot;
    if (!ok || task.stopping || channels.taskEnd.hasSubscribers) {
      this.#parts.finished(slot, task, ok, value, ran, waited);
      return false;
    }
    running.end();
    slot.tasks.remove(task);
    counters.runTime.record(ran);
    ends.complete(task, value);
    return true;
  }

  /** Whether there is a next item, and a place for it, which is then taken. */
  #mayGoOn(holds: boolean): boolean {
    const slot = this.#slot;
    if (slot.lanes < (holds ? this.#lanes + 1 : this.#lanes) && this.#hasNext) {
      if (!holds) slot.addAlone();
      return true;
    }
    if (holds) slot.leaveAlone();
    return false;
  }

  #leave(place: Place): void {
    this.#places.push(place);
    this.#parts.fleet.settle(this.#slot);
    this.#parts.goOn();
  }
}
