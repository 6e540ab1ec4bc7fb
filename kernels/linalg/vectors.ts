import { boundary, size } from "../args";

const BLOCK: usize = 8192;
/** Of float32, so many are added in float32; their sums in float64. */
const SHORT: usize = 1024;

/** The sum of the products of up to 8,192 pairs. */
function dotBlock_f64(a: usize, b: usize, n: usize): f64 {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let i: usize = 0;
  for (; i + 8 <= n; i += 8) {
    s0 = f64x2.add(s0, f64x2.mul(v128.load(a), v128.load(b)));
    s1 = f64x2.add(s1, f64x2.mul(v128.load(a, 16), v128.load(b, 16)));
    s2 = f64x2.add(s2, f64x2.mul(v128.load(a, 32), v128.load(b, 32)));
    s3 = f64x2.add(s3, f64x2.mul(v128.load(a, 48), v128.load(b, 48)));
    a += 64;
    b += 64;
  }
  const s = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
  let sum = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  for (; i < n; i++) {
    sum += load<f64>(a) * load<f64>(b);
    a += 8;
    b += 8;
  }
  return sum;
}

function dotShort_f32(a: usize, b: usize, n: usize): f64 {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let i: usize = 0;
  for (; i + 16 <= n; i += 16) {
    s0 = f32x4.add(s0, f32x4.mul(v128.load(a), v128.load(b)));
    s1 = f32x4.add(s1, f32x4.mul(v128.load(a, 16), v128.load(b, 16)));
    s2 = f32x4.add(s2, f32x4.mul(v128.load(a, 32), v128.load(b, 32)));
    s3 = f32x4.add(s3, f32x4.mul(v128.load(a, 48), v128.load(b, 48)));
    a += 64;
    b += 64;
  }
  const s = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
  let sum =
    <f64>f32x4.extract_lane(s, 0) + <f64>f32x4.extract_lane(s, 1) +
    (<f64>f32x4.extract_lane(s, 2) + <f64>f32x4.extract_lane(s, 3));
  for (; i < n; i++) {
    sum += <f64>load<f32>(a) * <f64>load<f32>(b);
    a += 4;
    b += 4;
  }
  return sum;
}

/** args: a, b, n, sums. A sum of products for each block of 8,192 pairs. */
export function dot_f64(args: usize, chunk: i32, chunks: i32): void {
  const n = size(args, 2);
  const blocks = (n + BLOCK - 1) / BLOCK;
  const last = boundary(blocks, chunk + 1, chunks);
  for (let block = boundary(blocks, chunk, chunks); block < last; block++) {
    const at = block * BLOCK * 8;
    const count = min(BLOCK, n - block * BLOCK);
    store<f64>(size(args, 3) + (block << 3), dotBlock_f64(size(args, 0) + at, size(args, 1) + at, count));
  }
}

export function dot_f32(args: usize, chunk: i32, chunks: i32): void {
  const n = size(args, 2);
  const blocks = (n + BLOCK - 1) / BLOCK;
  const last = boundary(blocks, chunk + 1, chunks);
  for (let block = boundary(blocks, chunk, chunks); block < last; block++) {
    let sum: f64 = 0;
    const end = min(block * BLOCK + BLOCK, n);
    for (let from = block * BLOCK; from < end; from += SHORT)
      sum += dotShort_f32(size(args, 0) + from * 4, size(args, 1) + from * 4, min(SHORT, end - from));
    store<f64>(size(args, 3) + (block << 3), sum);
  }
}

/** args: a, b, result, rows, columns. Each element of one by each of the other. */
// @ts-ignore: decorator
@inline
function outer<T>(args: usize, chunk: i32, chunks: i32): void {
  const a = size(args, 0);
  const b = size(args, 1);
  const result = size(args, 2);
  const rows = size(args, 3);
  const columns = size(args, 4);
  const end = boundary(rows * columns, chunk + 1, chunks);
  for (let at = boundary(rows * columns, chunk, chunks); at < end; ) {
    const x = load<T>(a + (at / columns) * sizeof<T>());
    const first = at % columns;
    const count = min(columns - first, end - at);
    let from = b + first * sizeof<T>();
    let to = result + at * sizeof<T>();
    let i: usize = 0;
    const lanes = 16 / sizeof<T>();
    for (; i + lanes <= count; i += lanes) {
      v128.store(to, v128.mul<T>(v128.splat<T>(x), v128.load(from)));
      from += 16;
      to += 16;
    }
    for (; i < count; i++) {
      store<T>(to, x * load<T>(from));
      from += sizeof<T>();
      to += sizeof<T>();
    }
    at += count;
  }
}

export function outer_f64(args: usize, chunk: i32, chunks: i32): void {
  outer<f64>(args, chunk, chunks);
}
export function outer_f32(args: usize, chunk: i32, chunks: i32): void {
  outer<f32>(args, chunk, chunks);
}
export function outer_i32(args: usize, chunk: i32, chunks: i32): void {
  outer<i32>(args, chunk, chunks);
}
