/**
 * Tasks and results in frames: the compact form of what is common. Tasks travel together, with their arguments
 * one after the other and a table with a row for each, at whose place the header points. A result travels by
 * itself, as soon as it is there: a task behind it may never end.
 *
 * ```text
 *   run, count, place of the table, lent, base id (2 words) │ arguments … │ word, id - base, function, attempt, arguments …
 *   result and how it ended, word, running time │ value
 * ```
 *
 * What a frame can't carry (functions that change, marks, what moves, all that only structured clone can copy)
 * travels in the messages of `protocol.ts`.
 *
 * @module
 */
import type { FrameMemory, ShapeTable, ValueReader, ValueWriter } from "../wire/index.js";

const runKind = 1;
const resultKind = 2;
/** Bits of a frame's first word that tell its kind; those above tell how a task ended. */
const kindBits = 2;
const kindMask = 3;

const headerWords = 6;
const rowWords = 5;

/** A frame of tasks is sent when it holds this many bytes, or rows. */
const fullBytes = 24 * 1024;
const fullRows = 512;

/** How a task ended. */
export const ending = { failed: 1, prevented: 2, waited: 4 } as const;

const float = new Float32Array(1);
const floatBits = new Int32Array(float.buffer);

/** Writes frames of tasks, one at a time. */
export class RunWriter {
  readonly #writer: ValueWriter;
  readonly #shapes: ShapeTable;
  readonly #rows = new Int32Array(fullRows * rowWords);
  #rowsEnd = 0;
  #base = 0;
  #lent = false;

  constructor(writer: ValueWriter, shapes: ShapeTable) {
    this.#writer = writer;
    this.#shapes = shapes;
  }

  /** Tasks in the frame. */
  get count(): number {
    return this.#rowsEnd / rowWords;
  }

  /** Whether it is time to send it. */
  get full(): boolean {
    const { wordCount, byteCount } = this.#writer;
    return 4 * (wordCount + this.#rowsEnd) + byteCount > fullBytes || this.#rowsEnd === this.#rows.length;
  }

  /** Adds a task; false, and nothing was added, when its arguments can't travel in a frame. */
  add(
    word: number,
    id: number,
    fn: number,
    attempt: number,
    args: readonly unknown[],
    lent: boolean,
  ): boolean {
    const writer = this.#writer;
    if (writer.busy) return false;
    if (this.#rowsEnd === 0) {
      this.#base = id;
      this.#lent = lent;
      writer.begin(this.#shapes);
      for (let at = 0; at < headerWords; at++) writer.int(0);
    }
    const delta = id - this.#base;
    if (delta !== (delta | 0) || attempt !== (attempt | 0) || !writer.values(args)) return false;
    const rows = this.#rows;
    const at = this.#rowsEnd;
    rows[at] = word;
    rows[at + 1] = delta;
    rows[at + 2] = fn;
    rows[at + 3] = attempt;
    rows[at + 4] = args.length;
    this.#rowsEnd = at + rowWords;
    return true;
  }

  /** Ends the frame, which is in the writer then. */
  finish(): ValueWriter {
    const writer = this.#writer;
    const rows = this.#rows;
    writer.setInt(0, runKind);
    writer.setInt(1, this.count);
    writer.setInt(2, writer.wordCount);
    writer.setInt(3, this.#lent ? 1 : 0);
    writer.setInt(4, Math.floor(this.#base / 2 ** 32));
    writer.setInt(5, this.#base | 0);
    for (let at = 0; at < this.#rowsEnd; at++) writer.int(rows[at]!);
    this.#rowsEnd = 0;
    return writer;
  }
}

/** Writes frames of results. */
export class ResultWriter {
  readonly #writer: ValueWriter;
  readonly #shapes: ShapeTable;

  constructor(writer: ValueWriter, shapes: ShapeTable) {
    this.#writer = writer;
    this.#shapes = shapes;
  }

  /** A frame that tells how a task ended; undefined when the value can't travel in one. */
  write(word: number, flags: number, value: unknown, ran: number): ValueWriter | undefined {
    const writer = this.#writer;
    if (writer.busy) return undefined;
    writer.begin(this.#shapes);
    writer.int(resultKind | (flags << kindBits));
    writer.int(word);
    float[0] = ran;
    writer.int(floatBits[0]!);
    if (writer.value(value)) return writer;
    writer.discard();
    return undefined;
  }
}

/** What becomes of what is in a frame. */
export interface FrameReceiver {
  /** A task. Its arguments are read here and now. */
  task?(word: number, id: number, fn: number, attempt: number, args: unknown[], lent: boolean): void;
  /** How a task ended. */
  result?(word: number, flags: number, value: unknown, ran: number): void;
}

/** Reads a frame. @throws Error for one that is not one of ours. */
export function readFrame(
  reader: ValueReader,
  receiver: FrameReceiver,
  memory: FrameMemory,
  word: number,
  wordCount: number,
  byte: number,
): void {
  reader.begin(memory, word, wordCount, byte);
  const first = reader.int();
  const kind = first & kindMask;
  if (kind === resultKind) {
    const task = reader.int();
    floatBits[0] = reader.int();
    const ran = float[0]!;
    receiver.result!(task, first >> kindBits, reader.value(), ran);
  } else if (kind === runKind) readTasks(reader, receiver, memory.words, word);
  else throw new Error(`a frame of kind ${kind} is not one of ungil's`);
}

function readTasks(reader: ValueReader, receiver: FrameReceiver, words: Int32Array, word: number): void {
  const count = reader.int();
  const table = word + reader.int();
  const lent = reader.int() === 1;
  const base = reader.int() * 2 ** 32 + (reader.int() >>> 0);
  for (let at = table; at < table + count * rowWords; at += rowWords) {
    const args: unknown[] = [];
    for (let argument = words[at + 4]!; argument > 0; argument--) args.push(reader.value());
    receiver.task!(words[at]!, base + words[at + 1]!, words[at + 2]!, words[at + 3]!, args, lent);
  }
}
