/**
 * How a list lies in a block: as in CPython's `multiprocessing/shared_memory.py`, so that Python can read it. All in
 * the byte order of the machine, in units of 8 bytes:
 *
 * ```text
 *   length N
 *   N + 1 offsets        of each slot in the slots, and their end
 *   slots                values; one of texts and bytes may be longer than 8 bytes
 *   N formats            8 bytes each, as of Python's `struct`: "q", "d", "12s", …
 *   N codes              1 byte each: what to make of it
 * ```
 *
 * Python cuts off NUL at the end of texts and bytes. The format here says their exact length; those that end in NUL
 * have codes of their own, which Python refuses instead of reading another value.
 *
 * @module
 */
import { endianness } from "node:os";
import { InvalidArgumentError } from "../../errors.js";

/** What a slot holds: Python's float, int of 64 bits, bool, str, bytes and None. */
export type ShareableValue = number | bigint | boolean | string | Uint8Array | null;

const unit = 8;
const little = endianness() === "LE";

const codes = { plain: 0, text: 1, bytes: 2, none: 3, textWithNul: 5, bytesWithNul: 6 } as const;

/** A value as it is written. */
export interface EncodedValue {
  readonly format: string;
  readonly code: number;
  readonly bytes: Uint8Array;
}

const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);

/** @throws InvalidArgumentError for what no slot can hold. */
export function encodeValue(argument: string, value: unknown): EncodedValue {
  const bytes = new Uint8Array(unit);
  const view = new DataView(bytes.buffer);
  if (typeof value === "number") {
    view.setFloat64(0, value, little);
    return { format: "d", code: codes.plain, bytes };
  }
  if (typeof value === "bigint" && BigInt.asIntN(64, value) === value) {
    view.setBigInt64(0, value, little);
    return { format: "q", code: codes.plain, bytes };
  }
  if (typeof value === "boolean") {
    bytes[7] = Number(value);
    return { format: "xxxxxxx?", code: codes.plain, bytes };
  }
  if (value === null) return { format: "xxxxxx?x", code: codes.none, bytes };
  if (typeof value === "string" && isWellFormed(value))
    return sequence(argument, new TextEncoder().encode(value), codes.text, codes.textWithNul, value);
  if (value instanceof Uint8Array) return sequence(argument, value, codes.bytes, codes.bytesWithNul, value);
  throw new InvalidArgumentError(
    argument,
    value,
    "a number, a bigint of 64 bits, true or false, a well-formed string, a Uint8Array or null",
  );
}

/** The longest that a format has room to say. */
const longest = 9_999_999;

function sequence(
  argument: string,
  bytes: Uint8Array,
  code: number,
  codeWithNul: number,
  value: unknown,
): EncodedValue {
  if (bytes.length > longest) throw new InvalidArgumentError(argument, value, `of at most ${longest} bytes`);
  return { format: `${bytes.length}s`, code: bytes.at(-1) === 0 ? codeWithNul : code, bytes };
}

/** Bytes of the slot that a value gets: a text has room for a little more, as in Python. */
export const slotSize = ({ format, bytes }: EncodedValue): number =>
  format.endsWith("s") ? unit * (Math.floor(bytes.length / unit) + 1) : unit;

/** Bytes of a list. */
export function layoutSize(values: readonly EncodedValue[]): number {
  const slots = values.reduce((sum, each) => sum + slotSize(each), 0);
  return unit * (values.length + 2) + slots + (unit + 1) * values.length;
}

/** A list in memory. */
export class ListLayout {
  readonly length: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #slots: number;
  readonly #formats: number;

  /** @throws InvalidArgumentError for memory that holds no list. */
  constructor(buffer: ArrayBuffer, name: string) {
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
    const size = buffer.byteLength;
    const length = size < 2 * unit ? -1 : Number(this.#view.getBigInt64(0, little));
    this.length = length;
    this.#slots = unit * (length + 2);
    const isList = length >= 0 && this.#slots <= size;
    this.#formats = isList ? this.#slots + this.#offset(length) : -1;
    if (!isList || this.#formats < this.#slots || this.#formats + (unit + 1) * length > size) {
      throw new InvalidArgumentError("name", name, "the name of a ShareableList");
    }
  }

  /** Writes a list into the memory of a new block. */
  static write(buffer: ArrayBuffer, name: string, values: readonly EncodedValue[]): ListLayout {
    const view = new DataView(buffer);
    let offset = 0;
    for (const [index, value] of values.entries()) {
      offset += slotSize(value);
      view.setBigInt64(unit * (index + 2), BigInt(offset), little);
    }
    view.setBigInt64(0, BigInt(values.length), little);
    const layout = new ListLayout(buffer, name);
    for (const [index, value] of values.entries()) layout.write(index, value);
    return layout;
  }

  #offset(index: number): number {
    return Number(this.#view.getBigInt64(unit * (index + 1), little));
  }

  #formatAt(index: number): number {
    return this.#formats + unit * index;
  }

  #codeAt(index: number): number {
    return this.#formats + unit * this.length + index;
  }

  /** Bytes that a slot has room for. */
  room(index: number): number {
    return this.#offset(index + 1) - this.#offset(index);
  }

  /** The format of a slot, as of Python's `struct`. */
  format(index: number): string {
    const at = this.#formatAt(index);
    const text = String.fromCharCode(...this.#bytes.subarray(at, at + unit));
    return text.replace(/\0+$/, "");
  }

  /** What a slot holds. */
  read(index: number): ShareableValue {
    const at = this.#slots + this.#offset(index);
    const format = this.format(index);
    const code = this.#bytes[this.#codeAt(index)]!;
    if (code === codes.none) return null;
    if (format === "d") return this.#view.getFloat64(at, little);
    if (format === "q") return this.#view.getBigInt64(at, little);
    if (format === "xxxxxxx?") return this.#bytes[at + 7] !== 0;
    // another process may be writing: what is read lies in the slot whatever the format says
    const length = Math.min(Number.parseInt(format, 10) || 0, this.room(index));
    let bytes = this.#bytes.slice(at, at + length);
    if (code === codes.text || code === codes.bytes) bytes = withoutNul(bytes);
    return code === codes.text || code === codes.textWithNul ? new TextDecoder().decode(bytes) : bytes;
  }

  /** Writes what fits into a slot. */
  write(index: number, { format, code, bytes }: EncodedValue): void {
    const at = this.#slots + this.#offset(index);
    this.#bytes.set(bytes, at);
    const formatAt = this.#formatAt(index);
    this.#bytes.fill(0, formatAt, formatAt + unit);
    for (let i = 0; i < format.length; i++) this.#bytes[formatAt + i] = format.charCodeAt(i);
    this.#bytes[this.#codeAt(index)] = code;
  }
}

/** Python fills a slot up with NUL. */
function withoutNul(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}
