/**
 * The ways of running a function over many items that are tried, and which of two is the simpler one.
 *
 * @module
 */

/** What a plan runs on: a plain loop, or one of the executors. In order: the simpler comes first. */
export const planExecutors = ["inline", "async", "thread", "process"] as const;

/** What a plan runs on. `"inline"` is a plain loop without an executor. */
export type PlanExecutor = (typeof planExecutors)[number];

/** A way of running a function over many items. */
export interface Plan {
  readonly executor: PlanExecutor;
  /** Threads, processes, or of `"async"` calls in flight; 1 of `"inline"`. */
  readonly maxWorkers: number;
  /** Calls in flight at once in each worker. */
  readonly tasksPerWorker: number;
  /** Items sent to a worker in one go. */
  readonly chunksize: number | "auto";
}

/** A plan, where all that is not named has its default. */
export function planOf(executor: PlanExecutor, maxWorkers = 1, rest: Partial<Plan> = {}): Plan {
  return { executor, maxWorkers, tasksPerWorker: 1, chunksize: "auto", ...rest };
}

/** The plan that all others are compared with. */
export const inline: Plan = planOf("inline");

/** A name for tables, different for different plans: `thread × 4, chunksize 16`. */
export function planName({ executor, maxWorkers, tasksPerWorker, chunksize }: Plan): string {
  if (executor === "inline") return "inline";
  const tasks = tasksPerWorker === 1 ? "" : `, tasksPerWorker ${tasksPerWorker}`;
  const chunk = chunksize === "auto" ? "" : `, chunksize ${chunksize}`;
  return `${executor} × ${maxWorkers}${tasks}${chunk}`;
}

/** Below 0 where the first plan is the simpler one: executor, then options to set, then number of workers. */
export function bySimplicity(one: Plan, other: Plan): number {
  const kind = (plan: Plan): number => planExecutors.indexOf(plan.executor);
  const options = (plan: Plan): number =>
    Number(plan.tasksPerWorker !== 1) + Number(plan.chunksize !== "auto");
  return (
    kind(one) - kind(other) ||
    options(one) - options(other) ||
    one.maxWorkers - other.maxWorkers ||
    one.tasksPerWorker - other.tasksPerWorker ||
    Number(one.chunksize) - Number(other.chunksize)
  );
}

/** What the plans depend on. */
export interface PlanRange {
  /** Most threads or processes. */
  readonly maxWorkers: number;
  /** Most calls in flight on the event loop. */
  readonly maxInFlight: number;
  /** Whether the function answers with a promise: only then can calls overlap on one thread. */
  readonly asynchronous: boolean;
  /** Executors that can run the function. */
  readonly executors: readonly PlanExecutor[];
}

/** Calls in flight in each worker, where calls can overlap. */
const tasksInWorker = 16;

/** The plans to begin with: each executor, as large as it may be. */
export function firstPlans({ maxWorkers, maxInFlight, asynchronous, executors }: PlanRange): Plan[] {
  const plans: Plan[] = [inline];
  if (asynchronous && executors.includes("async")) {
    for (const inFlight of [4, 16, 64]) if (inFlight < maxInFlight) plans.push(planOf("async", inFlight));
    if (maxInFlight > 1) plans.push(planOf("async", maxInFlight));
  }
  for (const executor of ["thread", "process"] as const) {
    const tasksPerWorker = asynchronous ? tasksInWorker : 1;
    if (executors.includes(executor)) plans.push(planOf(executor, maxWorkers, { tasksPerWorker }));
  }
  return plans;
}

/**
 * Plans beside one of a pool: one call at a time in each worker, other chunks, and fewer workers, by halves. None beside a
 * plan without workers.
 * @param items - how many items a run has: chunks that leave workers without any are not worth a try.
 */
export function plansBeside(plan: Plan, items: number): Plan[] {
  if (plan.executor === "inline" || plan.executor === "async") return [];
  const plans: Plan[] = [];
  if (plan.tasksPerWorker > 1) plans.push({ ...plan, tasksPerWorker: 1 });
  for (const chunksize of [1, 16, 256]) {
    if (chunksize === 1 || items >= 4 * chunksize * plan.maxWorkers) plans.push({ ...plan, chunksize });
  }
  for (const maxWorkers of workerCounts(plan.maxWorkers)) {
    if (maxWorkers < plan.maxWorkers) plans.push({ ...plan, maxWorkers });
  }
  return plans;
}

/** 1, 2, 4, … and the most. */
export function workerCounts(most: number): number[] {
  const counts: number[] = [];
  for (let count = 1; count < most; count *= 2) counts.push(count);
  return [...counts, most];
}
