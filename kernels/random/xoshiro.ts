// xoshiro256++: D. Blackman and S. Vigna, "Scrambled Linear Pseudorandom Number Generators" (2021). Every block of
// numbers has states of its own, made from a key and the block's number by splitmix64, which their authors recommend.

/** A well mixed number for each number: splitmix64's output function. */
function mix(z: u64): u64 {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

const GOLDEN: u64 = 0x9e3779b97f4a7c15;

/** Writes `words` words of 64 bits to `state` for this block of a key. */
export function seed(state: usize, key: u64, block: u64, words: usize): void {
  let x = mix(key + GOLDEN) ^ mix(block * GOLDEN + 0x632be59bd9b4e019);
  for (let k: usize = 0; k < words; k++) {
    x += GOLDEN;
    store<u64>(state + (k << 3), mix(x));
  }
}

/** The next 64 bits of a state of four words. */
export function nextOf(state: usize): u64 {
  const a = load<u64>(state);
  const b = load<u64>(state, 8);
  let c = load<u64>(state, 16);
  let d = load<u64>(state, 24);
  const result = rotl<u64>(a + d, 23) + a;
  c ^= a;
  d ^= b;
  store<u64>(state, a ^ d);
  store<u64>(state, b ^ c, 8);
  store<u64>(state, c ^ (b << 17), 16);
  store<u64>(state, rotl<u64>(d, 45), 24);
  return result;
}
