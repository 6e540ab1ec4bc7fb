/**
 * The job log: one line a finished record, appended, never rewritten. As TSV it begins with GNU parallel's columns,
 * so that programs which read those go on working; a name that ends in `.ndjson` or `.jsonl` gets NDJSON.
 *
 * A record is known again by its key, a hash of the task's reference and of the record's text: unlike a sequence
 * number it stays right when the input changes between two runs. The key is the last column, so that a line torn by
 * a crash never passes for a whole one.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { AppendFile } from "./append-file.js";
import { separators, splitRecords } from "./split.js";
import { messageOf, UsageError } from "./usage-error.js";

/** One finished record in the log. */
export interface JobEntry {
  /** Place in the input, from 1. */
  readonly seq: number;
  /** When the last attempt started, in ms since 1970. */
  readonly startTime: number;
  /** How long the last attempt ran, in ms. */
  readonly runTime: number;
  /** Bytes of the record and of its result's line. */
  readonly send: number;
  readonly receive: number;
  readonly ok: boolean;
  /** The task's reference and the record, for people. */
  readonly command: string;
  readonly attempts: number;
  /** Code or name of the error; empty for a record that went well. */
  readonly error: string;
  readonly key: string;
}

const columns =
  "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\tAttempts\tError\tKey";

/** The commands in the log are for people; the key is what identifies a record. */
const longestCommand = 500;

/** Time between two calls of fsync, in ms. */
const syncInterval = 1000;

/** The key of a record for a task. */
export function recordKey(taskReference: string, text: string): string {
  return createHash("sha256").update(taskReference).update("\0").update(text).digest("hex").slice(0, 32);
}

/** Whether the file's name asks for NDJSON. */
function isNdjson(file: string): boolean {
  return /\.(ndjson|jsonl)$/i.test(file);
}

/** One entry as its line, with the line end. */
export function formatEntry(entry: JobEntry, ndjson: boolean): string {
  const command =
    entry.command.length > longestCommand ? `${entry.command.slice(0, longestCommand)}…` : entry.command;
  const start = (entry.startTime / 1000).toFixed(3);
  const runtime = (entry.runTime / 1000).toFixed(3);
  const exitval = entry.ok ? 0 : 1;
  if (ndjson) {
    return `${JSON.stringify({
      seq: entry.seq,
      host: ":",
      starttime: Number(start),
      jobruntime: Number(runtime),
      send: entry.send,
      receive: entry.receive,
      exitval,
      signal: 0,
      command,
      attempts: entry.attempts,
      error: entry.error,
      key: entry.key,
    })}\n`;
  }
  const cells = [
    entry.seq,
    ":",
    start,
    runtime,
    entry.send,
    entry.receive,
    exitval,
    0,
    oneCell(command),
    entry.attempts,
    oneCell(entry.error),
    entry.key,
  ];
  return `${cells.join("\t")}\n`;
}

/** Text that stays within its cell. */
function oneCell(text: string): string {
  return text
    .replaceAll("\\", "\\\\")
    .replaceAll("\t", "\\t")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r");
}

/** What a line of the log says about its record; undefined for a torn or foreign line. */
export function parseEntry(line: string, ndjson: boolean): Pick<JobEntry, "seq" | "ok" | "key"> | undefined {
  let cells: { seq: unknown; exitval: unknown; key: unknown };
  if (ndjson) {
    try {
      const parsed: unknown = JSON.parse(line);
      if (typeof parsed !== "object" || parsed === null) return undefined;
      cells = { seq: undefined, exitval: undefined, key: undefined, ...parsed };
    } catch {
      // torn: half a line is no JSON
      return undefined;
    }
  } else {
    const parts = line.split("\t");
    cells = { seq: Number(parts[0]), exitval: Number(parts[6]), key: parts[11] };
  }
  const { seq, exitval, key } = cells;
  if (typeof key !== "string" || !/^[0-9a-f]{32}$/.test(key)) return undefined;
  if (typeof seq !== "number" || !Number.isSafeInteger(seq)) return undefined;
  return { seq, ok: exitval === 0, key };
}

