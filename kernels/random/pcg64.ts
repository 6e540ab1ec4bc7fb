// PCG64, the generator of NumPy's `default_rng`: M. E. O'Neill, "PCG: A Family of Simple Fast Space-Efficient
// Statistically Good Algorithms for Random Number Generation" (2014), PCG XSL RR 128/64. Its state of 128 bits is in
// memory: what follows is where.

/** State and increment, low words first; then whether a half of a number is left, and that half. */
export const HIGH: usize = 8;
export const INCREMENT: usize = 16;
export const INCREMENT_HIGH: usize = 24;
export const HAS_HALF: usize = 32;
export const HALF: usize = 36;

const MULTIPLIER: u64 = 4865540595714422341;
const MULTIPLIER_HIGH: u64 = 2549297995355413924;

/** The high 64 bits of a product of 64 bits. */
// @ts-ignore: decorator
@inline
export function highProduct(a: u64, b: u64): u64 {
  const al = a & 0xffffffff;
  const ah = a >> 32;
  const bl = b & 0xffffffff;
  const bh = b >> 32;
  const low = al * bh + ((al * bl) >> 32);
  const middle = ah * bl + (low & 0xffffffff);
  return ah * bh + (low >> 32) + (middle >> 32);
}

// @ts-ignore: decorator
@inline
export function outputOf(low: u64, high: u64): u64 {
  return rotr<u64>(low ^ high, high >> 58);
}

/** The next 64 bits. */
export function next64(state: usize): u64 {
  const l = load<u64>(state);
  const h = load<u64>(state, HIGH);
  const increment = load<u64>(state, INCREMENT);
  const product = l * MULTIPLIER;
  const low = product + increment;
  const high =
    highProduct(l, MULTIPLIER) +
    h * MULTIPLIER +
    l * MULTIPLIER_HIGH +
    load<u64>(state, INCREMENT_HIGH) +
    <u64>(low < product);
  store<u64>(state, low);
  store<u64>(state, high, HIGH);
  return outputOf(low, high);
}

/** The next 32 bits: the low half of 64, then the high one. */
// @ts-ignore: decorator
@inline
export function next32(state: usize): u32 {
  if (load<u32>(state, HAS_HALF)) {
    store<u32>(state, 0, HAS_HALF);
    return load<u32>(state, HALF);
  }
  const bits = next64(state);
  store<u32>(state, 1, HAS_HALF);
  store<u32>(state, <u32>(bits >> 32), HALF);
  return <u32>bits;
}

/**
 * Writes to `to` the state that is `steps` ahead of `from`: F. B. Brown, "Random Number Generation with Arbitrary
 * Strides" (1994).
 */
export function jump(from: usize, to: usize, steps: u64): void {
  let ml = MULTIPLIER, mh = MULTIPLIER_HIGH;
  let il = load<u64>(from, INCREMENT), ih = load<u64>(from, INCREMENT_HIGH);
  let l = load<u64>(from), h = load<u64>(from, HIGH);
  store<u64>(to, il, INCREMENT);
  store<u64>(to, ih, INCREMENT_HIGH);
  for (; steps > 0; steps >>= 1) {
    if (steps & 1) {
      const high = highProduct(l, ml) + h * ml + l * mh;
      l = l * ml;
      h = high + ih + <u64>(l + il < il);
      l += il;
    }
    // the step of twice the length: m (m x + i) + i
    const high = highProduct(il, ml) + ih * ml + il * mh;
    const low = il * ml;
    ih += high + <u64>(low + il < il);
    il += low;
    const square = highProduct(ml, ml) + 2 * ml * mh;
    ml *= ml;
    mh = square;
  }
  store<u64>(to, l);
  store<u64>(to, h, HIGH);
}

/** Bytes of a state. */
export const STATE: usize = 64;
