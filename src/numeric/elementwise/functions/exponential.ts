/**
 * Exponential and logarithm for vectors. The reduction and the coefficients of the logarithm are those of fdlibm (Sun
 * Microsystems, 1993), and for float32 of its descendant in FreeBSD; the exponential's polynomial interpolates at
 * Chebyshev's points.
 *
 * Every lane is computed alone: rare arguments choose their own result, never their neighbours'.
 *
 * @module
 */
import {
  as,
  bit,
  call,
  type FloatLanes,
  f32,
  f64,
  i32,
  i64,
  select,
  to,
  unless,
  type Vector,
} from "../../jit/vector.js";

/** 1.5 * 2^52: a number to which small ones are added to be rounded, and found in its lower bits. */
export const magic = 6_755_399_441_055_744;

/** Where the mask is true, the rare value, which is computed only if there is one; else the usual one. */
export function otherwise(mask: Vector, rare: Vector, usual: Vector): Vector {
  return unless(mask, select(mask, rare, usual), usual);
}

/** c[0] + c[1] x + c[2] x² …, in the order that leaves the processor the most to do at once (Estrin's scheme). */
export function polynomial(lanes: FloatLanes, x: Vector, coefficients: readonly number[]): Vector {
  let terms = coefficients.map((value) => lanes.of(value));
  let power = x;
  while (terms.length > 1) {
    const next: Vector[] = [];
    for (let k = 0; k < terms.length; k += 2) {
      const term = terms[k]!;
      next.push(k + 1 < terms.length ? lanes.add(term, lanes.mul(terms[k + 1]!, power)) : term);
    }
    terms = next;
    if (terms.length > 1) power = lanes.mul(power, power);
  }
  return terms[0]!;
}

/** Of (e^r - 1 - r) / r² for |r| up to half of log 2. */
const tail64 = [
  0.500_000_000_000_000_1, 0.166_666_666_666_666_69, 4.166_666_666_662_416_4e-2, 8.333_333_333_330_065e-3,
  1.388_888_891_719_671_9e-3, 1.984_126_986_304_054_5e-4, 2.480_152_132_236_869_2e-5,
  2.755_726_848_031_002_4e-6, 2.762_007_587_998_336_7e-7, 2.510_037_583_256_123_4e-8,
];

const tail32 = [
  0.5, 0.166_665_770_255_979_9, 4.166_655_466_205_051e-2, 8.363_173_074_513_711e-3, 1.392_617_611_993_558e-3,
];

/** e to the power of x. */
export function exp64(x: Vector): Vector {
  const shifted = f64.add(f64.mul(x, f64.of(Math.LOG2E)), f64.of(magic));
  const usual = shiftedExp64(x, shifted).scaled;
  // beyond these all is 0 or infinite
  const clamped = f64.pmax(f64.pmin(x, f64.of(710)), f64.of(-746));
  const { power, k } = shiftedExp64(clamped, f64.add(f64.mul(clamped, f64.of(Math.LOG2E)), f64.of(magic)));
  // near the ends of the range in two steps: the exponent alone would overflow into the sign
  const half = f64.nearest(f64.mul(k, f64.of(0.5)));
  const twice = f64.mul(f64.mul(power, powerOfTwo(half)), powerOfTwo(f64.sub(k, half)));
  const rare = select(f64.ne(x, x), x, twice);
  return otherwise(bit.not(f64.le(f64.abs(x), f64.of(708))), rare, usual);
}

function shiftedExp64(x: Vector, shifted: Vector): { power: Vector; k: Vector; scaled: Vector } {
  const k = f64.sub(shifted, f64.of(magic));
  const high = f64.sub(x, f64.mul(k, f64.of(6.931_471_803_691_238e-1)));
  const r = f64.sub(high, f64.mul(k, f64.of(1.908_214_929_270_587_7e-10)));
  const tail = f64.mul(f64.mul(r, r), polynomial(f64, r, tail64));
  const power = f64.add(f64.of(1), f64.add(r, tail));
  return { power, k, scaled: as("f64", i64.add(as("i64", power), i64.shl(as("i64", shifted), 52))) };
}

function powerOfTwo(k: Vector): Vector {
  return as("f64", i64.shl(as("i64", f64.add(k, f64.of(magic + 1023))), 52));
}

/** The natural logarithm. */
export function log64(x: Vector): Vector {
  const bits = as("i64", x);
  // the exponent counts from where the mantissa is the root of 1/2; the bias keeps it above 0
  const counted = i64.sub(bits, i64.of(0x3fe6_a09e_667f_3bcdn - 0x3ff0_0000_0000_0000n));
  const above = bit.and(counted, i64.of(-0x10_0000_0000_0000n));
  const mantissa = as("f64", i64.add(i64.sub(bits, above), i64.of(0x3ff0_0000_0000_0000n)));
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
  const low = f64.add(
    f64.mul(s, f64.add(half, series)),
    f64.mul(exponent, f64.of(1.908_214_929_270_587_7e-10)),
  );
  const high = f64.mul(exponent, f64.of(6.931_471_803_691_238e-1));
  const usual = f64.sub(high, f64.sub(f64.sub(half, low), f));
  const normal = bit.and(f64.ge(x, f64.of(2.225_073_858_507_201_4e-308)), f64.lt(x, f64.of(Infinity)));
  return otherwise(bit.not(normal), call("f64", "scalar_log_f64", x), usual);
}

/** e to the power of x, in float32. */
export function exp32(x: Vector): Vector {
  const usual = reducedExp32(x).scaled;
  const clamped = f32.pmax(f32.pmin(x, f32.of(89)), f32.of(-104));
  const { power, exponent } = reducedExp32(clamped);
  const half = i32.shr(exponent, 1, true);
  const scale = (by: Vector): Vector => as("f32", i32.shl(i32.add(by, i32.of(127)), 23));
  const twice = f32.mul(f32.mul(power, scale(half)), scale(i32.sub(exponent, half)));
  return otherwise(bit.not(f32.le(f32.abs(x), f32.of(87))), select(f32.ne(x, x), x, twice), usual);
}

function reducedExp32(x: Vector): { power: Vector; exponent: Vector; scaled: Vector } {
  const k = f32.nearest(f32.mul(x, f32.of(Math.LOG2E)));
  const high = f32.sub(x, f32.mul(k, f32.of(0.693_359_375)));
  const r = f32.sub(high, f32.mul(k, f32.of(-2.121_944_4e-4)));
  const tail = f32.mul(f32.mul(r, r), polynomial(f32, r, tail32));
  const power = f32.add(f32.of(1), f32.add(r, tail));
  const exponent = to.i32FromF32(k, true);
  return { power, exponent, scaled: as("f32", i32.add(as("i32", power), i32.shl(exponent, 23))) };
}

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
  const low = f32.add(f32.mul(s, f32.add(half, series)), f32.mul(exponent, f32.of(9.058_000_6e-6)));
  const high = f32.mul(exponent, f32.of(0.693_138_12));
  const usual = f32.sub(high, f32.sub(f32.sub(half, low), f));
  const normal = bit.and(f32.ge(x, f32.of(1.175_494_4e-38)), f32.lt(x, f32.of(Infinity)));
  return otherwise(bit.not(normal), call("f32", "scalar_log_f32", x), usual);
}
