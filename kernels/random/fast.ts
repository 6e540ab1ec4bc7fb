import { boundary, number, size } from "../args";
import { highProduct } from "./pcg64";
import { nextOf, seed } from "./xoshiro";
import { Xoshiro, exponential, normal } from "./ziggurat";

/** Numbers of a block, which has states of its own. */
const BLOCK: usize = 8192;

/** Bytes of a chunk's own scratch. */
const OWN: usize = 128;

// @ts-ignore: decorator
@inline
function rotate(x: v128, k: i32): v128 {
  return v128.or(i64x2.shl(x, k), i64x2.shr_u(x, 64 - k));
}

/** Numbers of 0 to 1 from the high 53 bits: halves of them become doubles by their bits, without a conversion. */
// @ts-ignore: decorator
@inline
function doubles(bits: v128): v128 {
  const x = i64x2.shr_u(bits, 11);
  const low = v128.or(v128.and(x, i64x2.splat(0xffffffff)), i64x2.splat(0x4330000000000000));
  const high = v128.or(i64x2.shr_u(x, 32), i64x2.splat(0x4530000000000000));
  const sum = f64x2.add(
    f64x2.sub(high, f64x2.splat(19342813113834066795298816.0)),
    f64x2.sub(low, f64x2.splat(4503599627370496.0)),
  );
  return f64x2.mul(sum, f64x2.splat(1.1102230246251565e-16));
}

/** Numbers of 0 to 1 from the high 24 bits of each half. */
// @ts-ignore: decorator
@inline
function floats(bits: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(bits, 8)), f32x4.splat(5.9604644775390625e-8));
}

/** A key as 64 bits of two numbers of 32. */
// @ts-ignore: decorator
@inline
function keyOf(args: usize): u64 {
  return (<u64>number(args, 0) << 32) | <u64>number(args, 1);
}

/** args: key (high, low), first block, out, n, scratch. Numbers of 0 to 1. */
// @ts-ignore: decorator
@inline
function uniform<T>(args: usize, chunk: i32, chunks: i32): void {
  const out = size(args, 3);
  const n = size(args, 4);
  const own = size(args, 5) + <usize>chunk * OWN;
  const blocks = (n + BLOCK - 1) / BLOCK;
  const last = boundary(blocks, chunk + 1, chunks);
  for (let block = boundary(blocks, chunk, chunks); block < last; block++) {
    seed(own, keyOf(args), <u64>number(args, 2) + <u64>block, 16);
    let a0 = v128.load(own), b0 = v128.load(own, 16), c0 = v128.load(own, 32), d0 = v128.load(own, 48);
    let a1 = v128.load(own, 64), b1 = v128.load(own, 80), c1 = v128.load(own, 96), d1 = v128.load(own, 112);
    let to = out + block * BLOCK * sizeof<T>();
    const end = out + min(block * BLOCK + BLOCK, n) * sizeof<T>();
    while (to < end) {
      const x = i64x2.add(rotate(i64x2.add(a0, d0), 23), a0);
      const y = i64x2.add(rotate(i64x2.add(a1, d1), 23), a1);
      const s = i64x2.shl(b0, 17);
      const t = i64x2.shl(b1, 17);
      c0 = v128.xor(c0, a0);
      c1 = v128.xor(c1, a1);
      d0 = v128.xor(d0, b0);
      d1 = v128.xor(d1, b1);
      b0 = v128.xor(b0, c0);
      b1 = v128.xor(b1, c1);
      a0 = v128.xor(a0, d0);
      a1 = v128.xor(a1, d1);
      c0 = v128.xor(c0, s);
      c1 = v128.xor(c1, t);
      d0 = rotate(d0, 45);
      d1 = rotate(d1, 45);
      const v = sizeof<T>() === 8 ? doubles(x) : floats(x);
      const w = sizeof<T>() === 8 ? doubles(y) : floats(y);
      if (to + 32 <= end) {
        v128.store(to, v);
        v128.store(to, w, 16);
      } else {
        v128.store(own, v);
        v128.store(own, w, 16);
        for (let k: usize = 0; to + k < end; k++) store<u8>(to + k, load<u8>(own + k));
      }
      to += 32;
    }
  }
}

