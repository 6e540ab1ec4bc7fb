import { InvalidArgumentError } from "../../errors.js";
import { Lock } from "../../threading/index.js";
import { checkInteger } from "../../validate.js";
import {
  fitUsl,
  interleave,
  type Summary,
  summarize,
  type UslFit,
  uslCapacity,
} from "../statistics/index.js";
import {
  checkCounts,
  checkExperiment,
  checkLength,
  defineExperiment,
  type ExperimentOptions,
} from "./experiment.js";
import { formatNumber } from "./figures.js";
import { threadsOf, timeOf } from "./measure.js";
import { share } from "./tasks.js";

/** Options of {@link limitedScaling}. */
export interface LimitedScalingOptions extends ExperimentOptions {
  /** Numbers of threads: three at least. Default 1, 2, 3, 4, 6, 8. */
  readonly threads?: readonly number[] | undefined;
  /** Pieces of work for each thread. Default 20. */
  readonly pieces?: number | undefined;
  /** ms of each piece that a thread waits by itself, on average, which all can at once. Default 3. */
  readonly apart?: number | undefined;
  /** ms of each piece that it computes with the lock. Default 1. */
  readonly together?: number | undefined;
}

/** What {@link limitedScaling} found. */
export interface LimitedScalingResult {
  readonly loads: readonly {
    readonly threads: number;
    /** Pieces in a second. */
    readonly throughput: Summary;
  }[];
  /** The law that fits best; throughputs in pieces a second. */
  readonly fit: UslFit;
}

/**
 * More and more threads that share one lock: real waiting, real computing with the lock, and the Universal Scalability
 * Law fitted to it. What a thread does without the lock is waiting, so that cores are not what limits it.
 * @throws the signal's reason; InvalidArgumentError.
 */
export async function limitedScaling(options: LimitedScalingOptions = {}): Promise<LimitedScalingResult> {
  const { rounds, signal } = checkExperiment(options, ["threads", "pieces", "apart", "together"]);
  const counts = checkCounts("threads", options.threads ?? [1, 2, 3, 4, 6, 8]);
  if (counts.length < 3)
    throw new InvalidArgumentError("threads", options.threads, "three different numbers at least");
  const pieces = checkInteger("pieces", options.pieces ?? 20, 1);
  const apart = checkLength("apart", options.apart ?? 3);
  const together = checkLength("together", options.together ?? 1);
  const lock = new Lock();
  await using pool = threadsOf(counts.at(-1)!);
  const run = async (threads: number): Promise<number> => {
    const time = await timeOf(() =>
      Promise.all(Array.from({ length: threads }, () => pool.submit(share, pieces, apart, together, lock))),
    );
    return (1000 * threads * pieces) / time;
  };
  const measured = await interleave(new Map(counts.map((many) => [many, () => run(many)])), {
    rounds,
    signal,
  });
  const loads = counts.map((threads) => ({ threads, throughput: summarize(measured.get(threads)!) }));
  return {
    loads,
    fit: fitUsl(
      loads.map(({ threads, throughput }) => ({ workers: threads, throughput: throughput.median })),
    ),
  };
}

/** As `ungil lab` runs it. */
export const limitedScalingExperiment = defineExperiment<LimitedScalingOptions, LimitedScalingResult>({
  name: "limited-scaling",
  title: "Limited scaling: what all have to share",
  options: {
    quick: { rounds: 3, pieces: 10 },
    normal: { rounds: 7, pieces: 30 },
    thorough: { rounds: 21, pieces: 60 },
  },
  run: limitedScaling,
  explain({ loads, fit }) {
    const { single, contention, coherence, peak, limit, explained } = fit;
    const most = loads.at(-1)!;
    return {
      sees:
        `${most.threads} threads that share a lock do ${formatNumber(most.throughput.median / single)} times what one does; ` +
        `by the law that fits, no number of threads does more than ${formatNumber(limit)} times as much.`,
      advice:
        "Hold locks for less, or share less: more threads do not help where contention limits, and do harm beyond the peak where coherence does.",
      notes: [
        "Contention, σ, is the share of the work that only one thread can do at a time: the others stand in line for it.",
        "Coherence, κ, is what each pair of threads costs because they have to agree: it grows with the square of their number, so that beyond a peak more threads do less.",
      ],
      figures: [
        {
          kind: "lines",
          title: "Throughput with the number of threads",
          x: "threads",
          y: "times what one thread does",
          series: [
            {
              name: "ideal",
              computed: true,
              points: loads.map(({ threads }) => ({ x: threads, y: threads })),
            },
            {
              name: "law that fits",
              computed: true,
              points: loads.map(({ threads }) => ({
                x: threads,
                y: uslCapacity(threads, contention, coherence),
              })),
            },
            {
              name: "measured",
              points: loads.map(({ threads, throughput: { median, low, high } }) => ({
                x: threads,
                y: median / single,
                low: low / single,
                high: high / single,
              })),
            },
          ],
        },
        {
          kind: "table",
          title: "The Universal Scalability Law, fitted",
          columns: ["", "value"],
          rows: [
            ["contention σ", contention],
            ["coherence κ", coherence],
            ["threads at the peak", peak],
            ["limit, times what one does", limit],
            ["R²", explained],
          ],
        },
      ],
    };
  },
});
