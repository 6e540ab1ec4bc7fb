/**
 * As much of ZIP as `.npz` archives need: entries that are stored or deflated, up to 4 GiB. Deflating and checksums are
 * Node's own zlib.
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, from which the names of fields are
 *
 * @module
 */
import { notReadable } from "./npy-header.js";

/** Node's zlib, loaded when it is needed. */
export const zlib = (): typeof import("node:zlib") => process.getBuiltinModule("node:zlib");

const localHeader = 0x04034b50;
const centralHeader = 0x02014b50;
const endOfDirectory = 0x06054b50;
const endBytes = 22;
const stored = 0;
const deflated = 8;
const limit = 0xffff_ffff;

/** What an archive says of one of its entries. */
export interface ZipEntry {
  readonly name: string;
  readonly deflated: boolean;
  readonly crc: number;
  /** Bytes of the content. */
  readonly size: number;
  /** The bytes that are in the archive. */
  readonly bytes: Uint8Array;
}

/** The entries of an archive. @throws InvalidArgumentError for what is none, or has what we do not read. */
export function zipEntries(archive: Uint8Array, name: string): ZipEntry[] {
  const data = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  const end = findEnd(data, name);
  const count = data.readUInt16LE(end + 10);
  let at = data.readUInt32LE(end + 16);
  if (at === limit || count === 0xffff)
    throw notReadable(name, "more", "an archive of up to 4 GiB and 65534 entries");
  return Array.from({ length: count }, () => {
    check(data, at, 46, centralHeader, name);
    const flags = data.readUInt16LE(at + 8);
    const method = data.readUInt16LE(at + 10);
    const packed = data.readUInt32LE(at + 20);
    const size = data.readUInt32LE(at + 24);
    const crc = data.readUInt32LE(at + 16);
    const nameBytes = data.readUInt16LE(at + 28);
    const local = data.readUInt32LE(at + 42);
    const entry = data.toString(flags & 0x800 ? "utf8" : "latin1", at + 46, at + 46 + nameBytes);
    if (flags & 1) throw notReadable(name, `an encrypted entry ${entry}`, "an archive without a password");
    if (method !== stored && method !== deflated) {
      throw notReadable(
        name,
        `method ${method} of ${entry}`,
        "an archive whose entries are stored or deflated",
      );
    }
    if ([packed, size, local].includes(limit))
      throw notReadable(name, `a larger ${entry}`, "an archive of up to 4 GiB");
    at += 46 + nameBytes + data.readUInt16LE(at + 30) + data.readUInt16LE(at + 32);
    check(data, local, 30, localHeader, name);
    const begin = local + 30 + data.readUInt16LE(local + 26) + data.readUInt16LE(local + 28);
    if (begin + packed > data.length) throw truncated(name, data.length);
    return {
      name: entry,
      deflated: method === deflated,
      crc,
      size,
      bytes: data.subarray(begin, begin + packed),
    };
  });
}

/** The content of an entry, once it is inflated. @throws InvalidArgumentError where it is damaged. */
export function checkedContent(
  { name: entry, size, crc }: ZipEntry,
  content: Uint8Array,
  name: string,
): Uint8Array {
  if (content.length === size && zlib().crc32(content) === crc) return content;
  throw notReadable(name, `a damaged entry ${entry}`, "an archive whose checksums are right");
}

function findEnd(data: Buffer, name: string): number {
  // behind it there may be a comment
  for (let at = data.length - endBytes; at >= Math.max(0, data.length - endBytes - 0xffff); at--) {
    if (data.readUInt32LE(at) === endOfDirectory) return at;
  }
  throw notReadable(name, "other bytes", "an .npz archive, which is a ZIP archive");
}

function check(data: Buffer, at: number, bytes: number, signature: number, name: string): void {
  if (at + bytes > data.length || data.readUInt32LE(at) !== signature) throw truncated(name, data.length);
}

function truncated(name: string, length: number): Error {
  return notReadable(
    name,
    `a damaged one of ${length} bytes`,
    "an archive whose parts are where its directory says",
  );
}

/** An entry that is going to be written. */
export interface ZipInput {
  readonly name: string;
  /** The content, in parts. */
  readonly content: readonly Uint8Array[];
  /** The same, deflated, if it is to be. */
  readonly deflated?: Uint8Array | undefined;
}

/** An archive, in parts one after the other. @throws InvalidArgumentError for more than an archive may hold. */
export function zipArchive(inputs: readonly ZipInput[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, content, deflated: packed } of inputs) {
    const bytes = packed ? [packed] : content;
    const crc = content.reduce((value, part) => zlib().crc32(part, value), 0);
    const size = lengthOf(content);
    const encoded = Buffer.from(name, "utf8");
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0); // the version that can read it
    fields.writeUInt16LE(0x800, 2); // names are in UTF-8
    fields.writeUInt16LE(packed ? deflated : stored, 4);
    fields.writeUInt32LE(0x0021_0000, 6); // the first day there is: the same arrays make the same archive
    fields.writeUInt32LE(crc, 10);
    const end = at + 30 + encoded.length + lengthOf(bytes);
    if (end >= limit || size >= limit || inputs.length >= 0xffff) {
      throw notReadable(
        "arrays",
        `${size} bytes for ${name}`,
        "together of less than 4 GiB; save() has no limit",
      );
    }
    fields.writeUInt32LE(lengthOf(bytes), 14);
    fields.writeUInt32LE(size, 18);
    fields.writeUInt16LE(encoded.length, 22);
    const local = Buffer.alloc(4);
    local.writeUInt32LE(localHeader, 0);
    parts.push(local, fields, encoded, ...bytes);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(centralHeader, 0);
    central.writeUInt16LE(20, 4);
    fields.copy(central, 6);
    central.writeUInt32LE(at, 42);
    directory.push(central, encoded);
    at = end;
  }
  const last = Buffer.alloc(endBytes);
  last.writeUInt32LE(endOfDirectory, 0);
  last.writeUInt16LE(inputs.length, 8);
  last.writeUInt16LE(inputs.length, 10);
  last.writeUInt32LE(lengthOf(directory), 12);
  last.writeUInt32LE(at, 16);
  return [...parts, ...directory, last];
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
