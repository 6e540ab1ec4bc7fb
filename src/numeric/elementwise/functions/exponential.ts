/**
 * Exponentials for vectors: a power of two, of which a table has those between whole ones, times e^r. Polynomials interpolate
 * at Chebyshev's points.
 *
 * Every lane is computed alone: rare arguments choose their own result, never their neighbours'.
 *
 * @module
 */
import {
  as,
  bit,
  call,
  f32,
  f64,
  i32,
  i64,
  lookup,
  select,
  type Table,
  to,
  type Vector,
} from "../../jit/vector.js";

import { inFloat64, log2Parts, magic, polynomial, usually, within64 } from "./parts.js";

/** Of (e^r - 1 - r) / r² for |r| up to half of log 2. */
const tail64 = [
  0.500_000_000_000_000_1, 0.166_666_666_666_666_69, 4.166_666_666_662_416_4e-2, 8.333_333_333_330_065e-3,
  1.388_888_891_719_671_9e-3, 1.984_126_986_304_054_5e-4, 2.480_152_132_236_869_2e-5,
  2.755_726_848_031_002_4e-6, 2.762_007_587_998_336_7e-7, 2.510_037_583_256_123_4e-8,
];

const tail32 = [
  0.5, 0.166_665_770_255_979_9, 4.166_655_466_205_051e-2, 8.363_173_074_513_711e-3, 1.392_617_611_993_558e-3,
];

/** kernels/tables/powers.ts */
const powers: Table = { name: "table_powers", entries: 256, words: 2 };

/** Of (e^r - 1 - r) / r² for |r| up to half of log 2 / 256; the second is less by what the missing term would add. */
const shortTail = [0.5, 0.166_666_679_933_4, 4.166_666_666_666_666_4e-2];

/** An exponential, as 2^(k/256) e^r. */
interface Reduced {
  /** The number k, which is whole. */
  readonly k: Vector;
  /** The same in the lower bits. */
  readonly shifted: Vector;
  readonly r: Vector;
}

function natural(x: Vector): Reduced {
  const shifted = f64.madd(x, f64.of(256 * Math.LOG2E), f64.of(magic));
  const k = f64.sub(shifted, f64.of(magic));
  const high = f64.nmadd(k, f64.of(log2Parts.high / 256), x);
  return { k, shifted, r: f64.nmadd(k, f64.of(log2Parts.low / 256), high) };
}

function binary(x: Vector): Reduced {
  const shifted = f64.madd(x, f64.of(256), f64.of(magic));
  const k = f64.sub(shifted, f64.of(magic));
  const rest = f64.nmadd(k, f64.of(1 / 256), x);
  return { k, shifted, r: f64.mul(rest, f64.of(Math.LN2)) };
}

/**
 * The table gives 2^(k/256), a short polynomial e^r - 1 (P. T. P. Tang, "Table-driven implementation of the exponential
 * function in IEEE floating-point arithmetic", 1989).
 * @param exponent - lanes of 64 bits whose upper 20 are the k of which the power is made.
 */
function scaled({ shifted, r }: Reduced, exponent: Vector): Vector {
  const power = as("f64", i64.add(as("i64", lookup(powers, shifted, 0)), exponent));
  const [half, sixth, last] = shortTail.map(f64.of) as [Vector, Vector, Vector];
  const tail = f64.madd(r, f64.madd(r, last, sixth), half);
  const more = f64.madd(f64.mul(r, r), tail, f64.add(lookup(powers, shifted, 1), r));
  return f64.madd(power, more, power);
}

const fromTable = (reduced: Reduced): Vector => scaled(reduced, i64.shl(as("i64", reduced.shifted), 44));

/** For any k: near the ends of the range in two steps, since the exponent alone would overflow into the sign. */
function inTwoSteps(reduced: Reduced): Vector {
  const power = scaled(reduced, i64.shl(bit.and(as("i64", reduced.shifted), i64.of(255n)), 44));
  const exponent = f64.floor(f64.mul(reduced.k, f64.of(1 / 256)));
  const half = f64.nearest(f64.mul(exponent, f64.of(0.5)));
  return f64.mul(f64.mul(power, powerOfTwo(half)), powerOfTwo(f64.sub(exponent, half)));
}

