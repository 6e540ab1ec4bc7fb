import type { NDArray } from "../array/ndarray.js";
import { type DTypeOptions, dtypeOption } from "../creation/options.js";
import type { DType } from "../dtype.js";
import {
  type AsyncReader,
  checkPath,
  type FilePath,
  reading,
  readingSync,
  type SyncReader,
} from "./files.js";
import { arrayFor, checkLength, checkType, decodeNpy, inOrder, isPlain } from "./npy.js";
import { headerBytes, type NpyHeader, notReadable, parseHeader, preambleBytes } from "./npy-header.js";
import { checkedContent, type ZipEntry, zipEntries, zlib } from "./zip.js";

/** A file, by its path or URL, or the bytes that are in one. */
export type Source = FilePath | Uint8Array | ArrayBuffer;

/** The bytes of a source that is no file. */
function bytesIn(source: Source): Uint8Array | undefined {
  if (source instanceof Uint8Array) return source;
  return source instanceof ArrayBuffer ? new Uint8Array(source) : undefined;
}

/** The type that is asked for, if one is. */
function wantedType(options: DTypeOptions | undefined): DType | undefined {
  const found = dtypeOption(options, "float64");
  return options?.dtype === undefined ? undefined : found;
}

/**
 * Reads an array from an `.npy` file, as NumPy writes it; the event loop is free meanwhile. The elements are read into
 * the array's memory without a copy in between, unless they have to be converted:
 *
 * - of another byte order than the machine's, they are swapped; of Fortran's order, they are put in order;
 * - `int64` and `uint64` become `float64` if it holds all of them exactly (up to 2 ** 53), and are refused otherwise;
 * - `float16` becomes `float32`, which holds all of it.
 *
 * Pickled objects, structures, complex numbers, strings and dates are refused.
 *
 * @param source - path or URL of a file, or the bytes of one.
 * @param options - `dtype`: the type that it must have.
 * @throws FileNotFoundError; InvalidArgumentError for what is no such file, is damaged or of another type; MemoryError
 *   where there is no room. Other errors of the system as they are.
 *
 * @example
 * ```ts
 * const weights = await load("weights.npy", { dtype: "float32" });
 * ```
 */
export function load<T extends DType>(
  source: Source,
  options: DTypeOptions<T> & { readonly dtype: T },
): Promise<NDArray<T>>;
export function load(source: Source, options?: DTypeOptions): Promise<NDArray>;
export async function load(source: Source, options?: DTypeOptions): Promise<NDArray> {
  const wanted = wantedType(options);
  const bytes = bytesIn(source);
  if (bytes) return decodeNpy(bytes, "source", wanted);
  const file = checkPath("source", source);
  const name = String(file);
  return reading(file, async (reader) => {
    const header = await readHeader(reader, name);
    if (!isPlain(header)) return decodeNpy(await readAll(reader), name, wanted);
    const array = begin(header, reader.size, wanted, name);
    try {
      checkRead(header, await reader.read(array.bytes, header.begin), name);
    } catch (error) {
      array.dispose();
      throw error;
    }
    return inOrder(array, header);
  });
}

/** As {@link load}, at once: the thread waits. */
export function loadSync<T extends DType>(
  source: Source,
  options: DTypeOptions<T> & { readonly dtype: T },
): NDArray<T>;
export function loadSync(source: Source, options?: DTypeOptions): NDArray;
export function loadSync(source: Source, options?: DTypeOptions): NDArray {
  const wanted = wantedType(options);
  const bytes = bytesIn(source);
  if (bytes) return decodeNpy(bytes, "source", wanted);
  const file = checkPath("source", source);
  const name = String(file);
  return readingSync(file, (reader) => {
    const header = readHeaderSync(reader, name);
    if (!isPlain(header)) return decodeNpy(readAllSync(reader), name, wanted);
    const array = begin(header, reader.size, wanted, name);
    try {
      checkRead(header, reader.read(array.bytes, header.begin), name);
    } catch (error) {
      array.dispose();
      throw error;
    }
    return inOrder(array, header);
  });
}

