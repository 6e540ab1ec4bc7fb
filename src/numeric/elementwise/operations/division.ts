import { divisionType } from "../../array/promotion.js";
import { dtypes } from "../../dtype.js";
import { convert, floatOf, isSigned, type Typed, wrap } from "../../jit/typed.js";
import { bit, call, f64, i32, select, to, type Vector } from "../../jit/vector.js";
import { commonType, notBool, type Operation } from "../operation.js";

/** `a / b`, of integers too. */
export const divide: Operation = {
  name: "divide",
  signature(operands) {
    const common = commonType(operands);
    const type = divisionType(common, common);
    return { inputs: operands.map(() => type), result: type };
  },
  build: ([a, b], dtype) => floatOf(dtype).div(a!.vector, b!.vector),
};

/** The quotient of integers, rounded down: float64 holds it, and no division of 32 bits is rounded up to a whole one. */
function floorQuotient(a: Typed, b: Typed): Vector {
  return f64.floor(f64.div(convert(a, "float64"), convert(b, "float64")));
}

const divisionByBool = "use astype to make numbers of truth values";

export const floorDivide: Operation = {
  name: "floorDivide",
  signature: notBool("floorDivide", divisionByBool),
  build([a, b], dtype) {
    if (dtypes[dtype].kind === "float") {
      const { lanes } = floatOf(dtype);
      return call(lanes, `scalar_floor_divide_${lanes}`, a!.vector, b!.vector);
    }
    const quotient = floorQuotient(a!, b!);
    const signed = dtype !== "uint32";
    const whole = to.i32FromF64(quotient, signed);
    // the only quotient that is too large: it becomes the least number, as when 32 bits overflow
    const fitting = signed ? select(f64.eq(quotient, f64.of(2 ** 31)), i32.of(-(2 ** 31)), whole) : whole;
    return wrap(dtype, select(i32.eq(b!.vector, i32.of(0)), i32.of(0), fitting));
  },
};

export const remainder: Operation = {
  name: "remainder",
  signature: notBool("remainder", divisionByBool),
  build([a, b], dtype) {
    if (dtypes[dtype].kind === "float") {
      const { lanes } = floatOf(dtype);
      return call(lanes, `scalar_remainder_${lanes}`, a!.vector, b!.vector);
    }
    return integerRemainder(a!, b!, floorQuotient(a!, b!), dtype !== "uint32");
  },
};

/** The remainder with the dividend's sign, as C has it. */
export const fmod: Operation = {
  name: "fmod",
  signature: notBool("fmod", divisionByBool),
  build([a, b], dtype) {
    if (dtypes[dtype].kind === "float") {
      const { lanes } = floatOf(dtype);
      return call(lanes, `scalar_fmod_${lanes}`, a!.vector, b!.vector);
    }
    const quotient = f64.trunc(f64.div(convert(a!, "float64"), convert(b!, "float64")));
    return integerRemainder(a!, b!, quotient, dtype !== "uint32");
  },
};

function integerRemainder(a: Typed, b: Typed, quotient: Vector, signed: boolean): Vector {
  const rest = f64.sub(convert(a, "float64"), f64.mul(quotient, convert(b, "float64")));
  return select(i32.eq(b.vector, i32.of(0)), i32.of(0), to.i32FromF64(rest, signed));
}

export const reciprocal: Operation = {
  name: "reciprocal",
  signature: notBool("reciprocal", divisionByBool),
  build([a], dtype) {
    if (dtypes[dtype].kind === "float") {
      const lanes = floatOf(dtype);
      return lanes.div(lanes.of(1), a!.vector);
    }
    // of whole numbers only those of 1 and -1 are whole
    const positive = i32.eq(a!.vector, i32.of(1));
    const one = isSigned(dtype) ? bit.or(positive, i32.eq(a!.vector, i32.of(-1))) : positive;
    return select(one, a!.vector, i32.of(0));
  },
};
