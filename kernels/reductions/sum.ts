import { one, two } from "../elements";
import { SUB_BLOCK } from "./block";

/** The sum of both lanes of eight accumulators, in a fixed order. */
// @ts-ignore: decorator
@inline
function fold(a: v128, b: v128, c: v128, d: v128, e: v128, f: v128, g: v128, h: v128): f64 {
  const low = f64x2.add(f64x2.add(a, e), f64x2.add(c, g));
  const high = f64x2.add(f64x2.add(b, f), f64x2.add(d, h));
  const both = f64x2.add(low, high);
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
}

/** The sum of up to a block of float64: in sixteen lanes, which an eighth of a block adds its elements to. */
function sumDoubles(at: usize, n: usize): f64 {
  let total: f64 = 0;
  const end = at + (n << 3);
  while (at < end) {
    const stop = min(at + 8192, end);
    let a = f64x2.splat(0);
    let b = a, c = a, d = a, e = a, f = a, g = a, h = a;
    for (; at + 128 <= stop; at += 128) {
      a = f64x2.add(a, v128.load(at));
      b = f64x2.add(b, v128.load(at, 16));
      c = f64x2.add(c, v128.load(at, 32));
      d = f64x2.add(d, v128.load(at, 48));
      e = f64x2.add(e, v128.load(at, 64));
      f = f64x2.add(f, v128.load(at, 80));
      g = f64x2.add(g, v128.load(at, 96));
      h = f64x2.add(h, v128.load(at, 112));
    }
    let sum = fold(a, b, c, d, e, f, g, h);
    for (; at < stop; at += 8) sum += load<f64>(at);
    total += sum;
  }
  return total;
}

// @ts-ignore: decorator
@inline
function lanes(a: v128): v128 {
  return f64x2.add(
    f64x2.promote_low_f32x4(a),
    f64x2.promote_low_f32x4(v128.shuffle<u64>(a, a, 1, 0)),
  );
}

/** The sum of up to a block of float32, in float64 but for 16 neighbours of a lane. */
function sumFloats(at: usize, n: usize): f64 {
  let total: f64 = 0;
  const end = at + (n << 2);
  while (at < end) {
    const stop = min(at + SUB_BLOCK * 4, end);
    let a = f32x4.splat(0);
    let b = a, c = a, d = a, e = a, f = a, g = a, h = a;
    for (; at + 128 <= stop; at += 128) {
      a = f32x4.add(a, v128.load(at));
      b = f32x4.add(b, v128.load(at, 16));
      c = f32x4.add(c, v128.load(at, 32));
      d = f32x4.add(d, v128.load(at, 48));
      e = f32x4.add(e, v128.load(at, 64));
      f = f32x4.add(f, v128.load(at, 80));
      g = f32x4.add(g, v128.load(at, 96));
      h = f32x4.add(h, v128.load(at, 112));
    }
    let sum = fold(lanes(a), lanes(b), lanes(c), lanes(d), lanes(e), lanes(f), lanes(g), lanes(h));
    for (; at < stop; at += 4) sum += <f64>load<f32>(at);
    total += sum;
  }
  return total;
}

/** The sum of up to a block of whole numbers: exact. */
function sumIntegers<T>(at: usize, n: usize): f64 {
  const end = at + n * sizeof<T>();
  let wide = i64x2.splat(0);
  for (; at + 16 <= end; at += 16) {
    let x = v128.load(at);
    if (sizeof<T>() === 4) {
      wide = i64x2.add(wide, v128.extend_low<T>(x));
      wide = i64x2.add(wide, v128.extend_high<T>(x));
    } else {
      if (sizeof<T>() === 1) x = isSigned<T>() ? i16x8.extadd_pairwise_i8x16_s(x) : i16x8.extadd_pairwise_i8x16_u(x);
      // sums of two bytes fit both readings of 16 bits
      x = isSigned<T>() ? i32x4.extadd_pairwise_i16x8_s(x) : i32x4.extadd_pairwise_i16x8_u(x);
      // lanes of 32 bits hold a block's 1,024 sums of two: below 2^28
      wide = i32x4.add(wide, x);
    }
  }
  let total: i64;
  if (sizeof<T>() === 4) total = i64x2.extract_lane(wide, 0) + i64x2.extract_lane(wide, 1);
  else {
    total = isSigned<T>()
      ? <i64>i32x4.extract_lane(wide, 0) +
        <i64>i32x4.extract_lane(wide, 1) +
        <i64>i32x4.extract_lane(wide, 2) +
        <i64>i32x4.extract_lane(wide, 3)
      : <i64>(<u32>i32x4.extract_lane(wide, 0)) +
        <i64>(<u32>i32x4.extract_lane(wide, 1)) +
        <i64>(<u32>i32x4.extract_lane(wide, 2)) +
        <i64>(<u32>i32x4.extract_lane(wide, 3));
  }
  for (; at < end; at += sizeof<T>()) total += <i64>load<T>(at);
  return <f64>total;
}

/** The sum of up to a block. */
// @ts-ignore: decorator
@inline
export function sumBlock<T>(at: usize, n: usize): f64 {
  if (isFloat<T>()) return sizeof<T>() === 8 ? sumDoubles(at, n) : sumFloats(at, n);
  return sumIntegers<T>(at, n);
}

/** The product of up to a block, in float64. */
export function productBlock<T>(at: usize, n: usize): f64 {
  const end = at + n * sizeof<T>();
  let a = f64x2.splat(1);
  let b = a, c = a, d = a;
  for (; at + 8 * sizeof<T>() <= end; at += 8 * sizeof<T>()) {
    a = f64x2.mul(a, two<T>(at));
    b = f64x2.mul(b, two<T>(at + 2 * sizeof<T>()));
    c = f64x2.mul(c, two<T>(at + 4 * sizeof<T>()));
    d = f64x2.mul(d, two<T>(at + 6 * sizeof<T>()));
  }
  const both = f64x2.mul(f64x2.mul(a, b), f64x2.mul(c, d));
  let product = f64x2.extract_lane(both, 0) * f64x2.extract_lane(both, 1);
  for (; at < end; at += sizeof<T>()) product *= one<T>(at);
  return product;
}

/** The sum of squares of what is left of up to a block's elements without their mean. */
export function squaresBlock<T>(at: usize, n: usize, mean: f64): f64 {
  const end = at + n * sizeof<T>();
  const m = f64x2.splat(mean);
  let total: f64 = 0;
  while (at < end) {
    const stop = min(at + 1024 * sizeof<T>(), end);
    let a = f64x2.splat(0);
    let b = a, c = a, d = a;
    for (; at + 8 * sizeof<T>() <= stop; at += 8 * sizeof<T>()) {
      let x = f64x2.sub(two<T>(at), m);
      a = f64x2.add(a, f64x2.mul(x, x));
      x = f64x2.sub(two<T>(at + 2 * sizeof<T>()), m);
      b = f64x2.add(b, f64x2.mul(x, x));
      x = f64x2.sub(two<T>(at + 4 * sizeof<T>()), m);
      c = f64x2.add(c, f64x2.mul(x, x));
      x = f64x2.sub(two<T>(at + 6 * sizeof<T>()), m);
      d = f64x2.add(d, f64x2.mul(x, x));
    }
    const both = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
    let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
    for (; at < stop; at += sizeof<T>()) {
      const x = one<T>(at) - mean;
      sum += x * x;
    }
    total += sum;
  }
  return total;
}
