/**
 * The arguments of `ungil map`, checked before anything starts.
 *
 * @module
 */
import { availableParallelism } from "node:os";
import { type Backoff, parseBackoff, parseDuration } from "./duration.js";
import { type HaltRule, parseHalt } from "./halt.js";
import { nonEmpty, type OptionTable, readOptions, wholeNumber } from "./read-options.js";
import { UsageError } from "./usage-error.js";

/** Every option of `ungil map`. `repeat` marks those that may be given more than once. */
export const mapOptions = {
  executor: { type: "string" },
  jobs: { type: "string", short: "j" },
  chunksize: { type: "string" },
  "input-file": { type: "string", short: "a", repeat: true },
  input: { type: "string" },
  output: { type: "string" },
  "keep-order": { type: "boolean", short: "k" },
  ordered: { type: "boolean" },
  unordered: { type: "boolean" },
  tag: { type: "boolean" },
  retries: { type: "string" },
  backoff: { type: "string" },
  timeout: { type: "string" },
  deadline: { type: "string" },
  halt: { type: "string" },
  joblog: { type: "string" },
  resume: { type: "boolean" },
  "resume-failed": { type: "boolean" },
  failed: { type: "string" },
  progress: { type: "string" },
  total: { type: "string" },
  quiet: { type: "boolean", short: "q" },
  "dry-run": { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "V" },
} as const satisfies OptionTable;

type OptionName = keyof typeof mapOptions;

const executors = ["thread", "process", "async", "inline"] as const;
const inputFormats = ["auto", "lines", "ndjson", "null"] as const;
const outputFormats = ["ndjson", "json", "lines", "none"] as const;
const progressKinds = ["auto", "bar", "plain", "json", "none"] as const;

/** Where tasks run. */
export type ExecutorKind = (typeof executors)[number];
/** How records are told apart in a file or on stdin. */
export type InputFormat = (typeof inputFormats)[number];
/** How results are written. */
export type OutputFormat = (typeof outputFormats)[number];
/** How progress is shown. */
export type ProgressKind = (typeof progressKinds)[number];

/** A checked call of `ungil map`. Times are in ms. */
export interface MapArguments {
  /** `module` or `module#export`, as written. */
  readonly task: string;
  /** Records given as arguments. */
  readonly inputs: readonly string[];
  /** Files to read records from; `-` is stdin. */
  readonly inputFiles: readonly string[];
  readonly input: InputFormat;
  readonly output: OutputFormat;
  readonly ordered: boolean;
  readonly tag: boolean;
  readonly executor: ExecutorKind;
  /** Tasks at once; undefined leaves it to the executor. */
  readonly jobs: number | undefined;
  readonly chunksize: number | "auto";
  /** Extra tries. */
  readonly retries: number;
  readonly backoff: Backoff | undefined;
  readonly timeout: number | undefined;
  readonly deadline: number | undefined;
  readonly halt: HaltRule | undefined;
  readonly joblog: string | undefined;
  /** Which records the job log lets be skipped: none, all that are in it, those that went well. */
  readonly resume: "none" | "logged" | "succeeded";
  readonly failedFile: string | undefined;
  readonly progress: ProgressKind;
  /** Number of records, when known. */
  readonly total: number | undefined;
  readonly quiet: boolean;
  readonly dryRun: boolean;
}

/** What a call asks for. */
export type MapCall =
  | { readonly kind: "help" | "version" }
  | { readonly kind: "map"; readonly args: MapArguments };

/**
 * Reads and checks the arguments after `ungil map`.
 * @throws UsageError for anything that can't be meant, naming it and what is possible.
 */
