import { floatType } from "../../array/promotion.js";
import { dtypes } from "../../dtype.js";
import { convert, floatOf, wrap } from "../../jit/typed.js";
import { as, bit, call, type FloatLanes, f64, i32, i64, select, type Vector } from "../../jit/vector.js";
import { byLanesOf, byPairsOfLanesOf, powerIn } from "../functions/index.js";
import { commonType, notBool, type OperandLike, type Operation, type Signature } from "../operation.js";

const floating = (operands: readonly OperandLike[]): Signature => {
  const type = floatType(commonType(operands));
  return { inputs: operands.map(() => type), result: type };
};

/** A function of real numbers. */
export function real(name: string, build: (lanes: FloatLanes, ...operands: Vector[]) => Vector): Operation {
  return {
    name,
    signature: floating,
    build: (operands, dtype) => build(floatOf(dtype), ...operands.map(({ vector }) => vector)),
  };
}

/** A function by its name in JavaScript. */
const byLanes = (name: keyof typeof byLanesOf): Operation =>
  real(name, ({ lanes }, x) => byLanesOf[name][lanes](x));

const byPairsOfLanes = (name: keyof typeof byPairsOfLanesOf): Operation =>
  real(name, ({ lanes }, x, y) => byPairsOfLanesOf[name][lanes](x, y));

export const sqrt: Operation = real("sqrt", (lanes, x) => lanes.sqrt(x));
export const exp: Operation = byLanes("exp");
export const log: Operation = byLanes("log");
export const sin: Operation = byLanes("sin");
export const cos: Operation = byLanes("cos");

export const cbrt: Operation = byLanes("cbrt");
export const exp2: Operation = byLanes("exp2");
export const expm1: Operation = byLanes("expm1");
export const log2: Operation = byLanes("log2");
export const log10: Operation = byLanes("log10");
export const log1p: Operation = byLanes("log1p");
export const tan: Operation = byLanes("tan");
export const arcsin: Operation = byLanes("asin");
export const arccos: Operation = byLanes("acos");
export const arctan: Operation = byLanes("atan");
export const sinh: Operation = byLanes("sinh");
export const cosh: Operation = byLanes("cosh");
export const tanh: Operation = byLanes("tanh");
export const arcsinh: Operation = byLanes("asinh");
export const arccosh: Operation = byLanes("acosh");
export const arctanh: Operation = byLanes("atanh");
export const arctan2: Operation = byPairsOfLanes("atan2");
export const hypot: Operation = byPairsOfLanes("hypot");

export const degrees: Operation = real("degrees", (lanes, x) => lanes.mul(x, lanes.of(180 / Math.PI)));
export const radians: Operation = real("radians", (lanes, x) => lanes.mul(x, lanes.of(Math.PI / 180)));

/** The first with the sign of the second. */
export const copysign: Operation = real("copysign", ({ lanes }, x, y) => {
  const sign = lanes === "f64" ? as("f64", i64.of(-0x8000_0000_0000_0000n)) : as("f32", i32.of(-0x8000_0000));
  return bit.or(bit.andNot(x, sign), bit.and(y, sign));
});

/** To some powers by what is no less exact, and shorter. */
const shortPowers = new Map<unknown, Operation>(
  (
    [
      [2, (lanes, x) => lanes.mul(x, x)],
      [-1, (lanes, x) => lanes.div(lanes.of(1), x)],
      // unlike the root, of -0 it is 0, and of -Infinity Infinity
      [
        0.5,
        (lanes, x) =>
          select(lanes.eq(x, lanes.of(-Infinity)), lanes.of(Infinity), lanes.sqrt(lanes.add(x, lanes.of(0)))),
      ],
    ] satisfies [number, (lanes: FloatLanes, x: Vector) => Vector][]
  ).map(([exponent, build]) => [
    exponent,
    {
      name: `power ${exponent}`,
      signature: (operands) => power.signature(operands),
      build: (operands, dtype) =>
        dtypes[dtype].kind === "float"
          ? build(floatOf(dtype), operands[0]!.vector)
          : power.build(operands, dtype),
    },
  ]),
);

/** Of integers by repeated squaring. */
export const power: Operation = {
  name: "power",
  shorter: ([, exponent]) => shortPowers.get(exponent),
  signature: notBool("power", "use astype to make numbers of truth values"),
  build([a, b], dtype) {
    if (dtypes[dtype].kind === "float") return powerIn(floatOf(dtype).lanes, a!.vector, b!.vector);
    const name = dtype === "uint32" ? "scalar_power_u32" : "scalar_power_i32";
    return wrap(dtype, call("i32", name, a!.vector, b!.vector));
  },
};

/** An operation that leaves integers and truth values as they are. */
const rounding = (name: string, build: (lanes: FloatLanes, x: Vector) => Vector): Operation => ({
  name,
  signature: (operands) => {
    const type = commonType(operands);
    return { inputs: [type], result: type };
  },
  build: ([x], dtype) => (dtypes[dtype].kind === "float" ? build(floatOf(dtype), x!.vector) : x!.vector),
});

export const floor: Operation = rounding("floor", (lanes, x) => lanes.floor(x));
export const ceil: Operation = rounding("ceil", (lanes, x) => lanes.ceil(x));
export const trunc: Operation = rounding("trunc", (lanes, x) => lanes.trunc(x));
/** To the nearest whole number, halves to the even one. */
export const rint: Operation = rounding("rint", (lanes, x) => lanes.nearest(x));

const roundings = new Map<number, Operation>([[0, rint]]);

/** To so many decimals. */
export function rounded(decimals: number): Operation {
  let operation = roundings.get(decimals);
  if (!operation) roundings.set(decimals, (operation = roundingTo(decimals)));
  return operation;
}

function roundingTo(decimals: number): Operation {
  const scale = 10 ** Math.abs(decimals);
  const build = (lanes: FloatLanes, x: Vector): Vector => {
    const by = lanes.of(scale);
    return decimals > 0
      ? lanes.div(lanes.nearest(lanes.mul(x, by)), by)
      : lanes.mul(lanes.nearest(lanes.div(x, by)), by);
  };
  const name = `round ${decimals}`;
  const ofFloats = rounding(name, build);
  return {
    ...ofFloats,
    build(operands, dtype) {
      const [x] = operands;
      const isInteger = dtypes[dtype].kind !== "float" && dtype !== "bool";
      if (decimals > 0 || !isInteger) return ofFloats.build(operands, dtype);
      return convert({ dtype: "float64", vector: build(f64, convert(x!, "float64")) }, dtype);
    },
  };
}