export function fast_random_f64(args: usize, chunk: i32, chunks: i32): void {
  uniform<f64>(args, chunk, chunks);
}
export function fast_random_f32(args: usize, chunk: i32, chunks: i32): void {
  uniform<f32>(args, chunk, chunks);
}

const NORMAL: i32 = 0;
const EXPONENTIAL: i32 = 1;
const INTEGERS: i32 = 2;

/** args: key (high, low), first block, out, n, scratch, then what the distribution has: two numbers, a table. */
// @ts-ignore: decorator
@inline
function others<T>(args: usize, chunk: i32, chunks: i32, what: i32): void {
  const n = size(args, 4);
  const own = size(args, 5) + <usize>chunk * OWN;
  const first = number(args, 6);
  const second = number(args, 7);
  const table = size(args, 8);
  const blocks = (n + BLOCK - 1) / BLOCK;
  const last = boundary(blocks, chunk + 1, chunks);
  for (let block = boundary(blocks, chunk, chunks); block < last; block++) {
    seed(own, keyOf(args), <u64>number(args, 2) + <u64>block, 4);
    const end = min(block * BLOCK + BLOCK, n);
    for (let i = block * BLOCK; i < end; i++) {
      const to = size(args, 3) + i * sizeof<T>();
      if (what === NORMAL) store<T>(to, <T>(first + second * normal<Xoshiro>(own, table)));
      else if (what === EXPONENTIAL) store<T>(to, <T>(second * exponential<Xoshiro>(own, table)));
      else {
        const x = first + <f64>bounded(own, <u64>second);
        if (isFloat<T>()) store<T>(to, <T>x);
        else if (isSigned<T>()) store<T>(to, <T>(<i32>x));
        else store<T>(to, <T>(<u32>x));
      }
    }
  }
}

/** A whole number of 0 to `range`, below 2^64 - 1, by Lemire's way. */
// @ts-ignore: decorator
@inline
function bounded(state: usize, range: u64): u64 {
  const count = range + 1;
  let bits = nextOf(state);
  let rest = bits * count;
  if (rest < count) {
    const threshold = (<u64>-1 - range) % count;
    while (rest < threshold) {
      bits = nextOf(state);
      rest = bits * count;
    }
  }
  return highProduct(bits, count);
}

export function fast_normal_f64(args: usize, chunk: i32, chunks: i32): void {
  others<f64>(args, chunk, chunks, NORMAL);
}
export function fast_exponential_f64(args: usize, chunk: i32, chunks: i32): void {
  others<f64>(args, chunk, chunks, EXPONENTIAL);
}
export function fast_integers_f64(args: usize, chunk: i32, chunks: i32): void {
  others<f64>(args, chunk, chunks, INTEGERS);
}
export function fast_integers_i32(args: usize, chunk: i32, chunks: i32): void {
  others<i32>(args, chunk, chunks, INTEGERS);
}
export function fast_integers_u32(args: usize, chunk: i32, chunks: i32): void {
  others<u32>(args, chunk, chunks, INTEGERS);
}
export function fast_integers_i16(args: usize, chunk: i32, chunks: i32): void {
  others<i16>(args, chunk, chunks, INTEGERS);
}
export function fast_integers_u16(args: usize, chunk: i32, chunks: i32): void {
  others<u16>(args, chunk, chunks, INTEGERS);
}
export function fast_integers_i8(args: usize, chunk: i32, chunks: i32): void {
  others<i8>(args, chunk, chunks, INTEGERS);
}
export function fast_integers_u8(args: usize, chunk: i32, chunks: i32): void {
  others<u8>(args, chunk, chunks, INTEGERS);
}
