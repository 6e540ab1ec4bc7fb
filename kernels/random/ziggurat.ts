// The ziggurat method, as NumPy has it, with numbers of either generator: a generator is a type here, for the compiler.

import { next64 } from "./pcg64";
import { nextOf } from "./xoshiro";

export type Pcg64 = u64;
export type Xoshiro = u32;

/** The next 64 bits. */
// @ts-ignore: decorator
@inline
function draw<G>(state: usize): u64 {
  return sizeof<G>() === 8 ? next64(state) : nextOf(state);
}

/** The next number of 0 to 1, of 53 bits. */
// @ts-ignore: decorator
@inline
function unit<G>(state: usize): f64 {
  return <f64>(<i64>(draw<G>(state) >> 11)) * (1.0 / 9007199254740992.0);
}

/** Offsets in a table: widths, heights, bounds of 256 sections. */
const HEIGHTS: usize = 2048;
const BOUNDS: usize = 4096;

const NORMAL_TAIL: f64 = 3.6541528853610087963519472518;
const NORMAL_TAIL_INVERSE: f64 = 0.27366123732975827203338247596;
const EXPONENTIAL_TAIL: f64 = 7.6971174701310497140446280481;

/** A normal number of mean 0 and deviation 1. */
export function normal<G>(state: usize, table: usize): f64 {
  for (;;) {
    const bits = draw<G>(state);
    const section = table + ((<usize>bits & 0xff) << 3);
    const part = (bits >> 9) & 0x000fffffffffffff;
    let x = <f64>(<i64>part) * load<f64>(section);
    if ((bits >> 8) & 1) x = -x;
    if (part < load<u64>(section, BOUNDS)) return x;
    if (section === table) {
      for (;;) {
        const tail = -NORMAL_TAIL_INVERSE * NativeMath.log1p(-unit<G>(state));
        const y = -NativeMath.log1p(-unit<G>(state));
        if (y + y > tail * tail) {
          return (part >> 8) & 1 ? -(NORMAL_TAIL + tail) : NORMAL_TAIL + tail;
        }
      }
    }
    const high = load<f64>(section, HEIGHTS);
    const above = load<f64>(section - 8, HEIGHTS);
    if ((above - high) * unit<G>(state) + high < NativeMath.exp(-0.5 * x * x)) return x;
  }
  return 0;
}

/** An exponential number of mean 1. */
export function exponential<G>(state: usize, table: usize): f64 {
  for (;;) {
    const bits = draw<G>(state) >> 3;
    const section = table + ((<usize>bits & 0xff) << 3);
    const part = bits >> 8;
    const x = <f64>(<i64>part) * load<f64>(section);
    if (part < load<u64>(section, BOUNDS)) return x;
    if (section === table) return EXPONENTIAL_TAIL - NativeMath.log1p(-unit<G>(state));
    const high = load<f64>(section, HEIGHTS);
    const above = load<f64>(section - 8, HEIGHTS);
    if ((above - high) * unit<G>(state) + high < NativeMath.exp(-x)) return x;
  }
  return 0;
}
