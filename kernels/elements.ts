// Elements of any type, in float64: all of the nine types fit.

/** Two neighbours. */
// @ts-ignore: decorator
@inline
export function two<T>(at: usize): v128 {
  if (isFloat<T>()) {
    if (sizeof<T>() === 8) return v128.load(at);
    return f64x2.promote_low_f32x4(v128.load64_zero(at));
  }
  if (sizeof<T>() === 4) {
    const both = v128.load64_zero(at);
    return isSigned<T>() ? f64x2.convert_low_i32x4_s(both) : f64x2.convert_low_i32x4_u(both);
  }
  return f64x2.replace_lane(
    f64x2.splat(<f64>load<T>(at)),
    1,
    <f64>load<T>(at + sizeof<T>()),
  );
}

/** One. */
// @ts-ignore: decorator
@inline
export function one<T>(at: usize): f64 {
  return <f64>load<T>(at);
}
