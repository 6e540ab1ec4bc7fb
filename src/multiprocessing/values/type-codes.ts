import { InvalidArgumentError } from "../../errors.js";
import { checkOneOf } from "../../validate.js";

interface Kind {
  /** Python's codes in `array` and `struct`. */
  readonly codes: readonly string[];
  readonly make: (length: number) => Numbers;
  /** Least and greatest value; none for what has a point. */
  readonly range?: readonly [number | bigint, number | bigint];
}

/** What numbers of one type are kept in. */
export type Numbers =
  | Int8Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

const signed = (bits: number): [number, number] => [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
const unsigned = (bits: number): [number, number] => [0, 2 ** bits - 1];

const kinds = {
  int8: { codes: ["b"], make: (length) => new Int8Array(length), range: signed(8) },
  uint8: { codes: ["B"], make: (length) => new Uint8Array(length), range: unsigned(8) },
  int16: { codes: ["h"], make: (length) => new Int16Array(length), range: signed(16) },
  uint16: { codes: ["H"], make: (length) => new Uint16Array(length), range: unsigned(16) },
  int32: { codes: ["i"], make: (length) => new Int32Array(length), range: signed(32) },
  uint32: { codes: ["I"], make: (length) => new Uint32Array(length), range: unsigned(32) },
  int64: {
    codes: ["l", "q"],
    make: (length) => new BigInt64Array(length),
    range: [-(2n ** 63n), 2n ** 63n - 1n],
  },
  uint64: { codes: ["L", "Q"], make: (length) => new BigUint64Array(length), range: [0n, 2n ** 64n - 1n] },
  float32: { codes: ["f"], make: (length) => new Float32Array(length) },
  float64: { codes: ["d"], make: (length) => new Float64Array(length) },
} as const satisfies Record<string, Kind>;

/** The name of a type of numbers. */
export type NumberType = keyof typeof kinds;

type CodeOf<N extends NumberType> = (typeof kinds)[N]["codes"][number];

/** A name, or Python's code for it: `"i"` for `"int32"`, `"d"` for `"float64"`. */
export type TypeCode = NumberType | CodeOf<NumberType>;

/** The name that a code stands for. */
export type TypeOf<C extends TypeCode> = C extends NumberType
  ? C
  : { [N in NumberType]: C extends CodeOf<N> ? N : never }[NumberType];

/** What a type's numbers are in JavaScript: bigints where there are 64 bits. */
export type NumberOf<C extends TypeCode> = TypeOf<C> extends "int64" | "uint64" ? bigint : number;

/** The array that several of them make. */
export type NumbersOf<C extends TypeCode> = ReturnType<(typeof kinds)[TypeOf<C>]["make"]>;

const byCode = new Map<string, NumberType>(
  Object.entries(kinds).flatMap(([name, { codes }]) =>
    [name, ...codes].map((code): [string, NumberType] => [code, name as NumberType]),
  ),
);

/** @throws InvalidArgumentError for what is no type. */
export function checkType(code: unknown): NumberType {
  return byCode.get(checkOneOf("type", code as string, [...byCode.keys()]))!;
}

/** So many numbers of a type, all 0. */
export function makeNumbers(type: NumberType, length: number): Numbers {
  return kinds[type].make(length);
}

/** A number as a type holds it: `float32` has fewer digits. */
export function asHeld(type: NumberType, value: number | bigint): number | bigint {
  return type === "float32" ? Math.fround(value as number) : value;
}

/** @throws InvalidArgumentError for what a type can't hold: it would be another number there. */
export function checkNumber(argument: string, type: NumberType, value: unknown): number | bigint {
  const { range }: Kind = kinds[type];
  const wanted = range && typeof range[0] === "bigint" ? "bigint" : "number";
  if (typeof value === wanted) {
    const number = value as number | bigint;
    const isWhole = wanted === "bigint" || Number.isInteger(number);
    if (!range || (isWhole && number >= range[0] && number <= range[1])) return number;
  }
  const what = wanted === "bigint" ? "a bigint" : "a whole number";
  throw new InvalidArgumentError(
    argument,
    value,
    range ? `${what} from ${range[0]} to ${range[1]} (${type})` : `a number (${type})`,
  );
}
