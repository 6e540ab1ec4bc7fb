import { type DType, dtypes } from "../../dtype.js";
import { floatOf, isSigned, type Typed, wrap } from "../../jit/typed.js";
import { bit, type FloatLanes, i32, select, type Vector } from "../../jit/vector.js";
import { notBool, type OperandLike, type Operation, type Signature, sameType } from "../operation.js";

/** How an operation is done on each kind of lanes. */
interface ByKind {
  readonly float: (lanes: FloatLanes, ...operands: Vector[]) => Vector;
  /** On integers; the result is cut to the type's size afterwards. */
  readonly integer: (signed: boolean, ...operands: Vector[]) => Vector;
  readonly bool?: (...masks: Vector[]) => Vector;
}

/** An operation whose operands and result are of one type. */
export function arithmetic(
  name: string,
  byKind: ByKind,
  signature: (operands: readonly OperandLike[]) => Signature = sameType,
): Operation {
  return {
    name,
    signature,
    build: (operands, dtype) => ofKind(byKind, operands, dtype),
  };
}

function ofKind({ float, integer, bool }: ByKind, operands: readonly Typed[], dtype: DType): Vector {
  const vectors = operands.map(({ vector }) => vector);
  const { kind } = dtypes[dtype];
  if (kind === "float") return float(floatOf(dtype), ...vectors);
  if (kind !== "bool") return wrap(dtype, integer(isSigned(dtype), ...vectors));
  if (!bool) throw new TypeError("this operation has no form for truth values");
  return bool(...vectors);
}

const truth = "use logicalXor for what subtracting truth values could mean, or astype for numbers";

export const add: Operation = arithmetic("add", {
  float: (lanes, a, b) => lanes.add(a, b),
  integer: (_signed, a, b) => i32.add(a, b),
  bool: (a, b) => bit.or(a, b),
});

export const subtract: Operation = arithmetic(
  "subtract",
  {
    float: (lanes, a, b) => lanes.sub(a, b),
    integer: (_signed, a, b) => i32.sub(a, b),
  },
  notBool("subtract", truth),
);

export const multiply: Operation = arithmetic("multiply", {
  float: (lanes, a, b) => lanes.mul(a, b),
  integer: (_signed, a, b) => i32.mul(a, b),
  bool: (a, b) => bit.and(a, b),
});

export const negative: Operation = arithmetic(
  "negative",
  { float: (lanes, a) => lanes.neg(a), integer: (_signed, a) => i32.neg(a) },
  notBool("negative", "use logicalNot for truth values"),
);

export const positive: Operation = arithmetic(
  "positive",
  { float: (_lanes, a) => a, integer: (_signed, a) => a },
  notBool("positive", "use astype to make numbers of truth values"),
);

export const absolute: Operation = arithmetic("absolute", {
  float: (lanes, a) => lanes.abs(a),
  integer: (signed, a) => (signed ? i32.abs(a) : a),
  bool: (a) => a,
});

export const square: Operation = arithmetic("square", {
  float: (lanes, a) => lanes.mul(a, a),
  integer: (_signed, a) => i32.mul(a, a),
  bool: (a) => a,
});

export const sign: Operation = arithmetic(
  "sign",
  {
    float(lanes, a) {
      const [zero, one] = [lanes.of(0), lanes.of(1)];
      const finite = select(lanes.gt(a, zero), one, select(lanes.lt(a, zero), lanes.neg(one), zero));
      return select(lanes.ne(a, a), a, finite);
    },
    integer: (signed, a) =>
      select(
        i32.eq(a, i32.of(0)),
        i32.of(0),
        signed ? select(i32.lt(a, i32.of(0), true), i32.of(-1), i32.of(1)) : i32.of(1),
      ),
  },
  notBool("sign", "truth values have none"),
);

export const minimum: Operation = arithmetic("minimum", {
  // not a number where either is
  float: (lanes, a, b) => select(bit.or(lanes.lt(a, b), lanes.ne(a, a)), a, b),
  integer: (signed, a, b) => i32.min(a, b, signed),
  bool: (a, b) => bit.and(a, b),
});

export const maximum: Operation = arithmetic("maximum", {
  float: (lanes, a, b) => select(bit.or(lanes.gt(a, b), lanes.ne(a, a)), a, b),
  integer: (signed, a, b) => i32.max(a, b, signed),
  bool: (a, b) => bit.or(a, b),
});

export const fmin: Operation = arithmetic("fmin", {
  // the other one where one is not a number
  float: (lanes, a, b) => select(bit.or(lanes.le(a, b), lanes.ne(b, b)), a, b),
  integer: (signed, a, b) => i32.min(a, b, signed),
  bool: (a, b) => bit.and(a, b),
});

export const fmax: Operation = arithmetic("fmax", {
  float: (lanes, a, b) => select(bit.or(lanes.ge(a, b), lanes.ne(b, b)), a, b),
  integer: (signed, a, b) => i32.max(a, b, signed),
  bool: (a, b) => bit.or(a, b),
});

/** The value between two bounds: NumPy's `minimum(maximum(a, low), high)`. */
export const clip: Operation = {
  name: "clip",
  signature: sameType,
  build: ([a, low, high], dtype) => {
    const raised = maximum.build([a!, low!], dtype);
    return minimum.build([{ dtype, vector: raised }, high!], dtype);
  },
};

/** The first where the condition is true, else the second. */
export const where: Operation = {
  name: "where",
  signature: ([, ...values]) => {
    const { result } = sameType(values);
    return { inputs: ["bool", result, result], result };
  },
  build: ([condition, yes, no]) => select(condition!.vector, yes!.vector, no!.vector),
};
