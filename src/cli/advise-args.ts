/**
 * The arguments of `ungil advise`, checked before anything starts.
 *
 * @module
 */
import { parseJobs } from "./args.js";
import { parseDuration } from "./duration.js";
import { nonEmpty, type OptionTable, readOptions, wholeNumber } from "./read-options.js";
import { UsageError } from "./usage-error.js";

/** Every option of `ungil advise`. */
export const adviseOptions = {
  sample: { type: "string", short: "s" },
  budget: { type: "string" },
  timeout: { type: "string" },
  jobs: { type: "string", short: "j" },
  "in-flight": { type: "string" },
  json: { type: "boolean" },
  quiet: { type: "boolean", short: "q" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "V" },
} as const satisfies OptionTable;

/** A checked call of `ungil advise`. Times are in ms. */
export interface AdviseArguments {
  /** `module` or `module#export`, as written. */
  readonly task: string;
  /** A file, or `module#export`, as written. */
  readonly sample: string;
  readonly budget: number | undefined;
  readonly timeout: number | undefined;
  readonly maxWorkers: number | undefined;
  readonly maxInFlight: number | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** What a call asks for. */
export type AdviseCall =
  | { readonly kind: "help" | "version" }
  | { readonly kind: "advise"; readonly args: AdviseArguments };

/**
 * Reads and checks the arguments after `ungil advise`.
 * @throws UsageError for anything that can't be meant, naming it and what is possible.
 */
export function parseAdviseArguments(argv: readonly string[]): AdviseCall {
  const { flags, values, positionals } = readOptions(argv, adviseOptions, {
    command: "advise",
    positional: "a module",
  });
  if (flags.has("help")) return { kind: "help" };
  if (flags.has("version")) return { kind: "version" };
  const [task, ...more] = positionals;
  if (!task) throw new UsageError("the function is missing: ungil advise MODULE[#EXPORT] --sample FILE");
  if (more.length > 0) {
    throw new UsageError(
      `only one function at a time, got "${more[0]}" too: samples are given by --sample FILE`,
    );
  }
  const optional = <T>(
    name: keyof typeof adviseOptions,
    parse: (option: string, text: string) => T,
  ): T | undefined => {
    const value = values.get(name);
    return value === undefined ? undefined : parse(`--${name}`, value);
  };
  const sample = optional("sample", nonEmpty);
  if (sample === undefined) {
    throw new UsageError("--sample FILE is missing: items like those the function will get, at least 2");
  }
  return {
    kind: "advise",
    args: {
      task,
      sample,
      budget: optional("budget", parseDuration),
      timeout: optional("timeout", parseDuration),
      maxWorkers: optional("jobs", parseJobs),
      maxInFlight: optional("in-flight", wholeNumber(1)),
      json: flags.has("json"),
      quiet: flags.has("quiet"),
    },
  };
}
