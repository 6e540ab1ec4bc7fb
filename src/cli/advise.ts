/**
 * The command `ungil advise`: from a checked call to an exit code.
 *
 * @module
 */
import path from "node:path";
import { CancelledError, InvalidArgumentError, TimeoutError } from "../errors.js";
import { codeFor } from "../lab/advise/code.js";
import { planName } from "../lab/advise/plan.js";
import { type Advice, type AdviseStep, advise } from "../lab/index.js";
import { type AdviseArguments, parseAdviseArguments } from "./advise-args.js";
import { adviceJson, adviceText } from "./advise-report.js";
import { exitCodes } from "./exit-codes.js";
import { adviseHelp } from "./help.js";
import { ResultWriter } from "./result-writer.js";
import { loadSamples } from "./sample-file.js";
import { exitCodeOfSignal, onSignals } from "./signals.js";
import { loadTask, type Task } from "./task-module.js";
import { version } from "./version.js";

/**
 * Runs `ungil advise`.
 * @param argv - the arguments after `advise`.
 * @returns the exit code.
 * @throws UsageError where the call can't be carried out.
 */
export async function adviseCommand(argv: readonly string[]): Promise<number> {
  const call = parseAdviseArguments(argv);
  if (call.kind !== "advise") {
    process.stdout.write(call.kind === "help" ? adviseHelp : `${version()}\n`);
    return exitCodes.ok;
  }
  const { args } = call;
  // what the function prints goes to stderr
  const writer = new ResultWriter(process.stdout, process.stderr, () => {});
  process.stderr.on("error", () => {});
  const task = await loadTask(args.task);
  const samples = await loadSamples(args.sample);
  const controller = new AbortController();
  let ended: NodeJS.Signals | undefined;
  const end = (signal: NodeJS.Signals): void => {
    // a function that holds this thread for ever can't be waited for
    if (ended) process.exit(exitCodeOfSignal(signal));
    ended = signal;
    controller.abort();
  };
  const restoreSignals = onSignals(end, end);
  try {
    const advice = await advise(task.fn, samples, {
      ...measuring(args),
      ...(task.execArgv.length > 0 ? { execArgv: [...process.execArgv, ...task.execArgv] } : {}),
      signal: controller.signal,
      onProgress: args.quiet || args.json ? undefined : tellProgress(),
    });
    const complete = { ...advice, code: codeWithImport(advice, task) };
    await writer.write(args.json ? adviceJson(complete) : adviceText(complete), () => {});
    await writer.flush(Number.POSITIVE_INFINITY);
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof CancelledError && ended) return exitCodeOfSignal(ended);
    if (error instanceof TimeoutError) return report(error, exitCodes.deadline);
    if (error instanceof InvalidArgumentError && error.argument.startsWith("samples")) {
      return report(error, exitCodes.adviseThrows);
    }
    throw error;
  } finally {
    restoreSignals();
  }
}

function measuring({ budget, timeout, maxWorkers, maxInFlight }: AdviseArguments): {
  budget: number | undefined;
  timeout: number | undefined;
  maxWorkers: number | undefined;
  maxInFlight: number | undefined;
} {
  return { budget, timeout, maxWorkers, maxInFlight };
}

function report(error: Error, code: number): number {
  process.stderr.write(`ungil advise: ${error.message.split("\n", 1)[0]}\n`);
  return code;
}

const phases: Record<AdviseStep["phase"], string> = {
  check: "running the samples once",
  profile: "looking at the function by itself",
  start: "starting",
  compare: "comparing plans",
};

/** A line on stderr for each step that takes a while; all rounds of a comparison are one. */
function tellProgress(): (step: AdviseStep) => void {
  let last = "";
  return ({ phase, plan }) => {
    const line = phase === "start" && plan ? `${phases[phase]} ${planName(plan)}` : phases[phase];
    if (line !== last) process.stderr.write(`ungil advise: ${line}\n`);
    last = line;
  };
}

/** The code to paste, with the import of the function as it is seen from the working directory. */
function codeWithImport(advice: Advice, { fn, label, exportName }: Task): string {
  const hash = label.lastIndexOf("#");
  const module = hash < 0 ? label : label.slice(0, hash);
  const isPath = path.isAbsolute(module) || /^\.{1,2}[/\\]/.test(module);
  const from = isPath || !/\.\w+$/.test(module) ? module : `./${module}`;
  const local = exportName === "default" ? "fn" : exportName;
  const binding = exportName === "default" ? local : `{ ${exportName} }`;
  return codeFor(advice.plan, {
    fn: local,
    lead: `import ${binding} from ${JSON.stringify(from)};`,
    index: fn.length > 1,
    asynchronous: advice.profile.asynchronous,
    cores: advice.machine.cores,
  });
}
