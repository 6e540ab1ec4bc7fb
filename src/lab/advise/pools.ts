/**
 * The executors of plans: plans that differ only in their chunks share one.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { AsyncExecutor } from "../../asyncio/index.js";
import { TimeoutError } from "../../errors.js";
import type { Executor } from "../../futures/executor.js";
import { ProcessPoolExecutor } from "../../multiprocessing/index.js";
import { ThreadPoolExecutor } from "../../threading/index.js";
import { type Plan, planName } from "./plan.js";

/** An executor that is ready. */
export interface Ready {
  readonly executor: Executor;
  /** ms until its workers were there; 0 where it has none. */
  readonly startUp: number;
}

/** ms that workers may take to start. */
const workersLimit = 60_000;

/** Executors by what they are made with. */
export class Pools {
  readonly #execArgv: readonly string[] | undefined;
  readonly #pools = new Map<string, { readonly ready: Promise<Ready>; users: number }>();

  constructor(execArgv: readonly string[] | undefined) {
    this.#execArgv = execArgv;
  }

  /** The executor of a plan; undefined of a plain loop. It is there until all who took it have left it. */
  take(plan: Plan): Promise<Ready> | undefined {
    if (plan.executor === "inline") return undefined;
    const name = poolName(plan);
    const pool = this.#pools.get(name) ?? { ready: this.#start(plan), users: 0 };
    pool.users++;
    this.#pools.set(name, pool);
    return pool.ready;
  }

  /** Ends an executor that nobody uses any more, and waits for that: what ends takes time from what is measured. */
  async leave(plan: Plan): Promise<void> {
    const name = poolName(plan);
    const pool = this.#pools.get(name);
    if (!pool || --pool.users > 0) return;
    this.#pools.delete(name);
    // one that could not start has been told to who took it
    const ready = await pool.ready.catch(() => undefined);
    await ready?.executor.terminate();
  }

  async #start(plan: Plan): Promise<Ready> {
    const begin = performance.now();
    const executor = this.#open(plan);
    if (plan.executor === "async") return { executor, startUp: 0 };
    const end = begin + workersLimit;
    for (;;) {
      const { state, workers } = executor.stats();
      // one that is broken says why when it is used
      if (workers.idle >= plan.maxWorkers || state !== "running") break;
      if (performance.now() > end) {
        await executor.terminate();
        throw new TimeoutError(`workers did not start within ${workersLimit} ms`);
      }
      await sleep(2);
    }
    return { executor, startUp: performance.now() - begin };
  }

  #open({ executor, maxWorkers, tasksPerWorker }: Plan): Executor {
    if (executor === "async") return new AsyncExecutor({ maxWorkers });
    const execArgv = this.#execArgv;
    const options = {
      maxWorkers,
      minWorkers: maxWorkers,
      tasksPerWorker,
      ...(execArgv ? { execArgv } : {}),
    };
    return executor === "thread" ? new ThreadPoolExecutor(options) : new ProcessPoolExecutor(options);
  }
}

function poolName(plan: Plan): string {
  return planName({ ...plan, chunksize: "auto" });
}
