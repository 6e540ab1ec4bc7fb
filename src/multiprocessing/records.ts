/**
 * What travels through a pipe, in either direction: records, one behind the other.
 *
 * ```text
 *   frame    kind, frames before, words, bytes     │ words │ bytes, to a multiple of 8
 *   message  kind, frames before, bytes, buffers   │ length of each buffer (8 bytes each) │ bytes, to a multiple of 8 │ buffers
 * ```
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { FrameEnvelope } from "../pool/link/index.js";
import { type FrameMemory, frameMemory } from "../wire/codec/frame-memory.js";
import type { Transferable } from "../wire/index.js";
import { type CopyMemory, deserialize, serialize } from "../wire/serialize.js";

const frameKind = 1;
const messageKind = 2;

const headerBytes = 16;

/** A frame up to this size is one piece with its header: a write, and a reader that it wakes, cost more than a copy. */
const shortBytes = 4_096;

/** A record that is longer than this is put together where it is to stay. */
const longBytes = 64 * 1024;

const padded = (bytes: number): number => (bytes + 7) & ~7;

type Envelope = readonly [framesBefore: number, message: unknown] | FrameEnvelope;

/**
 * An envelope of a link, as the pieces of a record.
 * @param moving - buffers that leave this process.
 * @param copy - copies memory that may be changed before the record is written; or answers it as it is.
 * @throws SerializationError, Error for what can't be sent; then nothing has moved.
 */
export function writeRecord(
  envelope: unknown,
  moving: readonly Transferable[],
  copy: CopyMemory = (memory) => memory.slice(),
): readonly Uint8Array[] {
  const [framesBefore, content, wordCount, byteCount] = envelope as Envelope & FrameEnvelope;
  if (wordCount !== undefined) {
    const frame = new Uint8Array(content as ArrayBuffer);
    const isShort = frame.length <= shortBytes;
    const head = Buffer.allocUnsafe(isShort ? headerBytes + frame.length : headerBytes);
    new Int32Array(head.buffer, head.byteOffset, 4).set([frameKind, framesBefore, wordCount, byteCount]);
    if (!isShort) return [head, frame];
    head.set(frame, headerBytes);
    return [head];
  }
  const { bytes, buffers } = serialize(content, moving, copy);
  const lengths = 8 * buffers.length;
  const head = Buffer.alloc(headerBytes + lengths + padded(bytes.length));
  const words = new Int32Array(head.buffer, head.byteOffset, 4);
  words.set([messageKind, framesBefore, bytes.length, buffers.length]);
  for (const [at, { length }] of buffers.entries()) head.writeDoubleLE(length, headerBytes + 8 * at);
  head.set(bytes, headerBytes + lengths);
  return [head, ...buffers];
}

/** Puts records together from pieces of a stream. */
export class RecordReader {
  /** The beginning of a record whose rest has not come. */
  #begun: Uint8Array = noBytes;
  /** What is being filled, and how far it is. */
  #filling: { readonly targets: readonly Uint8Array[]; readonly done: () => unknown } | undefined;
  #target = 0;
  #filled = 0;

  /**
   * The next piece.
   * @param piece - its memory may be used again afterwards.
   * @returns the envelopes that are complete now.
   * @throws Error for what is no record.
   */
  push(piece: Uint8Array): unknown[] {
    const envelopes: unknown[] = [];
    let rest = piece;
    while (rest.length > 0 || this.#isFull) {
      rest = this.#filling ? this.#fill(rest, envelopes) : this.#readBlock(rest, envelopes);
    }
    return envelopes;
  }

  /**
   * Where the next bytes are to stay, where that is known and they are many: who reads them to there need not copy them,
   * and tells of them by {@link took}.
   */
  get place(): Uint8Array | undefined {
    const target = this.#filling?.targets[this.#target];
    if (target === undefined || target.length - this.#filled < longBytes) return undefined;
    return this.#filled === 0 ? target : target.subarray(this.#filled);
  }

  /** So many bytes are in their {@link place}. @returns what `push` returns. */
  took(length: number): unknown[] {
    this.#filled += length;
    if (this.#filled === this.#filling!.targets[this.#target]!.length) {
      this.#target++;
      this.#filled = 0;
    }
    return this.push(noBytes);
  }

  /** Whether what is being filled needs no more bytes: buffers may be empty. */
  get #isFull(): boolean {
    const targets = this.#filling?.targets.slice(this.#target);
    return this.#filled === 0 && targets?.every(({ length }) => length === 0) === true;
  }