function powerOfTwo(k: Vector): Vector {
  return as("f64", i64.shl(as("i64", f64.add(k, f64.of(magic + 1023))), 52));
}

/** e to the power of the sum of a number of size up to 708 and a small one. */
export function expOfSum64(x: Vector, more: Vector): Vector {
  const { k, shifted, r } = natural(x);
  return fromTable({ k, shifted, r: f64.add(r, more) });
}

/** A power that is a usual number up to some size of x; beyond two others it is 0 or infinite. */
function powerOf(
  x: Vector,
  reduce: (x: Vector) => Reduced,
  usualTo: number,
  [least, greatest]: readonly [number, number],
): Vector {
  const clamped = f64.pmax(f64.pmin(x, f64.of(greatest)), f64.of(least));
  const rare = select(f64.ne(x, x), x, inTwoSteps(reduce(clamped)));
  return usually(within64(x, usualTo), fromTable(reduce(x)), rare);
}

/** e to the power of x. */
export const exp64 = (x: Vector): Vector => powerOf(x, natural, 708, [-746, 710]);

/** 2 to the power of x. */
export const exp2Of64 = (x: Vector): Vector => powerOf(x, binary, 1022, [-1080, 1025]);
export const exp2Of32: (x: Vector) => Vector = inFloat64(exp2Of64);

/** e to the power of x, for sizes of x up to 708. */
export const expWithin64 = (x: Vector): Vector => fromTable(natural(x));

/** e to the power of x, less 1, for sizes of x up to 708. */
export function expm1Within64(x: Vector): Vector {
  const shifted = f64.madd(x, f64.of(Math.LOG2E), f64.of(magic));
  const k = f64.sub(shifted, f64.of(magic));
  const high = f64.nmadd(k, f64.of(log2Parts.high), x);
  const low = f64.mul(k, f64.of(log2Parts.low));
  const r = f64.sub(high, low);
  const lost = f64.sub(f64.sub(high, r), low);
  const scale = as("f64", i64.add(i64.shl(as("i64", shifted), 52), i64.of(0x3ff0_0000_0000_0000n)));
  const tail = f64.mul(f64.mul(r, r), polynomial(f64, r, tail64));
  // 2^k - 1 + 2^k r with what is lost by rounding it: near 0 one takes much away from the other
  const whole = f64.sub(scale, f64.of(1));
  const part = f64.mul(scale, r);
  const sum = f64.add(whole, part);
  const rest = f64.add(f64.sub(whole, sum), part);
  return f64.add(sum, f64.add(rest, f64.mul(scale, f64.add(lost, tail))));
}

/** e to the power of x, less 1; a zero keeps its sign. */
export function expm1Of64(x: Vector): Vector {
  const usual = select(f64.eq(x, f64.of(0)), x, expm1Within64(x));
  return usually(within64(x, 708), usual, call("f64", "scalar_expm1_f64", x));
}
export const expm1Of32 = inFloat64(expm1Of64);

/** e to the power of x, in float32. */
export function exp32(x: Vector): Vector {
  const usual = reducedExp32(x).scaled;
  const clamped = f32.pmax(f32.pmin(x, f32.of(89)), f32.of(-104));
  const { power, exponent } = reducedExp32(clamped);
  const half = i32.shr(exponent, 1, true);
  const scale = (by: Vector): Vector => as("f32", i32.shl(i32.add(by, i32.of(127)), 23));
  const twice = f32.mul(f32.mul(power, scale(half)), scale(i32.sub(exponent, half)));
  return usually(f32.le(f32.abs(x), f32.of(87)), usual, select(f32.ne(x, x), x, twice));
}

function reducedExp32(x: Vector): { power: Vector; exponent: Vector; scaled: Vector } {
  const k = f32.nearest(f32.mul(x, f32.of(Math.LOG2E)));
  const high = f32.nmadd(k, f32.of(0.693_359_375), x);
  const r = f32.nmadd(k, f32.of(-2.121_944_4e-4), high);
  const tail = f32.madd(f32.mul(r, r), polynomial(f32, r, tail32), r);
  const power = f32.add(f32.of(1), tail);
  const exponent = to.i32FromF32(k, true);
  return { power, exponent, scaled: as("f32", i32.add(as("i32", power), i32.shl(exponent, 23))) };
}
