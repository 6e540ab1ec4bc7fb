import { InvalidArgumentError } from "../../errors.js";
import { promote, promoteScalar, type Scalar } from "../array/promotion.js";
import type { DType } from "../dtype.js";
import type { Typed } from "../jit/typed.js";
import type { Vector } from "../jit/vector.js";

/** What an operation is given, as far as types go: the type of an array, or a number by itself. */
export type OperandLike = DType | Scalar;

/** As which types an operation takes its operands, and of which its result is. */
export interface Signature {
  readonly inputs: readonly DType[];
  readonly result: DType;
}

/** An operation on elements. */
export interface Operation {
  readonly name: string;
  /** @throws InvalidArgumentError for types that it is not for. */
  signature(operands: readonly OperandLike[]): Signature;
  /** An operation that gives the same for just these operands in less time. */
  shorter?(operands: readonly unknown[]): Operation | undefined;
  /** The value, in the lanes of the result's type; the operands are of the types that the signature says. */
  build(operands: readonly Typed[], result: DType): Vector;
}

const isType = (operand: OperandLike): operand is DType => typeof operand === "string";

/**
 * The type of all operands together: arrays are promoted, numbers are weak beside them. Of numbers alone it is
 * float64, or bool for booleans.
 */
export function commonType(operands: readonly OperandLike[]): DType {
  const [one] = operands;
  // most often they are alike
  if (one !== undefined && isType(one) && operands.every((operand) => operand === one)) return one;
  const types = operands.filter(isType);
  const scalars = operands.filter((operand): operand is Scalar => !isType(operand));
  if (types.length === 0) return scalars.every((scalar) => typeof scalar === "boolean") ? "bool" : "float64";
  const [first, ...others] = types;
  const common: DType = others.length === 0 ? first! : promote(first!, ...others);
  let type = common;
  // each by itself: they are weak beside the arrays, not beside each other
  for (let k = 0; k < scalars.length; k++) {
    const own = promoteScalar(common, scalars[k]!, `operand ${k}`);
    if (own !== type) type = promote<DType, DType>(type, own);
  }
  return type;
}

/** All operands as the same type, of which the result is too. */
export const sameType = (operands: readonly OperandLike[]): Signature => {
  const type = commonType(operands);
  return { inputs: operands.map(() => type), result: type };
};

/** The same, refused for truth values. */
export const notBool =
  (name: string, remedy: string) =>
  (operands: readonly OperandLike[]): Signature => {
    const signature = sameType(operands);
    if (signature.result === "bool")
      throw new InvalidArgumentError("dtype", "bool", `a type of numbers for ${name}: ${remedy}`);
    return signature;
  };