  /** Fills what is being filled. @returns what is left of the piece. */
  #fill(piece: Uint8Array, envelopes: unknown[]): Uint8Array {
    const { targets, done } = this.#filling!;
    let at = 0;
    while (this.#target < targets.length) {
      const target = targets[this.#target]!;
      const part = piece.subarray(at, at + target.length - this.#filled);
      target.set(part, this.#filled);
      at += part.length;
      this.#filled += part.length;
      if (this.#filled < target.length) return noBytes;
      this.#target++;
      this.#filled = 0;
    }
    this.#filling = undefined;
    const envelope = done();
    if (envelope !== undefined) envelopes.push(envelope);
    return piece.subarray(at);
  }

  #startFilling(targets: readonly Uint8Array[], done: () => unknown): void {
    this.#filling = { targets, done };
    this.#target = 0;
    this.#filled = 0;
  }

  /** Reads the records at the beginning of a piece. @returns what is left of the piece. */
  #readBlock(piece: Uint8Array, envelopes: unknown[]): Uint8Array {
    // a copy: records are read where words are aligned, perhaps after the piece's memory was used again
    const begun = this.#begun.length;
    const length = begun + piece.length;
    const block = new Uint8Array(new ArrayBuffer(padded(length)));
    block.set(this.#begun);
    block.set(piece, begun);
    this.#begun = noBytes;
    const memory = frameMemory(block.buffer);
    let at = 0;
    while (at + headerBytes <= length) {
      const words = memory.words.subarray(at >> 2, (at + headerBytes) >> 2);
      const size = sizeOf(words);
      if (at + size > length) {
        if (size <= longBytes) break;
        const target = uncleared(size);
        this.#startFilling([target], () => this.#read(frameMemory(target.buffer), 0));
        return block.subarray(at, length);
      }
      const envelope = this.#read(memory, at);
      at += size;
      if (envelope !== undefined) envelopes.push(envelope);
      // what follows is the buffers of a message
      else return block.subarray(at, length);
    }
    this.#begun = block.subarray(at, length);
    return noBytes;
  }

  /** Reads the record at a place; undefined for one whose buffers are still to come. */
  #read(memory: FrameMemory, at: number): unknown {
    const first = at >> 2;
    const [kind, framesBefore, third, fourth] = memory.words.subarray(first, first + 4) as never as number[];
    if (kind === frameKind) {
      return [framesBefore, memory, third!, fourth!, first + 4] satisfies unknown[];
    }
    const bodyAt = at + headerBytes + 8 * fourth!;
    const bytes = memory.bytes.subarray(bodyAt, bodyAt + third!);
    if (fourth === 0) return [framesBefore, deserialize(bytes, [])];
    const buffers = Array.from({ length: fourth! }, (_, each) =>
      uncleared(memory.doubles[(at + headerBytes) / 8 + each]!),
    );
    this.#startFilling(buffers, () => [
      framesBefore,
      deserialize(
        bytes,
        buffers.map(({ buffer }) => buffer),
      ),
    ]);
    return undefined;
  }
}

const noBytes = new Uint8Array(0);

/** Memory of its own that is filled before anybody sees it. */
function uncleared(bytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer);
}

/** Bytes of a record up to its buffers. */
function sizeOf([kind, , third, fourth]: Int32Array): number {
  if (kind === frameKind) return headerBytes + 8 * Math.ceil((4 * third! + fourth!) / 8);
  if (kind === messageKind) return headerBytes + 8 * fourth! + padded(third!);
  throw new Error(`a record of kind ${kind} is not one of ungil's`);
}
