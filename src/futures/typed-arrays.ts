/**
 * Typed arrays as inputs and outputs of `map`.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.js";

/** An array of numbers of one kind in one piece of memory. */
export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** A class of typed arrays. */
export type TypedArrayConstructor =
  | Int8ArrayConstructor
  | Uint8ArrayConstructor
  | Uint8ClampedArrayConstructor
  | Int16ArrayConstructor
  | Uint16ArrayConstructor
  | Int32ArrayConstructor
  | Uint32ArrayConstructor
  | Float32ArrayConstructor
  | Float64ArrayConstructor
  | BigInt64ArrayConstructor
  | BigUint64ArrayConstructor;

/** The typed array that `into` stands for: itself, or one of its class. */
export type ArrayOf<I extends TypedArray | TypedArrayConstructor> = I extends TypedArray
  ? I
  : I extends { readonly prototype: infer A extends TypedArray }
    ? A
    : never;

/** What a typed array holds: numbers, or bigints. */
export type ElementOf<I extends TypedArray | TypedArrayConstructor> =
  ArrayOf<I> extends BigInt64Array | BigUint64Array ? bigint : number;

const typedArrayClass: unknown = Object.getPrototypeOf(Int8Array);

/** Whether a value is a typed array of any kind. */
export function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** Whether the elements of a typed array are bigints. */
export function holdsBigints(array: TypedArray): array is BigInt64Array | BigUint64Array {
  return array instanceof BigInt64Array || array instanceof BigUint64Array;
}

/** Whether other threads can see the memory of a typed array. */
export function isShared(array: TypedArray): boolean {
  return array.buffer instanceof SharedArrayBuffer;
}

/**
 * Whether writing one typed array would change elements of another that are yet to be read: they share memory,
 * and not element by element.
 */
export function isShifted(one: TypedArray, other: TypedArray): boolean {
  if (one.buffer !== other.buffer) return false;
  const inPlace = one.byteOffset === other.byteOffset && one.BYTES_PER_ELEMENT === other.BYTES_PER_ELEMENT;
  const overlap =
    one.byteOffset < other.byteOffset + other.byteLength &&
    other.byteOffset < one.byteOffset + one.byteLength;
  return overlap && !inPlace;
}

/** A new typed array of a class. */
export function makeTypedArray(of: TypedArrayConstructor, length: number): TypedArray {
  return new (of as new (length: number) => TypedArray)(length);
}

/** The class of a typed array, without what a subclass such as `Buffer` adds. */
export function isTypedArrayConstructor(value: unknown): value is TypedArrayConstructor {
  return typeof value === "function" && Object.getPrototypeOf(value) === typedArrayClass;
}

/** Checks the option `into`. @throws InvalidArgumentError for anything but a typed array or a class of them. */
export function checkInto(into: unknown): TypedArray | TypedArrayConstructor {
  if (isTypedArray(into) || isTypedArrayConstructor(into)) return into;
  throw new InvalidArgumentError("into", into, "a typed array, or a class of them such as Float64Array");
}
