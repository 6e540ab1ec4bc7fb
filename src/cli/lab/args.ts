/**
 * The arguments of `ungil lab`, checked before anything starts.
 *
 * @module
 */
import { parseArgs } from "node:util";
import type { Effort } from "../../lab/index.js";
import { nearest } from "../suggest.js";
import { UsageError } from "../usage-error.js";

const options = {
  quick: { type: "boolean" },
  thorough: { type: "boolean" },
  only: { type: "string" },
  out: { type: "string", short: "o" },
  json: { type: "boolean" },
  quiet: { type: "boolean", short: "q" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "V" },
} as const satisfies Record<string, { type: "string" | "boolean"; short?: string }>;

/** Where the report goes unless `--out` says otherwise. */
export const defaultReport = "ungil-lab.html";

/** A checked call of `ungil lab`. */
export interface LabArguments {
  readonly effort: Effort;
  /** The experiments to run; all where it is undefined. */
  readonly only: readonly string[] | undefined;
  /** The file of the report; none is written where it is undefined. */
  readonly out: string | undefined;
  /** JSON on stdout instead of tables. */
  readonly json: boolean;
  readonly quiet: boolean;
}

/** What a call asks for. */
export type LabCall =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "lab"; readonly args: LabArguments };

/**
 * Reads and checks the arguments after `ungil lab`.
 * @param names - the experiments that there are.
 * @throws UsageError for anything that can't be meant, naming it and what is possible.
 */
export function parseLabArguments(argv: readonly string[], names: readonly string[]): LabCall {
  const flags = new Set<string>();
  const only: string[] = [];
  let out: string | undefined;
  for (const token of parseArgs({ args: [...argv], options, strict: false, tokens: true }).tokens) {
    if (token.kind === "positional")
      throw new UsageError(`ungil lab takes options only, got "${token.value}": see ungil lab --help`);
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    if (!Object.hasOwn(options, name)) throw unknownOption(rawName);
    if (options[name as keyof typeof options].type === "boolean") {
      if (value !== undefined) throw new UsageError(`${rawName} takes no value, got "${value}"`);
      flags.add(name);
      continue;
    }
    if (value === undefined || value === "" || (!token.inlineValue && value.startsWith("-")))
      throw new UsageError(`${rawName} needs a value`);
    if (name === "only") only.push(...value.split(",").map((each) => checkName(each, names)));
    else if (out !== undefined) throw new UsageError("--out is given twice");
    else out = value;
  }
  if (flags.has("help")) return { kind: "help" };
  if (flags.has("version")) return { kind: "version" };
  if (flags.has("quick") && flags.has("thorough"))
    throw new UsageError("--quick and --thorough exclude each other");
  const json = flags.has("json");
  return {
    kind: "lab",
    args: {
      effort: flags.has("quick") ? "quick" : flags.has("thorough") ? "thorough" : "normal",
      only: only.length > 0 ? only : undefined,
      out: out ?? (json ? undefined : defaultReport),
      json,
      quiet: flags.has("quiet"),
    },
  };
}

function checkName(name: string, names: readonly string[]): string {
  if (names.includes(name)) return name;
  const near = nearest(name, names);
  throw new UsageError(
    `there is no experiment "${name}": ${near ? `did you mean ${near}?` : `there are ${names.join(", ")}`}`,
  );
}

function unknownOption(rawName: string): UsageError {
  const near = rawName.startsWith("--") ? nearest(rawName.slice(2), Object.keys(options)) : undefined;
  return new UsageError(
    `unknown option ${rawName}: ${near ? `did you mean --${near}?` : "see ungil lab --help"}`,
  );
}
