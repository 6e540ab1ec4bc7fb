import { checkInteger } from "../../validate.js";
import { Gil } from "../gil/gil.js";
import { interleave, ratios, type Summary, summarize } from "../statistics/index.js";
import { checkExperiment, checkLength, defineExperiment, type ExperimentOptions } from "./experiment.js";
import { barOf, formatNumber } from "./figures.js";
import { burnOn, cores, stepsFor, threadsOf, timeOf } from "./measure.js";
import { burn } from "./tasks.js";

/** Options of {@link noGain}. */
export interface NoGainOptions extends ExperimentOptions {
  /** Tasks, and threads for them. Default: cores, at least 2. */
  readonly tasks?: number | undefined;
  /** ms that one task computes for. Default 100. */
  readonly work?: number | undefined;
}

/** What {@link noGain} found; times in ms. */
export interface NoGainResult {
  readonly tasks: number;
  readonly sequential: Summary;
  readonly gil: Summary;
  readonly free: Summary;
  /** How many times as fast threads under the lock are as no threads, in the same round. */
  readonly gilGain: Summary;
  /** The same of free threads. */
  readonly freeGain: Summary;
}

/**
 * Computes several tasks one after the other without threads, on threads under a {@link Gil}, and on free ones.
 * @throws the signal's reason; InvalidArgumentError.
 */
export async function noGain(options: NoGainOptions = {}): Promise<NoGainResult> {
  const { rounds, signal } = checkExperiment(options, ["tasks", "work"]);
  const tasks = checkInteger("tasks", options.tasks ?? Math.max(2, cores), 1);
  const steps = stepsFor(checkLength("work", options.work ?? 100));
  const gil = new Gil();
  await using locked = threadsOf(tasks, gil);
  await using threads = threadsOf(tasks);
  const measured = await interleave(
    new Map([
      [
        "sequential",
        () =>
          timeOf(() => {
            for (let task = 0; task < tasks; task++) burn(steps);
          }),
      ],
      ["gil", () => timeOf(() => burnOn(locked, tasks, steps * tasks, gil))],
      ["free", () => timeOf(() => burnOn(threads, tasks, steps * tasks))],
    ]),
    { rounds, signal },
  );
  const sequential = measured.get("sequential")!;
  const gilTimes = measured.get("gil")!;
  const freeTimes = measured.get("free")!;
  return {
    tasks,
    sequential: summarize(sequential),
    gil: summarize(gilTimes),
    free: summarize(freeTimes),
    gilGain: summarize(ratios(sequential, gilTimes)),
    freeGain: summarize(ratios(sequential, freeTimes)),
  };
}

/** As `ungil lab` runs it. */
export const noGainExperiment = defineExperiment<NoGainOptions, NoGainResult>({
  name: "no-gain",
  title: "No gain: threads under a lock beside no threads at all",
  options: {
    quick: { rounds: 3, work: 30 },
    normal: { rounds: 9, work: 150 },
    thorough: { rounds: 31, work: 300 },
  },
  run: noGain,
  explain: ({ tasks, sequential, gil, free, gilGain, freeGain }) => ({
    sees:
      `${tasks} tasks that compute are done ${formatNumber(gilGain.median)} times as fast by threads under the lock as by ` +
      `no threads, and ${formatNumber(freeGain.median)} times as fast by free threads.`,
    advice:
      "Where there is a lock, threads are no way to compute faster, and processes or native code are; without one, threads are the cheapest way.",
    figures: [
      {
        kind: "bars",
        title: `The same ${tasks} tasks`,
        value: "ms",
        bars: [
          barOf("no threads", sequential),
          barOf("threads under the lock", gil),
          barOf("free threads", free),
        ],
      },
    ],
  }),
});
