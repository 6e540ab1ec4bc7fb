/** How many of up to a block's elements are not zero; NaN is not. */
export function countBlock<T>(at: usize, n: usize): f64 {
  const end = at + n * sizeof<T>();
  const zero = v128.splat<T>(0);
  let total: i64 = 0;
  // of a block of bytes a lane counts at most 131, which it holds
  let a = i64x2.splat(0);
  let b = a, c = a, d = a;
  if (isFloat<T>()) {
    // comparisons of floats fill lanes of integers
    for (; at + 32 <= end; at += 32) {
      const x = v128.ne<T>(v128.load(at), zero);
      const y = v128.ne<T>(v128.load(at, 16), zero);
      if (sizeof<T>() === 8) {
        a = i64x2.sub(a, x);
        b = i64x2.sub(b, y);
      } else {
        a = i32x4.sub(a, x);
        b = i32x4.sub(b, y);
      }
    }
    if (sizeof<T>() === 8) {
      a = i64x2.add(a, b);
      total += i64x2.extract_lane(a, 0) + i64x2.extract_lane(a, 1);
    } else total += addLanes(i32x4.add(a, b));
  } else {
    // those that are zero: to be unequal is several instructions
    const from = at;
    for (; at + 64 <= end; at += 64) {
      a = v128.sub<T>(a, v128.eq<T>(v128.load(at), zero));
      b = v128.sub<T>(b, v128.eq<T>(v128.load(at, 16), zero));
      c = v128.sub<T>(c, v128.eq<T>(v128.load(at, 32), zero));
      d = v128.sub<T>(d, v128.eq<T>(v128.load(at, 48), zero));
    }
    for (; at + 16 <= end; at += 16) a = v128.sub<T>(a, v128.eq<T>(v128.load(at), zero));
    const zeros = sumLanes<T>(a) + sumLanes<T>(b) + sumLanes<T>(c) + sumLanes<T>(d);
    total += <i64>((at - from) / sizeof<T>()) - zeros;
  }
  for (; at < end; at += sizeof<T>()) total += <i64>(load<T>(at) !== <T>0);
  return <f64>total;
}

/** The sum of lanes of integers that hold numbers above 0. */
// @ts-ignore: decorator
@inline
function sumLanes<T>(lanes: v128): i64 {
  let a = lanes;
  if (sizeof<T>() === 1) a = i16x8.extadd_pairwise_i8x16_u(a);
  if (sizeof<T>() <= 2) a = i32x4.extadd_pairwise_i16x8_u(a);
  return addLanes(a);
}

function addLanes(a: v128): i64 {
  return (
    <i64>i32x4.extract_lane(a, 0) +
    <i64>i32x4.extract_lane(a, 1) +
    <i64>i32x4.extract_lane(a, 2) +
    <i64>i32x4.extract_lane(a, 3)
  );
}

/** Whether one of the elements is not zero, or, where `wanted` is false, whether one is. */
export function findBlock<T>(at: usize, n: usize, wanted: bool): bool {
  const end = at + n * sizeof<T>();
  const zero = v128.splat<T>(0);
  for (; at + 64 <= end; at += 64) {
    let a: v128;
    if (wanted) {
      a = v128.or(
        v128.or(v128.ne<T>(v128.load(at), zero), v128.ne<T>(v128.load(at, 16), zero)),
        v128.or(v128.ne<T>(v128.load(at, 32), zero), v128.ne<T>(v128.load(at, 48), zero)),
      );
    } else {
      a = v128.or(
        v128.or(v128.eq<T>(v128.load(at), zero), v128.eq<T>(v128.load(at, 16), zero)),
        v128.or(v128.eq<T>(v128.load(at, 32), zero), v128.eq<T>(v128.load(at, 48), zero)),
      );
    }
    if (v128.any_true(a)) return true;
  }
  for (; at < end; at += sizeof<T>()) {
    if ((load<T>(at) !== <T>0) === wanted) return true;
  }
  return false;
}
