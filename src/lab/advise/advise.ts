/**
 * The adviser: runs a function in every way there is, and tells which one pays.
 *
 * @module
 */
import { availableParallelism, freemem, loadavg } from "node:os";
import { CancelledError, UngilError } from "../../errors.js";
import { checkFunction } from "../../validate.js";
import type { Advice, Machine, Trial } from "./advice.js";
import { checkSamplesRun, type ItemFunction, throwsOn } from "./check.js";
import { codeFor } from "./code.js";
import type { Course } from "./contender.js";
import { type Findings, limitOf, reasonsOf, verdictOf } from "./explain.js";
import {
  type AdviseOptions,
  type AdviseStep,
  type CheckedAdviseOptions,
  checkAdviseOptions,
  checkSamples,
} from "./options.js";
import { firstPlans, inline, type Plan, type PlanExecutor, planName, plansBeside } from "./plan.js";
import { Pools } from "./pools.js";
import { type FunctionProfile, profileFunction } from "./profile.js";
import { Race } from "./race.js";
import { fitScaling, type Scaling } from "./scaling.js";
import { Workload } from "./workload.js";

/** A run of a plan is to take this part of the budget, and ms within these bounds. */
const runShare = 1 / 100;
const shortestRun = 10;
const longestRun = 200;

/** A pool that is behind by less than this is worth a try with other chunks. */
const near = 1.3;

/** The part of the budget that the profile takes, and those after which the first and second comparison end. */
const profileShare = 0.1;
const firstShare = 0.5;
const secondShare = 0.7;

/**
 * Measures how a function is best run over many items: in a plain loop, on the event loop with many calls in flight, on
 * threads, on processes; with how many workers and in which chunks. All of them are run for real, in turn, with items
 * like those given, and the simplest is chosen that no other beats by 5 % and by more than chance.
 *
 * The function is called thousands of times, on this thread as well, so that effects of it (files, requests) happen as
 * often. The gain is that of a pool that has started; `breakEven` tells when the start is paid for. While it measures,
 * this thread should have nothing else to do.
 *
 * @param fn - called with an item and its place, as by `map`; sync or async.
 * @param samples - items that stand for the real ones in size and kind, at least 2. The function gets copies of those
 *   that can be copied.
 * @param options - `budget` in ms, `timeout` of a call in ms, `maxWorkers`, and others.
 * @returns the plan, its measured gain, the reasons, what limits it next, and code to paste.
 * @throws InvalidArgumentError for a bad option or sample: one that the function throws on, too. That one rejects.
 * @throws TimeoutError where a call takes longer than `timeout`. A function that can't be sent to a thread, and computes
 *   without end, can't be ended.
 * @throws CancelledError when `signal` aborts.
 *
 * @example
 * const advice = await advise(parse, documents.slice(0, 20), { budget: 5_000 });
 * console.log(advice.verdict, advice.code);
 */
export async function advise<T>(
  fn: (item: T, index: number) => unknown,
  samples: readonly T[],
  options?: AdviseOptions,
): Promise<Advice> {
  checkFunction("fn", fn);
  const items = checkSamples(samples);
  const checked = checkAdviseOptions(options);
  return await new Adviser(fn as ItemFunction, items, checked).advise();
}

