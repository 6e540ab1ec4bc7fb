/**
 * Where records come from: arguments, files, stdin. Streams are read only as far as records are asked for.
 *
 * @module
 */
import { createReadStream, statSync } from "node:fs";
import type { Readable } from "node:stream";
import type { InputFormat } from "./args.js";
import { longestRecord, RecordTooLongError, separators, splitRecords } from "./split.js";
import { messageOf, UsageError } from "./usage-error.js";

/** One record. */
export interface InputRecord {
  /** Place in the input, from 0. */
  readonly index: number;
  /** As it was written: an argument, a line. */
  readonly text: string;
  /** As the task receives it. */
  readonly value: unknown;
  /** Why it can't be given to the task. */
  readonly problem?: BadRecordError;
}

/** A record that can't be read. It fails by itself; the others run. */
export class BadRecordError extends Error {
  override readonly name = "BadRecordError";
  readonly code = "ERR_UNGIL_BAD_RECORD";
}

/** What to read. */
export interface RecordSourceOptions {
  readonly inputs: readonly string[];
  /** Names of files; `-` is stdin. */
  readonly inputFiles: readonly string[];
  readonly input: InputFormat;
  readonly stdin: Readable;
}

/**
 * The records of a call, in this order: arguments, then files. Stdin is read where it is named `-`, or where
 * there is nothing else. Arguments are strings, whatever the format.
 */
export class RecordSource implements AsyncIterable<InputRecord> {
  readonly #options: RecordSourceOptions;
  readonly #files: readonly string[];
  #open: Readable | undefined;
  #closed = false;
  #index = 0;

  /** @throws UsageError for a file that can't be read, before any record is. */
  constructor(options: RecordSourceOptions) {
    this.#options = options;
    this.#files = options.inputs.length > 0 || options.inputFiles.length > 0 ? options.inputFiles : ["-"];
    for (const file of this.#files) if (file !== "-") checkReadable(file);
  }

  /** Whether stdin is read. */
  get usesStdin(): boolean {
    return this.#files.includes("-");
  }

  /** Ends the iteration, also one that waits for input. */
  close(): void {
    this.#closed = true;
    this.#open?.destroy();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<InputRecord> {
    for (const text of this.#options.inputs) {
      if (this.#closed) return;
      yield { index: this.#index++, text, value: text };
    }
    for (const file of this.#files) {
      if (this.#closed) return;
      yield* this.#read(file);
    }
  }

  async *#read(file: string): AsyncGenerator<InputRecord> {
    const origin = file === "-" ? "stdin" : file;
    const format = this.#formatOf(file);
    const stream = file === "-" ? this.#options.stdin : createReadStream(file);
    this.#open = stream;
    let line = 0;
    try {
      const separator = format === "null" ? separators.null : separators.newline;
      for await (const bytes of splitRecords(stream as AsyncIterable<Uint8Array>, separator)) {
        line++;
        const record = decode(bytes, line, origin, format, this.#index);
        if (!record) continue;
        this.#index++;
        yield record;
      }
    } catch (error) {
      // destroying the stream is how `close` ends it
      if (this.#closed) return;
      if (error instanceof RecordTooLongError) {
        throw new UsageError(
          `record ${line + 1} of ${origin} is longer than ${longestRecord / 1024 / 1024} MiB: is --input right?`,
          { cause: error },
        );
      }
      throw new UsageError(`cannot read ${origin}: ${messageOf(error)}`, { cause: error });
    } finally {
      this.#open = undefined;
    }
  }

  #formatOf(file: string): Exclude<InputFormat, "auto"> {
    const { input } = this.#options;
    if (input !== "auto") return input;
    return /\.(ndjson|jsonl)$/i.test(file) ? "ndjson" : "lines";
  }
}

/** A record of a stream; undefined for an empty line between NDJSON records. */
function decode(
  bytes: Uint8Array,
  line: number,
  origin: string,
  format: Exclude<InputFormat, "auto">,
  index: number,
): InputRecord | undefined {
  const where = `${origin} ${format === "null" ? "record" : "line"} ${line}`;
  let text: string;
  try {
    // a byte order mark belongs to the file, not to its first record
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: line > 1 }).decode(bytes);
  } catch {
    const readable = Buffer.from(bytes).toString("utf8");
    const problem = new BadRecordError(`${where} is not valid UTF-8`);
    return { index, text: readable, value: readable, problem };
  }
  if (format !== "ndjson") return { index, text, value: text };
  if (text.trim() === "") return undefined;
  try {
    return { index, text, value: JSON.parse(text) as unknown };
  } catch (error) {
    const problem = new BadRecordError(`${where} is not valid JSON: ${messageOf(error)}`);
    return { index, text, value: text, problem };
  }
}

function checkReadable(file: string): void {
  let directory: boolean;
  try {
    directory = statSync(file).isDirectory();
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new UsageError(
      missing
        ? `--input-file ${file} does not exist`
        : `cannot read --input-file ${file}: ${messageOf(error)}`,
      { cause: error },
    );
  }
  if (directory) throw new UsageError(`--input-file ${file} is a directory`);
}
