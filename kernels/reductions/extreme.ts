/** The less of two vectors, or the greater one. Where a lane of `b` is NaN, it is that of `a`. */
// @ts-ignore: decorator
@inline
export function better<T>(a: v128, b: v128, greatest: bool): v128 {
  if (isFloat<T>()) {
    // pmin and pmax are one instruction each; min and max, which see to NaN and -0, are several
    return greatest ? v128.pmax<T>(a, b) : v128.pmin<T>(a, b);
  }
  return greatest ? v128.max<T>(a, b) : v128.min<T>(a, b);
}

/** Whether `b` takes the place of `a`; NaN never does. */
// @ts-ignore: decorator
@inline
export function beats<T>(b: T, a: T, greatest: bool): bool {
  return greatest ? a < b : b < a;
}

/** Whether there is a NaN among n elements. */
function anyNaN<T>(at: usize, n: usize): bool {
  const end = at + n * sizeof<T>();
  for (; at < end; at += sizeof<T>()) {
    const x = load<T>(at);
    if (x !== x) return true;
  }
  return false;
}

/** The least or the greatest of at least one element; NaN where there is one, as in NumPy. */
// @ts-ignore: decorator
@inline
export function extremeBlock<T>(at: usize, n: usize, greatest: bool): T {
  const from = at;
  const end = at + n * sizeof<T>();
  let best = load<T>(at);
  // a sum that is NaN tells that there may be one among them: an addition is cheaper than a comparison
  let sum: T = 0;
  if (n >= 64 / sizeof<T>()) {
    let a = v128.load(at);
    let b = v128.load(at, 16);
    let c = v128.load(at, 32);
    let d = v128.load(at, 48);
    if (isFloat<T>()) {
      let s = v128.splat<T>(0);
      let t = s;
      let u = s;
      let v = s;
      for (; at + 64 <= end; at += 64) {
        const w = v128.load(at);
        const x = v128.load(at, 16);
        const y = v128.load(at, 32);
        const z = v128.load(at, 48);
        a = better<T>(a, w, greatest);
        s = v128.add<T>(s, w);
        b = better<T>(b, x, greatest);
        t = v128.add<T>(t, x);
        c = better<T>(c, y, greatest);
        u = v128.add<T>(u, y);
        d = better<T>(d, z, greatest);
        v = v128.add<T>(v, z);
      }
      s = v128.add<T>(v128.add<T>(s, t), v128.add<T>(u, v));
      sum = v128.extract_lane<T>(s, 0) + v128.extract_lane<T>(s, 1);
      if (sizeof<T>() === 4) sum += v128.extract_lane<T>(s, 2) + v128.extract_lane<T>(s, 3);
    } else {
      for (; at + 64 <= end; at += 64) {
        a = better<T>(a, v128.load(at), greatest);
        b = better<T>(b, v128.load(at, 16), greatest);
        c = better<T>(c, v128.load(at, 32), greatest);
        d = better<T>(d, v128.load(at, 48), greatest);
      }
    }
    a = better<T>(better<T>(a, b, greatest), better<T>(c, d, greatest), greatest);
    if (sizeof<T>() === 1) a = better<T>(a, v128.shuffle<u8>(a, a, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14), greatest);
    if (sizeof<T>() <= 2) a = better<T>(a, v128.shuffle<u16>(a, a, 1, 0, 3, 2, 5, 4, 7, 6), greatest);
    if (sizeof<T>() <= 4) a = better<T>(a, v128.shuffle<u32>(a, a, 1, 0, 3, 2), greatest);
    a = better<T>(a, v128.shuffle<u64>(a, a, 1, 0), greatest);
    best = v128.extract_lane<T>(a, 0);
  }
  for (; at < end; at += sizeof<T>()) {
    const x = load<T>(at);
    if (beats<T>(x, best, greatest)) best = x;
    if (isFloat<T>()) sum += x;
  }
  if (isFloat<T>()) {
    if (sum !== sum && anyNaN<T>(from, n)) return <T>NaN;
  }
  return best;
}
