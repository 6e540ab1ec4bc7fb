/**
 * Many values in a buffer of their own, which moves to the other side instead of being copied.
 *
 * @module
 */
import { damagedFrame, frameMemory } from "./frame-memory.js";
import { ReadShapes, ShapeTable } from "./shapes.js";
import { ValueReader } from "./value-reader.js";
import { ValueWriter } from "./value-writer.js";

/** Words before the frame: how many words it has, and one that keeps doubles aligned. */
const headerWords = 2;

const shared = new ValueWriter();

/**
 * Packs as many values as it can, from `from` up to but not including `to`.
 * @returns `count` is smaller than `to - from` where value `from + count` was refused or the buffer is full.
 *   Where it is 0, the first value can only be sent by structured clone.
 */
export function packValues(
  values: readonly unknown[],
  from: number,
  to: number,
): { packed: ArrayBuffer; count: number } {
  // a getter of a value that is being packed may lead here again
  const writer = shared.busy ? new ValueWriter() : shared;
  writer.begin(new ShapeTable());
  let count = 0;
  while (from + count < to && writer.value(values[from + count])) count++;
  return { packed: bufferOf(writer), count };
}

/** Packs values one by one, each as it is when it is added. */
export class PackWriter {
  /** Values so far. */
  count = 0;
  readonly #writer = new ValueWriter();

  constructor() {
    this.#writer.begin(new ShapeTable());
  }

  /** One value more; false where it was refused or the buffer is full. */
  add(value: unknown): boolean {
    if (!this.#writer.value(value)) return false;
    this.count += 1;
    return true;
  }

  /** All of them. */
  finish(): ArrayBuffer {
    return bufferOf(this.#writer);
  }
}

function bufferOf(writer: ValueWriter): ArrayBuffer {
  const { wordCount, byteCount } = writer;
  const bytesAt = (headerWords + wordCount) * 4;
  const packed = new ArrayBuffer(Math.ceil((bytesAt + byteCount) / 8) * 8);
  const words = new Int32Array(packed);
  words[0] = wordCount;
  words.set(writer.words.subarray(0, wordCount), headerWords);
  new Uint8Array(packed, bytesAt).set(writer.bytes.subarray(0, byteCount));
  return packed;
}

/** Reads what `packValues` has packed. */
export class PackedReader {
  readonly #reader = new ValueReader(new ReadShapes());

  /** @throws Error for a buffer that `packValues` has not made. */
  constructor(packed: ArrayBuffer) {
    const memory = frameMemory(packed);
    const wordCount = memory.words[0];
    if (wordCount === undefined) throw damagedFrame("it has no header", 0);
    const byte = (headerWords + wordCount) * 4;
    this.#reader.begin(memory, headerWords, wordCount, byte, memory.bytes.length);
  }

  /**
   * The next value.
   * @throws Error after the last one.
   */
  next(): unknown {
    return this.#reader.value();
  }
}
