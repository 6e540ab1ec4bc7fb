/** Comparing floating-point numbers by how many representable ones lie between them. */

const f64 = new Float64Array(1);
const i64 = new BigInt64Array(f64.buffer);
const f32 = new Float32Array(1);
const i32 = new Int32Array(f32.buffer);

const order = (bits: bigint, least: bigint): bigint => (bits < 0n ? least - bits : bits);

/** How many steps from one float64 to the other; 0 for the same, or both not a number. */
export function ulps64(a: number, b: number): number {
  if (Object.is(a, b) || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  if (Number.isNaN(a) || Number.isNaN(b)) return Infinity;
  f64[0] = a;
  const one = order(i64[0]!, -(1n << 63n));
  f64[0] = b;
  const other = order(i64[0]!, -(1n << 63n));
  return Number(one > other ? one - other : other - one);
}

/** The same for float32. */
export function ulps32(a: number, b: number): number {
  if (Object.is(a, b) || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  if (Number.isNaN(a) || Number.isNaN(b)) return Infinity;
  f32[0] = a;
  const one = order(BigInt(i32[0]!), -(1n << 31n));
  f32[0] = b;
  const other = order(BigInt(i32[0]!), -(1n << 31n));
  return Number(one > other ? one - other : other - one);
}
