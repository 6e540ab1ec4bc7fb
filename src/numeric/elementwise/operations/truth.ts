import { InvalidArgumentError } from "../../../errors.js";
import { type DType, dtypes } from "../../dtype.js";
import { convert, floatOf, type Typed, wrap } from "../../jit/typed.js";
import { as, bit, call, type FloatLanes, i32, i64, maskOf, type Vector } from "../../jit/vector.js";
import { commonType, type Operation, sameType } from "../operation.js";

interface Comparison {
  readonly float: (lanes: FloatLanes, a: Vector, b: Vector) => Vector;
  readonly integer: (signed: boolean, a: Vector, b: Vector) => Vector;
}

function comparison(name: string, { float, integer }: Comparison): Operation {
  return {
    name,
    signature(operands) {
      const common = commonType(operands);
      // truth values are compared as the numbers 0 and 1
      const type: DType = common === "bool" ? "uint8" : common;
      return { inputs: operands.map(() => type), result: "bool" };
    },
    build([a, b]) {
      const { dtype } = a!;
      if (dtypes[dtype].kind === "float") return float(floatOf(dtype), a!.vector, b!.vector);
      return integer(dtype !== "uint32", a!.vector, b!.vector);
    },
  };
}

export const equal: Operation = comparison("equal", {
  float: (lanes, a, b) => lanes.eq(a, b),
  integer: (_signed, a, b) => i32.eq(a, b),
});
export const notEqual: Operation = comparison("notEqual", {
  float: (lanes, a, b) => lanes.ne(a, b),
  integer: (_signed, a, b) => i32.ne(a, b),
});
export const less: Operation = comparison("less", {
  float: (lanes, a, b) => lanes.lt(a, b),
  integer: (signed, a, b) => i32.lt(a, b, signed),
});
export const lessEqual: Operation = comparison("lessEqual", {
  float: (lanes, a, b) => lanes.le(a, b),
  integer: (signed, a, b) => i32.le(a, b, signed),
});
export const greater: Operation = comparison("greater", {
  float: (lanes, a, b) => lanes.gt(a, b),
  integer: (signed, a, b) => i32.lt(b, a, signed),
});
export const greaterEqual: Operation = comparison("greaterEqual", {
  float: (lanes, a, b) => lanes.ge(a, b),
  integer: (signed, a, b) => i32.le(b, a, signed),
});

/** A question about a number that integers all answer alike. */
const question = (
  name: string,
  float: (lanes: FloatLanes, x: Vector) => Vector,
  integer: (x: Typed) => Vector,
): Operation => ({
  name,
  signature: (operands) => ({ inputs: [commonType(operands)], result: "bool" }),
  build: ([x]) => (dtypes[x!.dtype].kind === "float" ? float(floatOf(x!.dtype), x!.vector) : integer(x!)),
});

const never = (): Vector => as("m32", i32.of(0));
const always = (): Vector => as("m32", i32.of(-1));

export const isnan: Operation = question("isnan", (lanes, x) => lanes.ne(x, x), never);
export const isinf: Operation = question(
  "isinf",
  (lanes, x) => lanes.eq(lanes.abs(x), lanes.of(Infinity)),
  never,
);
export const isfinite: Operation = question(
  "isfinite",
  (lanes, x) => lanes.lt(lanes.abs(x), lanes.of(Infinity)),
  always,
);
export const signbit: Operation = question(
  "signbit",
  ({ lanes }, x) =>
    lanes === "f64" ? as("m64", i64.shr(as("i64", x), 63, true)) : as("m32", i32.shr(as("i32", x), 31, true)),
  ({ dtype, vector }) => (dtypes[dtype].kind === "signed" ? i32.lt(vector, i32.of(0), true) : never()),
);

const logical = (name: string, build: (...masks: Vector[]) => Vector): Operation => ({
  name,
  signature: (operands) => ({ inputs: operands.map(() => "bool"), result: "bool" }),
  build: (operands) => build(...operands.map(({ vector }) => maskOf("m32", vector))),
});

export const logicalAnd: Operation = logical("logicalAnd", (a, b) => bit.and(a, b));
export const logicalOr: Operation = logical("logicalOr", (a, b) => bit.or(a, b));
export const logicalXor: Operation = logical("logicalXor", (a, b) => bit.xor(a, b));
export const logicalNot: Operation = logical("logicalNot", (a) => bit.not(a));

/** An operation on the bits of integers, or on truth values. */
function bitwise(
  name: string,
  build: (dtype: DType, ...operands: Vector[]) => Vector,
  { bool = true }: { bool?: boolean } = {},
): Operation {
  return {
    name,
    signature(operands) {
      const signature = sameType(operands);
      const { kind } = dtypes[signature.result];
      if (kind === "float" || (kind === "bool" && !bool)) {
        throw new InvalidArgumentError(
          "dtype",
          signature.result,
          `a type of integers for ${name}: astype makes one`,
        );
      }
      return signature;
    },
    build: (operands, dtype) => build(dtype, ...operands.map(({ vector }) => vector)),
  };
}

export const bitwiseAnd: Operation = bitwise("bitwiseAnd", (_dtype, a, b) => bit.and(a, b));
export const bitwiseOr: Operation = bitwise("bitwiseOr", (_dtype, a, b) => bit.or(a, b));
export const bitwiseXor: Operation = bitwise("bitwiseXor", (_dtype, a, b) => bit.xor(a, b));
export const invert: Operation = bitwise("invert", (dtype, a) =>
  dtype === "bool" ? bit.not(a) : wrap(dtype, bit.not(a)),
);
export const leftShift: Operation = bitwise(
  "leftShift",
  (dtype, a, b) => wrap(dtype, call("i32", "scalar_shift_left", a, b)),
  { bool: false },
);
export const rightShift: Operation = bitwise(
  "rightShift",
  (dtype, a, b) =>
    call("i32", dtype === "uint32" ? "scalar_shift_right_u32" : "scalar_shift_right_i32", a, b),
  { bool: false },
);

const casts = Object.fromEntries(
  (Object.keys(dtypes) as DType[]).map((to): [DType, Operation] => [
    to,
    {
      name: `astype ${to}`,
      signature: (operands) => ({ inputs: [commonType(operands)], result: to }),
      build: ([x]) => convert(x!, to),
    },
  ]),
) as Readonly<Record<DType, Operation>>;

/** An element as another type; `astype` says what may be lost. */
export const cast = (to: DType): Operation => casts[to];