export function parseMapArguments(argv: readonly string[]): MapCall {
  const { flags, values, lists, positionals } = readOptions(argv, mapOptions, {
    command: "map",
    positional: "a record",
    // of the options that set the order the last one counts
    flag: (seen, name) => {
      if (name === "unordered") seen.delete("keep-order");
      else seen.add(name === "ordered" ? "keep-order" : name);
    },
  });
  if (flags.has("help")) return { kind: "help" };
  if (flags.has("version")) return { kind: "version" };
  const [task, ...inputs] = positionals;
  if (!task) throw new UsageError("the task is missing: ungil map MODULE[#EXPORT] [RECORD…]");

  const oneOf = <T extends string>(name: OptionName, allowed: readonly T[]): T => {
    const value = values.get(name) ?? allowed[0];
    if (allowed.includes(value as T)) return value as T;
    throw new UsageError(`--${name} must be one of ${allowed.join(", ")}, got "${value}"`);
  };
  const optional = <T>(name: OptionName, parse: (option: string, text: string) => T): T | undefined => {
    const value = values.get(name);
    return value === undefined ? undefined : parse(`--${name}`, value);
  };

  const executor = oneOf("executor", executors);
  const jobs = optional("jobs", parseJobs);
  if (executor === "inline" && jobs !== undefined && jobs !== 1) {
    throw new UsageError("--executor inline runs one record at a time: leave out --jobs");
  }
  const backoff = optional("backoff", parseBackoff);
  const retries = optional("retries", wholeNumber(0)) ?? 0;
  if (backoff && retries === 0) throw new UsageError("--backoff needs --retries N");
  const joblog = optional("joblog", nonEmpty);
  const resume = flags.has("resume-failed") ? "succeeded" : flags.has("resume") ? "logged" : "none";
  if (flags.has("resume") && flags.has("resume-failed")) {
    throw new UsageError("--resume and --resume-failed exclude each other");
  }
  if (resume !== "none" && joblog === undefined) {
    throw new UsageError(`--${resume === "logged" ? "resume" : "resume-failed"} needs --joblog FILE`);
  }
  const inputFiles = lists.get("input-file") ?? [];
  const total =
    optional("total", wholeNumber(0)) ??
    (inputs.length > 0 && inputFiles.length === 0 ? inputs.length : undefined);
  const halt = parseHalt(values.get("halt") ?? "never");
  if (halt?.event === "done" && halt.unit === "percent" && total === undefined) {
    throw new UsageError("--halt done=Y% needs --total N: the number of records is not known beforehand");
  }
  const chunksize = values.get("chunksize") ?? "auto";
  return {
    kind: "map",
    args: {
      task,
      inputs,
      inputFiles,
      input: oneOf("input", inputFormats),
      output: oneOf("output", outputFormats),
      ordered: flags.has("keep-order"),
      tag: flags.has("tag"),
      executor,
      jobs,
      chunksize: chunksize === "auto" ? "auto" : wholeNumber(1, ' or "auto"')("--chunksize", chunksize),
      retries,
      backoff,
      timeout: optional("timeout", parseDuration),
      deadline: optional("deadline", parseDuration),
      halt,
      joblog,
      resume,
      failedFile: optional("failed", nonEmpty),
      progress: oneOf("progress", progressKinds),
      total,
      quiet: flags.has("quiet"),
      dryRun: flags.has("dry-run"),
    },
  };
}

/**
 * `-j`: a number of tasks, `+N` and `-N` from the number of cores, or a share of the cores; never below 1.
 * As GNU parallel, but for 0.
 */
export function parseJobs(option: string, text: string, cores = availableParallelism()): number {
  const match = /^([+-]?)(\d+)(%?)$/.exec(text);
  const [, sign = "", digits = "", percent = ""] = match ?? [];
  const number = Number(digits);
  if (match && percent && sign === "" && number > 0) return Math.max(1, Math.round((cores * number) / 100));
  if (match && !percent && Number.isSafeInteger(number)) {
    if (sign === "+") return cores + number;
    if (sign === "-") return Math.max(1, cores - number);
    if (number > 0) return number;
  }
  throw new UsageError(
    `${option} must be a number of tasks (4), from the cores (+1, -1) or a share (50%), got "${text}"`,
  );
}
