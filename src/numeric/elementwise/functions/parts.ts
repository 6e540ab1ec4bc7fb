import { as, bit, either, type FloatLanes, f64, i64, to, type Vector } from "../../jit/vector.js";

/** 1.5 * 2^52: a number to which small ones are added to be rounded, and found in its lower bits. */
export const magic = 6_755_399_441_055_744;

/** log 2 in parts: a whole number of 20 bits times the first one is exact. */
export const log2Parts = { high: 6.931_471_803_691_238e-1, low: 1.908_214_929_270_587_7e-10 } as const;

/** Where the mask is true, the usual value; else the rare one, which is computed only if one is wanted. */
export function usually(mask: Vector, usual: Vector, rare: Vector): Vector {
  return either(mask, usual, rare);
}

/** c[0] + c[1] x + c[2] x² …, in the order that leaves the processor the most to do at once (Estrin's scheme). */
export function polynomial(lanes: FloatLanes, x: Vector, coefficients: readonly number[]): Vector {
  let terms = coefficients.map((value) => lanes.of(value));
  let power = x;
  while (terms.length > 1) {
    const next: Vector[] = [];
    for (let k = 0; k < terms.length; k += 2) {
      const term = terms[k]!;
      next.push(k + 1 < terms.length ? lanes.madd(terms[k + 1]!, power, term) : term);
    }
    terms = next;
    if (terms.length > 1) power = lanes.mul(power, power);
  }
  return terms[0]!;
}

/** Whether float64 is of at most a size. */
export const within64 = (x: Vector, bound: number): Vector => f64.le(f64.abs(x), f64.of(bound));

/** The size of one float64 with the sign of another. */
export const signed64 = (size: Vector, sign: Vector): Vector =>
  bit.or(f64.abs(size), bit.and(sign, as("f64", i64.of(-0x8000_0000_0000_0000n))));

/** A function of float64 for float32: its result is rounded once more. */
export const inFloat64 =
  (function_: (x: Vector) => Vector) =>
  (x: Vector): Vector =>
    to.f32FromF64(function_(to.f64FromF32(x)));
