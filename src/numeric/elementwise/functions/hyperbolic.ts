/**
 * Hyperbolic functions for vectors: fractions of e^x - 1, which is precise near 0, for the size of x; and their inverses,
 * which are logarithms of 1 and something.
 *
 * @module
 */
import { bit, call, f64, select, type Vector } from "../../jit/vector.js";
import { expm1Within64, expWithin64 } from "./exponential.js";
import { log1pWithin64 } from "./logarithm.js";
import { inFloat64, signed64, usually, within64 } from "./parts.js";

/** The hyperbolic tangent. */
export function tanhOf64(x: Vector): Vector {
  // from 20 on it is 1; what is not a number stays first, and so stays
  const size = f64.pmin(f64.abs(x), f64.of(20));
  const t = expm1Within64(f64.mul(size, f64.of(-2)));
  // near 1 by how far it is from there, which is small, and so is its error
  const near = f64.gt(size, f64.of(0.55));
  const part = select(near, f64.mul(f64.of(2), f64.add(t, f64.of(1))), t);
  const fraction = f64.div(part, f64.add(t, f64.of(2)));
  return signed64(select(near, f64.sub(f64.of(1), fraction), fraction), x);
}
export const tanhOf32 = inFloat64(tanhOf64);

/** The hyperbolic sine. */
export function sinhOf64(x: Vector): Vector {
  const t = expm1Within64(f64.abs(x));
  const twice = f64.add(t, f64.div(t, f64.add(t, f64.of(1))));
  const usual = signed64(f64.mul(f64.of(0.5), twice), x);
  return usually(within64(x, 708), usual, call("f64", "scalar_sinh_f64", x));
}
export const sinhOf32 = inFloat64(sinhOf64);

/** The hyperbolic cosine. */
export function coshOf64(x: Vector): Vector {
  const half = f64.mul(f64.of(0.5), expWithin64(f64.abs(x)));
  const usual = f64.add(half, f64.div(f64.of(0.25), half));
  return usually(within64(x, 708), usual, call("f64", "scalar_cosh_f64", x));
}
export const coshOf32 = inFloat64(coshOf64);

/** The inverse of the hyperbolic sine. */
export function asinhOf64(x: Vector): Vector {
  const size = f64.abs(x);
  const square = f64.mul(size, size);
  const root = f64.sqrt(f64.add(square, f64.of(1)));
  const more = f64.add(size, f64.div(square, f64.add(root, f64.of(1))));
  const usual = signed64(log1pWithin64(more).logarithm, x);
  return usually(within64(x, 1e150), usual, call("f64", "scalar_asinh_f64", x));
}
export const asinhOf32 = inFloat64(asinhOf64);

/** The inverse of the hyperbolic cosine; not a number below 1. */
export function acoshOf64(x: Vector): Vector {
  const t = f64.sub(x, f64.of(1));
  const more = f64.add(t, f64.sqrt(f64.mul(t, f64.add(t, f64.of(2)))));
  const usual = bit.and(f64.ge(x, f64.of(1)), f64.le(x, f64.of(1e150)));
  return usually(usual, log1pWithin64(more).logarithm, call("f64", "scalar_acosh_f64", x));
}
export const acoshOf32 = inFloat64(acoshOf64);

/** The inverse of the hyperbolic tangent; not a number beyond 1. */
export function atanhOf64(x: Vector): Vector {
  const size = f64.abs(x);
  const twice = f64.add(size, size);
  const fraction = f64.div(size, f64.sub(f64.of(1), size));
  // below 1/2 the fraction's error is made small beside what is exact
  const more = select(
    f64.lt(size, f64.of(0.5)),
    f64.madd(twice, fraction, twice),
    f64.add(fraction, fraction),
  );
  const usual = signed64(f64.mul(f64.of(0.5), log1pWithin64(more).logarithm), x);
  return usually(f64.lt(size, f64.of(1)), usual, call("f64", "scalar_atanh_f64", x));
}
export const atanhOf32 = inFloat64(atanhOf64);
