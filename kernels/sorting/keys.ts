// Elements as unsigned numbers in the same order. A record is a key, or a key with the index it had: for keys of up to 32
// bits both in 64 bits, else two numbers of 64 bits.

/** The key of an element of up to 32 bits. NaN are the greatest; `equal` makes -0 the same as 0. */
// @ts-ignore: decorator
@inline
export function narrowKey<T>(at: usize, equal: bool): u32 {
  if (isFloat<T>()) {
    let x = load<f32>(at);
    if (equal) x += 0;
    if (x !== x) return 0xffc00000;
    const bits = reinterpret<u32>(x);
    return bits ^ (<u32>(<i32>bits >> 31) | 0x80000000);
  }
  if (isSigned<T>()) return <u32>(<i32>load<T>(at)) ^ 0x80000000;
  return <u32>load<T>(at);
}

/** The key of a float64. */
// @ts-ignore: decorator
@inline
export function wideKey(at: usize, equal: bool): u64 {
  let x = load<f64>(at);
  if (equal) x += 0;
  if (x !== x) return 0xfff8000000000000;
  const bits = reinterpret<u64>(x);
  return bits ^ (<u64>(<i64>bits >> 63) | 0x8000000000000000);
}

/** Any key in 64 bits. */
// @ts-ignore: decorator
@inline
export function keyOf<T>(at: usize, equal: bool): u64 {
  return sizeof<T>() === 8 ? wideKey(at, equal) : <u64>narrowKey<T>(at, equal);
}

/** Writes the record of element `i`. `mask` turns the order of keys round where all of its bits are set. */
// @ts-ignore: decorator
@inline
export function writeRecord<T, R>(at: usize, i: usize, to: usize, indexed: bool, mask: u64): void {
  if (!indexed) {
    if (sizeof<T>() === 8) store<u64>(to, wideKey(at, false));
    else store<u32>(to, narrowKey<T>(at, false));
  } else if (sizeof<T>() === 8) {
    store<u64>(to, wideKey(at, true) ^ mask);
    store<u64>(to, <u64>i, 8);
  } else store<u64>(to, (<u64>(narrowKey<T>(at, true) ^ <u32>mask) << 32) | <u64>i);
}

/** Writes the element or the index of a record. */
// @ts-ignore: decorator
@inline
function readRecord<T, R>(from: usize, out: usize, i: usize, indexed: bool): void {
  if (indexed) {
    // the index is in the low bits of 64, or in the second number
    store<i32>(out + (i << 2), sizeof<T>() === 8 ? load<i32>(from, 8) : load<i32>(from));
    return;
  }
  if (isFloat<T>()) {
    if (sizeof<T>() === 8) {
      const key = load<u64>(from);
      store<u64>(out + (i << 3), key ^ (~<u64>(<i64>key >> 63) | 0x8000000000000000));
    } else {
      const key = load<u32>(from);
      store<u32>(out + (i << 2), key ^ (~<u32>(<i32>key >> 31) | 0x80000000));
    }
  } else if (isSigned<T>()) store<T>(out + i * sizeof<T>(), <T>(load<i32>(from) ^ 0x80000000));
  else store<T>(out + i * sizeof<T>(), <T>load<u32>(from));
}

/** The keys of four elements of 32 bits. */
// @ts-ignore: decorator
@inline
export function fourKeys<T>(at: usize): v128 {
  const bits = v128.load(at);
  const sign = i32x4.splat(0x80000000);
  if (isFloat<T>()) {
    const keys = v128.xor(bits, v128.or(i32x4.shr_s(bits, 31), sign));
    return v128.bitselect(i32x4.splat(0xffc00000), keys, f32x4.ne(bits, bits));
  }
  return isSigned<T>() ? v128.xor(bits, sign) : bits;
}

/** The elements of four keys, which `fourKeys` made of them. */
// @ts-ignore: decorator
@inline
function fourElements<T>(at: usize): v128 {
  const keys = v128.load(at);
  const sign = i32x4.splat(0x80000000);
  if (isFloat<T>()) return v128.xor(keys, v128.or(v128.not(i32x4.shr_s(keys, 31)), sign));
  return isSigned<T>() ? v128.xor(keys, sign) : keys;
}

/** Whether several records are made at once: keys of 32 bits of elements of as many. */
// @ts-ignore: decorator
@inline
export function inFours<T>(indexed: bool): bool {
  return sizeof<T>() === 4 && !indexed;
}

/** Writes the records of n elements; `mask` as in `writeRecord`. */
// @ts-ignore: decorator
@inline
export function writeRecords<T, R>(a: usize, n: usize, records: usize, indexed: bool, mask: u64): void {
  let i: usize = 0;
  if (inFours<T>(indexed)) {
    for (; i + 4 <= n; i += 4) v128.store(records + (i << 2), fourKeys<T>(a + (i << 2)));
  }
  for (; i < n; i++) writeRecord<T, R>(a + i * sizeof<T>(), i, records + i * sizeof<R>(), indexed, mask);
}

/** Writes the elements or the indices of n records. */
// @ts-ignore: decorator
@inline
export function readRecords<T, R>(records: usize, n: usize, out: usize, indexed: bool): void {
  let i: usize = 0;
  if (inFours<T>(indexed)) {
    for (; i + 4 <= n; i += 4) v128.store(out + (i << 2), fourElements<T>(records + (i << 2)));
  }
  for (; i < n; i++) readRecord<T, R>(records + i * sizeof<R>(), out, i, indexed);
}
