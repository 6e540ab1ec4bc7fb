/**
 * Powers for vectors: e to the power of y log(x), of which the logarithm has to have some 11 bits more than a number holds.
 * How it gets them is from ARM's Optimized Routines (S. Nagy, 2018), after P. T. P. Tang.
 *
 * @module
 */
import { as, bit, call, f64, i64, lookup, type Table, to, type Vector } from "../../jit/vector.js";
import { expOfSum64, expWithin64 } from "./exponential.js";
import { isUsual, logWithin64 } from "./logarithm.js";
import { log2Parts, polynomial, usually, within64 } from "./parts.js";

/** kernels/tables/logarithms.ts */
const logarithms: Table = { name: "table_logarithms", entries: 128, words: 4 };

/** Of (log(1 + r) - r + r² / 2) / r³ for |r| up to 0.0057. */
const series = [
  0.333_333_333_333_333_4, -0.250_000_000_000_000_1, 0.199_999_999_934_022_45, -0.166_666_666_607_286_85,
  0.142_862_558_019_086_04, -0.125_004_873_648_447_98,
];

const first = 0x3fe6_9555_0000_0000n;

/** The logarithm of a usual number above 0, in two parts. */
function logarithmOf(x: Vector): { high: Vector; low: Vector } {
  const counted = i64.sub(as("i64", x), i64.of(first - 0x3ff0_0000_0000_0000n));
  const fraction = bit.and(counted, i64.of(0xf_ffff_ffff_ffffn));
  const bits = i64.add(fraction, i64.of(first));
  const k = f64.sub(
    as("f64", bit.or(i64.shr(counted, 52, false), i64.of(0x4330_0000_0000_0000n))),
    f64.of(2 ** 52 + 1023),
  );
  const index = i64.shr(fraction, 45, false);
  const [inverse, tableHigh, tableLow] = [0, 1, 2].map((word) => lookup(logarithms, index, word)) as [
    Vector,
    Vector,
    Vector,
  ];
  // z / c - 1 in two parts: of the first, which has 21 bits of z, the square is exact as well
  const zHigh = as("f64", bit.and(i64.add(bits, i64.of(0x8000_0000n)), i64.of(-0x1_0000_0000n)));
  const zLow = f64.sub(as("f64", bits), zHigh);
  const rHigh = f64.sub(f64.mul(zHigh, inverse), f64.of(1));
  const rLow = f64.mul(zLow, inverse);
  const r = f64.add(rHigh, rLow);
  const lostOfR = f64.add(f64.sub(rHigh, r), rLow);
  const base = f64.add(f64.mul(k, f64.of(log2High)), tableHigh);
  const sum = f64.add(base, r);
  const lostOfSum = f64.add(f64.sub(base, sum), r);
  const half = f64.mul(f64.of(-0.5), r);
  const halfHigh = f64.mul(f64.of(-0.5), rHigh);
  const square = f64.mul(rHigh, halfHigh);
  const main = f64.add(sum, square);
  const lostOfMain = f64.add(f64.sub(sum, main), square);
  const cube = f64.mul(f64.mul(r, r), r);
  const small = f64.madd(
    cube,
    polynomial(f64, r, series),
    f64.madd(rLow, f64.add(half, halfHigh), f64.madd(k, f64.of(log2Low), tableLow)),
  );
  const rest = f64.add(f64.add(f64.add(lostOfSum, lostOfR), lostOfMain), small);
  const high = f64.add(main, rest);
  return { high, low: f64.add(f64.sub(main, high), rest) };
}

/** log 2 in two parts: a whole number of 11 bits times the first, and what the table has, are exact together. */
const log2High = Math.round(Math.LN2 * 2 ** 42) / 2 ** 42;
const log2Low = log2Parts.high - log2High + log2Parts.low;

/** The upper 26 bits. */
const upper = (x: Vector): Vector => bit.and(x, as("f64", i64.of(-0x800_0000n)));

/** Changes the sign where it is an odd number, of those that are whole. */
const signOf = (y: Vector): Vector => {
  const half = f64.mul(y, f64.of(0.5));
  return bit.and(as("f64", f64.ne(half, f64.nearest(half))), as("f64", i64.of(-0x8000_0000_0000_0000n)));
};

/**
 * A power of numbers of both signs.
 * @param power - that of their size, where it is known.
 * @param known - whether it is.
 * @param rare - what is right for zeros, infinities and the like.
 */
function withSign(x: Vector, y: Vector, power: Vector, known: Vector, rare: Vector): Vector {
  const above = f64.gt(x, f64.of(0));
  const whole = bit.or(above, f64.eq(y, f64.nearest(y)));
  const ofBelow = usually(bit.and(known, whole), bit.xor(power, signOf(y)), rare);
  return usually(bit.and(known, above), power, ofBelow);
}

/**
 * A power.
 * @param byNumber - the name of the function for single numbers, which tells what zeros, infinities and the like give.
 */
export function power64(x: Vector, y: Vector, byNumber: string): Vector {
  const size = f64.abs(x);
  const { high, low } = logarithmOf(size);
  const [yHigh, logHigh] = [upper(y), upper(high)];
  const product = f64.mul(yHigh, logHigh);
  const logLow = f64.add(f64.sub(high, logHigh), low);
  const more = f64.madd(f64.sub(y, yHigh), logHigh, f64.mul(y, logLow));
  const known = bit.and(within64(product, 700), isUsual(size));
  return withSign(x, y, expOfSum64(product, more), known, call("f64", byNumber, x, y));
}

/** The same in float32, for which float64 has bits enough. */
export function power32(x: Vector, y: Vector, byNumber: string): Vector {
  const [base, exponent] = [to.f64FromF32(x), to.f64FromF32(y)];
  const size = f64.abs(base);
  const product = f64.mul(exponent, logWithin64(size));
  const within = f64.pmax(f64.pmin(product, f64.of(200)), f64.of(-200));
  const known = bit.and(isUsual(size), f64.lt(f64.abs(exponent), f64.of(Infinity)));
  const rare = call("f64", byNumber, base, exponent);
  return to.f32FromF64(withSign(base, exponent, expWithin64(within), known, rare));
}
