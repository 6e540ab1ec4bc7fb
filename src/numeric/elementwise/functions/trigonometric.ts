/**
 * Sine and cosine for vectors: less the nearest multiple of π, which is subtracted in parts whose products are exact (Cody
 * and Waite, 1980), then one polynomial for the half circle. Its coefficients interpolate at Chebyshev's points. Arguments
 * that are too large for the reduction are left to the functions for single numbers.
 *
 * @module
 */
import { as, bit, call, f32, f64, i32, i64, select, type Vector } from "../../jit/vector.js";
import { magic, otherwise, polynomial } from "./exponential.js";

/** Added to small numbers of float32, rounds them and leaves them in the lower bits. */
const magic32 = 12_582_912;

const sines64 = [
  -1.666_666_666_666_666_6e-1, 8.333_333_333_333_316e-3, -1.984_126_984_125_497_4e-4,
  2.755_731_921_916_323_4e-6, -2.505_210_761_699_618_2e-8, 1.605_897_731_246_408_7e-10,
  -7.643_970_296_798_572e-13, 2.731_444_766_986_399_5e-15,
];

const sines32 = [
  -1.666_666_666_388_123_6e-1, 8.333_332_768_753_579e-3, -1.984_108_656_147_88e-4, 2.753_646_356_257_48e-6,
  -2.408_018_043_296_963_8e-8,
];

/** π in parts of 33 bits and the rest: times a number of 20 bits the first two are exact. */
const circle64 = [3.141_592_653_468_251_2, 1.215_420_101_260_793_2e-10, 4.044_532_497_591_901e-21];

/** π in parts of 11 bits and the rest: times a number of 13 bits all but the last are exact. */
const circle32 = [3.140_625, 9.675_025_939_941_406e-4, 1.509_906_724_095_344_5e-7, 5.126_688_136_514_179e-12];

/** Of float64: the sine of the angle less `turns` half circles, negative where the lowest bit of `odd` is set. */
function sineOf64(x: Vector, turns: Vector, odd: Vector): Vector {
  const r = circle64.reduce((rest, part) => f64.sub(rest, f64.mul(turns, f64.of(part))), x);
  const z = f64.mul(r, r);
  const sine = f64.add(r, f64.mul(f64.mul(r, z), polynomial(f64, z, sines64)));
  return as("f64", bit.xor(as("i64", sine), i64.shl(odd, 63)));
}

/** The same of float32. */
function sineOf32(x: Vector, turns: Vector, odd: Vector): Vector {
  const r = circle32.reduce((rest, part) => f32.sub(rest, f32.mul(turns, f32.of(part))), x);
  const z = f32.mul(r, r);
  const sine = f32.add(r, f32.mul(f32.mul(r, z), polynomial(f32, z, sines32)));
  return as("f32", bit.xor(as("i32", sine), i32.shl(odd, 31)));
}

const large64 = (x: Vector): Vector => bit.not(f64.le(f64.abs(x), f64.of(500_000)));
const large32 = (x: Vector): Vector => bit.not(f32.le(f32.abs(x), f32.of(8192)));

/** The sine; a zero keeps its sign. */
export function sin64(x: Vector): Vector {
  const shifted = f64.add(f64.mul(x, f64.of(1 / Math.PI)), f64.of(magic));
  const sine = sineOf64(x, f64.sub(shifted, f64.of(magic)), as("i64", shifted));
  const usual = select(f64.eq(x, f64.of(0)), x, sine);
  return otherwise(large64(x), call("f64", "scalar_sin_f64", x), usual);
}

/** The cosine: the sine a quarter of the circle later. */
export function cos64(x: Vector): Vector {
  const before = f64.sub(f64.mul(x, f64.of(1 / Math.PI)), f64.of(0.5));
  const shifted = f64.add(before, f64.of(magic));
  const turns = f64.add(f64.sub(shifted, f64.of(magic)), f64.of(0.5));
  const usual = sineOf64(x, turns, i64.add(as("i64", shifted), i64.of(1n)));
  return otherwise(large64(x), call("f64", "scalar_cos_f64", x), usual);
}

/** The sine; a zero keeps its sign. */
export function sin32(x: Vector): Vector {
  const shifted = f32.add(f32.mul(x, f32.of(1 / Math.PI)), f32.of(magic32));
  const sine = sineOf32(x, f32.sub(shifted, f32.of(magic32)), as("i32", shifted));
  const usual = select(f32.eq(x, f32.of(0)), x, sine);
  return otherwise(large32(x), call("f32", "scalar_sin_f32", x), usual);
}

/** The cosine. */
export function cos32(x: Vector): Vector {
  const before = f32.sub(f32.mul(x, f32.of(1 / Math.PI)), f32.of(0.5));
  const shifted = f32.add(before, f32.of(magic32));
  const turns = f32.add(f32.sub(shifted, f32.of(magic32)), f32.of(0.5));
  const usual = sineOf32(x, turns, i32.add(as("i32", shifted), i32.of(1)));
  return otherwise(large32(x), call("f32", "scalar_cos_f32", x), usual);
}
