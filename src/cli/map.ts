/**
 * The command `ungil map`: from a checked call to an exit code.
 *
 * @module
 */
import { availableParallelism } from "node:os";
import { systemClock } from "../clock.js";
import { AppendFile } from "./append-file.js";
import { type MapArguments, parseMapArguments } from "./args.js";
import { pauseAfter } from "./duration.js";
import { createExecutor } from "./executors.js";
import { exitCodeForFailures, exitCodes } from "./exit-codes.js";
import { describeHalt, haltExitCode, type StopMode } from "./halt.js";
import { mapHelp } from "./help.js";
import { DoneRecords, JobLog, recordKey } from "./joblog.js";
import { describeError, failureLine, type ResultFormat, resultFormat } from "./output.js";
import { chooseStyle, Progress } from "./progress.js";
import { type InputRecord, RecordSource } from "./records.js";
import { ResultWriter } from "./result-writer.js";
import { MapRun, type Outcome, type StopCause } from "./run.js";
import { exitCodeOfSignal, onSignals } from "./signals.js";
import { summaryJson, summaryLine } from "./summary.js";
import { loadTask, type Task } from "./task-module.js";
import { TaskRunner } from "./tasks.js";
import { messageOf, UsageError } from "./usage-error.js";
import { version } from "./version.js";

/** Records read and not delivered, at least. */
const leastWindow = 256;

/** How long, in ms, a run that was ended at once waits for the reader of its results. */
const lastChance = 1000;

/**
 * Runs `ungil map`.
 * @param argv - the arguments after `map`.
 * @returns the exit code.
 * @throws UsageError where the call can't be carried out.
 */
export async function map(argv: readonly string[]): Promise<number> {
  const call = parseMapArguments(argv);
  if (call.kind !== "map") {
    process.stdout.write(call.kind === "help" ? mapHelp : `${version()}\n`);
    return exitCodes.ok;
  }
  return new MapCommand(call.args).execute();
}

class MapCommand {
  readonly #args: MapArguments;
  readonly #source: RecordSource;
  readonly #writer: ResultWriter;
  readonly #format: ResultFormat;
  /** Tasks at once. */
  readonly #jobs: number;
  #progress = new Progress(undefined, (text) => process.stderr.write(text), systemClock);
  #run: MapRun | undefined;
  #failed: AppendFile | undefined;
  #joblog: JobLog | undefined;
  #written = 0;

  constructor(args: MapArguments) {
    this.#args = args;
    const { inputs, inputFiles, input } = args;
    this.#source = new RecordSource({ inputs, inputFiles, input, stdin: process.stdin });
    this.#format = resultFormat(args.output, args.tag);
    this.#jobs = args.executor === "inline" ? 1 : (args.jobs ?? availableParallelism());
    this.#writer = new ResultWriter(process.stdout, process.stderr, (error) => this.#outputClosed(error));
    // a reader of stderr that has gone is no reason to stop
    process.stderr.on("error", () => {});
  }

  async execute(): Promise<number> {
    const args = this.#args;
    const task = await loadTask(args.task);
    const done = args.resume === "none" ? undefined : await DoneRecords.read(args.joblog ?? "", args.resume);
    const skip = (record: InputRecord): boolean =>
      done?.take(recordKey(task.reference, record.text)) ?? false;
    if (args.dryRun) return this.#list(skip);
    if (this.#source.usesStdin && process.stdin.isTTY && !args.quiet) {
      this.#note("reading records from the terminal, one a line; Ctrl-D ends them");
    }
    await this.#openFiles();
    return this.#execute(task, skip);
  }

