/**
 * A plan that runs: on which executor, and how many items it needs to be measured.
 *
 * @module
 */

import { CancelledError } from "../../errors.js";
import type { Executor } from "../../futures/executor.js";
import { type ItemFunction, throwsOn } from "./check.js";
import type { Plan } from "./plan.js";
import type { Pools } from "./pools.js";
import { within } from "./within.js";
import type { Workload } from "./workload.js";

/** What contenders have in common. */
export interface Course {
  readonly fn: ItemFunction;
  readonly workload: Workload;
  /** ms that a run is to take. */
  readonly runTime: number;
  /** Whether the function answers with promises. */
  readonly asynchronous: boolean;
  /** ms that one call may take. */
  readonly timeout: number;
  /** ms that a call takes on this thread. */
  readonly callTime: number;
  /** Bytes of an item and its result. */
  readonly bytes: number;
  readonly pools: Pools;
  readonly signal: AbortSignal | undefined;
}

/** Most bytes of items and results of a run. */
const mostBytes = 64 * 2 ** 20;

/** Most items of a run. */
const mostItems = 200_000;

/** Most runs to find out how many items a run needs. */
const mostWarmUps = 5;

/** One plan with what it runs on. */
export class Contender {
  readonly plan: Plan;
  /** ms until its workers were there; 0 of a plan without workers. */
  startUp = 0;
  /** ms that it waited for its workers: 0 where they were there already. */
  waited = 0;
  /** Part of the last run during which this thread was busy, from 0 to 1. */
  loopShare = 0;
  readonly #course: Course;
  #executor: Executor | undefined;
  #taken = false;
  #items: number;

  constructor(plan: Plan, course: Course) {
    this.plan = plan;
    this.#course = course;
    this.#items = leastItems(plan, course);
  }

  /** Items of a run. */
  get items(): number {
    return this.#items;
  }

  /** ms that the first run takes at least, if its workers gain all that they can. */
  get firstTime(): number {
    const { maxWorkers, tasksPerWorker } = this.plan;
    return (this.#items * this.#course.callTime) / (maxWorkers * tasksPerWorker);
  }

  /**
   * Starts workers, warms them up, and finds out how many items make a run.
   * @returns ms for each item, of the last of these runs.
   */
  async start(): Promise<number> {
    const { runTime, bytes, workload, callTime } = this.#course;
    const least = this.#items;
    const most = Math.max(least, Math.min(mostItems, Math.floor(mostBytes / Math.max(1, bytes))));
    const fitting = (items: number): number =>
      Math.min(most, workload.atLeast(Math.max(least, Math.floor(items))));
    // before it is there: it has to be left, however this ends
    this.#taken = true;
    const begin = performance.now();
    const ready = await this.#course.pools.take(this.plan);
    this.waited = performance.now() - begin;
    this.#executor = ready?.executor;
    this.startUp = ready?.startUp ?? 0;
    const slow = this.firstTime > 2 * runTime;
    let perItem = await this.run();
    const first = perItem * this.#items;
    // the first run loads and compiles the function; of one that is slow, or far too slow, that is a small part
    const enough = slow || (first > 10 * runTime && perItem > 20 * callTime);
    for (let warmUp = enough ? mostWarmUps : 1; warmUp < mostWarmUps; warmUp++) {
      const time = perItem * this.#items;
      if (warmUp > 1) {
        if (time >= runTime / 3 || this.#items >= most) break;
        this.#items = fitting(this.#items * Math.min(32, (runTime / time) * 1.1));
      }
      perItem = await this.run();
    }
    this.#items = fitting(Math.round(runTime / perItem));
    return perItem;
  }

  /** Runs once. @returns ms for each item. */
  async run(): Promise<number> {
    const { signal, fn, workload, timeout, callTime } = this.#course;
    if (signal?.aborted) throw new CancelledError(undefined, { cause: signal.reason });
    const count = this.#items;
    const executor = this.#executor;
    const local = this.plan.executor === "inline" || this.plan.executor === "async";
    const items = local ? workload.copies(count) : workload.items(count);
    const loop = performance.eventLoopUtilization();
    const start = performance.now();
    if (executor) {
      const { chunksize } = this.plan;
      // far more than it needs: only what hangs gets there
      const limit = timeout + 20 * count * callTime;
      await executor.map(fn, items, { chunksize, timeout: limit, ...(signal ? { signal } : {}) });
    } else await within(this.#plainLoop(items), timeout + 20 * count * callTime, () => "a call did not end");
    const elapsed = performance.now() - start;
    this.loopShare = performance.eventLoopUtilization(loop).utilization;
    return elapsed / count;
  }

  /** Leaves its executor. */
  async close(): Promise<void> {
    if (this.#taken) await this.#course.pools.leave(this.plan);
    this.#taken = false;
  }

  /** The same code that is advised for a plain loop. */
  async #plainLoop(items: readonly unknown[]): Promise<unknown[]> {
    const { fn, workload, asynchronous } = this.#course;
    // an await costs more than a small call
    if (!asynchronous) return items.map((item, index) => fn(item, index));
    const results: unknown[] = [];
    for (let at = 0; at < items.length; at++) {
      try {
        results.push(await fn(items[at], at));
      } catch (error) {
        throw throwsOn(items[at], workload.sampleIndex(at), error);
      }
    }
    return results;
  }
}

/** Items that give each worker something to do, more than once where calls are short. */
function leastItems({ maxWorkers, tasksPerWorker, chunksize }: Plan, { workload, callTime }: Course): number {
  const lanes = maxWorkers * tasksPerWorker * (chunksize === "auto" ? 1 : chunksize);
  return workload.atLeast(callTime > 1 ? lanes : 2 * lanes);
}
