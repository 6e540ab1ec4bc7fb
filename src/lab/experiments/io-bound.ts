import { AsyncExecutor } from "../../asyncio/index.js";
import { checkInteger } from "../../validate.js";
import { Gil } from "../gil/gil.js";
import { interleave, type Summary, summarize } from "../statistics/index.js";
import {
  checkCounts,
  checkExperiment,
  checkLength,
  defineExperiment,
  type ExperimentOptions,
} from "./experiment.js";
import { formatNumber, pointOf } from "./figures.js";
import { threadsOf, timeOf } from "./measure.js";
import { pause } from "./tasks.js";

/** Options of {@link ioBound}. */
export interface IoBoundOptions extends ExperimentOptions {
  /** Numbers of waits. Default 8, 64, 512. */
  readonly waits?: readonly number[] | undefined;
  /** ms of each. Default 10. */
  readonly wait?: number | undefined;
  /** Threads under the Gil, each of which waits for one thing at a time. Default 8. */
  readonly threads?: number | undefined;
}

/** What {@link ioBound} found for a number of waits; times in ms. */
export interface IoBoundCase {
  readonly waits: number;
  readonly gil: Summary;
  readonly together: Summary;
  /** Only for the least number of waits: it takes long. */
  readonly sequential: Summary | undefined;
}

/** What {@link ioBound} found. */
export interface IoBoundResult {
  readonly wait: number;
  readonly threads: number;
  readonly cases: readonly IoBoundCase[];
}

/**
 * Waits, more and more of them: threads under a {@link Gil} that let others execute while they wait, and one event loop.
 * @throws the signal's reason; InvalidArgumentError.
 */
export async function ioBound(options: IoBoundOptions = {}): Promise<IoBoundResult> {
  const { rounds, signal } = checkExperiment(options, ["waits", "wait", "threads"]);
  const counts = checkCounts("waits", options.waits ?? [8, 64, 512]);
  const wait = checkLength("wait", options.wait ?? 10);
  const threads = checkInteger("threads", options.threads ?? 8, 1);
  const gil = new Gil();
  await using locked = threadsOf(threads, gil);
  await using loop = new AsyncExecutor({ maxWorkers: counts.at(-1)! });
  const times = (many: number): readonly undefined[] => Array.from({ length: many });
  const measured = await interleave(
    new Map([
      [
        "sequential",
        () =>
          timeOf(async () => {
            for (let n = 0; n < counts[0]!; n++) await pause(wait);
          }),
      ],
      ...counts.flatMap((many): [string, () => Promise<number>][] => [
        [
          `gil ${many}`,
          () => timeOf(() => Promise.all(times(many).map(() => locked.submit(pause, wait, gil)))),
        ],
        [
          `together ${many}`,
          () => timeOf(() => Promise.all(times(many).map(() => loop.submit(pause, wait)))),
        ],
      ]),
    ]),
    { rounds, signal },
  );
  return {
    wait,
    threads,
    cases: counts.map((waits, at) => ({
      waits,
      gil: summarize(measured.get(`gil ${waits}`)!),
      together: summarize(measured.get(`together ${waits}`)!),
      sequential: at === 0 ? summarize(measured.get("sequential")!) : undefined,
    })),
  };
}

/** As `ungil lab` runs it. */
export const ioBoundExperiment = defineExperiment<IoBoundOptions, IoBoundResult>({
  name: "io-bound",
  title: "I/O: where threads under a lock do help, and what helps more",
  options: {
    quick: { rounds: 3, waits: [8, 64] },
    normal: { rounds: 5 },
    thorough: { rounds: 15, waits: [8, 64, 512, 2048] },
  },
  run: ioBound,
  explain({ wait, threads, cases }) {
    const [least, most] = [cases[0]!, cases.at(-1)!];
    return {
      sees:
        `${least.waits} waits of ${formatNumber(wait)} ms take ${formatNumber(least.sequential?.median ?? NaN)} ms one after the ` +
        `other and ${formatNumber(least.gil.median)} ms on ${threads} threads under the lock; ${most.waits} waits take those threads ` +
        `${formatNumber(most.gil.median)} ms and one event loop ${formatNumber(most.together.median)} ms.`,
      advice:
        "A lock does not stop threads from waiting together, but each waits for one thing at a time; an event loop waits for any number, so use AsyncExecutor.",
      figures: [
        {
          kind: "lines",
          title: `Waits of ${formatNumber(wait)} ms`,
          x: "waits",
          y: "ms",
          logarithmic: true,
          series: [
            {
              name: "one after the other",
              points: cases.flatMap(({ waits, sequential }) =>
                sequential ? [pointOf(waits, sequential)] : [],
              ),
            },
            {
              name: `${threads} threads under the lock`,
              points: cases.map(({ waits, gil }) => pointOf(waits, gil)),
            },
            { name: "one event loop", points: cases.map(({ waits, together }) => pointOf(waits, together)) },
          ],
        },
      ],
    };
  },
});
