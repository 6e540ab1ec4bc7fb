import { InvalidArgumentError } from "../../errors.js";
import { checkOneOf } from "../../validate.js";
import { checkDType, type DType } from "../dtype.js";
import { broadcastShapes as broadcastTogether } from "./broadcast.js";
import { type Casting, canCast as castable, promote, promoteScalar } from "./promotion.js";
import { checkShape, type ShapeLike } from "./shape.js";

/**
 * The shape to which arrays of these shapes broadcast, as NumPy's `broadcast_shapes`: compared from the last axes on, an
 * axis that is missing or has length 1 is repeated.
 *
 * @param shapes - lengths of all axes of each array; a number is the length of an only axis.
 * @throws InvalidArgumentError for what is no shape, and for shapes that do not broadcast together.
 *
 * @example
 * ```ts
 * broadcastShapes([5, 1, 3], [4, 3]); // [5, 4, 3]
 * ```
 */
export function broadcastShapes(...shapes: readonly ShapeLike[]): number[] {
  return broadcastTogether(...shapes.map((shape, k) => checkShape(`shapes[${k}]`, shape)));
}

/**
 * The type of elements that an operation on these gives, as NumPy's `result_type` since NEP 50. Strings are types of
 * arrays; numbers and booleans are scalars, which are weak: a number that is whole fits in with any type of numbers, any
 * other one with floats. Where NumPy answers `int64` or `uint64`, this is `float64`.
 *
 * @throws InvalidArgumentError for what is none of these, without any type, and for a whole number that the type of
 *   integers beside it does not hold.
 *
 * @example
 * ```ts
 * resultType("uint8", "int8"); // "int16"
 * resultType("float32", 2.5); // "float32"
 * resultType("int32", "uint32"); // "float64"
 * ```
 */
export function resultType(...operands: readonly (DType | number | boolean)[]): DType {
  const types: DType[] = [];
  const scalars: (readonly [argument: string, value: number | boolean])[] = [];
  for (const [k, operand] of operands.entries()) {
    const argument = `operands[${k}]`;
    if (typeof operand === "number" || typeof operand === "boolean") scalars.push([argument, operand]);
    else types.push(checkDType(argument, operand));
  }
  const [first, ...others] = types;
  if (first === undefined)
    throw new InvalidArgumentError("operands", operands, "at least one type of arrays");
  return scalars.reduce(
    (type: DType, [argument, value]) => promoteScalar(type, value, argument),
    promote(first, ...others),
  );
}

/**
 * Whether elements may be cast from one type to another, as NumPy's `can_cast`.
 *
 * @param casting - `no`: only to the same type; `safe` (the default): every number stays what it is; `same_kind`: that,
 *   or to any type of the same kind or of a later one (bool, unsigned, signed, float); `unsafe`: always.
 * @throws InvalidArgumentError for other names.
 */
export function canCast(from: DType, to: DType, casting: Casting = "safe"): boolean {
  return castable(
    checkDType("from", from),
    checkDType("to", to),
    checkOneOf<Casting>("casting", casting, ["no", "safe", "same_kind", "unsafe"]),
  );
}
