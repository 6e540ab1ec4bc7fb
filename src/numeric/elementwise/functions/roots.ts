/**
 * Roots for vectors.
 *
 * @module
 */
import { as, bit, call, f32, f64, i64, select, to, type Vector } from "../../jit/vector.js";
import { inFloat64, polynomial, signed64, usually } from "./parts.js";

/** Of the cube root of 1/r, by r where that is near 1: by FreeBSD's libm. */
const inverseRoots = [
  1.875_951_824_271_77, -1.884_979_795_433_771_7, 1.621_429_720_105_354_5, -0.758_397_934_778_766,
  0.145_996_192_886_612_45,
];

/**
 * The cube root: a third of the exponent's bits makes a first guess, a polynomial 23 bits, and one step of Newton's all of
 * them (FreeBSD's libm, after Kahan and Bruce Evans).
 */
export function cbrtOf64(x: Vector): Vector {
  const size = f64.abs(x);
  const two52 = 2 ** 52;
  const upper = as("f64", bit.or(i64.shr(as("i64", size), 32, false), i64.of(0x4330_0000_0000_0000n)));
  const third = f64.madd(f64.sub(upper, f64.of(two52)), f64.of(1 / 3), f64.of(two52 + 715_094_163));
  const guess = as("f64", i64.shl(as("i64", third), 32));
  const r = f64.mul(f64.mul(guess, guess), f64.div(guess, size));
  const near = as("i64", f64.mul(guess, polynomial(f64, r, inverseRoots)));
  // to 23 bits, so that the square is exact
  const t = as("f64", bit.and(i64.add(near, i64.of(0x8000_0000n)), i64.of(-0x4000_0000n)));
  const quotient = f64.div(size, f64.mul(t, t));
  const step = f64.div(f64.sub(quotient, t), f64.add(f64.add(t, t), quotient));
  const usual = bit.and(f64.ge(size, f64.of(2.225_073_858_507_201_4e-308)), f64.lt(size, f64.of(Infinity)));
  return usually(usual, signed64(f64.madd(t, step, t), x), call("f64", "scalar_cbrt_f64", x));
}
export const cbrtOf32 = inFloat64(cbrtOf64);

/** A square in two parts (T. J. Dekker, "A floating-point technique for extending the available precision", 1971). */
function square(x: Vector): { high: Vector; low: Vector } {
  const scaled = f64.mul(x, f64.of(2 ** 27 + 1));
  const first = f64.add(f64.sub(x, scaled), scaled);
  const rest = f64.sub(x, first);
  const high = f64.mul(x, x);
  const twice = f64.mul(f64.add(first, first), rest);
  const low = f64.add(f64.add(f64.sub(f64.mul(first, first), high), twice), f64.mul(rest, rest));
  return { high, low };
}

/** The root of x² + y². */
export function hypotOf64(x: Vector, y: Vector): Vector {
  const [a, b] = [f64.abs(x), f64.abs(y)];
  const large = f64.pmax(a, b);
  const [first, second] = [square(large), square(f64.pmin(a, b))];
  const low = f64.add(second.low, first.low);
  const usual = f64.sqrt(f64.add(f64.add(low, second.high), first.high));
  // where the squares are numbers that have all their bits
  const within = bit.and(f64.ge(large, f64.of(2 ** -400)), f64.le(large, f64.of(2 ** 500)));
  const known = bit.and(bit.or(within, f64.eq(large, f64.of(0))), f64.eq(b, b));
  return usually(known, usual, call("f64", "scalar_hypot_f64", x, y));
}

/** The same of float32, whose squares float64 holds exactly. */
export function hypotOf32(x: Vector, y: Vector): Vector {
  const [a, b] = [to.f64FromF32(x), to.f64FromF32(y)];
  const root = to.f32FromF64(f64.sqrt(f64.madd(a, a, f64.mul(b, b))));
  const infinite = bit.or(f32.eq(f32.abs(x), f32.of(Infinity)), f32.eq(f32.abs(y), f32.of(Infinity)));
  return select(infinite, f32.of(Infinity), root);
}
