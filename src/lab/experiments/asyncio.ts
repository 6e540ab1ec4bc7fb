import { taskGroup } from "../../asyncio/index.js";
import { checkInteger } from "../../validate.js";
import { interleave, type Summary, summarize } from "../statistics/index.js";
import { checkExperiment, checkLength, defineExperiment, type ExperimentOptions } from "./experiment.js";
import { barOf, formatNumber } from "./figures.js";
import { threadsOf, timeOf } from "./measure.js";
import { block, pause } from "./tasks.js";

/** Options of {@link asyncio}. */
export interface AsyncioOptions extends ExperimentOptions {
  /** Default 5. */
  readonly waits?: number | undefined;
  /** ms of each. Default 1,000. */
  readonly wait?: number | undefined;
}

/** What {@link asyncio} found; times in ms. */
export interface AsyncioResult {
  readonly waits: number;
  readonly wait: number;
  readonly sequential: Summary;
  readonly together: Summary;
  readonly threads: Summary;
}

/**
 * Five waits: one after the other, at once on one event loop, and each in a thread that it blocks.
 * @throws the signal's reason; InvalidArgumentError.
 */
export async function asyncio(options: AsyncioOptions = {}): Promise<AsyncioResult> {
  const { rounds, signal } = checkExperiment(options, ["waits", "wait"]);
  const waits = checkInteger("waits", options.waits ?? 5, 1);
  const wait = checkLength("wait", options.wait ?? 1_000);
  await using pool = threadsOf(waits);
  const all = Array.from({ length: waits });
  const measured = await interleave(
    new Map([
      [
        "sequential",
        () =>
          timeOf(async () => {
            for (let n = 0; n < waits; n++) await pause(wait);
          }),
      ],
      [
        "together",
        () =>
          timeOf(() =>
            taskGroup((group) => {
              for (let n = 0; n < waits; n++) group.createTask(() => pause(wait));
            }),
          ),
      ],
      ["threads", () => timeOf(() => Promise.all(all.map(() => pool.submit(block, wait))))],
    ]),
    { rounds, signal },
  );
  return {
    waits,
    wait,
    sequential: summarize(measured.get("sequential")!),
    together: summarize(measured.get("together")!),
    threads: summarize(measured.get("threads")!),
  };
}

/** As `ungil lab` runs it. */
export const asyncioExperiment = defineExperiment<AsyncioOptions, AsyncioResult>({
  name: "asyncio",
  title: "Asyncio: waiting for several things at once",
  options: {
    quick: { rounds: 2, wait: 100 },
    normal: { rounds: 3, wait: 200 },
    thorough: { rounds: 5, wait: 1_000 },
  },
  run: asyncio,
  explain: ({ waits, wait, sequential, together, threads }) => ({
    sees:
      `${waits} waits of ${formatNumber(wait)} ms take ${formatNumber(sequential.median)} ms one after the other and ` +
      `${formatNumber(together.median)} ms at once on one event loop; threads that block take ${formatNumber(threads.median)} ms.`,
    advice:
      "For waiting, begin all and await them together, in a taskGroup or an AsyncExecutor: that needs no threads.",
    figures: [
      {
        kind: "bars",
        title: `${waits} waits of ${formatNumber(wait)} ms`,
        value: "ms",
        bars: [
          barOf("one after the other", sequential),
          barOf("at once, on the event loop", together),
          barOf("each in a thread", threads),
        ],
      },
    ],
  }),
});
