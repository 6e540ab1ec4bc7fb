import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { InvalidArgumentError } from "../../errors.js";
import { checkInteger } from "../../validate.js";
import { ratios, type Summary, summarize } from "../statistics/index.js";
import { checkExperiment, checkLength, defineExperiment, type ExperimentOptions } from "./experiment.js";
import { barOf, formatNumber } from "./figures.js";
import { cores } from "./measure.js";
import { pythonProgram } from "./python-program.js";

/** Options of {@link python}. */
export interface PythonOptions extends ExperimentOptions {
  /**
   * Commands that may be a Python. Default `python3`, and the names that free-threaded builds have: `python3.13t`,
   * `python3.14t`, `python3.15t`.
   */
  readonly commands?: readonly string[] | undefined;
  /** Threads and processes, and tasks for them. Default: cores, at least 2. */
  readonly workers?: number | undefined;
  /** Turns of a loop that each task computes. Default 1,000,000. */
  readonly steps?: number | undefined;
  /** ms that each task waits. Default 100. */
  readonly wait?: number | undefined;
}

/** What {@link python} found of one Python; times in ms. */
export interface PythonRun {
  readonly command: string;
  /** Such as `3.13.1`. */
  readonly version: string;
  /** Such as `cpython`. */
  readonly implementation: string;
  /** Whether it has its lock: a free-threaded build has none. */
  readonly gil: boolean;
  /** ms. */
  readonly switchInterval: number;
  readonly computeSequential: Summary;
  readonly computeThreads: Summary;
  readonly computeProcesses: Summary;
  readonly waitSequential: Summary;
  readonly waitThreads: Summary;
  readonly waitAsyncio: Summary;
  /** How many times as fast threads compute as one after the other. */
  readonly threadGain: Summary;
  /** The same of processes. */
  readonly processGain: Summary;
}

/** What {@link python} found. */
export interface PythonResult {
  readonly workers: number;
  readonly wait: number;
  readonly runs: readonly PythonRun[];
  /** Why there is nothing of a command. */
  readonly missing: readonly { readonly command: string; readonly reason: string }[];
}

const runNames = [
  "computeSequential",
  "computeThreads",
  "computeProcesses",
  "waitSequential",
  "waitThreads",
  "waitAsyncio",
] as const;

interface Printed {
  readonly version: string;
  readonly implementation: string;
  readonly executable: string;
  readonly gil: boolean;
  readonly switchInterval: number;
  readonly times: Readonly<Record<(typeof runNames)[number], readonly number[]>>;
}

/** ms that one Python may take: it computes for seconds. */
const longest = 300_000;

/**
 * The real thing, where there is a Python: computing and waiting one after the other, on threads, in processes and with
 * asyncio. Each Python that is found is run, free-threaded builds too.
 * @throws the signal's reason; InvalidArgumentError.
 */
export async function python(options: PythonOptions = {}): Promise<PythonResult> {
  const { rounds, signal } = checkExperiment(options, ["commands", "workers", "steps", "wait"]);
  const commands = options.commands ?? ["python3", "python3.13t", "python3.14t", "python3.15t"];
  if (!Array.isArray(commands) || !commands.every((each) => typeof each === "string" && each !== ""))
    throw new InvalidArgumentError("commands", commands, "a list of commands");
  const workers = checkInteger("workers", options.workers ?? Math.max(2, cores), 1);
  const steps = checkInteger("steps", options.steps ?? 1_000_000, 1);
  const wait = checkLength("wait", options.wait ?? 100);
  const folder = await mkdtemp(path.join(tmpdir(), "ungil-lab-"));
  const runs: PythonRun[] = [];
  const missing: { command: string; reason: string }[] = [];
  try {
    const file = path.join(folder, "experiment.py");
    await writeFile(file, pythonProgram);
    const executables = new Set<string>();
    for (const command of commands) {
      signal?.throwIfAborted();
      try {
        const printed = await runPython(command, [file, rounds, workers, steps, wait].map(String), signal);
        if (!executables.has(printed.executable)) runs.push(runOf(command, printed));
        executables.add(printed.executable);
      } catch (error) {
        signal?.throwIfAborted();
        missing.push({ command, reason: reasonOf(error) });
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { workers, wait, runs, missing };
}

async function runPython(
  command: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Printed> {
  const { stdout } = await promisify(execFile)(command, [...args], {
    timeout: longest,
    windowsHide: true,
    ...(signal ? { signal } : {}),
  });
  return JSON.parse(stdout) as Printed;
}

function runOf(command: string, printed: Printed): PythonRun {
  const { version, implementation, gil, switchInterval, times } = printed;
  const summaries = Object.fromEntries(runNames.map((name) => [name, summarize(times[name])])) as Record<
    (typeof runNames)[number],
    Summary
  >;
  return {
    command,
    version,
    implementation,
    gil,
    switchInterval,
    ...summaries,
    threadGain: summarize(ratios(times.computeSequential, times.computeThreads)),
    processGain: summarize(ratios(times.computeSequential, times.computeProcesses)),
  };
}

function reasonOf(error: unknown): string {
  const { code, stderr, message } = error as { code?: unknown; stderr?: string; message?: string };
  if (code === "ENOENT") return "not found";
  return stderr?.trim().split("\n").at(-1) || message || String(error);
}

/** As its figures call it. */
const labelOf = ({ implementation, version, gil }: PythonRun): string =>
  `${implementation === "cpython" ? "CPython" : implementation} ${version}${gil ? "" : ", free-threaded"}`;

/** As `ungil lab` runs it. */
export const pythonExperiment = defineExperiment<PythonOptions, PythonResult>({
  name: "python",
  title: "Python: the same on the real thing",
  options: {
    quick: { rounds: 2, steps: 300_000, wait: 50 },
    normal: { rounds: 3, steps: 1_000_000, wait: 100 },
    thorough: { rounds: 11, steps: 3_000_000, wait: 200 },
  },
  run: python,
  explain({ workers, wait, runs, missing }) {
    const notes = missing
      .filter(({ command, reason }) => command === "python3" || reason !== "not found")
      .map(({ command, reason }) => `${command}: ${reason}.`);
    const gains = runs.map(
      (run) =>
        `in ${labelOf(run)} ${workers} threads compute ${formatNumber(run.threadGain.median)} times as fast as none, and ` +
        `${workers} processes ${formatNumber(run.processGain.median)} times`,
    );
    return {
      sees:
        gains.length === 0
          ? "No Python was found here, so there is nothing to see."
          : `${gains.join("; ")}.`.replace(/^./, (letter) => letter.toUpperCase()),
      advice:
        gains.length === 0
          ? "Install a python3, or name one that is in the PATH, and run it again with --only python."
          : "In Python take processes for computing, unless it is a free-threaded build, and asyncio or threads for waiting.",
      notes,
      figures: runs.flatMap((run) => [
        {
          kind: "bars" as const,
          title: `${labelOf(run)}: ${workers} tasks that compute`,
          value: "ms",
          bars: [
            barOf("one after the other", run.computeSequential),
            barOf("threads", run.computeThreads),
            barOf("processes", run.computeProcesses),
          ],
        },
        {
          kind: "bars" as const,
          title: `${labelOf(run)}: ${workers} waits of ${formatNumber(wait)} ms`,
          value: "ms",
          bars: [
            barOf("one after the other", run.waitSequential),
            barOf("threads", run.waitThreads),
            barOf("asyncio", run.waitAsyncio),
          ],
        },
      ]),
    };
  },
});
