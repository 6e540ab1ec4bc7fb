import { highProduct, next32, next64 } from "./pcg64";

/** A number of 0 to `range`, which is below 2^32 - 1: D. Lemire, "Fast Random Integer Generation in an Interval" (2019). */
// @ts-ignore: decorator
@inline
export function below32(state: usize, range: u32): u32 {
  const count = range + 1;
  let product = <u64>next32(state) * <u64>count;
  if (<u32>product < count) {
    const threshold = (0xffffffff - range) % count;
    while (<u32>product < threshold) product = <u64>next32(state) * <u64>count;
  }
  return <u32>(product >> 32);
}

/** A number of 0 to `range`, of up to 64 bits. */
export function below(state: usize, range: u64): u64 {
  if (range === 0) return 0;
  if (range < 0xffffffff) return <u64>below32(state, <u32>range);
  if (range === 0xffffffff) return <u64>next32(state);
  const count = range + 1;
  let bits = next64(state);
  let left = bits * count;
  if (left < count) {
    const threshold = (<u64>-1 - range) % count;
    while (left < threshold) {
      bits = next64(state);
      left = bits * count;
    }
  }
  return highProduct(bits, count);
}
