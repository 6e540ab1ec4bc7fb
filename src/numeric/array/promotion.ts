/**
 * Which type results have: NumPy's promotion (`result_type`, with NEP 50's rules for scalars), for the types that there
 * are here. Where NumPy's result is of a type that does not exist here, the result is of the next one that does:
 *
 * - `int64` and `uint64`, as of `int32` with `uint32`, are `float64`, which holds all numbers of both;
 * - `float16`, as of the root of an `int8`, is `float32`.
 *
 * @see https://numpy.org/doc/stable/reference/arrays.promotion.html and https://numpy.org/neps/nep-0050-scalar-promotion.html
 *
 * @module
 */
import { InvalidArgumentError } from "../../errors.js";
import { type DType, dtypes } from "../dtype.js";

type Signed = "int8" | "int16" | "int32";
type Unsigned = "uint8" | "uint16" | "uint32";

/** Types whose numbers all have a float32 of their own. */
type Small = "bool" | "int8" | "uint8" | "int16" | "uint16";

/** The type of an operation on two types, as a type. */
export type Promoted<A extends DType, B extends DType> = [A] extends [B]
  ? [B] extends [A]
    ? A
    : PromotedOnce<A, B>
  : PromotedOnce<A, B>;

type PromotedOnce<A extends DType, B extends DType> = A extends DType
  ? B extends DType
    ? PromotedPair<A, B>
    : never
  : never;

type PromotedPair<A extends DType, B extends DType> = A extends B
  ? A
  : "float64" extends A | B
    ? "float64"
    : "float32" extends A | B
      ? Exclude<A | B, "float32"> extends Small
        ? "float32"
        : "float64"
      : A extends "bool"
        ? B
        : B extends "bool"
          ? A
          : PromotedIntegers<A | B>;

/** The type of two different integer types. */
type PromotedIntegers<T extends DType> = "uint32" extends T
  ? [T] extends [Unsigned]
    ? "uint32"
    : "float64"
  : "int32" extends T
    ? "int32"
    : "uint16" extends T
      ? [T] extends [Unsigned]
        ? "uint16"
        : "int32"
      : "int16";

/** The type of a quotient: integers and truth values give `float64`. */
export type Divided<A extends DType, B extends DType> = Floating<Promoted<A, B>>;

type Floating<T extends DType> = T extends "float32" | "float64" ? T : "float64";

/** Bits of the numbers of an integer type, without the sign. */
function magnitude(dtype: DType): number {
  const { itemsize, kind } = dtypes[dtype];
  return itemsize * 8 - (kind === "signed" ? 1 : 0);
}

const integers: { readonly signed: readonly Signed[]; readonly unsigned: readonly Unsigned[] } = {
  signed: ["int8", "int16", "int32"],
  unsigned: ["uint8", "uint16", "uint32"],
};

/**
 * The type that holds the numbers of all of these: NumPy's `result_type` of arrays. The order does not matter.
 *
 * @example
 * ```ts
 * promote("uint8", "int8"); // "int16"
 * promote("float32", "int32"); // "float64"
 * promote("int32", "uint32"); // "float64", where NumPy has int64
 * ```
 */
export function promote<A extends DType, B extends DType>(a: A, b: B): Promoted<A, B>;
export function promote(...types: readonly [DType, ...DType[]]): DType;
export function promote(...types: readonly DType[]): DType {
  let bits = 0;
  let signed = false;
  let float: "float32" | "float64" | undefined;
  for (const type of types) {
    const { kind } = dtypes[type];
    if (kind === "float") float = float === "float64" ? float : (type as "float32" | "float64");
    else if (kind !== "bool") {
      signed ||= kind === "signed";
      bits = Math.max(bits, magnitude(type));
    }
  }
  if (float) return float === "float64" || bits > 16 ? "float64" : "float32";
  if (bits === 0) return "bool";
  const fitting = integers[signed ? "signed" : "unsigned"].find((type) => magnitude(type) >= bits);
  return fitting ?? "float64";
}

/** A scalar that operations take beside arrays. */
export type Scalar = number | boolean;

/**
 * The type of an operation on an array of this type and a scalar. A scalar is weak: it never makes the elements of the
 * same kind wider. JavaScript has one type of numbers; those that are whole count as Python's `int`, all others, `-0`
 * too, as its `float`:
 *
 * - a boolean changes nothing;
 * - a whole number changes nothing but `bool`, of which it makes `int32`, or `float64` where it does not fit;
 * - any other number changes nothing of floats, and makes `float64` of all the rest.
 *
 * @throws InvalidArgumentError for a whole number that an integer type does not hold, as NumPy's OverflowError.
 */
export function promoteScalar(dtype: DType, scalar: Scalar, argument = "scalar"): DType {
  const { kind } = dtypes[dtype];
  if (typeof scalar === "boolean" || kind === "float") return dtype;
  if (!Number.isInteger(scalar) || Object.is(scalar, -0)) return "float64";
  if (kind === "bool") return fits("int32", scalar) ? "int32" : "float64";
  if (fits(dtype, scalar)) return dtype;
  const [least, most] = rangeOf(dtype);
  throw new InvalidArgumentError(
    argument,
    scalar,
    `from ${least} to ${most} beside an array of ${dtype}; make the array of a wider type first`,
  );
}

/** The least and the greatest number of a type of integers or truth values. */
export function rangeOf(dtype: DType): readonly [least: number, most: number] {
  const { kind } = dtypes[dtype];
  if (kind === "float") return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  if (kind === "bool") return [0, 1];
  const most = 2 ** magnitude(dtype) - 1;
  return [kind === "signed" ? -most - 1 : 0, most];
}

function fits(dtype: DType, value: number): boolean {
  const [least, most] = rangeOf(dtype);
  return value >= least && value <= most;
}

/** The type of a quotient (`true_divide`): floats as they are promoted, `float64` of all integers. */
export function divisionType<A extends DType, B extends DType>(a: A, b: B): Divided<A, B> {
  const type: DType = promote<DType, DType>(a, b);
  return (dtypes[type].kind === "float" ? type : "float64") as Divided<A, B>;
}

/**
 * The type of a function of real numbers, such as `sqrt` and `exp`, of elements of this type: floats stay what they are,
 * integers of up to 16 bits and truth values give `float32` (NumPy has `float16` for those of 8), others `float64`.
 */
export function floatType(dtype: DType): "float32" | "float64" {
  const { kind, itemsize } = dtypes[dtype];
  return kind === "float" ? (dtype as "float32" | "float64") : itemsize <= 2 ? "float32" : "float64";
}

/** How much a cast may lose, as NumPy names it. */
export type Casting = "no" | "safe" | "same_kind" | "unsafe";

const ranks = { bool: 0, unsigned: 1, signed: 2, float: 3 } as const;

/**
 * Whether elements may be cast from one type to another.
 * @param casting - `no`: only to the same type; `safe`: every number stays what it is; `same_kind`: that, or to a
 *   narrower type of the same kind or of a later one (bool, unsigned, signed, float); `unsafe`: always.
 */
export function canCast(from: DType, to: DType, casting: Casting = "safe"): boolean {
  if (from === to || casting === "unsafe") return true;
  if (casting === "no") return false;
  if (promote<DType, DType>(from, to) === to) return true;
  return casting === "same_kind" && ranks[dtypes[from].kind] <= ranks[dtypes[to].kind];
}
