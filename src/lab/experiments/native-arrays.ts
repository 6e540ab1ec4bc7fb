import { availableParallelism } from "node:os";
import { checkInteger } from "../../validate.js";
import { interleave, type Summary, summarize } from "../statistics/index.js";
import { checkExperiment, defineExperiment, type ExperimentOptions } from "./experiment.js";
import { barOf, formatNumber } from "./figures.js";
import { timeOf } from "./measure.js";

/** Options of {@link nativeArrays}. */
export interface NativeArraysOptions extends ExperimentOptions {
  /** How many random numbers. Default 1,000,000. */
  readonly elements?: number | undefined;
}

/** What {@link nativeArrays} found; times in ms. */
export interface NativeArraysResult {
  readonly elements: number;
  /** How many threads the kernels of the last way had. */
  readonly threads: number;
  readonly loop: Summary;
  readonly oneThread: Summary;
  readonly allThreads: Summary;
}

/**
 * A million random numbers, made and added up: in a loop, by the kernels of `ungil/numeric` on one core, and on all.
 * @throws the signal's reason; InvalidArgumentError.
 */
export async function nativeArrays(options: NativeArraysOptions = {}): Promise<NativeArraysResult> {
  const { rounds, signal } = checkExperiment(options, ["elements"]);
  const elements = checkInteger("elements", options.elements ?? 1_000_000, 1);
  // its kernels are large, and nobody else here needs them
  const { fastRng, getNumThreads, setNumThreads, sumSync } = await import("../../numeric/index.js");
  const rng = fastRng(1);
  const before = getNumThreads();
  const threads = availableParallelism();
  const byKernels = (count: number): Promise<number> => {
    setNumThreads(count);
    return timeOf(() => {
      using numbers = rng.randomSync(elements);
      sumSync(numbers);
    });
  };
  try {
    // threads start, and engines compile, before anything is measured
    await byKernels(threads);
    const measured = await interleave(
      new Map([
        ["loop", () => timeOf(() => sumOfRandoms(elements))],
        ["one", () => byKernels(1)],
        ["all", () => byKernels(threads)],
      ]),
      { rounds, signal },
    );
    return {
      elements,
      threads,
      loop: summarize(measured.get("loop")!),
      oneThread: summarize(measured.get("one")!),
      allThreads: summarize(measured.get("all")!),
    };
  } finally {
    setNumThreads(before);
  }
}

function sumOfRandoms(elements: number): number {
  let total = 0;
  for (let k = 0; k < elements; k++) total += Math.random();
  return total;
}

/** As `ungil lab` runs it. */
export const nativeArraysExperiment = defineExperiment<NativeArraysOptions, NativeArraysResult>({
  name: "native-arrays",
  title: "Native arrays: computing outside of the isolate",
  options: {
    quick: { rounds: 5 },
    normal: { rounds: 15 },
    thorough: { rounds: 50 },
  },
  run: nativeArrays,
  explain: ({ elements, threads, loop, oneThread, allThreads }) => ({
    sees:
      `${formatNumber(elements)} random numbers, made and added up, take ${formatNumber(loop.median)} ms in a loop, ` +
      `${formatNumber(oneThread.median)} ms by kernels on one core and ${formatNumber(allThreads.median)} ms on ${threads}.`,
    advice:
      "For arithmetic on many numbers, hold them in arrays of ungil/numeric: one call does what a loop does, with vectors and on all cores.",
    figures: [
      {
        kind: "bars",
        title: `${formatNumber(elements)} random numbers, made and added up`,
        value: "ms",
        bars: [
          barOf("a loop over Math.random", loop),
          barOf("kernels, one core", oneThread),
          barOf(`kernels, ${threads} ${threads === 1 ? "core" : "cores"}`, allThreads),
        ],
      },
    ],
  }),
});
