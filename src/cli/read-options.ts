/**
 * Options and arguments of a command, read with `node:util`'s `parseArgs`.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { nearest } from "./suggest.js";
import { UsageError } from "./usage-error.js";

/** The options of a command by name. `repeat` marks those that may be given more than once. */
export type OptionTable = Readonly<
  Record<string, { readonly type: "string" | "boolean"; readonly short?: string; readonly repeat?: true }>
>;

/** What was given. */
export interface ReadOptions<Name extends string> {
  readonly flags: ReadonlySet<Name>;
  readonly values: ReadonlyMap<Name, string>;
  readonly lists: ReadonlyMap<Name, readonly string[]>;
  readonly positionals: readonly string[];
}

/** What is particular to a command. */
export interface ReadingRules<Name extends string> {
  /** For messages: `map`. */
  readonly command: string;
  /** What an argument that starts with a dash would be. */
  readonly positional: string;
  /** Takes a flag, where it does more than be there. */
  readonly flag?: (seen: Set<Name>, name: Name) => void;
}

/**
 * Options by their kind. `parseArgs` tells tokens; its own strictness would refuse `-j -1` and can't suggest.
 * @throws UsageError for an option that does not exist, or is not given as it has to be.
 */
export function readOptions<Table extends OptionTable>(
  argv: readonly string[],
  table: Table,
  { command, positional, flag = (seen, name) => seen.add(name) }: ReadingRules<keyof Table & string>,
): ReadOptions<keyof Table & string> {
  type Name = keyof Table & string;
  const config: Record<string, { type: "string" | "boolean"; short?: string }> = {};
  for (const [name, option] of Object.entries(table)) {
    config[name] = { type: option.type, ...(option.short === undefined ? {} : { short: option.short }) };
  }
  const { tokens } = parseArgs({ args: [...argv], options: config, strict: false, tokens: true });
  const flags = new Set<Name>();
  const values = new Map<Name, string>();
  const lists = new Map<Name, string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const { rawName, value } = token;
    const option = Object.hasOwn(table, token.name) ? table[token.name] : undefined;
    if (!option) throw unknownOption(rawName, command, positional, Object.keys(table));
    const name: Name = token.name;
    if (option.type === "boolean") {
      if (value !== undefined) throw new UsageError(`${rawName} takes no value, got "${value}"`);
      flag(flags, name);
      continue;
    }
    // a number below zero is a value of -j; any other dash begins the next option
    const looksLikeOption = !token.inlineValue && value !== undefined && /^-(?!\d|$)/.test(value);
    if (value === undefined || looksLikeOption) {
      throw new UsageError(`${rawName} needs a value${looksLikeOption ? `, got the option ${value}` : ""}`);
    }
    if (option.repeat) lists.set(name, [...(lists.get(name) ?? []), value]);
    else if (values.has(name)) throw new UsageError(`--${name} is given twice`);
    else values.set(name, value);
  }
  return { flags, values, lists, positionals };
}

function unknownOption(
  rawName: string,
  command: string,
  positional: string,
  names: readonly string[],
): UsageError {
  const near = rawName.startsWith("--") ? nearest(rawName.slice(2), names) : undefined;
  const advice = near ? `did you mean --${near}?` : `see ungil ${command} --help`;
  return new UsageError(
    `unknown option ${rawName}: ${advice} (${positional} that starts with a dash goes after --)`,
  );
}

/** Reads a whole number. */
export function wholeNumber(least: number, also = ""): (option: string, text: string) => number {
  return (option, text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw new UsageError(`${option} must be a whole number of at least ${least}${also}, got "${text}"`);
  };
}

/** Reads the name of a file. */
export function nonEmpty(option: string, text: string): string {
  if (text === "") throw new UsageError(`${option} needs the name of a file`);
  return text;
}
