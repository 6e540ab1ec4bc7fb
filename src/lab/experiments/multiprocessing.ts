import { ProcessPoolExecutor } from "../../multiprocessing/index.js";
import { Gil } from "../gil/gil.js";
import { interleave, ratios, type Summary, summarize } from "../statistics/index.js";
import {
  checkCounts,
  checkExperiment,
  checkLength,
  defineExperiment,
  type ExperimentOptions,
} from "./experiment.js";
import { barOf, formatNumber, pointOf } from "./figures.js";
import { burnOn, cores, stepsFor, threadsOf, timeOf } from "./measure.js";
import { echo } from "./tasks.js";

/** Options of {@link multiprocessing}. */
export interface MultiprocessingOptions extends ExperimentOptions {
  /** Numbers of workers; 1 is always among them. Default 1, 2 and the number of cores. */
  readonly workers?: readonly number[] | undefined;
  /** ms that one worker computes for: the same work is shared by all. Default 200. */
  readonly work?: number | undefined;
}

/** What {@link multiprocessing} found for a kind of worker. */
export interface WorkersResult {
  readonly kind: "processes" | "threads" | "threads under a lock";
  readonly speedUps: readonly { readonly workers: number; readonly speedUp: Summary }[];
  /** ms from nothing to the first result of one worker. */
  readonly startUp: Summary;
}

/** What {@link multiprocessing} found. */
export interface MultiprocessingResult {
  readonly cores: number;
  readonly workers: readonly WorkersResult[];
}

/**
 * Processes as the way around the lock: how much faster they compute, beside threads under a {@link Gil} and free ones,
 * and what it costs to start one.
 * @throws the signal's reason; InvalidArgumentError.
 */
export async function multiprocessing(options: MultiprocessingOptions = {}): Promise<MultiprocessingResult> {
  const { rounds, signal } = checkExperiment(options, ["workers", "work"]);
  const wanted = checkCounts("workers", options.workers ?? [1, 2, cores]);
  const counts = checkCounts("workers", [1, ...wanted]);
  const steps = stepsFor(checkLength("work", options.work ?? 200));
  const most = counts.at(-1)!;
  const gil = new Gil();
  await using processes = new ProcessPoolExecutor({ maxWorkers: most, minWorkers: most });
  await using threads = threadsOf(most);
  await using locked = threadsOf(most, gil);
  const kinds = [
    {
      kind: "processes" as const,
      run: (many: number) => burnOn(processes, many, steps),
      make: () => new ProcessPoolExecutor({ maxWorkers: 1 }),
    },
    {
      kind: "threads" as const,
      run: (many: number) => burnOn(threads, many, steps),
      make: () => threadsOf(1),
    },
    {
      kind: "threads under a lock" as const,
      run: (many: number) => burnOn(locked, many, steps, gil),
      make: () => threadsOf(1, new Gil()),
    },
  ];
  const measured = await interleave(
    new Map(
      kinds.flatMap(({ kind, run }) =>
        counts.map((many) => [`${kind} ${many}`, () => timeOf(() => run(many))] as const),
      ),
    ),
    { rounds, signal },
  );
  const startUps = await interleave(
    new Map(
      kinds.map(({ kind, make }) => [
        kind,
        async () => {
          await using pool = make();
          return await timeOf(() => pool.submit(echo, 1));
        },
      ]),
    ),
    { rounds, signal },
  );
  return {
    cores,
    workers: kinds.map(({ kind }) => ({
      kind,
      speedUps: counts.map((workers) => ({
        workers,
        speedUp: summarize(ratios(measured.get(`${kind} 1`)!, measured.get(`${kind} ${workers}`)!)),
      })),
      startUp: summarize(startUps.get(kind)!),
    })),
  };
}

/** As `ungil lab` runs it. */
export const multiprocessingExperiment = defineExperiment<MultiprocessingOptions, MultiprocessingResult>({
  name: "multiprocessing",
  title: "Multiprocessing: the way around the lock",
  options: {
    quick: { rounds: 3, work: 50 },
    normal: { rounds: 5, work: 200 },
    thorough: { rounds: 15, work: 400 },
  },
  run: multiprocessing,
  explain({ cores: many, workers }) {
    const [processes, threads] = workers;
    const most = processes!.speedUps.at(-1)!;
    return {
      sees:
        `${most.workers} processes are ${formatNumber(most.speedUp.median)} times as fast as one, whatever locks each of them ` +
        `has; the first result of a new process comes after ${formatNumber(processes!.startUp.median)} ms, that of a new thread ` +
        `after ${formatNumber(threads!.startUp.median)} ms.`,
      advice:
        "Take threads for computing, and processes for code that may crash, leaks, or needs settings of its own: keep them, since starting them is what costs.",
      figures: [
        {
          kind: "lines",
          title: "Speed-up with the number of workers",
          x: "workers",
          y: "times as fast as one worker",
          series: [
            {
              name: "ideal",
              computed: true,
              points: processes!.speedUps.map((each) => ({
                x: each.workers,
                y: Math.min(each.workers, many),
              })),
            },
            ...workers.map(({ kind, speedUps }) => ({
              name: kind,
              points: speedUps.map((each) => pointOf(each.workers, each.speedUp)),
            })),
          ],
        },
        {
          kind: "bars",
          title: "From nothing to the first result",
          value: "ms",
          bars: workers.map(({ kind, startUp }) => barOf(kind, startUp)),
        },
      ],
    };
  },
});
