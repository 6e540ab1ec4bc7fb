import { AsyncExecutor, InlineExecutor } from "../../asyncio/index.js";
import type { Executor } from "../../futures/executor.js";
import { ProcessPoolExecutor } from "../../multiprocessing/index.js";
import { checkInteger } from "../../validate.js";
import { interleave, type Summary, summarize } from "../statistics/index.js";
import { checkExperiment, checkLength, defineExperiment, type ExperimentOptions } from "./experiment.js";
import { barOf, formatNumber } from "./figures.js";
import { burnOn, cores, stepsFor, threadsOf, timeOf } from "./measure.js";
import { echo, pause, residentMemory } from "./tasks.js";

/** Options of {@link concurrentFutures}. */
export interface ConcurrentFuturesOptions extends ExperimentOptions {
  /** Workers, and tasks. Default: cores, at least 2. */
  readonly workers?: number | undefined;
  /** ms that each task computes or waits for. Default 100. */
  readonly work?: number | undefined;
  /** Bytes sent there and back. Default 8 MiB. */
  readonly bytes?: number | undefined;
}

/** What {@link concurrentFutures} found of an executor; times in ms. */
export interface ExecutorResult {
  readonly executor: "inline" | "async" | "thread" | "process";
  /** Tasks that compute. */
  readonly compute: Summary;
  /** Tasks that wait. */
  readonly wait: Summary;
  /** From nothing to the first result. */
  readonly startUp: Summary;
  /** The bytes, there and back. */
  readonly copy: Summary;
  /** Bytes of memory that one more worker takes: what this process grew by, or the size of the other. */
  readonly memory: number;
}

/** What {@link concurrentFutures} found. */
export interface ConcurrentFuturesResult {
  readonly workers: number;
  readonly work: number;
  readonly bytes: number;
  readonly executors: readonly ExecutorResult[];
}

type Kind = ExecutorResult["executor"];

const makers: readonly (readonly [Kind, (workers: number) => Executor])[] = [
  ["inline", () => new InlineExecutor()],
  ["async", (workers) => new AsyncExecutor({ maxWorkers: workers })],
  ["thread", (workers) => threadsOf(workers)],
  ["process", (workers) => new ProcessPoolExecutor({ maxWorkers: workers, minWorkers: workers })],
];

/**
 * The same functions on every executor: what each gains, and its price in start-up, memory and copies.
 * @throws the signal's reason; InvalidArgumentError.
 */
export async function concurrentFutures(
  options: ConcurrentFuturesOptions = {},
): Promise<ConcurrentFuturesResult> {
  const { rounds, signal } = checkExperiment(options, ["workers", "work", "bytes"]);
  const workers = checkInteger("workers", options.workers ?? Math.max(2, cores), 1);
  const work = checkLength("work", options.work ?? 100);
  const bytes = checkInteger("bytes", options.bytes ?? 8 * 2 ** 20, 1);
  const steps = stepsFor(work);
  const payload = new Uint8Array(bytes);
  const pools: { kind: Kind; pool: Executor; memory: number }[] = [];
  try {
    for (const [kind, make] of makers) {
      const before = residentMemory();
      const pool = make(workers);
      pools.push({ kind, pool, memory: 0 });
      // all workers are at work at once, so all are there
      await burnOn(pool, workers, steps);
      const own =
        kind === "process" ? await pool.submit(residentMemory) : (residentMemory() - before) / workers;
      pools.at(-1)!.memory = kind === "inline" || kind === "async" ? 0 : Math.max(0, own);
    }
    const all = <T>(work: (pool: Executor) => T): Map<Kind, () => Promise<number>> =>
      new Map(pools.map(({ kind, pool }) => [kind, () => timeOf(() => work(pool))]));
    const tasks = Array.from({ length: workers });
    const compute = await interleave(
      all((pool) => burnOn(pool, workers, steps * workers)),
      { rounds, signal },
    );
    const wait = await interleave(
      all((pool) => Promise.all(tasks.map(() => pool.submit(pause, work)))),
      {
        rounds,
        signal,
      },
    );
    const copy = await interleave(
      all((pool) => pool.submit(echo<Uint8Array>, payload)),
      { rounds, signal },
    );
    const startUp = await interleave(new Map(makers.map(([kind, make]) => [kind, () => startOf(make)])), {
      rounds,
      signal,
    });
    return {
      workers,
      work,
      bytes,
      executors: pools.map(({ kind, memory }) => ({
        executor: kind,
        compute: summarize(compute.get(kind)!),
        wait: summarize(wait.get(kind)!),
        startUp: summarize(startUp.get(kind)!),
        copy: summarize(copy.get(kind)!),
        memory,
      })),
    };
  } finally {
    for (const { pool } of pools) await pool.shutdown();
  }
}

async function startOf(make: (workers: number) => Executor): Promise<number> {
  const start = performance.now();
  const pool = make(1);
  try {
    await pool.submit(echo<number>, 1);
    return performance.now() - start;
  } finally {
    await pool.shutdown();
  }
}

/** As `ungil lab` runs it. */
export const concurrentFuturesExperiment = defineExperiment<
  ConcurrentFuturesOptions,
  ConcurrentFuturesResult
>({
  name: "concurrent-futures",
  title: "Concurrent futures: one function, every executor",
  options: {
    quick: { rounds: 3, work: 30, bytes: 2 ** 20 },
    normal: { rounds: 5, work: 100 },
    thorough: { rounds: 15, work: 300, bytes: 32 * 2 ** 20 },
  },
  run: concurrentFutures,
  explain({ workers, work, bytes, executors }) {
    const of = (kind: Kind): ExecutorResult => executors.find(({ executor }) => executor === kind)!;
    const size = `${formatNumber(bytes / 2 ** 20)} MiB`;
    const bars = (title: string, value: (result: ExecutorResult) => Summary) => ({
      kind: "bars" as const,
      title,
      value: "ms",
      bars: executors.map((result) => barOf(result.executor, value(result))),
    });
    return {
      sees:
        `Computing takes threads ${formatNumber(of("thread").compute.median)} ms and this thread ` +
        `${formatNumber(of("inline").compute.median)} ms; waiting takes the event loop ${formatNumber(of("async").wait.median)} ms and ` +
        `threads ${formatNumber(of("thread").wait.median)} ms; ${size} there and back take threads ` +
        `${formatNumber(of("thread").copy.median)} ms and processes ${formatNumber(of("process").copy.median)} ms.`,
      advice:
        "The call is the same for all of them, so begin with the cheapest that gains: async for waiting, thread for computing, process for isolation, inline for looking for mistakes.",
      figures: [
        bars(`${workers} tasks that compute for ${formatNumber(work)} ms each`, ({ compute }) => compute),
        bars(`${workers} tasks that wait for ${formatNumber(work)} ms each`, ({ wait }) => wait),
        bars("From nothing to the first result", ({ startUp }) => startUp),
        bars(`${size} there and back`, ({ copy }) => copy),
        {
          kind: "table",
          title: "Memory that a worker takes",
          columns: ["", "MiB"],
          rows: executors.map(({ executor, memory }) => [executor, memory / 2 ** 20]),
        },
      ],
    };
  },
});
