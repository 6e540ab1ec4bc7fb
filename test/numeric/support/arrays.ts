/** Arrays to test with, and their elements as plain numbers. */
import { type DType, NDArray } from "ungil/numeric";

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

export const isFloat = (dtype: DType): boolean => dtype.startsWith("float");

/** An array of these elements, in the order of their indices. */
export function arrayOf<T extends DType>(
  dtype: T,
  values: ArrayLike<number>,
  shape: readonly number[] = [values.length],
): NDArray<T> {
  const a = NDArray.allocate(dtype, shape);
  a.typed.set(values);
  return a;
}

/** A view of the same memory; strides and offset are in elements, the offset from the array's first one. */
export const viewOf = <T extends DType>(
  a: NDArray<T>,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): NDArray<T> => new NDArray(a.block, a.dtype, shape, strides, a.offset + offset);

/** All elements in the order of their indices. */
export function listOf(a: NDArray): number[] {
  const itemsize = a.dtype === "bool" ? 1 : Number(/\d+/.exec(a.dtype)![0]) / 8;
  const whole = new NDArray(a.block, a.dtype, [a.block.bytes / itemsize], [1], 0).typed;
  const list: number[] = [];
  const visit = (axis: number, at: number): void => {
    if (axis === a.shape.length) list.push(whole[at]!);
    else for (let k = 0; k < a.shape[axis]!; k++) visit(axis + 1, at + k * a.strides[axis]!);
  };
  visit(0, a.offset);
  return list;
}

/** Numbers in 0 to 1, the same for the same seed: a linear congruential generator. */
export function numbers(seed: number): () => number {
  let state = BigInt(seed) * 2n + 1n;
  return () => {
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & 0xffff_ffff_ffff_ffffn;
    return Number(state >> 11n) / 2 ** 53;
  };
}

/** A random element of this type: any whole number it has, or a float of -1000 to 1000. */
export function element(dtype: DType, next: () => number): number {
  if (isFloat(dtype)) return dtype === "float32" ? Math.fround(next() * 2000 - 1000) : next() * 2000 - 1000;
  if (dtype === "bool") return next() < 0.5 ? 0 : 1;
  const bits = Number(/\d+/.exec(dtype)![0]);
  const value = Math.floor(next() * 2 ** bits);
  return dtype.startsWith("u") ? value : value - 2 ** (bits - 1);
}

/** An array of random elements. */
export function randomArray<T extends DType>(dtype: T, shape: readonly number[], seed: number): NDArray<T> {
  const next = numbers(seed);
  const size = shape.reduce((product, length) => product * length, 1);
  return arrayOf(
    dtype,
    Array.from({ length: size }, () => element(dtype, next)),
    shape,
  );
}

/** The bits of all elements in the order of their indices, for comparisons of large arrays. */
export const bitsOf = (a: NDArray): string =>
  a.isContiguous
    ? Buffer.from(a.typed.buffer, a.typed.byteOffset, a.typed.byteLength).toString("base64")
    : bitsOf(arrayOf(a.dtype, listOf(a)));
