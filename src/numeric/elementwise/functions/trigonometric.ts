/**
 * Sine and cosine for vectors: less the nearest multiple of π, which is subtracted in parts whose products are exact (Cody
 * and Waite, 1980), then one polynomial for the half circle. Its coefficients interpolate at Chebyshev's points. Arguments
 * that are too large for the reduction are left to the functions for single numbers.
 *
 * @module
 */
import { as, bit, call, f32, f64, i32, i64, select, type Vector } from "../../jit/vector.js";
import { inFloat64, magic, polynomial, usually, within64 } from "./parts.js";

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
  const r = circle64.reduce((rest, part) => f64.nmadd(turns, f64.of(part), rest), x);
  const z = f64.mul(r, r);
  // a zero added makes the zero of a zero one above it, by which a zero below stays one
  const part = f64.madd(z, polynomial(f64, z, sines64), f64.of(0));
  const sine = f64.madd(r, part, r);
  return as("f64", bit.xor(as("i64", sine), i64.shl(odd, 63)));
}

/** The same of float32. */
function sineOf32(x: Vector, turns: Vector, odd: Vector): Vector {
  const r = circle32.reduce((rest, part) => f32.nmadd(turns, f32.of(part), rest), x);
  const z = f32.mul(r, r);
  // a zero added makes the zero of a zero one above it, by which a zero below stays one
  const part = f32.madd(z, polynomial(f32, z, sines32), f32.of(0));
  const sine = f32.madd(r, part, r);
  return as("f32", bit.xor(as("i32", sine), i32.shl(odd, 31)));
}

const near64 = (x: Vector): Vector => within64(x, 500_000);
const near32 = (x: Vector): Vector => f32.le(f32.abs(x), f32.of(8192));

/** The sine; a zero keeps its sign. */
export function sin64(x: Vector): Vector {
  const shifted = f64.madd(x, f64.of(1 / Math.PI), f64.of(magic));
  const usual = sineOf64(x, f64.sub(shifted, f64.of(magic)), as("i64", shifted));
  return usually(near64(x), usual, call("f64", "scalar_sin_f64", x));
}

/** The cosine: the sine a quarter of the circle later. */
export function cos64(x: Vector): Vector {
  const before = f64.madd(x, f64.of(1 / Math.PI), f64.of(-0.5));
  const shifted = f64.add(before, f64.of(magic));
  const turns = f64.add(f64.sub(shifted, f64.of(magic)), f64.of(0.5));
  const usual = sineOf64(x, turns, i64.add(as("i64", shifted), i64.of(1n)));
  return usually(near64(x), usual, call("f64", "scalar_cos_f64", x));
}

/** The sine; a zero keeps its sign. */
export function sin32(x: Vector): Vector {
  const shifted = f32.madd(x, f32.of(1 / Math.PI), f32.of(magic32));
  const usual = sineOf32(x, f32.sub(shifted, f32.of(magic32)), as("i32", shifted));
  return usually(near32(x), usual, call("f32", "scalar_sin_f32", x));
}

/** The cosine. */
export function cos32(x: Vector): Vector {
  const before = f32.madd(x, f32.of(1 / Math.PI), f32.of(-0.5));
  const shifted = f32.add(before, f32.of(magic32));
  const turns = f32.add(f32.sub(shifted, f32.of(magic32)), f32.of(0.5));
  const usual = sineOf32(x, turns, i32.add(as("i32", shifted), i32.of(1)));
  return usually(near32(x), usual, call("f32", "scalar_cos_f32", x));
}

/** Of sine and cosine up to a quarter of π, for tan: by fdlibm (Sun Microsystems, 1993). */
const quarter = {
  sine: [
    -1.666_666_666_666_663_2e-1, 8.333_333_333_322_49e-3, -1.984_126_982_985_795e-4,
    2.755_731_370_707_006_8e-6, -2.505_076_025_340_686_3e-8, 1.589_690_995_211_55e-10,
  ],
  cosine: [
    4.166_666_666_666_66e-2, -1.388_888_888_887_411e-3, 2.480_158_728_947_673e-5, -2.755_731_435_139_066e-7,
    2.087_572_321_298_175e-9, -1.135_964_755_778_819_5e-11,
  ],
} as const;

/** The tangent; a zero keeps its sign. */
export function tanOf64(x: Vector): Vector {
  const shifted = f64.add(f64.mul(x, f64.of(2 / Math.PI)), f64.of(magic));
  const turns = f64.sub(shifted, f64.of(magic));
  const [high, middle, low] = circle64.map((part) => f64.mul(turns, f64.of(part / 2))) as [
    Vector,
    Vector,
    Vector,
  ];
  const first = f64.sub(x, high);
  const second = f64.sub(first, middle);
  const r = f64.sub(second, low);
  const lost = f64.add(f64.sub(f64.sub(first, second), middle), f64.sub(f64.sub(second, r), low));
  const z = f64.mul(r, r);
  const sine = f64.add(r, f64.add(lost, f64.mul(f64.mul(r, z), polynomial(f64, z, quarter.sine))));
  const half = f64.mul(f64.of(0.5), z);
  const near = f64.sub(f64.of(1), half);
  const rest = f64.sub(f64.mul(f64.mul(z, z), polynomial(f64, z, quarter.cosine)), f64.mul(r, lost));
  const cosine = f64.add(near, f64.add(f64.sub(f64.sub(f64.of(1), near), half), rest));
  // an odd number of quarters turns the fraction upside down, and its sign
  const odd = as("f64", i64.sub(i64.of(0n), bit.and(as("i64", shifted), i64.of(1n))));
  const exchange = bit.and(bit.xor(sine, cosine), odd);
  const fraction = f64.div(bit.xor(sine, exchange), bit.xor(cosine, exchange));
  const turned = bit.xor(as("i64", fraction), i64.shl(as("i64", shifted), 63));
  const usual = select(f64.eq(x, f64.of(0)), x, as("f64", turned));
  return usually(near64(x), usual, call("f64", "scalar_tan_f64", x));
}
export const tanOf32 = inFloat64(tanOf64);
