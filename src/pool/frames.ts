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
import type { FrameMemory, FrameSource } from "../wire/codec/frame-memory.js";
import type { ShapeTable } from "../wire/codec/shapes.js";
import { noSmallValue, noSmallWord, smallValueOf, smallWordOf } from "../wire/codec/small-values.js";
import type { ValueReader } from "../wire/codec/value-reader.js";
import type { ValueWriter } from "../wire/codec/value-writer.js";

const runKind = 1;
const resultKind = 2;
/** Bits of a frame's first word that tell its kind; those above tell how a task ended. */
const kindBits = 2;
const kindMask = 3;

const headerWords = 6;
const rowWords = 5;
const smallFrameWords = 4;

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
    if (delta !== (delta | 0) || attempt !== (attempt | 0)) return false;
    const small = args.length === 1 ? smallWordOf(args[0]) : noSmallWord;
    if (small !== noSmallWord) writer.int(small);
    else if (!writer.values(args)) return false;
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

const noBytes = new Uint8Array(0);

/** A frame of four words: the result of most tasks that are cheap enough for its form to matter. */
class SmallFrame implements FrameSource {
  readonly words = new Int32Array(smallFrameWords);
  readonly wordCount = smallFrameWords;
  readonly bytes = noBytes;
  readonly byteCount = 0;
}

/** Writes frames of results. */
export class ResultWriter {
  readonly #writer: ValueWriter;
  readonly #shapes: ShapeTable;
  readonly #small = new SmallFrame();

  constructor(writer: ValueWriter, shapes: ShapeTable) {
    this.#writer = writer;
    this.#shapes = shapes;
  }

  /** A frame that tells how a task ended; undefined when the value can't travel in one. */
  write(word: number, flags: number, value: unknown, ran: number): FrameSource | undefined {
    const small = smallWordOf(value);
    if (small !== noSmallWord) {
      const { words } = this.#small;
      words[0] = resultKind | (flags << kindBits);
      words[1] = word;
      float[0] = ran;
      words[2] = floatBits[0]!;
      words[3] = small;
      return this.#small;
    }
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
  byteCount: number,
): void {
  const { words } = memory;
  if (wordCount === smallFrameWords) {
    const first = words[word]!;
    const small = smallValueOf(words[word + 3]!);
    if ((first & kindMask) === resultKind && small !== noSmallValue) {
      floatBits[0] = words[word + 2]!;
      return receiver.result!(words[word + 1]!, first >> kindBits, small, float[0]!);
    }
  }
  reader.begin(memory, word, wordCount, byte, byte + byteCount);
  const first = reader.int();
  const kind = first & kindMask;
  if (kind === resultKind) {
    const task = reader.int();
    floatBits[0] = reader.int();
    const ran = float[0]!;
    receiver.result!(task, first >> kindBits, reader.value(), ran);
  } else if (kind === runKind) readTasks(reader, receiver, words, word);
  else throw new Error(`a frame of kind ${kind} is not one of ungil's`);
}

/** The task whose good end a frame tells, by its status word; -1 for any other frame. */
export function successIn(words: Int32Array, word: number): number {
  const first = words[word]!;
  return (first & kindMask) === resultKind && ((first >> kindBits) & ending.failed) === 0
    ? words[word + 1]!
    : -1;
}

function readTasks(reader: ValueReader, receiver: FrameReceiver, words: Int32Array, word: number): void {
  const count = reader.int();
  const table = word + reader.int();
  const lent = reader.int() === 1;
  const base = reader.int() * 2 ** 32 + (reader.int() >>> 0);
  for (let at = table; at < table + count * rowWords; at += rowWords) {
    const length = words[at + 4]!;
    const args: unknown[] = length === 1 ? [reader.value()] : [];
    while (args.length < length) args.push(reader.value());
    receiver.task!(words[at]!, base + words[at + 1]!, words[at + 2]!, words[at + 3]!, args, lent);
  }
}
