import { types } from "node:util";
import { InvalidArgumentError } from "../../errors.js";
import type { DType } from "../dtype.js";

/** A typed array whose elements are numbers. */
export type Typed =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray;

const byTag: Readonly<Record<string, DType>> = {
  Float64Array: "float64",
  Float32Array: "float32",
  Int32Array: "int32",
  Uint32Array: "uint32",
  Int16Array: "int16",
  Uint16Array: "uint16",
  Int8Array: "int8",
  Uint8Array: "uint8",
  Uint8ClampedArray: "uint8",
};

/**
 * Whether a value is a typed array of numbers, of whichever realm.
 * @throws InvalidArgumentError for one of bigints or of 16-bit floats: there are no arrays of these types.
 */
export function isTyped(value: unknown): value is Typed {
  if (!types.isTypedArray(value)) return false;
  if (Object.hasOwn(byTag, value[Symbol.toStringTag])) return true;
  throw new InvalidArgumentError(
    "source",
    value,
    "of a type that arrays have; make a Float64Array of it, as by Float64Array.from(source, Number)",
  );
}

/** The type of the elements of a typed array. */
export function dtypeOfTyped(value: Typed): DType {
  return byTag[value[Symbol.toStringTag]]!;
}
