/** What NumPy says: made by reference/arrays.py. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { inflateSync } from "node:zlib";
import { type DType, empty, type NDArray } from "ungil/numeric";

/** The elements of an array, deflated, in base64. */
export interface ReferenceArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly bytes: string;
}

interface Reference {
  readonly printed: readonly (ReferenceArray & { readonly str: string; readonly repr: string })[];
  readonly promotion: {
    readonly quotients: Readonly<Record<string, string>>;
    readonly roots: Readonly<Record<string, string>>;
    readonly pairs: Readonly<Record<string, string>>;
    readonly triples: Readonly<Record<string, string>>;
    readonly casts: Readonly<Record<string, readonly string[]>>;
    readonly scalars: Readonly<Record<string, string>>;
  };
  readonly ranges: readonly (ReferenceArray & {
    readonly call: "arange" | "linspace";
    readonly args: readonly [number, number, number];
    readonly endpoint?: boolean;
  })[];
  readonly files: {
    readonly arrays: readonly (ReferenceArray & { readonly npy: string })[];
    readonly refused: readonly { readonly type: string; readonly npy: string }[];
    readonly archives: readonly string[];
  };
}

export const reference = JSON.parse(
  readFileSync(path.resolve("test/numeric/reference/arrays.json"), "utf8"),
) as Reference;

export const dtypes: readonly DType[] = [
  "float64",
  "float32",
  "int32",
  "uint32",
  "int16",
  "uint16",
  "int8",
  "uint8",
  "bool",
];

/** The array that NumPy had. */
export function referenceArray({ dtype, shape, bytes }: ReferenceArray): NDArray {
  const result = empty(shape, { dtype });
  const raw = inflateSync(Buffer.from(bytes, "base64"));
  bytesOf(result).set(raw);
  return result;
}

/** The memory of a contiguous array, as bytes. */
export function bytesOf(array: NDArray): Uint8Array {
  const { typed } = array;
  return new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength);
}

/** The elements of an array as bytes in hexadecimal: what is equal here is equal bit for bit. */
export function bits(array: NDArray): string {
  return Buffer.from(bytesOf(array.isContiguous ? array : array.copy())).toString("hex");
}
