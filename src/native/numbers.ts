/**
 * Numbers on their way to C: what does not fit is refused, because C would get another number.
 *
 * @module
 */
import type { TypedArray, TypedArrayConstructor } from "../futures/typed-arrays.js";
import type { Refuse } from "./refuse.js";
import { type CType, type IntegerType, inC } from "./types.js";

/** Smallest and largest value of an integer type. */
export function rangeOf({ bits, signed }: IntegerType): readonly [least: bigint, most: bigint] {
  const size = 1n << BigInt(bits);
  return signed ? [-size / 2n, size / 2n - 1n] : [0n, size - 1n];
}

/** The check of a value for a scalar type; undefined for other types. */
export function scalarCheck(type: CType): ((value: unknown, refuse: Refuse) => unknown) | undefined {
  if (type.kind === "integer") return integerCheck(type);
  if (type.kind === "bool") {
    return (value, refuse) => (typeof value === "boolean" ? value : refuse(value, "true or false"));
  }
  if (type.kind === "float" || type.kind === "double") {
    return (value, refuse) => (typeof value === "number" ? value : refuse(value, `a number (${type.kind})`));
  }
  return undefined;
}

function integerCheck(type: IntegerType): (value: unknown, refuse: Refuse) => unknown {
  const [least, most] = rangeOf(type);
  const exact = type.bits < 64;
  const [from, to] = [Number(least), Number(most)];
  const wanted = `a whole number from ${least} to ${most} (${inC(type)})`;
  const advice = exact ? wanted : `${wanted}; beyond 2^53 a bigint`;
  return (value, refuse) => {
    if (typeof value === "number") {
      const ok = exact
        ? Number.isInteger(value) && value >= from && value <= to
        : Number.isSafeInteger(value) && value >= from;
      // -0 is no integer to some, and the same one to C
      return ok ? value : refuse(value, advice);
    }
    if (typeof value === "bigint" && value >= least && value <= most) return value;
    return refuse(value, advice);
  };
}

/** The class of typed arrays that hold the elements of a type; undefined where there is none. */
export function arrayClassOf(type: CType): TypedArrayConstructor | undefined {
  if (type.kind === "double") return Float64Array;
  if (type.kind === "float") return Float32Array;
  if (type.kind === "bool") return Uint8Array;
  if (type.kind === "pointer")
    return process.arch === "arm" || process.arch === "ia32" ? Uint32Array : BigUint64Array;
  if (type.kind !== "integer") return undefined;
  const { bits, signed } = type;
  if (bits === 8) return signed ? Int8Array : Uint8Array;
  if (bits === 16) return signed ? Int16Array : Uint16Array;
  if (bits === 32) return signed ? Int32Array : Uint32Array;
  return signed ? BigInt64Array : BigUint64Array;
}

/** An element of a typed array as functions return such numbers: bigints only where numbers are not exact. */
export function asResult(element: number | bigint): number | bigint {
  if (typeof element === "number") return element;
  const number = Number(element);
  return Number.isSafeInteger(number) ? number : element;
}

/** Puts checked numbers into a typed array. */
export function setElement(array: TypedArray, at: number, value: unknown): void {
  const holdsBigints = array instanceof BigInt64Array || array instanceof BigUint64Array;
  array[at] = (holdsBigints ? BigInt(value as number | bigint) : Number(value)) as never;
}
