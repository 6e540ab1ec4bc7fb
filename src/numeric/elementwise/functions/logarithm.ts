/**
 * Logarithms for vectors. The reduction and the coefficients are those of fdlibm (Sun Microsystems, 1993), and for float32
 * and other bases of its descendant in FreeBSD.
 *
 * @module
 */
import { as, bit, call, f32, f64, i32, i64, select, to, type Vector } from "../../jit/vector.js";
import { inFloat64, log2Parts, polynomial, usually } from "./parts.js";

/** A number as 2^exponent (1 + f), and of the logarithm of 1 + f all but f - half. */
interface Logarithm {
  readonly exponent: Vector;
  readonly f: Vector;
  /** Half of the square of f. */
  readonly half: Vector;
  readonly rest: Vector;
}

function logarithmOf(x: Vector): Logarithm {
  const bits = as("i64", x);
  // the exponent counts from where the mantissa is the root of 1/2; the bias keeps it above 0
  const counted = i64.sub(bits, i64.of(0x3fe6_a09e_667f_3bcdn - 0x3ff0_0000_0000_0000n));
  const fraction = bit.and(counted, i64.of(0xf_ffff_ffff_ffffn));
  const mantissa = as("f64", i64.add(fraction, i64.of(0x3fe6_a09e_667f_3bcdn)));
  const exponent = f64.sub(
    as("f64", bit.or(i64.shr(counted, 52, false), i64.of(0x4330_0000_0000_0000n))),
    f64.of(2 ** 52 + 1023),
  );
  const f = f64.sub(mantissa, f64.of(1));
  const s = f64.div(f, f64.add(f64.of(2), f));
  const z = f64.mul(s, s);
  const series = f64.mul(
    z,
    polynomial(
      f64,
      z,
      [
        6.666_666_666_666_735e-1, 3.999_999_999_940_942e-1, 2.857_142_874_366_239e-1,
        2.222_219_843_214_978_4e-1, 1.818_357_216_161_805e-1, 1.531_383_769_920_937_3e-1,
        1.479_819_860_511_658_6e-1,
      ],
    ),
  );
  const half = f64.mul(f64.of(0.5), f64.mul(f, f));
  return { exponent, f, half, rest: f64.mul(s, f64.add(half, series)) };
}

/** log(2^exponent (1 + f)), with something small added. */
function natural({ exponent, f, half, rest }: Logarithm, more?: Vector): Vector {
  const low = f64.madd(exponent, f64.of(log2Parts.low), more ? f64.add(rest, more) : rest);
  return f64.madd(exponent, f64.of(log2Parts.high), f64.sub(f, f64.sub(half, low)));
}

/** Whether it is a usual number above 0. */
export const isUsual = (x: Vector): Vector =>
  bit.and(f64.ge(x, f64.of(2.225_073_858_507_201_4e-308)), f64.lt(x, f64.of(Infinity)));

/** The natural logarithm of usual numbers above 0. */
export const logWithin64 = (x: Vector): Vector => natural(logarithmOf(x));

/** The natural logarithm. */
export const log64 = (x: Vector): Vector =>
  usually(isUsual(x), logWithin64(x), call("f64", "scalar_log_f64", x));

/** 1 + x, and its logarithm where it is a usual number above 0. */
export function log1pWithin64(x: Vector): { sum: Vector; logarithm: Vector } {
  const one = f64.of(1);
  const sum = f64.add(one, x);
  // what the sum has lost by rounding (Knuth, The Art of Computer Programming 2, 4.2.2)
  const added = f64.sub(sum, one);
  const lost = f64.add(f64.sub(one, f64.sub(sum, added)), f64.sub(x, added));
  return { sum, logarithm: natural(logarithmOf(sum), f64.div(lost, sum)) };
}

/** The natural logarithm of 1 + x; a zero keeps its sign. */
export function log1pOf64(x: Vector): Vector {
  const { sum, logarithm } = log1pWithin64(x);
  const kept = select(f64.eq(x, f64.of(0)), x, logarithm);
  return usually(isUsual(sum), kept, call("f64", "scalar_log1p_f64", x));
}
export const log1pOf32 = inFloat64(log1pOf64);

/** A factor in two parts, of which the first times 21 bits is exact. */
interface Factor {
  readonly high: number;
  readonly low: number;
}

/**
 * The logarithm to another base.
 * @param factor - what the natural logarithm is multiplied by.
 * @param ofTwo - the logarithm of 2.
 */
function otherBase(x: Vector, factor: Factor, ofTwo: Factor): Vector {
  const { exponent, f, half, rest } = logarithmOf(x);
  const main = f64.sub(f, half);
  const high = bit.and(main, as("f64", i64.of(-0x1_0000_0000n)));
  const low = f64.add(f64.sub(f64.sub(f, high), half), rest);
  const whole = f64.mul(exponent, f64.of(ofTwo.high));
  const part = f64.mul(high, f64.of(factor.high));
  const sum = f64.add(whole, part);
  const lost = f64.add(f64.sub(whole, sum), part);
  const ofFactor = f64.add(
    f64.mul(f64.add(low, high), f64.of(factor.low)),
    f64.mul(low, f64.of(factor.high)),
  );
  const ofRest = ofTwo.low === 0 ? ofFactor : f64.add(f64.mul(exponent, f64.of(ofTwo.low)), ofFactor);
  return f64.add(sum, f64.add(lost, ofRest));
}

/** The logarithm to base 2. */
export function log2Of64(x: Vector): Vector {
  const factor = { high: 1.442_695_040_255_785, low: 6.331_784_189_566_044e-10 };
  const usual = otherBase(x, factor, { high: 1, low: 0 });
  return usually(isUsual(x), usual, call("f64", "scalar_log2_f64", x));
}
export const log2Of32 = inFloat64(log2Of64);

/** The logarithm to base 10. */
export function log10Of64(x: Vector): Vector {
  const factor = { high: 0.434_294_481_761_753_56, low: 1.414_982_685_385_801e-10 };
  const ofTwo = { high: 0.301_029_995_663_157, low: 8.241_712_586_023_572e-13 };
  return usually(isUsual(x), otherBase(x, factor, ofTwo), call("f64", "scalar_log10_f64", x));
}
export const log10Of32 = inFloat64(log10Of64);

/** The natural logarithm, in float32. */
export function log32(x: Vector): Vector {
  const bits = as("i32", x);
  const k = i32.shr(i32.sub(bits, i32.of(0x3f35_04f3)), 23, true);
  const mantissa = as("f32", i32.sub(bits, i32.shl(k, 23)));
  const exponent = to.f32FromI32(k, true);
  const f = f32.sub(mantissa, f32.of(1));
  const s = f32.div(f, f32.add(f32.of(2), f));
  const z = f32.mul(s, s);
  const series = f32.mul(z, polynomial(f32, z, [0.666_666_63, 0.400_009_72, 0.284_987_87, 0.242_790_79]));
  const half = f32.mul(f32.of(0.5), f32.mul(f, f));
  const low = f32.madd(exponent, f32.of(9.058_000_6e-6), f32.mul(s, f32.add(half, series)));
  const usual = f32.madd(exponent, f32.of(0.693_138_12), f32.sub(f, f32.sub(half, low)));
  const normal = bit.and(f32.ge(x, f32.of(1.175_494_4e-38)), f32.lt(x, f32.of(Infinity)));
  return usually(normal, usual, call("f32", "scalar_log_f32", x));
}
