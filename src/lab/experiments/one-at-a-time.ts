import { Gil } from "../gil/gil.js";
import { interleave, ratios, type Summary, summarize } from "../statistics/index.js";
import {
  checkCounts,
  checkExperiment,
  checkLength,
  defineExperiment,
  type ExperimentOptions,
} from "./experiment.js";
import { type FigureSpan, formatNumber, pointOf } from "./figures.js";
import { burnOn, cores, someThreads, stepsFor, threadsOf, timeOf } from "./measure.js";
import { spansOf } from "./spans.js";

/** Options of {@link oneAtATime}. */
export interface OneAtATimeOptions extends ExperimentOptions {
  /** Numbers of threads; 1 is always among them. Default: powers of two up to the number of cores, at least to 4. */
  readonly threads?: readonly number[] | undefined;
  /** ms that one thread computes for: the same work is shared by all. Default 200. */
  readonly work?: number | undefined;
}

/** What {@link oneAtATime} found for a number of threads. */
export interface ThreadsResult {
  readonly threads: number;
  /** ms. */
  readonly time: Summary;
  /** How many times as fast as one thread of the kind, in the same round. */
  readonly speedUp: Summary;
}

/** What {@link oneAtATime} found. */
export interface OneAtATimeResult {
  readonly cores: number;
  readonly free: readonly ThreadsResult[];
  readonly gil: readonly ThreadsResult[];
  /** Who had the Gil in the first 100 ms with the most threads. */
  readonly timeline: readonly FigureSpan[];
}

/** ms of the timeline. */
const shown = 100;

/**
 * Computes on more and more threads, under a {@link Gil} and free: the same work, shared out evenly.
 * @throws the signal's reason; InvalidArgumentError.
 */
export async function oneAtATime(options: OneAtATimeOptions = {}): Promise<OneAtATimeResult> {
  const { rounds, signal } = checkExperiment(options, ["threads", "work"]);
  const counts = checkCounts("threads", [1, ...checkCounts("threads", options.threads ?? someThreads)]);
  const work = checkLength("work", options.work ?? 200);
  const most = counts.at(-1)!;
  const gil = new Gil();
  await using free = threadsOf(most);
  await using locked = threadsOf(most, gil);
  const steps = stepsFor(work);
  const kinds = [
    { kind: "free", run: (many: number) => burnOn(free, many, steps) },
    { kind: "gil", run: (many: number) => burnOn(locked, many, steps, gil) },
  ];
  const measured = await interleave(
    new Map(
      counts.flatMap((many) =>
        kinds.map(({ kind, run }) => [`${kind} ${many}`, () => timeOf(() => run(many))] as const),
      ),
    ),
    { rounds, signal },
  );
  const resultOf = (kind: string): ThreadsResult[] =>
    counts.map((threads) => {
      const times = measured.get(`${kind} ${threads}`)!;
      return {
        threads,
        time: summarize(times),
        speedUp: summarize(ratios(measured.get(`${kind} 1`)!, times)),
      };
    });
  return { cores, free: resultOf("free"), gil: resultOf("gil"), timeline: await timelineWith(most, steps) };
}

/** How often to compute, at most, until all threads have begun. */
const mostWarmUps = 10;

async function timelineWith(threads: number, steps: number): Promise<FigureSpan[]> {
  const gil = new Gil({ events: 10_000 });
  let began = 0;
  {
    await using pool = threadsOf(threads, gil);
    const seen = (): number => new Set(gil.timeline().events.map(({ threadId }) => threadId)).size;
    // a thread that is just being started can't ask for it yet
    for (let n = 0; n < mostWarmUps && seen() < threads; n++) await burnOn(pool, threads, steps, gil);
    began = gil.timeline().events.at(-1)?.time ?? 0;
    await burnOn(pool, threads, steps, gil);
  }
  // read when all threads have ended: who had it last drops it when its result is here already
  return spansOf(gil.timeline().events, shown, began);
}

/** As `ungil lab` runs it. */
export const oneAtATimeExperiment = defineExperiment<OneAtATimeOptions, OneAtATimeResult>({
  name: "one-at-a-time",
  title: "One at a time: computing on threads, under a lock and free",
  options: {
    quick: { rounds: 3, work: 50 },
    normal: { rounds: 7, work: 250 },
    thorough: { rounds: 21, work: 500 },
  },
  run: oneAtATime,
  explain({ cores: many, free, gil, timeline }) {
    const best = free.reduce((one, other) => (other.speedUp.median > one.speedUp.median ? other : one));
    const most = gil.at(-1)!;
    return {
      sees:
        `Under the lock ${most.threads} threads are ${formatNumber(most.speedUp.median)} times as fast as one; ` +
        `free, ${best.threads} threads are ${formatNumber(best.speedUp.median)} times as fast, on ${many} cores.`,
      advice:
        "JavaScript's threads have no such lock, so compute on as many of them as there are cores: new ThreadPoolExecutor() does.",
      figures: [
        {
          kind: "lines",
          title: "Speed-up with the number of threads",
          x: "threads",
          y: "times as fast as one thread",
          series: [
            {
              name: "ideal",
              computed: true,
              points: free.map(({ threads }) => ({ x: threads, y: Math.min(threads, many) })),
            },
            { name: "free", points: free.map(({ threads, speedUp }) => pointOf(threads, speedUp)) },
            { name: "under the lock", points: gil.map(({ threads, speedUp }) => pointOf(threads, speedUp)) },
          ],
        },
        { kind: "timeline", title: `Who had the lock, in the first ${shown} ms`, spans: timeline },
      ],
    };
  },
});
