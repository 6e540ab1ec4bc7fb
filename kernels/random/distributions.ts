// Distributions from the stream of a PCG64, one number after the other, as NumPy 1.24 makes them, to the bit. Each kernel
// is one chunk.

import { number, size } from "../args";
import { below } from "./bounded";
import { next32 } from "./pcg64";
import { Pcg64, exponential, normal } from "./ziggurat";

/** args: state, out, n, low, range. Whole numbers of `low` to `low + range`. */
// @ts-ignore: decorator
@inline
function integers<T>(args: usize): void {
  const state = size(args, 0);
  const out = size(args, 1);
  const n = size(args, 2);
  const low = number(args, 3);
  const range = <u64>number(args, 4);
  for (let i: usize = 0; i < n; i++) {
    // the sum is exact: both it and what is added to are below 2^53
    const x = low + <f64>below(state, range);
    if (isFloat<T>()) store<T>(out + i * sizeof<T>(), <T>x);
    else if (isSigned<T>()) store<T>(out + i * sizeof<T>(), <T>(<i32>x));
    else store<T>(out + i * sizeof<T>(), <T>(<u32>x));
  }
}

export function integers_f64(args: usize, chunk: i32, chunks: i32): void {
  integers<f64>(args);
}
export function integers_i32(args: usize, chunk: i32, chunks: i32): void {
  integers<i32>(args);
}
export function integers_u32(args: usize, chunk: i32, chunks: i32): void {
  integers<u32>(args);
}

/** args: state, out, n, low, range. Numbers of 8 or 16 bits: several from each 32, the rest of which are dropped. */
// @ts-ignore: decorator
@inline
function smallIntegers<T>(args: usize): void {
  const state = size(args, 0);
  const out = size(args, 1);
  const n = size(args, 2);
  const low = <i32>number(args, 3);
  const range = <u32>number(args, 4);
  const bits: u32 = sizeof<T>() * 8;
  const mask: u32 = (1 << bits) - 1;
  const count = range + 1;
  let buffer: u32 = 0;
  let left = 0;
  for (let i: usize = 0; i < n; i++) {
    let value: u32 = 0;
    if (range > 0) {
      const threshold: u32 = range === mask ? 0 : (mask - range) % count;
      for (;;) {
        if (left === 0) {
          buffer = next32(state);
          left = 32 / <i32>bits;
        } else buffer >>= bits;
        left--;
        if (range === mask) {
          value = buffer & mask;
          break;
        }
        const product = (buffer & mask) * count;
        const rest = product & mask;
        if (rest >= threshold) {
          value = product >> bits;
          break;
        }
      }
    }
    store<T>(out + i * sizeof<T>(), <T>(low + <i32>value));
  }
}

export function integers_i16(args: usize, chunk: i32, chunks: i32): void {
  smallIntegers<i16>(args);
}
export function integers_u16(args: usize, chunk: i32, chunks: i32): void {
  smallIntegers<u16>(args);
}
export function integers_i8(args: usize, chunk: i32, chunks: i32): void {
  smallIntegers<i8>(args);
}
export function integers_u8(args: usize, chunk: i32, chunks: i32): void {
  smallIntegers<u8>(args);
}

/** args: state, out, n, low, range. Bits of 32. */
export function integers_b8(args: usize, chunk: i32, chunks: i32): void {
  const state = size(args, 0);
  const n = size(args, 2);
  const low = <u8>number(args, 3);
  let buffer: u32 = 0;
  let left = 0;
  for (let i: usize = 0; i < n; i++) {
    if (size(args, 4) === 0) {
      store<u8>(size(args, 1) + i, low);
      continue;
    }
    if (left === 0) {
      buffer = next32(state);
      left = 32;
    } else buffer >>= 1;
    left--;
    store<u8>(size(args, 1) + i, <u8>(buffer & 1));
  }
}

/** args: state, out, n, mean, deviation, table. */
export function normal_f64(args: usize, chunk: i32, chunks: i32): void {
  const state = size(args, 0);
  const out = size(args, 1);
  const n = size(args, 2);
  const mean = number(args, 3);
  const deviation = number(args, 4);
  const table = size(args, 5);
  for (let i: usize = 0; i < n; i++) store<f64>(out + (i << 3), mean + deviation * normal<Pcg64>(state, table));
}

/** args: state, out, n, mean, table. */
export function exponential_f64(args: usize, chunk: i32, chunks: i32): void {
  const state = size(args, 0);
  const out = size(args, 1);
  const n = size(args, 2);
  const mean = number(args, 3);
  const table = size(args, 4);
  for (let i: usize = 0; i < n; i++) store<f64>(out + (i << 3), mean * exponential<Pcg64>(state, table));
}
