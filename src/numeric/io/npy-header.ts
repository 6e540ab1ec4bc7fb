/**
 * The header of NumPy's `.npy` files, versions 1 to 3.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @module
 */
import { InvalidArgumentError } from "../../errors.js";
import { checkShape, shapeText, sizeOf } from "../array/shape.js";
import { type DType, dtypes } from "../dtype.js";

/** How numbers lie in a file. */
export interface FileType {
  /** Type of the array that is made of them. */
  readonly dtype: DType;
  readonly itemsize: number;
  readonly swapped: boolean;
  /** What the array's type does not have, and is converted from. */
  readonly converted?: "int64" | "uint64" | "float16" | undefined;
}

/** What the header says. */
export interface NpyHeader extends FileType {
  readonly shape: readonly number[];
  /** The first axis is the fastest. */
  readonly fortran: boolean;
  /** Where the elements begin, in bytes. */
  readonly begin: number;
  /** How many bytes they are. */
  readonly bytes: number;
}

const magic = Buffer.from("\x93NUMPY", "latin1");

/** Bytes that tell how many bytes the header has. */
export const preambleBytes = 12;

/** An error about what is in a file. @param name - of the file, or of the argument with its bytes. */
export function notReadable(name: string, got: string, expected: string): InvalidArgumentError {
  return new InvalidArgumentError(name, got, expected);
}

/** How many bytes all the header has. @throws InvalidArgumentError for what is no such file. */
export function headerBytes(preamble: Uint8Array, name: string): number {
  const begin = Buffer.from(preamble.buffer, preamble.byteOffset, preamble.byteLength);
  if (begin.length >= 2 && begin.toString("latin1", 0, 2) === "PK") {
    throw notReadable(name, "a ZIP archive", "an .npy file; loadNpz() reads .npz archives");
  }
  if (begin.length < preambleBytes || !begin.subarray(0, 6).equals(magic)) {
    throw notReadable(name, "other bytes", "an .npy file, which begins with \\x93NUMPY");
  }
  const version = begin[6]!;
  if (version < 1 || version > 3) {
    throw notReadable(name, `version ${version}.${begin[7]}`, "an .npy file of version 1, 2 or 3");
  }
  return version === 1 ? 10 + begin.readUInt16LE(8) : 12 + begin.readUInt32LE(8);
}

/** @param bytes - from the beginning of the file, at least all of the header. */
export function parseHeader(bytes: Uint8Array, name: string): NpyHeader {
  const begin = headerBytes(bytes, name);
  if (bytes.length < begin)
    throw notReadable(name, `${bytes.length} bytes`, `an .npy file with a header of ${begin}`);
  const from = bytes[6] === 1 ? 10 : 12;
  const text = Buffer.from(bytes.subarray(from, begin)).toString(bytes[6] === 3 ? "utf8" : "latin1");
  // a literal of a Python dictionary, whose keys are in any order
  const fortran = /['"]fortran_order['"]\s*:\s*(True|False)\b/.exec(text)?.[1];
  const lengths = /['"]shape['"]\s*:\s*\(((?:\s*\d+L?\s*,)*(?:\s*\d+L?)?\s*)\)/.exec(text)?.[1];
  const description = /['"]descr['"]\s*:\s*(?:'([^']*)'|"([^"]*)"|(\[))/.exec(text);
  if (fortran === undefined || lengths === undefined || !description) {
    throw notReadable(
      name,
      text.slice(0, 60),
      "an .npy file with a header that names descr, fortran_order and shape",
    );
  }
  const type = fileType(description[1] ?? description[2] ?? "a structure", name);
  const shape = checkShape(`${name}: shape`, (lengths.match(/\d+/g) ?? []).map(Number));
  return { ...type, shape, fortran: fortran === "True", begin, bytes: sizeOf(shape) * type.itemsize };
}

const codes: Readonly<Record<string, Omit<FileType, "itemsize" | "swapped">>> = {
  ...Object.fromEntries(Object.values(dtypes).map(({ name, numpy }) => [numpy.slice(1), { dtype: name }])),
  i8: { dtype: "float64", converted: "int64" },
  u8: { dtype: "float64", converted: "uint64" },
  f2: { dtype: "float32", converted: "float16" },
};

function fileType(description: string, name: string): FileType {
  const code = description.slice(1);
  const order = description[0]!;
  if (!"<>|=".includes(order) || !Object.hasOwn(codes, code)) {
    throw notReadable(
      name,
      description,
      `an .npy file of numbers or booleans (${Object.keys(codes).join(", ")})`,
    );
  }
  const itemsize = Number(code.slice(1));
  return { ...codes[code]!, itemsize, swapped: order === ">" && itemsize > 1 };
}

/** The header that NumPy 2 writes, byte for byte. */
export function formatHeader(dtype: DType, shape: readonly number[], fortran: boolean): Uint8Array {
  const order = fortran ? "True" : "False";
  const fields = `{'descr': '${dtypes[dtype].numpy}', 'fortran_order': ${order}, 'shape': ${shapeText(shape)}, }`;
  // room for the array to grow along its slowest axis without that the elements have to be moved
  const grows = shape.at(fortran ? -1 : 0);
  const room = grows === undefined ? 0 : 21 - String(grows).length;
  const length = Math.ceil((10 + fields.length + room + 1) / 64) * 64;
  const header = Buffer.alloc(length, " ");
  magic.copy(header);
  header.writeUInt8(1, 6);
  header.writeUInt8(0, 7);
  header.writeUInt16LE(length - 10, 8);
  header.write(fields, 10, "latin1");
  header.write("\n", length - 1, "latin1");
  return header;
}