  async #execute(task: Task, skip: (record: InputRecord) => boolean): Promise<number> {
    const args = this.#args;
    const jobs = this.#jobs;
    const executor = createExecutor(args.executor, jobs, task.execArgv);
    const { backoff } = args;
    const retries = {
      attempts: args.retries,
      ...(backoff ? { backoff: (attempt: number) => pauseAfter(backoff, attempt) } : {}),
    };
    const runner = new TaskRunner(executor, task.fn, {
      name: task.label,
      timeout: args.timeout,
      retries,
      chunksize: args.chunksize,
    });
    const start = systemClock.now();
    const style = args.quiet ? undefined : chooseStyle(args.progress, terminal());
    this.#progress = new Progress(style, (text) => process.stderr.write(text), systemClock);
    const run = new MapRun({
      source: this.#source,
      submit: (record, index) => runner.submit(record, index),
      terminate: () => executor.terminate(),
      format: (record, result) => this.#format.text(record, result),
      deliver: (outcome) => this.#deliver(task, outcome),
      skip,
      onChange: () => this.#showProgress(),
      onStop: (mode, cause) => this.#stopped(mode, cause),
      window: Math.max(leastWindow, 4 * jobs, args.chunksize === "auto" ? 0 : 2 * args.chunksize * jobs),
      jobs,
      ordered: args.ordered,
      halt: args.halt,
      total: args.total,
      deadline: args.deadline,
      clock: systemClock,
    });
    this.#run = run;
    this.#showProgress();
    const restoreSignals = onSignals(
      (signal) => run.stop("soon", { kind: "signal", signal }),
      (signal) => run.stop("now", { kind: "signal", signal }),
    );
    const onUncaught = (error: unknown): void => run.stop("now", { kind: "broken", error });
    process.on("uncaughtException", onUncaught);
    void this.#writer.write(this.#format.begin, () => {});
    const cause = await run.run();
    const elapsed = systemClock.now() - start;
    void this.#writer.write(this.#format.end(this.#written), () => {});
    await this.#writer.flush(run.stopping === "now" ? lastChance : Number.POSITIVE_INFINITY);
    this.#progress.end();
    const broken = await this.#closeFiles(cause);
    runner.close();
    await executor.shutdown();
    if (!args.quiet) {
      const summary = args.progress === "json" ? summaryJson : summaryLine;
      this.#progress.line(summary(run.counts, elapsed, run.runTimes));
    }
    restoreSignals();
    process.off("uncaughtException", onUncaught);
    return this.#exitCode(run, broken);
  }

  /** `--dry-run`: what would run, one record a line. */
  async #list(skip: (record: InputRecord) => boolean): Promise<number> {
    let bad = 0;
    for await (const record of this.#source) {
      if (skip(record)) continue;
      if (record.problem) {
        bad++;
        this.#note(record.problem.message);
        continue;
      }
      const line = `${JSON.stringify({ i: record.index, in: record.value })}\n`;
      const accepted = this.#writer.write(line, () => {});
      if (accepted) await accepted;
    }
    await this.#writer.flush(Number.POSITIVE_INFINITY);
    return exitCodeForFailures(bad);
  }

  #deliver(task: Task, outcome: Outcome): Promise<void> | undefined {
    const { status } = outcome;
    if (this.#joblog?.error !== undefined) throw this.#fileError("--joblog", this.#joblog.error);
    if (this.#failed?.error !== undefined) throw this.#fileError("--failed", this.#failed.error);
    if (status === "cancelled") return undefined;
    if (status === "failed") {
      this.#reportFailure(outcome);
      this.#log(task, outcome, 0);
      return undefined;
    }
    const text = this.#format.lead(this.#written++) + outcome.text;
    // logged when written: a record whose result was lost is run again by --resume
    return this.#writer.write(text, () => this.#log(task, outcome, Buffer.byteLength(outcome.text)));
  }

  #reportFailure({ record, error, attempts }: Outcome): void {
    if (this.#failed) this.#failed.append(failureLine(record, error, attempts, true));
    else this.#progress.line(failureLine(record, error, attempts, false));
  }

  #log(task: Task, outcome: Outcome, receive: number): void {
    if (!this.#joblog) return;
    const { record, error } = outcome;
    const { code, name } = describeError(error);
    this.#joblog.append({
      seq: record.index + 1,
      startTime: outcome.startTime,
      runTime: outcome.runTime,
      send: Buffer.byteLength(record.text),
      receive,
      ok: outcome.status === "ok",
      command: `${task.label} ${JSON.stringify(record.text)}`,
      attempts: outcome.attempts,
      error: outcome.status === "ok" ? "" : (code ?? name),
      key: recordKey(task.reference, record.text),
    });
  }

  #showProgress(): void {
    if (!this.#run) return;
    const { counts, unfinished } = this.#run;
    const { total } = this.#args;
    this.#progress.update({
      done: counts.ok + counts.failed,
      failed: counts.failed,
      running: Math.min(unfinished, this.#jobs),
      total: total === undefined ? undefined : Math.max(total - counts.skipped, 0),
    });
  }

  #outputClosed(error: Error | undefined): void {
    if (!error) this.#run?.stop("now", { kind: "output-closed" });
    else {
      const problem = new UsageError(`cannot write the results: ${messageOf(error)}`, { cause: error });
      this.#run?.stop("now", { kind: "broken", error: problem });
    }
    if (!this.#run) this.#source.close();
  }

  #stopped(mode: StopMode, cause: StopCause): void {
    if (mode === "now" && cause.kind !== "halt") this.#writer.hurry();
    if (this.#args.quiet && cause.kind !== "signal") return;
    const running = this.#run?.running ?? 0;
    const rest =
      mode === "now" ? `ending ${running} running` : `taking no more records, ${running} running will finish`;
    if (cause.kind === "signal") {
      const force = mode === "soon" ? "; press Ctrl-C again (or send the signal again) to end them now" : "";
      this.#note(`${cause.signal}: ${rest}${force}`);
    } else if (cause.kind === "halt") {
      this.#note(`--halt: ${describeHalt(cause.rule)}: ${rest}`);
    } else if (cause.kind === "deadline") {
      this.#note(`--deadline passed: ${rest}`);
    }
  }

  #exitCode(run: MapRun, cause: StopCause | undefined): number {
    if (!cause) return exitCodeForFailures(run.counts.failed);
    switch (cause.kind) {
      case "output-closed":
        return exitCodeForFailures(run.counts.failed);
      case "halt":
        return haltExitCode(cause.rule, run.counts);
      case "deadline":
        return exitCodes.deadline;
      case "signal":
        return exitCodeOfSignal(cause.signal);
      default:
        throw cause.error instanceof UsageError ? cause.error : new UsageError(messageOf(cause.error));
    }
  }

  async #openFiles(): Promise<void> {
    const { failedFile, joblog, resume } = this.#args;
    if (joblog !== undefined) this.#joblog = await JobLog.open(joblog);
    if (failedFile === undefined) return;
    try {
      this.#failed = await AppendFile.open(failedFile, resume !== "logged");
    } catch (error) {
      throw this.#fileError("--failed", error);
    }
  }

  /** Closes the files; one that can't be finished is what ended the run. */
  async #closeFiles(cause: StopCause | undefined): Promise<StopCause | undefined> {
    let result = cause;
    const closing: [string, { close(): Promise<void> } | undefined][] = [
      ["--joblog", this.#joblog],
      ["--failed", this.#failed],
    ];
    for (const [option, file] of closing) {
      try {
        await file?.close();
      } catch (error) {
        if (result?.kind !== "broken") result = { kind: "broken", error: this.#fileError(option, error) };
      }
    }
    return result;
  }

  #fileError(option: string, error: unknown): UsageError {
    const name = option === "--joblog" ? this.#args.joblog : this.#args.failedFile;
    return new UsageError(`cannot write ${option} ${name}: ${messageOf(error)}`, { cause: error });
  }

  #note(text: string): void {
    this.#progress.line(`ungil map: ${text}`);
  }
}

/** What stderr can show. A terminal that does not know its width tells 0. */
function terminal(): { isTTY: boolean; columns: number; env: NodeJS.ProcessEnv } {
  return { isTTY: process.stderr.isTTY, columns: process.stderr.columns || 80, env: process.env };
}
