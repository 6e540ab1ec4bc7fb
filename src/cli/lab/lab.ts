/**
 * `ungil lab`: runs the experiments, prints what they found and writes the report.
 *
 * @module
 */
import { open } from "node:fs/promises";
import { type Experiment, type ExperimentReport, experiments } from "../../lab/index.js";
import { formatDuration } from "../duration.js";
import { exitCodes } from "../exit-codes.js";
import { exitCodeOfSignal, onSignals } from "../signals.js";
import { messageOf, UsageError } from "../usage-error.js";
import { version } from "../version.js";
import { type LabArguments, parseLabArguments } from "./args.js";
import {
  beginDocument,
  busyNote,
  describeMachine,
  type FailedExperiment,
  type LabDocument,
  machineLine,
} from "./document.js";
import { labHelp } from "./help.js";
import { reportText } from "./tables.js";

/** Runs the command and answers with its exit code: that of a failed experiment is 1. */
export async function lab(argv: readonly string[]): Promise<number> {
  const call = parseLabArguments(
    argv,
    experiments.map(({ name }) => name),
  );
  if (call.kind === "help") {
    process.stdout.write(labHelp(experiments));
    return exitCodes.ok;
  }
  if (call.kind === "version") {
    process.stdout.write(`${version()}\n`);
    return exitCodes.ok;
  }
  return await runLab(call.args);
}

async function runLab(args: LabArguments): Promise<number> {
  const { effort, only, out, json, quiet } = args;
  const tell = (text: string): void => void (quiet || process.stderr.write(text));
  // a minute of measuring should not be lost to a folder that is not there
  const file = out === undefined ? undefined : await openReport(out);
  const controller = new AbortController();
  let ended: NodeJS.Signals | undefined;
  const forget = onSignals(
    (signal) => {
      ended = signal;
      controller.abort();
    },
    (signal) => process.exit(exitCodeOfSignal(signal)),
  );
  try {
    const machine = describeMachine();
    tell(`${machineLine(machine)}\n`);
    const busy = busyNote(machine);
    if (busy) tell(`${busy}\n`);
    const chosen = experiments.filter(({ name }) => only?.includes(name) ?? true);
    const reports: ExperimentReport[] = [];
    const failed: FailedExperiment[] = [];
    for (const [at, experiment] of chosen.entries()) {
      tell(`${at + 1}/${chosen.length} ${experiment.name} …`);
      const start = performance.now();
      const outcome = await tryExperiment(experiment, effort, controller.signal);
      if (ended !== undefined) {
        tell(" stopped\n");
        return exitCodeOfSignal(ended);
      }
      tell(` ${formatDuration(performance.now() - start)}\n`);
      if ("error" in outcome) {
        failed.push(outcome);
        process.stderr.write(`ungil lab: ${outcome.name} failed: ${outcome.error}\n`);
        continue;
      }
      reports.push(outcome);
      if (!json) process.stdout.write(`\n${reportText(outcome)}\n`);
    }
    const document: LabDocument = { ...beginDocument(effort, machine), experiments: reports, failed };
    if (json) process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
    if (file) {
      const { renderPage } = await import("./report/page.js");
      await file.truncate();
      await file.writeFile(renderPage(document));
      tell(`The report is in ${out}\n`);
    }
    return failed.length > 0 ? 1 : exitCodes.ok;
  } finally {
    forget();
    await file?.close();
  }
}

async function openReport(out: string) {
  try {
    // what an earlier run wrote stays until there is something new
    return await open(out, "a");
  } catch (error) {
    throw new UsageError(`--out: ${out} can't be written: ${messageOf(error)}`);
  }
}

/** What an experiment found, or why it could not be done: the others are worth having all the same. */
async function tryExperiment(
  experiment: Experiment,
  effort: LabArguments["effort"],
  signal: AbortSignal,
): Promise<ExperimentReport | FailedExperiment> {
  const { name, title } = experiment;
  try {
    return await experiment.run({ effort, signal });
  } catch (error) {
    return { name, title, error: messageOf(error) };
  }
}