/**
 * Reads all arrays of an `.npz` archive, by their names, as NumPy's `savez` and `savez_compressed` write it. Entries that
 * are no `.npy` files are left out. Inflating leaves the event loop free.
 *
 * @param source - path or URL of a file, or the bytes of one; of up to 4 GiB.
 * @throws as {@link load}.
 *
 * @example
 * ```ts
 * const { images, labels } = await loadNpz("mnist.npz");
 * ```
 */
export async function loadNpz(source: Source): Promise<Record<string, NDArray>> {
  const { archive, name } = await archiveOf(source);
  const arrays = new Map<string, NDArray>();
  for (const entry of arrayEntries(archive, name)) {
    const content = entry.deflated ? await inflate(entry, name) : entry.bytes;
    arrays.set(entry.name.slice(0, -suffix.length), decodeEntry(entry, content, name));
  }
  return Object.fromEntries(arrays);
}

/** As {@link loadNpz}, at once: the thread waits. */
export function loadNpzSync(source: Source): Record<string, NDArray> {
  const bytes = bytesIn(source);
  const name = bytes ? "source" : String(checkPath("source", source));
  const archive = bytes ?? readingSync(source as FilePath, readAllSync);
  return Object.fromEntries(
    arrayEntries(archive, name).map((entry) => {
      const content = entry.deflated ? inflateSync(entry, name) : entry.bytes;
      return [entry.name.slice(0, -suffix.length), decodeEntry(entry, content, name)];
    }),
  );
}

async function archiveOf(source: Source): Promise<{ readonly archive: Uint8Array; readonly name: string }> {
  const bytes = bytesIn(source);
  if (bytes) return { archive: bytes, name: "source" };
  const file = checkPath("source", source);
  return { archive: await reading(file, readAll), name: String(file) };
}

const suffix = ".npy";

function arrayEntries(archive: Uint8Array, name: string): ZipEntry[] {
  return zipEntries(archive, name).filter((entry) => entry.name.endsWith(suffix));
}

function decodeEntry(entry: ZipEntry, content: Uint8Array, name: string): NDArray {
  return decodeNpy(checkedContent(entry, content, name), `${name}: ${entry.name}`);
}

function damaged(entry: ZipEntry, name: string, cause: Error): Error {
  const error = notReadable(name, entry.name, `an archive that is not damaged (${cause.message})`);
  error.cause = cause;
  return error;
}

function inflate(entry: ZipEntry, name: string): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    // no more than the directory says: a small archive must not fill the memory
    zlib().inflateRaw(entry.bytes, { maxOutputLength: Math.max(entry.size, 1) }, (error, content) => {
      if (error) reject(damaged(entry, name, error));
      else resolve(content);
    });
  });
}

function inflateSync(entry: ZipEntry, name: string): Uint8Array {
  try {
    return zlib().inflateRawSync(entry.bytes, { maxOutputLength: Math.max(entry.size, 1) });
  } catch (error) {
    throw damaged(entry, name, error as Error);
  }
}

function begin(header: NpyHeader, length: number, wanted: DType | undefined, name: string): NDArray {
  checkType(header, wanted, name);
  checkLength(header, length, name);
  return arrayFor(header);
}

function checkRead(header: NpyHeader, read: number, name: string): void {
  checkLength(header, header.begin + read, name);
}

async function readHeader(reader: AsyncReader, name: string): Promise<NpyHeader> {
  const preamble = new Uint8Array(preambleBytes);
  const length = headerBytes(preamble.subarray(0, await reader.read(preamble, 0)), name);
  const header = new Uint8Array(Math.min(length, reader.size));
  return parseHeader(header.subarray(0, await reader.read(header, 0)), name);
}

function readHeaderSync(reader: SyncReader, name: string): NpyHeader {
  const preamble = new Uint8Array(preambleBytes);
  const length = headerBytes(preamble.subarray(0, reader.read(preamble, 0)), name);
  const header = new Uint8Array(Math.min(length, reader.size));
  return parseHeader(header.subarray(0, reader.read(header, 0)), name);
}

async function readAll(reader: AsyncReader): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(reader.size);
  return bytes.subarray(0, await reader.read(bytes, 0));
}

function readAllSync(reader: SyncReader): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(reader.size);
  return bytes.subarray(0, reader.read(bytes, 0));
}