class Adviser {
  readonly #fn: ItemFunction;
  readonly #samples: readonly unknown[];
  readonly #options: CheckedAdviseOptions;
  readonly #start = performance.now();
  readonly #machine: Machine = {
    cores: availableParallelism(),
    load: loadavg()[0] ?? 0,
    node: process.version,
  };

  constructor(fn: ItemFunction, samples: readonly unknown[], options: CheckedAdviseOptions) {
    this.#fn = fn;
    this.#samples = samples;
    this.#options = options;
  }

  async advise(): Promise<Advice> {
    const fn = this.#fn;
    const { budget, timeout, execArgv, signal, maxInFlight } = this.#options;
    if (signal?.aborted) throw new CancelledError(undefined, { cause: signal.reason });
    this.#tell("check", undefined);
    const { tried, threadRefusal, unsendable } = await checkSamplesRun(fn, this.#samples, this.#options);
    const runTime = Math.min(longestRun, Math.max(shortestRun, budget * runShare));
    const workload = new Workload(tried, 4 * runTime);
    this.#tell("profile", undefined);
    const profile = await profileFunction(fn, workload, { budget: budget * profileShare, timeout, signal });
    const executors: PlanExecutor[] = ["inline", "async"];
    if (threadRefusal === undefined) executors.push("thread");
    if (!unsendable) executors.push("process");
    const maxWorkers = workersThatFit(this.#options.maxWorkers, profile.allocated);
    const course: Course = {
      fn,
      workload,
      asynchronous: profile.asynchronous,
      runTime,
      timeout,
      callTime: profile.time,
      bytes: profile.inputBytes + profile.outputBytes,
      pools: new Pools(execArgv),
      signal,
    };
    const race = new Race(course, {
      end: this.#start + budget,
      tell: (phase, plan) => this.#tell(phase, plan),
    });
    try {
      const { asynchronous } = profile;
      await race.enter(firstPlans({ maxWorkers, maxInFlight, asynchronous, executors }));
      await race.run(budget * (1 - firstShare));
      const pool = race.bestPool(near);
      if (pool) await race.enter(plansBeside(pool, race.itemsOf(pool)));
      await race.run(budget * (1 - secondShare));
      await race.decide(budget);
    } catch (error) {
      if (signal?.aborted) throw new CancelledError(undefined, { cause: signal.reason });
      // of a synchronous function the plain loop does not tell where it threw
      throw error instanceof UngilError ? error : throwsOn(undefined, undefined, error);
    } finally {
      await race.close();
    }
    return this.#conclude(race, profile, threadRefusal);
  }

  #conclude(race: Race, profile: FunctionProfile, refusal: string | undefined): Advice {
    const { standings, plans } = race;
    const plan = standings.choice(plans);
    const trials = race.trials(plan);
    const chosen = trials.find((trial) => trial.outcome === "chosen");
    const gain = (plan.executor !== "inline" && chosen?.gain) || { median: 1, low: 1, high: 1 };
    const scaling =
      plan.executor === "thread" || plan.executor === "process" ? scalingOf(race, plan) : undefined;
    const findings: Findings = {
      plan,
      gain,
      profile,
      trials,
      scaling,
      breakEven: breakEvenOf(chosen, trials),
      machine: this.#machine,
      refusal,
      maxInFlight: this.#options.maxInFlight,
    };
    return {
      plan,
      gain,
      verdict: verdictOf(findings),
      reasons: reasonsOf(findings),
      limit: limitOf(findings),
      code: codeFor(plan, {
        fn: /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(this.#fn.name) ? this.#fn.name : "fn",
        index: this.#fn.length > 1,
        asynchronous: profile.asynchronous,
        cores: this.#machine.cores,
      }),
      breakEven: findings.breakEven,
      profile,
      scaling,
      trials,
      machine: this.#machine,
    };
  }

  #tell(phase: AdviseStep["phase"], plan: Plan | undefined): void {
    this.#options.onProgress({ phase, plan, elapsed: performance.now() - this.#start });
  }
}

/** As many workers as have memory for a call each, of the half of what is free. */
function workersThatFit(maxWorkers: number, allocated: number): number {
  const fitting = Math.floor(freemem() / 2 / Math.max(1, allocated));
  return Math.max(1, Math.min(maxWorkers, fitting));
}

/** How the plan scales, from what was measured with other numbers of workers and else the same. */
function scalingOf(race: Race, plan: Plan): Scaling | undefined {
  const points = race.plans.flatMap((other) => {
    if (
      planName({ ...other, maxWorkers: plan.maxWorkers }) !==
      planName({ ...plan, chunksize: other.chunksize })
    ) {
      return [];
    }
    if (other.chunksize !== "auto") return [];
    const perItem = race.standings.ratio(other, inline);
    const base = race.standings.perItem(inline);
    if (!perItem || !base) return [];
    return [{ workers: other.maxWorkers, throughput: 1 / (perItem.median * base.median) }];
  });
  return fitScaling(points);
}

/** After how many items the start of the workers is made up for. */
function breakEvenOf(chosen: Trial | undefined, trials: readonly Trial[]): number | undefined {
  if (!chosen?.perItem || chosen.plan.executor === "inline" || chosen.plan.executor === "async")
    return undefined;
  const loop = trials.find(({ plan }) => plan.executor === "inline")?.perItem;
  if (!loop) return undefined;
  const saved = loop.median - chosen.perItem.median;
  return saved > 0 ? Math.ceil(chosen.startUp / saved) : Number.POSITIVE_INFINITY;
}
