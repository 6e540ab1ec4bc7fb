/**
 * Messages as bytes: all that is said at once, one batch.
 *
 * ```text
 *   bytes of the head, bytes of the small parts (4 bytes each) │ head │ small parts │ large parts, one behind the other
 * ```
 *
 * The head is a list of messages (`head.ts`) in the engine's serialisation. In the place of each carried value that is
 * not text it has the lengths of its parts.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { deserialize, serialize } from "node:v8";
import { Carried } from "./carried.js";
import { type Message, readHead, writeHead } from "./head.js";
import type { SharedReference } from "./reference.js";

export type { Message } from "./head.js";

/** What stands for a carried value in a head: the lengths of its parts, or its text where the head has no mark for it. */
type Outline =
  | readonly [text: string, opens: boolean]
  | readonly [
      bytes: number,
      buffers: readonly number[] | 0,
      flags: number,
      references: readonly SharedReference[] | 0,
    ];

const flag = { marked: 1, opens: 2 } as const;

/** Parts from this size on, in bytes, are not copied into the batch. */
const largePart = 16 * 1024;

const prefixBytes = 8;

/** Messages as the pieces of a batch. What is large is written from where it is. */
export function writeBatch(messages: readonly Message[]): readonly Uint8Array[] {
  const small: Uint8Array[] = [];
  const large: Uint8Array[] = [];
  let smallBytes = 0;
  const add = (part: Uint8Array): void => {
    if (part.length >= largePart) large.push(part);
    else {
      small.push(part);
      smallBytes += part.length;
    }
  };
  const outlined = (value: Carried): Outline => {
    const { text, bytes, buffers, marked, opens, references } = value;
    if (text !== undefined) return [text, opens];
    add(bytes);
    buffers.forEach(add);
    const flags = (marked ? flag.marked : 0) | (opens ? flag.opens : 0);
    const lengths = buffers.length > 0 ? buffers.map(({ length }) => length) : 0;
    return [bytes.length, lengths, flags, references.length > 0 ? references : 0];
  };
  const head = serialize(writeHead(messages, outlined));
  const batch = Buffer.allocUnsafe(prefixBytes + head.length + smallBytes);
  batch.writeUInt32LE(head.length, 0);
  batch.writeUInt32LE(smallBytes, 4);
  batch.set(head, prefixBytes);
  let at = prefixBytes + head.length;
  for (const part of small) {
    batch.set(part, at);
    at += part.length;
  }
  return [batch, ...large];
}

/** Puts batches together from the pieces of a stream. */
export class BatchReader {
  readonly #prefix = new Uint8Array(prefixBytes);
  /** What is being filled, and how far it is. */
  #target: Uint8Array = this.#prefix;
  #filled = 0;
  #next: (read: Message[][]) => void = () => this.#readPrefix();

  /**
   * Where the next bytes are to stay, where that is known and they are many: who reads them to there need not copy them,
   * and tells of them by {@link took}.
   */
  get place(): Uint8Array | undefined {
    if (this.#target.length - this.#filled < largePart) return undefined;
    return this.#filled === 0 ? this.#target : this.#target.subarray(this.#filled);
  }

  /** So many bytes are in their {@link place}. @returns what `push` returns. */
  took(length: number): readonly (readonly Message[])[] {
    const read: Message[][] = [];
    this.#filled += length;
    while (this.#filled === this.#target.length) this.#next(read);
    return read;
  }

  /**
   * The next piece.
   * @param piece - its memory may be used again afterwards.
   * @returns the messages of each batch that is complete now.
   * @throws Error for what is no batch.
   */
  push(piece: Uint8Array): readonly (readonly Message[])[] {
    const read: Message[][] = [];
    let at = 0;
    while (at < piece.length) {
      const part = piece.subarray(at, at + this.#target.length - this.#filled);
      this.#target.set(part, this.#filled);
      at += part.length;
      this.#filled += part.length;
      while (this.#filled === this.#target.length) this.#next(read);
    }
    return read;
  }

  #fill(target: Uint8Array, next: (read: Message[][]) => void): void {
    this.#target = target;
    this.#filled = 0;
    this.#next = next;
  }

  #begin(): void {
    this.#fill(this.#prefix, () => this.#readPrefix());
  }

  #readPrefix(): void {
    const view = new DataView(this.#prefix.buffer);
    const headBytes = view.getUint32(0, true);
    const smallBytes = view.getUint32(4, true);
    if (headBytes === 0) throw new Error("a batch without a head is not one of ungil's");
    this.#fill(new Uint8Array(headBytes + smallBytes), (read) => this.#readBody(headBytes, read));
  }

  #readBody(headBytes: number, read: Message[][]): void {
    const body = this.#target;
    const head: unknown = deserialize(body.subarray(0, headBytes));
    if (!Array.isArray(head)) throw new Error("a head without a list is not one of ungil's");
    const large: Uint8Array[] = [];
    let at = headBytes;
    const take = (length: number): Uint8Array => {
      if (length >= largePart) {
        // not cleared first: it is filled before anybody sees it
        const part = Buffer.allocUnsafeSlow(length);
        large.push(part);
        return part;
      }
      // a copy: what stays here must not keep the whole batch
      const part = body.slice(at, at + length);
      at += length;
      return part;
    };
    const restored = (list: readonly unknown[]): Carried => {
      const outline = list as Outline;
      if (outline.length === 2) return Carried.ofText(...outline);
      const [bytes, buffers, flags, references] = outline;
      return new Carried({
        bytes: take(bytes),
        buffers: buffers === 0 ? [] : buffers.map(take),
        marked: (flags & flag.marked) !== 0,
        opens: (flags & flag.opens) !== 0,
        references: references === 0 ? [] : references,
      });
    };
    const messages = readHead(head, restored);
    this.#readLarge(large, 0, messages, read);
  }

  #readLarge(parts: readonly Uint8Array[], at: number, whole: Message[], read: Message[][]): void {
    if (at < parts.length) this.#fill(parts[at]!, (next) => this.#readLarge(parts, at + 1, whole, next));
    else {
      read.push(whole);
      this.#begin();
    }
  }
}
