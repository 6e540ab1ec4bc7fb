import { InvalidArgumentError } from "../errors.js";

/** How the elements of an array are held. `bool` is a byte that is 0 or 1. */
export type DType =
  | "float64"
  | "float32"
  | "int32"
  | "uint32"
  | "int16"
  | "uint16"
  | "int8"
  | "uint8"
  | "bool";

/** The typed array over elements of each type. */
export interface TypedArrays {
  readonly float64: Float64Array;
  readonly float32: Float32Array;
  readonly int32: Int32Array;
  readonly uint32: Uint32Array;
  readonly int16: Int16Array;
  readonly uint16: Uint16Array;
  readonly int8: Int8Array;
  readonly uint8: Uint8Array;
  readonly bool: Uint8Array;
}

/** A typed array over elements of this type. */
export type TypedArrayOf<T extends DType> = TypedArrays[T];

type ViewClass<T extends DType> = new (
  memory: ArrayBufferLike,
  offset: number,
  length: number,
) => TypedArrayOf<T>;

/** What there is to know of a type of elements. */
export interface DTypeInfo<T extends DType = DType> {
  readonly name: T;
  /** Bytes of an element. */
  readonly itemsize: number;
  readonly kind: "float" | "signed" | "unsigned" | "bool";
  /** How kernels call it, in the names of their exports. */
  readonly suffix: "f64" | "f32" | "i32" | "u32" | "i16" | "u16" | "i8" | "u8" | "b8";
  /** How NumPy's files call it. */
  readonly numpy: string;
  readonly view: ViewClass<T>;
}

/** All types of elements, by their name. */
export const dtypes: { readonly [T in DType]: DTypeInfo<T> } = {
  float64: { name: "float64", itemsize: 8, kind: "float", suffix: "f64", numpy: "<f8", view: Float64Array },
  float32: { name: "float32", itemsize: 4, kind: "float", suffix: "f32", numpy: "<f4", view: Float32Array },
  int32: { name: "int32", itemsize: 4, kind: "signed", suffix: "i32", numpy: "<i4", view: Int32Array },
  uint32: { name: "uint32", itemsize: 4, kind: "unsigned", suffix: "u32", numpy: "<u4", view: Uint32Array },
  int16: { name: "int16", itemsize: 2, kind: "signed", suffix: "i16", numpy: "<i2", view: Int16Array },
  uint16: { name: "uint16", itemsize: 2, kind: "unsigned", suffix: "u16", numpy: "<u2", view: Uint16Array },
  int8: { name: "int8", itemsize: 1, kind: "signed", suffix: "i8", numpy: "|i1", view: Int8Array },
  uint8: { name: "uint8", itemsize: 1, kind: "unsigned", suffix: "u8", numpy: "|u1", view: Uint8Array },
  bool: { name: "bool", itemsize: 1, kind: "bool", suffix: "b8", numpy: "|b1", view: Uint8Array },
};

/** @throws InvalidArgumentError for what is not the name of a type. */
export function checkDType(argument: string, value: unknown): DType {
  if (typeof value === "string" && Object.hasOwn(dtypes, value)) return value as DType;
  throw new InvalidArgumentError(argument, value, `one of ${Object.keys(dtypes).join(", ")}`);
}