/**
 * Which records a log lets be skipped. A record that occurs several times in the input is skipped as many times as
 * the log has it.
 */
export class DoneRecords {
  readonly #left = new Map<string, number>();

  /** Reads a log; one that is not there is empty. @throws UsageError when the file is no job log. */
  static async read(file: string, which: "logged" | "succeeded"): Promise<DoneRecords> {
    const done = new DoneRecords();
    if (!existsSync(file)) return done;
    const ndjson = isNdjson(file);
    // the same key at the same place is the same record, tried again: its last outcome counts
    const outcomes = new Map<string, boolean>();
    for await (const line of splitRecords(createReadStream(file), separators.newline)) {
      const entry = parseEntry(Buffer.from(line).toString("utf8"), ndjson);
      if (entry) outcomes.set(`${entry.key}${entry.seq}`, entry.ok);
    }
    for (const [place, ok] of outcomes) {
      if (!ok && which === "succeeded") continue;
      const key = place.slice(0, 32);
      done.#left.set(key, (done.#left.get(key) ?? 0) + 1);
    }
    return done;
  }

  /** Whether this occurrence of a record is done. */
  take(key: string): boolean {
    const left = this.#left.get(key) ?? 0;
    if (left === 0) return false;
    if (left === 1) this.#left.delete(key);
    else this.#left.set(key, left - 1);
    return true;
  }
}

/** A log open for appending. */
export class JobLog {
  readonly #file: AppendFile;
  readonly #ndjson: boolean;
  readonly #timer: NodeJS.Timeout;

  private constructor(file: AppendFile, ndjson: boolean) {
    this.#file = file;
    this.#ndjson = ndjson;
    this.#timer = setInterval(() => void file.sync(), syncInterval);
    this.#timer.unref();
  }

  /**
   * Opens a log, new or begun by an earlier run.
   * @throws UsageError when the file can't be written or is something else than a job log.
   */
  static async open(name: string): Promise<JobLog> {
    const ndjson = isNdjson(name);
    let file: FileHandle | undefined;
    try {
      file = await open(name, "a+");
      const start = await startOf(file);
      if (start === "" || (!ndjson && columns.startsWith(start))) {
        if (!ndjson) await file.write(`${columns.slice(start.length)}\n`);
      } else {
        const ours = ndjson ? looksLikeEntries(start) : start.startsWith(`${columns}\n`);
        if (!ours) throw new UsageError(`--joblog ${name} is no job log of ungil: name another file`);
        // what a crash tore off must not run into the next line
        if (!(await endsWithNewline(file))) await file.write("\n");
      }
      return new JobLog(new AppendFile(file), ndjson);
    } catch (error) {
      await file?.close();
      if (error instanceof UsageError) throw error;
      throw new UsageError(`cannot write --joblog ${name}: ${messageOf(error)}`, { cause: error });
    }
  }

  /** Adds a line; it is handed to the system at once and to the disk within a second. */
  append(entry: JobEntry): void {
    this.#file.append(formatEntry(entry, this.#ndjson));
  }

  /** What went wrong while writing, when something did. */
  get error(): unknown {
    return this.#file.error;
  }

  /** Writes what is left and closes the file. @throws the error of a write that failed. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#file.close();
  }
}

async function startOf(file: FileHandle): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
  return buffer.toString("utf8", 0, bytesRead);
}

async function endsWithNewline(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === separators.newline;
}

/** Whether NDJSON begins with an entry of ours, or with a torn one. */
function looksLikeEntries(start: string): boolean {
  const [first = "", ...rest] = start.split("\n");
  return parseEntry(first, true) !== undefined || (rest.length <= 1 && first.startsWith('{"seq":'));
}
