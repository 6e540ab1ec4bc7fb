/**
 * How results and failures are written.
 *
 * @module
 */
import type { OutputFormat } from "./args.js";
import type { InputRecord } from "./records.js";

/** A result that JSON can't hold: a bigint, a cycle. */
export class OutputError extends Error {
  override readonly name = "OutputError";
  readonly code = "ERR_UNGIL_OUTPUT";
}

/** One format of results. A text is made when its task ends, its place is only known when it is written. */
export interface ResultFormat {
  /** What comes before the first result. */
  readonly begin: string;
  /** One result. @throws OutputError when the result can't be written in this format. */
  text(record: InputRecord, result: unknown): string;
  /** What comes between the results written before and the next. */
  lead(written: number): string;
  /** What comes after the last result. */
  end(written: number): string;
}

/**
 * The format of `--output`, with `--tag` or without.
 *
 * `ndjson`: one JSON value a line, tagged `{"i","in","out"}`. `json`: one array of the same. `lines`: strings as they
 * are, other values as JSON, tagged `record TAB result`. `none`: nothing.
 */
export function resultFormat(output: OutputFormat, tag: boolean): ResultFormat {
  const value = (record: InputRecord, result: unknown): string =>
    tag ? `{"i":${record.index},"in":${toJson(record.value)},"out":${toJson(result)}}` : toJson(result);
  const plain = (result: unknown): string => (typeof result === "string" ? result : toJson(result));
  const unframed = { begin: "", lead: () => "", end: () => "" };
  switch (output) {
    case "ndjson":
      return { ...unframed, text: (record, result) => `${value(record, result)}\n` };
    case "lines":
      return { ...unframed, text: (record, result) => `${tag ? `${record.text}\t` : ""}${plain(result)}\n` };
    case "json":
      return {
        begin: "[",
        text: value,
        lead: (written) => (written > 0 ? ",\n" : "\n"),
        end: (written) => (written > 0 ? "\n]\n" : "]\n"),
      };
    default:
      return { ...unframed, text: () => "" };
  }
}

/** A value as JSON; what JSON leaves out (undefined, a function) is null. */
function toJson(value: unknown): string {
  try {
    // JSON.stringify answers undefined for these, whatever its type says
    return JSON.stringify(value) ?? "null";
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error);
    throw new OutputError(`the result can't be written as JSON: ${reason}`, { cause: error });
  }
}

/** An error as the failure lines show it. */
export interface ErrorText {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
}

/** Name, message and code of whatever was thrown. */
export function describeError(error: unknown): ErrorText {
  if (!(error instanceof Error)) return { name: typeof error, message: String(error) };
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === "string" ? { code } : {}),
    ...(error.stack ? { stack: error.stack } : {}),
  };
}

/** A record longer than this as JSON is cut short where people read it. */
const longestShown = 200;

/**
 * One failed record as a line of NDJSON: `{"i","in","error":{"name","message","code"},"attempts"}`.
 * @param complete - with the error's stack, and with the record however long it is; for people a long one is cut.
 */
export function failureLine(
  record: InputRecord,
  error: unknown,
  attempts: number,
  complete: boolean,
): string {
  const { stack, ...short } = describeError(error);
  const text = toJson(record.value);
  return `${JSON.stringify({
    i: record.index,
    in: complete || text.length <= longestShown ? record.value : `${text.slice(0, longestShown)}…`,
    error: complete && stack ? { ...short, stack } : short,
    attempts,
  })}\n`;
}
