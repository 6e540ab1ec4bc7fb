import type { Vector } from "../../jit/vector.js";
import { exp2Of32, exp2Of64, exp32, exp64, expm1Of32, expm1Of64 } from "./exponential.js";
import {
  acoshOf32,
  acoshOf64,
  asinhOf32,
  asinhOf64,
  atanhOf32,
  atanhOf64,
  coshOf32,
  coshOf64,
  sinhOf32,
  sinhOf64,
  tanhOf32,
  tanhOf64,
} from "./hyperbolic.js";
import {
  acosOf32,
  acosOf64,
  asinOf32,
  asinOf64,
  atan2Of32,
  atan2Of64,
  atanOf32,
  atanOf64,
} from "./inverse.js";
import { log1pOf32, log1pOf64, log2Of32, log2Of64, log10Of32, log10Of64, log32, log64 } from "./logarithm.js";
import { power32, power64 } from "./power.js";
import { cbrtOf32, cbrtOf64, hypotOf32, hypotOf64 } from "./roots.js";
import { cos32, cos64, sin32, sin64, tanOf32, tanOf64 } from "./trigonometric.js";

/** A function on lanes of float64, and on those of float32. */
export type ByLanes = Readonly<Record<"f64" | "f32", (x: Vector) => Vector>>;

/** The same of two. */
export type ByPairsOfLanes = Readonly<Record<"f64" | "f32", (x: Vector, y: Vector) => Vector>>;

/** The functions that are computed for all lanes at once, by their names in JavaScript. */
export const byLanesOf = {
  exp: { f64: exp64, f32: exp32 },
  log: { f64: log64, f32: log32 },
  sin: { f64: sin64, f32: sin32 },
  cos: { f64: cos64, f32: cos32 },
  exp2: { f64: exp2Of64, f32: exp2Of32 },
  expm1: { f64: expm1Of64, f32: expm1Of32 },
  log2: { f64: log2Of64, f32: log2Of32 },
  log10: { f64: log10Of64, f32: log10Of32 },
  log1p: { f64: log1pOf64, f32: log1pOf32 },
  tan: { f64: tanOf64, f32: tanOf32 },
  sinh: { f64: sinhOf64, f32: sinhOf32 },
  cosh: { f64: coshOf64, f32: coshOf32 },
  tanh: { f64: tanhOf64, f32: tanhOf32 },
  asinh: { f64: asinhOf64, f32: asinhOf32 },
  acosh: { f64: acoshOf64, f32: acoshOf32 },
  atanh: { f64: atanhOf64, f32: atanhOf32 },
  asin: { f64: asinOf64, f32: asinOf32 },
  acos: { f64: acosOf64, f32: acosOf32 },
  atan: { f64: atanOf64, f32: atanOf32 },
  cbrt: { f64: cbrtOf64, f32: cbrtOf32 },
} as const satisfies Readonly<Record<string, ByLanes>>;

/** Those of two numbers, which are all that JavaScript and NumPy agree on. */
export const byPairsOfLanesOf = {
  atan2: { f64: atan2Of64, f32: atan2Of32 },
  hypot: { f64: hypotOf64, f32: hypotOf32 },
} as const satisfies Readonly<Record<string, ByPairsOfLanes>>;

const power = { f64: power64, f32: power32 } as const;

/** A power as in C and NumPy, where 1 to any power is 1, and so is -1 to an infinite one. */
export const powerIn = (lanes: "f64" | "f32", x: Vector, y: Vector): Vector =>
  power[lanes](x, y, "scalar_pow_f64");

/** A power as in JavaScript. */
export const jsPowerIn = (lanes: "f64" | "f32", x: Vector, y: Vector): Vector =>
  power[lanes](x, y, "scalar_js_pow_f64");
