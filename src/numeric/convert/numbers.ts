import { types } from "node:util";
import { InvalidArgumentError } from "../../errors.js";
import { dtypeOfTyped, isTyped, type Typed } from "../creation/typed.js";
import type { DType } from "../dtype.js";

/** Elements as arrays hold them, and the type that they are of. */
export interface Numbers {
  readonly data: Typed;
  readonly dtype: DType;
}

/**
 * Elements of one of our types: as they are where they are, else in a Float64Array.
 * @throws InvalidArgumentError for what is no list of numbers, and for bigints that a float64 does not hold exactly.
 */
export function numbersOf(argument: string, data: unknown): Numbers {
  if (types.isBigInt64Array(data) || types.isBigUint64Array(data)) {
    return { data: exactly(argument, data), dtype: "float64" };
  }
  if (types.isTypedArray(data)) {
    if (isTyped(data)) return { data, dtype: dtypeOfTyped(data) };
  } else if (Array.isArray(data)) {
    const list = data as readonly unknown[];
    const wrong = list.findIndex((each) => typeof each !== "number");
    if (wrong < 0) return { data: Float64Array.from(list as readonly number[]), dtype: "float64" };
    throw new InvalidArgumentError(`${argument}[${wrong}]`, list[wrong], "a number");
  }
  throw new InvalidArgumentError(argument, data, "a typed array or a list of numbers");
}

/** A type of bytes that stand for booleans, told apart by what another package calls it. */
export function asBooleans({ data, dtype }: Numbers): Numbers {
  return dtype === "uint8"
    ? { data: Uint8Array.from(data, (x) => (x === 0 ? 0 : 1)), dtype: "bool" }
    : { data, dtype };
}

function exactly(argument: string, data: BigInt64Array | BigUint64Array): Float64Array {
  const result = new Float64Array(data.length);
  for (let k = 0; k < data.length; k++) result[k] = exactNumber(argument, k, data[k]!);
  return result;
}

/** A bigint as a number. @throws InvalidArgumentError where that is not the same. */
export function exactNumber(argument: string, k: number, value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError(
    `${argument}[${k}]`,
    value,
    "up to 2 ** 53: elements of 64 bits become float64, which is exact up to there",
  );
}
