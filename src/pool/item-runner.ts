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
import { isPromise, LocalTask, Place, run } from "./local-task.js";
import type { Origin } from "./origin.js";
import type { Counters } from "./stats.js";
import { Task } from "./task.js";
import type { TaskEnds } from "./task-ends.js";
import type { TaskKind } from "./task-kind.js";
import type { WorkerSlot } from "./worker-slot.js";

/** What the runner works with. */
export interface RunnerParts {
  readonly counters: Counters;
  readonly ends: TaskEnds;
  readonly clock: Clock;
  /** Number for a task that begins now. */
  nextId(): number;
  /** Whether items may wait with their map: says so to the runner, and later that they may no more. */
  offer(runner: ItemRunner): void;
  /** None of them waits any more. */
  withdraw(runner: ItemRunner): void;
  /** Others are told of tasks: items have to be submitted. */
  submitOffered(): void;
  /** Some wait: places that are free are for them. */
  plan(): void;
  /** There is an unsettled task, as there was none. */
  first(): void;
  /** An attempt has ended, not well or not unseen. */
  finished(slot: WorkerSlot, task: Task, ok: boolean, value: unknown, ran: number, waited: boolean): void;
  /** A place is free. */
  left(slot: WorkerSlot): void;
}

/** Begins the items of one map. */
export class ItemRunner implements ItemLanes {
  /** Whether items wait with their map. */
  isOffered = false;
  readonly #kind: TaskKind;
  readonly #context: unknown;
  readonly #origin: Origin;
  readonly #parts: RunnerParts;
  /** An executor is not dropped while a map on it goes on. */
  readonly keeper: object;
  /** Where `map` was called. */
  readonly #scope = captureContext();
  /** Those that are free. */
  readonly #places: Place[] = [];
  #items: WaitingItems | undefined;
  #slot!: WorkerSlot;
  #lanes = 0;

  /** @param context - what `currentTask().context` answers. */
  constructor(kind: TaskKind, context: unknown, origin: Origin, keeper: object, parts: RunnerParts) {
    this.#kind = kind;
    this.#context = context;
    this.#origin = origin;
    this.keeper = keeper;
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
    const { counters } = this.#parts;
    if (waiting > counters.peakQueued) counters.peakQueued = waiting;
    if (waiting > 0) this.#parts.plan();
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
      this.#parts.submitOffered();
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
    const { counters, ends } = this.#parts;
    const entry = this.#items!.next();
    const { index, readAt } = entry;
    const args = [entry.takeItem(), index];
    const task = new Task(this.#parts.nextId(), this.#kind, args, this.#origin, readAt, entry);
    entry.begun = task;
    const running = new LocalTask(this.#context);
    running.begin(task);
    counters.submitted++;
    if (++ends.unsettled === 1) this.#parts.first();
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
    const { counters, ends, finished } = this.#parts;
    const slot = this.#slot;
    if (!ok || task.stopping || channels.taskEnd.hasSubscribers) {
      finished(slot, task, ok, value, ran, waited);
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
    this.#parts.left(this.#slot);
  }
}
