import type { DType, TypedArrayOf } from "../dtype.js";
import { type FileType, notReadable } from "./npy-header.js";

/** Puts elements that lie otherwise in a file into an array: of other byte order, of other types, and booleans. */
export function convertElements(
  bytes: Uint8Array,
  { dtype, itemsize, swapped, converted }: FileType,
  into: TypedArrayOf<DType>,
  name: string,
): void {
  if (dtype === "bool") {
    // whatever is not 0 counts as true in NumPy, and has to be 1 here
    for (let k = 0; k < into.length; k++) into[k] = bytes[k] === 0 ? 0 : 1;
    return;
  }
  if (converted === undefined) {
    const target = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
    target.set(bytes);
    swap(target, itemsize);
    return;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let k = 0; k < into.length; k++) {
    const at = k * itemsize;
    if (converted === "float16") into[k] = halfFloat(view.getUint16(at, !swapped));
    else {
      const value = converted === "int64" ? view.getBigInt64(at, !swapped) : view.getBigUint64(at, !swapped);
      into[k] = Number(value);
      if (!Number.isSafeInteger(into[k])) throw tooLarge(value, converted, name);
    }
  }
}

function tooLarge(value: bigint, type: string, name: string): Error {
  return notReadable(
    name,
    String(value),
    `an .npy file of numbers that arrays hold exactly; ${type} becomes float64, which is exact up to 2 ** 53. Save it as float64 where rounding does no harm, as another type where it does`,
  );
}

/** Turns round the bytes of each element. */
function swap(bytes: Uint8Array, itemsize: number): void {
  for (let at = 0; at < bytes.length; at += itemsize) bytes.subarray(at, at + itemsize).reverse();
}

/** The number of IEEE's binary16. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}
