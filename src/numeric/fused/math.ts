/**
 * What of JavaScript's `Math` there is in compiled functions, with JavaScript's meaning.
 *
 * @module
 */
import { byLanesOf, byPairsOfLanesOf, jsPowerIn } from "../elementwise/functions/index.js";
import { as, bit, type FloatLanes, i32, i64, select, type Vector } from "../jit/vector.js";

/** A function of numbers. */
export interface MathFunction {
  /** How many arguments it takes; more for those that take any number of at least one. */
  readonly arity: number | "any";
  build(lanes: FloatLanes, args: readonly Vector[]): Vector;
}

const one = (build: (lanes: FloatLanes, x: Vector) => Vector): MathFunction => ({
  arity: 1,
  build: (lanes, [x]) => build(lanes, x!),
});

/** All that JavaScript has. */
const ofOne = (Object.keys(byLanesOf) as (keyof typeof byLanesOf)[]).filter((name) => name !== "exp2");

const byLanes = (name: keyof typeof byLanesOf): MathFunction =>
  one(({ lanes }, x) => byLanesOf[name][lanes](x));

const two = (build: (lanes: FloatLanes, a: Vector, b: Vector) => Vector): MathFunction => ({
  arity: 2,
  build: (lanes, [a, b]) => build(lanes, a!, b!),
});

const fold = (build: (lanes: FloatLanes, a: Vector, b: Vector) => Vector): MathFunction => ({
  arity: "any",
  build: (lanes, args) => args.reduce((a, b) => build(lanes, a, b)),
});

/** Halves are rounded up; what becomes 0 keeps its sign. */
function round(lanes: FloatLanes, x: Vector): Vector {
  const down = lanes.floor(x);
  const up = lanes.add(down, lanes.of(1));
  const rounded = select(lanes.ge(lanes.sub(x, down), lanes.of(0.5)), up, down);
  const sign = lanes.lanes === "f64" ? as("f64", i64.of(-(1n << 63n))) : as("f32", i32.of(-(2 ** 31)));
  return bit.or(bit.andNot(rounded, sign), bit.and(x, sign));
}

/** The functions, by their names. */
export const mathFunctions: Readonly<Record<string, MathFunction>> = {
  abs: one((lanes, x) => lanes.abs(x)),
  sqrt: one((lanes, x) => lanes.sqrt(x)),
  floor: one((lanes, x) => lanes.floor(x)),
  ceil: one((lanes, x) => lanes.ceil(x)),
  trunc: one((lanes, x) => lanes.trunc(x)),
  round: one(round),
  sign: one((lanes, x) => {
    const zero = lanes.of(0);
    const below = select(lanes.lt(x, zero), lanes.of(-1), x);
    return select(lanes.gt(x, zero), lanes.of(1), below);
  }),
  min: fold((lanes, a, b) => lanes.min(a, b)),
  max: fold((lanes, a, b) => lanes.max(a, b)),
  pow: two(({ lanes }, a, b) => jsPowerIn(lanes, a, b)),
  atan2: two(({ lanes }, a, b) => byPairsOfLanesOf.atan2[lanes](a, b)),
  hypot: two(({ lanes }, a, b) => byPairsOfLanesOf.hypot[lanes](a, b)),
  ...Object.fromEntries(ofOne.map((name) => [name, byLanes(name)])),
};

/** The constants of `Math`. */
export const mathConstants: Readonly<Record<string, number>> = {
  E: Math.E,
  LN10: Math.LN10,
  LN2: Math.LN2,
  LOG10E: Math.LOG10E,
  LOG2E: Math.LOG2E,
  PI: Math.PI,
  SQRT1_2: Math.SQRT1_2,
  SQRT2: Math.SQRT2,
};
