// Functions of single numbers, which kernels made at run time call for each lane. They are AssemblyScript's, after musl
// and fdlibm; those of float32 are computed in float64, and rounded once.

export function scalar_sin_f64(x: f64): f64 {
  return NativeMath.sin(x);
}

export function scalar_cos_f64(x: f64): f64 {
  return NativeMath.cos(x);
}

export function scalar_tan_f64(x: f64): f64 {
  return NativeMath.tan(x);
}

export function scalar_sinh_f64(x: f64): f64 {
  return NativeMath.sinh(x);
}

export function scalar_cosh_f64(x: f64): f64 {
  return NativeMath.cosh(x);
}

export function scalar_asinh_f64(x: f64): f64 {
  return NativeMath.asinh(x);
}

export function scalar_acosh_f64(x: f64): f64 {
  return NativeMath.acosh(x);
}

export function scalar_atanh_f64(x: f64): f64 {
  return NativeMath.atanh(x);
}

export function scalar_expm1_f64(x: f64): f64 {
  return NativeMath.expm1(x);
}

export function scalar_log_f64(x: f64): f64 {
  return NativeMath.log(x);
}

export function scalar_log2_f64(x: f64): f64 {
  return NativeMath.log2(x);
}

export function scalar_log10_f64(x: f64): f64 {
  return NativeMath.log10(x);
}

export function scalar_log1p_f64(x: f64): f64 {
  return NativeMath.log1p(x);
}

export function scalar_cbrt_f64(x: f64): f64 {
  return NativeMath.cbrt(x);
}

/** As in C, where 1 to any power is 1, and so is -1 to an infinite one; JavaScript has no number there. */
export function scalar_pow_f64(x: f64, y: f64): f64 {
  if (x == 1 || (x == -1 && abs<f64>(y) == Infinity)) return 1;
  return NativeMath.pow(x, y);
}

export function scalar_atan2_f64(x: f64, y: f64): f64 {
  return NativeMath.atan2(x, y);
}

export function scalar_hypot_f64(x: f64, y: f64): f64 {
  return NativeMath.hypot(x, y);
}

/** The remainder with the dividend's sign. */
export function scalar_fmod_f64(x: f64, y: f64): f64 {
  return NativeMath.mod(x, y);
}

export function scalar_sin_f32(x: f32): f32 {
  return <f32>NativeMath.sin(x);
}

export function scalar_cos_f32(x: f32): f32 {
  return <f32>NativeMath.cos(x);
}

export function scalar_log_f32(x: f32): f32 {
  return <f32>NativeMath.log(x);
}

/** The remainder with the dividend's sign. */
export function scalar_fmod_f32(x: f32, y: f32): f32 {
  return NativeMathf.mod(x, y);
}

/** The quotient rounded down, as Python's `//` has it. */
export function scalar_floor_divide_f64(x: f64, y: f64): f64 {
  if (y == 0) return x / y;
  let rest = NativeMath.mod(x, y);
  let quotient = (x - rest) / y;
  if (rest != 0 && rest < 0 != y < 0) quotient -= 1;
  if (quotient == 0) return copysign<f64>(0, x / y);
  const down = floor<f64>(quotient);
  return quotient - down > 0.5 ? down + 1 : down;
}

/** The remainder with the divisor's sign, as Python's `%` has it. */
export function scalar_remainder_f64(x: f64, y: f64): f64 {
  const rest = NativeMath.mod(x, y);
  if (rest == 0) return copysign<f64>(0, y);
  return rest < 0 != y < 0 ? rest + y : rest;
}

/** The quotient rounded down, as Python's `//` has it. */
export function scalar_floor_divide_f32(x: f32, y: f32): f32 {
  if (y == 0) return x / y;
  let rest = NativeMathf.mod(x, y);
  let quotient = (x - rest) / y;
  if (rest != 0 && rest < 0 != y < 0) quotient -= 1;
  if (quotient == 0) return copysign<f32>(0, x / y);
  const down = floor<f32>(quotient);
  return quotient - down > 0.5 ? down + 1 : down;
}

/** The remainder with the divisor's sign, as Python's `%` has it. */
export function scalar_remainder_f32(x: f32, y: f32): f32 {
  const rest = NativeMathf.mod(x, y);
  if (rest == 0) return copysign<f32>(0, y);
  return rest < 0 != y < 0 ? rest + y : rest;
}

/** Below 0 the power of a whole number is none, and its whole part 0, but for 1 and -1. */
export function scalar_power_i32(x: i32, y: i32): i32 {
  if (y < 0) return x == 1 ? 1 : x == -1 ? (y & 1 ? -1 : 1) : 0;
  return <i32>scalar_power_u32(<u32>x, <u32>y);
}

export function scalar_power_u32(x: u32, y: u32): u32 {
  let result: u32 = 1;
  while (y) {
    if (y & 1) result *= x;
    x *= x;
    y >>= 1;
  }
  return result;
}

export function scalar_shift_left(x: i32, by: i32): i32 {
  return <u32>by < 32 ? x << by : 0;
}

export function scalar_shift_right_i32(x: i32, by: i32): i32 {
  return <u32>by < 32 ? x >> by : x >> 31;
}

export function scalar_shift_right_u32(x: u32, by: u32): u32 {
  return by < 32 ? x >>> by : 0;
}

/** As in JavaScript. */
export function scalar_js_pow_f64(x: f64, y: f64): f64 {
  return NativeMath.pow(x, y);
}
