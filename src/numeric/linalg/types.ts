import type { DType } from "../dtype.js";

/** How the kernels of products number the types of elements (kernels/linalg/pack.ts). */
const numbers: Readonly<Record<DType, number>> = {
  float64: 0,
  float32: 1,
  int32: 2,
  uint32: 3,
  int16: 4,
  uint16: 5,
  int8: 6,
  uint8: 7,
  bool: 8,
};

export const typeNumber = (dtype: DType): number => numbers[dtype];

/** What products of a type are computed in, as kernels call it; integers wrap around, as NumPy's do. */
export interface Arithmetic {
  readonly suffix: "f64" | "f32" | "i32";
  readonly itemsize: number;
  /** Whether the results have to be made narrower. */
  readonly narrows: boolean;
}

export function arithmeticOf(dtype: DType): Arithmetic {
  if (dtype === "float64") return { suffix: "f64", itemsize: 8, narrows: false };
  if (dtype === "float32") return { suffix: "f32", itemsize: 4, narrows: false };
  return { suffix: "i32", itemsize: 4, narrows: dtype !== "int32" && dtype !== "uint32" };
}
