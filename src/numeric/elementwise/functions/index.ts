import type { Vector } from "../../jit/vector.js";
import { exp2Of32, exp2Of64, exp32, exp64, expm1Of32, expm1Of64 } from "./exponential.js";
import { coshOf32, coshOf64, sinhOf32, sinhOf64, tanhOf32, tanhOf64 } from "./hyperbolic.js";
import { log1pOf32, log1pOf64, log2Of32, log2Of64, log10Of32, log10Of64, log32, log64 } from "./logarithm.js";
import { cos32, cos64, sin32, sin64, tanOf32, tanOf64 } from "./trigonometric.js";

/** A function on lanes of float64, and on those of float32. */
export type ByLanes = Readonly<Record<"f64" | "f32", (x: Vector) => Vector>>;

/** The functions that are computed for all lanes at once, by names that JavaScript and NumPy share. */
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
} as const satisfies Readonly<Record<string, ByLanes>>;
