import { type DType, dtypes } from "../dtype.js";
import { lanesOf } from "./operand.js";
import { as, bit, type FloatLanes, f32, f64, i32, input, maskOf, to, type Vector } from "./vector.js";

/** A value of a kernel, and as which type of element it is meant; its lanes are those of `lanesOf(dtype)`. */
export interface Typed {
  readonly dtype: DType;
  readonly vector: Vector;
}

/** The elements of an input. */
export const typedInput = (dtype: DType, index: number): Typed => ({
  dtype,
  vector: input(lanesOf(dtype), index),
});

/** The operations on lanes of a type of floating-point elements. */
export const floatOf = (dtype: DType): FloatLanes => (dtype === "float32" ? f32 : f64);

/** Whether lanes of 32 bits are meant as signed. */
export const isSigned = (dtype: DType): boolean => dtypes[dtype].kind === "signed";

/** Makes lanes of 32 bits what a smaller type would have kept of them. */
export function wrap(dtype: DType, value: Vector): Vector {
  const { itemsize, kind } = dtypes[dtype];
  if (itemsize === 4) return value;
  const bits = 32 - itemsize * 8;
  if (kind === "signed") return i32.shr(i32.shl(value, bits), bits, true);
  return bit.and(value, i32.of(itemsize === 1 ? 0xff : 0xffff));
}

/** 1 where the mask is true, else 0. */
const numberOf = (mask: Vector): Vector => bit.and(as("i32", maskOf("m32", mask)), i32.of(1));

/**
 * The value as another type: to integers it is cut off towards zero, what they can't hold is the nearest that 32 bits
 * can, of which smaller types keep the lower bits. Not a number becomes 0.
 */
export function convert({ dtype: from, vector }: Typed, dtype: DType): Vector {
  if (from === dtype) return vector;
  if (dtype === "bool") return truthOf({ dtype: from, vector });
  if (from === "bool") return convert({ dtype: "int32", vector: numberOf(vector) }, dtype);
  const source = dtypes[from].kind;
  if (dtype === "float64")
    return source === "float" ? to.f64FromF32(vector) : to.f64FromI32(vector, from !== "uint32");
  if (dtype === "float32")
    return source === "float" ? to.f32FromF64(vector) : to.f32FromI32(vector, from !== "uint32");
  if (source !== "float") return wrap(dtype, vector);
  const signed = dtype !== "uint32";
  return wrap(dtype, from === "float64" ? to.i32FromF64(vector, signed) : to.i32FromF32(vector, signed));
}

/** Whether it is not 0, as a mask; not a number is true. */
function truthOf({ dtype, vector }: Typed): Vector {
  if (dtypes[dtype].kind === "float") {
    const lanes = floatOf(dtype);
    return lanes.ne(vector, lanes.of(0));
  }
  return i32.ne(vector, i32.of(0));
}
