/** Numbers in [0, 1) that a seed repeats: xorshift with 32 bits (Marsaglia, Xorshift RNGs, 2003). */
export function seeded(seed: number): () => number {
  let state = (seed ^ 0x5bd1e995) | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
