import { checkInteger } from "../../validate.js";
import { Gil } from "../gil/gil.js";
import { interleave, median, type Summary, summarize } from "../statistics/index.js";
import { type ContextSwitches, contextSwitches } from "./context-switches.js";
import { type ConvoyResult, convoy } from "./convoy.js";
import {
  checkCounts,
  checkExperiment,
  checkLength,
  defineExperiment,
  type ExperimentOptions,
} from "./experiment.js";
import { barOf, formatNumber, pointOf } from "./figures.js";
import { burnOn, cores, stepsFor, threadsOf, timeOf } from "./measure.js";

/** Options of {@link switchingCosts}. */
export interface SwitchingCostsOptions extends ExperimentOptions {
  /** Numbers of threads. Default: 1, the cores, and 4 and 8 times as many. */
  readonly threads?: readonly number[] | undefined;
  /** Switch intervals of the Gil in ms. Default 5, Python's, and 0.5. */
  readonly intervals?: readonly number[] | undefined;
  /** ms that one thread computes for: the same work is shared by all. Default 200. */
  readonly work?: number | undefined;
  /** Small pieces of I/O for the convoy effect. Default 30. */
  readonly waits?: number | undefined;
}

/** What {@link switchingCosts} found with one switch interval and number of threads. */
export interface SwitchingResult {
  /** ms. */
  readonly interval: number;
  readonly threads: number;
  /** ms. */
  readonly time: Summary;
  /** How often another thread took the Gil, in one run: the median. */
  readonly gilSwitches: number;
  /** Context switches in one run: the medians; undefined where the system does not tell. */
  readonly contextSwitches: ContextSwitches | undefined;
}

/** What {@link switchingCosts} found. */
export interface SwitchingCostsResult {
  readonly cores: number;
  readonly switching: readonly SwitchingResult[];
  readonly convoy: ConvoyResult;
}

/**
 * The same computing on more and more threads under a {@link Gil}: what it costs that they take turns; and the convoy
 * effect of a thread that computes on one that waits for small things (https://bugs.python.org/issue7946).
 * @throws the signal's reason; InvalidArgumentError.
 */
export async function switchingCosts(options: SwitchingCostsOptions = {}): Promise<SwitchingCostsResult> {
  const { rounds, signal } = checkExperiment(options, ["threads", "intervals", "work", "waits"]);
  const counts = checkCounts("threads", options.threads ?? [1, cores, 4 * cores, 8 * cores]);
  const intervals = (options.intervals ?? [5, 0.5]).map((interval) => checkLength("intervals", interval));
  const work = checkLength("work", options.work ?? 200);
  const waits = checkInteger("waits", options.waits ?? 30, 1);
  const steps = stepsFor(work);
  const gil = new Gil();
  await using pool = threadsOf(counts.at(-1)!, gil);
  const cases = intervals.flatMap((interval) => counts.map((threads) => ({ interval, threads })));
  const switches = new Map(
    cases.map((each) => [each, { gil: [] as number[], system: [] as ContextSwitches[] }]),
  );
  const run = async (each: (typeof cases)[number]): Promise<number> => {
    gil.switchInterval = each.interval;
    const before = contextSwitches();
    const switchesBefore = gil.stats().switches;
    const time = await timeOf(() => burnOn(pool, each.threads, steps, gil));
    const after = contextSwitches();
    const counted = switches.get(each)!;
    counted.gil.push(gil.stats().switches - switchesBefore);
    if (before && after) {
      counted.system.push({
        voluntary: after.voluntary - before.voluntary,
        involuntary: after.involuntary - before.involuntary,
      });
    }
    return time;
  };
  const measured = await interleave(new Map(cases.map((each) => [each, () => run(each)])), {
    rounds,
    signal,
  });
  const switching = cases.map((each): SwitchingResult => {
    const counted = switches.get(each)!;
    // the first is that of the round that is not counted
    const system = counted.system.slice(-rounds);
    return {
      interval: each.interval,
      threads: each.threads,
      time: summarize(measured.get(each)!),
      gilSwitches: median(counted.gil.slice(-rounds)),
      contextSwitches:
        system.length === 0
          ? undefined
          : {
              voluntary: median(system.map(({ voluntary }) => voluntary)),
              involuntary: median(system.map(({ involuntary }) => involuntary)),
            },
    };
  });
  return { cores, switching, convoy: await convoy(waits, rounds, signal) };
}

/** As `ungil lab` runs it. */
export const switchingCostsExperiment = defineExperiment<SwitchingCostsOptions, SwitchingCostsResult>({
  name: "switching-costs",
  title: "Switching costs: more threads than the lock lets execute",
  options: {
    quick: { rounds: 3, work: 40, waits: 10, threads: [1, cores, 4 * cores] },
    normal: { rounds: 5, work: 200, waits: 30 },
    thorough: { rounds: 15, work: 400, waits: 50 },
  },
  run: switchingCosts,
  explain({ switching, convoy: found }) {
    const intervals = [...new Set(switching.map(({ interval }) => interval))];
    const known = switching.some((each) => each.contextSwitches !== undefined);
    const [one, most] = [switching[0]!, switching.findLast(({ interval }) => interval === intervals.at(-1))!];
    return {
      sees:
        `${most.threads} threads that take turns every ${formatNumber(most.interval)} ms need ` +
        `${formatNumber(most.time.median / one.time.median)} times as long as one thread; a thread that computes makes each ` +
        `small piece of I/O of another take ${formatNumber(found.gil.median)} ms instead of ${formatNumber(found.alone.median)} ms.`,
      advice:
        "Do not start more threads than there is work for at once, and keep what computes away from the thread that answers: without a lock, in a thread of its own.",
      notes: known ? [] : ["Context switches are unavailable: this system has no /proc/self/task."],
      figures: [
        {
          kind: "lines",
          title: "The same work, shared by more threads under the lock",
          x: "threads",
          y: "ms",
          series: intervals.map((interval) => ({
            name: `turns of ${formatNumber(interval)} ms`,
            points: switching
              .filter((each) => each.interval === interval)
              .map(({ threads, time }) => pointOf(threads, time)),
          })),
        },
        {
          kind: "table",
          title: "Switches in one run: of the lock, and of the system's threads",
          columns: ["turns and threads", "switches of the lock", "gave up the core", "lost the core"],
          rows: switching.map((each) => [
            `${formatNumber(each.interval)} ms, ${each.threads} ${each.threads === 1 ? "thread" : "threads"}`,
            each.gilSwitches,
            each.contextSwitches?.voluntary ?? "unavailable",
            each.contextSwitches?.involuntary ?? "unavailable",
          ]),
        },
        {
          kind: "bars",
          title: "The convoy effect: one small piece of I/O",
          value: "ms",
          bars: [
            barOf("alone", found.alone),
            barOf("beside one that computes, under the lock", found.gil),
            barOf("beside one that computes, free", found.free),
          ],
        },
      ],
    };
  },
});
