/**
 * Arc functions for vectors. Those of sine and cosine are a polynomial up to 1/2, and above it the same of the half angle;
 * the arc tangent counts from five angles. Reductions are those of fdlibm (Sun Microsystems, 1993), and so is the
 * polynomial of the arc tangent; the other one interpolates at Chebyshev's points.
 *
 * @module
 */
import { as, bit, call, f64, i64, lookup, select, type Table, to, type Vector } from "../../jit/vector.js";
import { inFloat64, polynomial, signed64, usually } from "./parts.js";

/** Of (arcsin x / x - 1) / x² for x² up to 1/4. */
const arcsines = [
  0.166_666_666_666_666_69, 0.074_999_999_999_984_33, 0.044_642_857_146_355_43, 0.030_381_944_138_531_247,
  0.022_372_172_942_149_89, 0.017_352_392_720_869_973, 0.013_971_212_973_552_933, 0.011_479_177_415_184_906,
  0.010_322_814_350_185_78, 0.005_457_506_718_640_358, 0.017_400_879_442_694_02, -0.014_851_887_071_247_204,
  0.028_757_851_367_421_566,
];

/** π / 2, and what its rounding has lost. */
const quarterTurn = { high: Math.PI / 2, low: 6.123_233_995_736_766e-17 } as const;

/** The upper half of the bits: their square is exact. */
const upper = (x: Vector): Vector => bit.and(x, as("f64", i64.of(-0x1_0000_0000n)));

/** What both have in common. */
function halved(x: Vector): {
  small: Vector;
  size: Vector;
  root: Vector;
  high: Vector;
  lost: Vector;
  more: Vector;
} {
  const size = f64.abs(x);
  const small = f64.lt(size, f64.of(0.5));
  const rest = f64.mul(f64.sub(f64.of(1), size), f64.of(0.5));
  const z = select(small, f64.mul(x, x), rest);
  const root = f64.sqrt(rest);
  const high = upper(root);
  // what is added is nothing beside any root but that of 0
  const twice = f64.add(f64.add(root, f64.of(1e-300)), high);
  const lost = f64.div(f64.sub(rest, f64.mul(high, high)), twice);
  return { small, size, root, high, lost, more: f64.mul(z, polynomial(f64, z, arcsines)) };
}

/** The angle of a sine; not a number beyond 1. */
export function asinOf64(x: Vector): Vector {
  const { small, root, high, lost, more } = halved(x);
  const eighth = f64.of(Math.PI / 4);
  const twice = f64.add(root, root);
  const behind = f64.sub(f64.of(quarterTurn.low), f64.add(lost, lost));
  const low = f64.sub(f64.mul(twice, more), behind);
  const main = f64.sub(eighth, f64.add(high, high));
  const large = f64.sub(eighth, f64.sub(low, main));
  return select(small, f64.madd(x, more, x), signed64(large, x));
}
export const asinOf32 = inFloat64(asinOf64);

/** The angle of a cosine; not a number beyond 1. */
export function acosOf64(x: Vector): Vector {
  const { small, root, high, lost, more } = halved(x);
  const low = f64.of(quarterTurn.low);
  const near = f64.sub(f64.of(quarterTurn.high), f64.sub(x, f64.nmadd(x, more, low)));
  // of numbers above 0 twice the root and more; of those below what this lacks of half a turn
  const above = f64.add(high, f64.madd(more, root, lost));
  const below = f64.sub(f64.of(quarterTurn.high), f64.add(root, f64.sub(f64.mul(more, root), low)));
  const large = select(f64.lt(x, f64.of(0)), below, above);
  return select(small, near, f64.add(large, large));
}
export const acosOf32 = inFloat64(acosOf64);

/** kernels/tables/arctangents.ts */
const angles: Table = { name: "table_arctangents", entries: 8, words: 4 };

const arctangents = [
  3.333_333_333_333_293e-1, -1.999_999_999_987_648_3e-1, 1.428_571_427_250_346_6e-1,
  -1.111_111_040_546_235_6e-1, 9.090_887_133_436_507e-2, -7.691_876_205_044_83e-2, 6.661_073_137_387_531e-2,
  -5.833_570_133_790_573_5e-2, 4.976_877_994_615_932e-2, -3.653_157_274_421_691_6e-2,
  1.628_582_011_536_578_2e-2,
];

/** The angle of a tangent that is at least 0. */
function angleOf(tangent: Vector): Vector {
  // the table multiplies it by 0 as well
  const x = f64.pmin(tangent, f64.of(1e300));
  const reached = [7 / 16, 11 / 16, 19 / 16, 39 / 16]
    .map((bound) => as("i64", f64.ge(x, f64.of(bound))))
    .reduce((sum, mask) => i64.add(sum, mask));
  const [p, c, high, low] = [0, 1, 2, 3].map((word) => lookup(angles, reached, word)) as [
    Vector,
    Vector,
    Vector,
    Vector,
  ];
  const t = f64.div(f64.sub(f64.mul(p, x), c), f64.madd(c, x, p));
  const z = f64.mul(t, t);
  const less = f64.mul(t, f64.mul(z, polynomial(f64, z, arctangents)));
  return f64.sub(high, f64.sub(f64.sub(less, low), t));
}

/** The angle of a tangent. */
export const atanOf64 = (x: Vector): Vector => signed64(angleOf(f64.abs(x)), x);
export const atanOf32: (x: Vector) => Vector = inFloat64(atanOf64);

/** The angle of the point (x, y). */
export function atan2Of64(y: Vector, x: Vector): Vector {
  const tangent = f64.div(f64.abs(y), f64.abs(x));
  const angle = angleOf(tangent);
  const beyond = f64.sub(f64.of(Math.PI), f64.sub(angle, f64.of(2 * quarterTurn.low)));
  const usual = signed64(select(f64.lt(x, f64.of(0)), beyond, angle), y);
  // of two zeros, and of two infinities, the signs tell
  return usually(f64.eq(tangent, tangent), usual, call("f64", "scalar_atan2_f64", y, x));
}

/** The same of float32. */
export const atan2Of32 = (y: Vector, x: Vector): Vector =>
  to.f32FromF64(atan2Of64(to.f64FromF32(y), to.f64FromF32(x)));
