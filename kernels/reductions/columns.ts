// Reductions along the middle one of three axes of adjacent elements (outer, n, inner): row by row, in blocks of rows.

import { boundary, size } from "../args";
import { one, two } from "../elements";
import { move } from "../memory";
import { beats, better } from "./extreme";

const SUM: i32 = 0;
const PRODUCT: i32 = 1;
const COUNT: i32 = 2;
const SQUARES: i32 = 3;

/** Rows of a block: each has its own result, and the results are reduced in their turn. */
const ROWS: usize = 512;

/** Columns that are done together: their results stay in the nearest cache. */
const TILE: usize = 512;

// @ts-ignore: decorator
@inline
function prepare(x: v128, mean: v128, what: i32): v128 {
  if (what === COUNT) return v128.and(f64x2.ne(x, f64x2.splat(0)), f64x2.splat(1));
  if (what !== SQUARES) return x;
  x = f64x2.sub(x, mean);
  return f64x2.mul(x, x);
}

// @ts-ignore: decorator
@inline
function join(a: v128, b: v128, what: i32): v128 {
  return what === PRODUCT ? f64x2.mul(a, b) : f64x2.add(a, b);
}

/** Two columns of eight rows. */
// @ts-ignore: decorator
@inline
function pair<T>(at: usize, stride: usize, m: v128, what: i32): v128 {
  const a = join(prepare(two<T>(at), m, what), prepare(two<T>(at + stride), m, what), what);
  at += 2 * stride;
  const b = join(prepare(two<T>(at), m, what), prepare(two<T>(at + stride), m, what), what);
  at += 2 * stride;
  const c = join(prepare(two<T>(at), m, what), prepare(two<T>(at + stride), m, what), what);
  at += 2 * stride;
  const d = join(prepare(two<T>(at), m, what), prepare(two<T>(at + stride), m, what), what);
  return join(join(a, b, what), join(c, d, what), what);
}

/** One column of eight rows, in the same order. */
// @ts-ignore: decorator
@inline
function single<T>(at: usize, stride: usize, m: v128, what: i32): v128 {
  const a = join(value<T>(at, m, what), value<T>(at + stride, m, what), what);
  at += 2 * stride;
  const b = join(value<T>(at, m, what), value<T>(at + stride, m, what), what);
  at += 2 * stride;
  const c = join(value<T>(at, m, what), value<T>(at + stride, m, what), what);
  at += 2 * stride;
  const d = join(value<T>(at, m, what), value<T>(at + stride, m, what), what);
  return join(join(a, b, what), join(c, d, what), what);
}

// @ts-ignore: decorator
@inline
function value<T>(at: usize, m: v128, what: i32): v128 {
  return prepare(f64x2.splat(one<T>(at)), m, what);
}

/**
 * args: a, outer, n, inner, out, means. To `out`: float64 for (outer, blocks of rows, inner). Means (outer, inner) are
 * for squares only.
 */
// @ts-ignore: decorator
@inline
function fold<T>(args: usize, chunk: i32, chunks: i32, what: i32): void {
  const n = size(args, 2);
  const inner = size(args, 3);
  const blocks = (n + ROWS - 1) / ROWS;
  const tiles = (inner + TILE - 1) / TILE;
  const items = size(args, 1) * blocks * tiles;
  const stride = inner * sizeof<T>();
  const last = boundary(items, chunk + 1, chunks);
  for (let item = boundary(items, chunk, chunks); item < last; item++) {
    const part = item / tiles;
    const slab = part / blocks;
    const row = (part - slab * blocks) * ROWS;
    const from = (item - part * tiles) * TILE;
    const stop = min(from + TILE, inner);
    const out = size(args, 4) + ((part * inner) << 3);
    const means = size(args, 5) + ((slab * inner) << 3);
    let at = size(args, 0) + (slab * n + row) * stride;
    let left = min(ROWS, n - row);
    let first = true;
    for (; left > 0; first = false) {
      const many = left >= 8;
      let m = f64x2.splat(0);
      let column = from;
      for (; column + 2 <= stop; column += 2) {
        const x = at + column * sizeof<T>();
        const to = out + (column << 3);
        if (what === SQUARES) m = v128.load(means + (column << 3));
        const value = many ? pair<T>(x, stride, m, what) : prepare(two<T>(x), m, what);
        v128.store(to, first ? value : join(v128.load(to), value, what));
      }
      if (column < stop) {
        const x = at + column * sizeof<T>();
        const to = out + (column << 3);
        if (what === SQUARES) m = v128.load64_splat(means + (column << 3));
        const value = many ? single<T>(x, stride, m, what) : prepare(f64x2.splat(one<T>(x)), m, what);
        store<f64>(to, f64x2.extract_lane(first ? value : join(v128.load64_splat(to), value, what), 0));
      }
      const done: usize = many ? 8 : 1;
      left -= done;
      at += done * stride;
    }
  }
}

/** args: a, outer, n, inner, out. Least or greatest elements of (outer, blocks of rows, inner). */
// @ts-ignore: decorator
@inline
function extremes<T>(args: usize, chunk: i32, chunks: i32, greatest: bool): void {
  const n = size(args, 2);
  const stride = size(args, 3) * sizeof<T>();
  const blocks = (n + ROWS - 1) / ROWS;
  const tiles = (stride + TILE * 8 - 1) / (TILE * 8);
  const items = size(args, 1) * blocks * tiles;
  const last = boundary(items, chunk + 1, chunks);
  for (let item = boundary(items, chunk, chunks); item < last; item++) {
    const part = item / tiles;
    const slab = part / blocks;
    const row = (part - slab * blocks) * ROWS;
    const from = (item - part * tiles) * TILE * 8;
    const bytes = min(TILE * 8, stride - from);
    const at = size(args, 0) + (slab * n + row) * stride + from;
    const out = size(args, 4) + part * stride + from;
    const rows = min(ROWS, n - row);
    const nan = extremeTile<T>(at, stride, rows, bytes, out, greatest, false);
    if (nan) extremeTile<T>(at, stride, rows, bytes, out, greatest, true);
  }
}

/** Whether there may be a NaN among these rows; unless `careful`, the results are wrong if there is one. */
// @ts-ignore: decorator
@inline
function extremeTile<T>(
  at: usize,
  stride: usize,
  rows: usize,
  bytes: usize,
  out: usize,
  greatest: bool,
  careful: bool,
): bool {
  move(out, at, bytes);
  // a sum that is NaN tells that there may be one: an addition is cheaper than a comparison
  let sum = v128.splat<T>(0);
  let rest: T = 0;
  for (let column: usize = 0; isFloat<T>() && column < bytes; column += sizeof<T>()) rest += load<T>(out + column);
  for (let left = rows - 1; left > 0; ) {
    at += stride;
    const many = left >= 2;
    const next = many ? at + stride : at;
    let column: usize = 0;
    for (; column + 16 <= bytes; column += 16) {
      const to = out + column;
      const x = v128.load(at + column);
      const y = v128.load(next + column);
      let best = v128.load(to);
      if (isFloat<T>()) {
        if (careful) {
          best = v128.bitselect(x, better<T>(best, x, greatest), v128.ne<T>(x, x));
          best = v128.bitselect(y, better<T>(best, y, greatest), v128.ne<T>(y, y));
        } else {
          sum = v128.add<T>(sum, v128.add<T>(x, y));
          best = better<T>(best, better<T>(x, y, greatest), greatest);
        }
      } else best = better<T>(best, better<T>(x, y, greatest), greatest);
      v128.store(to, best);
    }
    for (; column < bytes; column += sizeof<T>()) {
      let best = load<T>(out + column);
      const x = load<T>(at + column);
      const y = load<T>(next + column);
      if (best === best && (beats<T>(x, best, greatest) || x !== x)) best = x;
      if (best === best && (beats<T>(y, best, greatest) || y !== y)) best = y;
      store<T>(out + column, best);
    }
    left -= many ? 2 : 1;
    at = next;
  }
  if (!isFloat<T>()) return false;
  rest += v128.extract_lane<T>(sum, 0) + v128.extract_lane<T>(sum, 1);
  if (sizeof<T>() === 4) rest += v128.extract_lane<T>(sum, 2) + v128.extract_lane<T>(sum, 3);
  return rest !== rest;
}

export function sum_columns_f64(args: usize, chunk: i32, chunks: i32): void {
  fold<f64>(args, chunk, chunks, SUM);
}
export function sum_columns_f32(args: usize, chunk: i32, chunks: i32): void {
  fold<f32>(args, chunk, chunks, SUM);
}
export function sum_columns_i32(args: usize, chunk: i32, chunks: i32): void {
  fold<i32>(args, chunk, chunks, SUM);
}
export function sum_columns_u32(args: usize, chunk: i32, chunks: i32): void {
  fold<u32>(args, chunk, chunks, SUM);
}
export function sum_columns_i16(args: usize, chunk: i32, chunks: i32): void {
  fold<i16>(args, chunk, chunks, SUM);
}
export function sum_columns_u16(args: usize, chunk: i32, chunks: i32): void {
  fold<u16>(args, chunk, chunks, SUM);
}
export function sum_columns_i8(args: usize, chunk: i32, chunks: i32): void {
  fold<i8>(args, chunk, chunks, SUM);
}
export function sum_columns_u8(args: usize, chunk: i32, chunks: i32): void {
  fold<u8>(args, chunk, chunks, SUM);
}
export function product_columns_f64(args: usize, chunk: i32, chunks: i32): void {
  fold<f64>(args, chunk, chunks, PRODUCT);
}
export function product_columns_f32(args: usize, chunk: i32, chunks: i32): void {
  fold<f32>(args, chunk, chunks, PRODUCT);
}
export function product_columns_i32(args: usize, chunk: i32, chunks: i32): void {
  fold<i32>(args, chunk, chunks, PRODUCT);
}
export function product_columns_u32(args: usize, chunk: i32, chunks: i32): void {
  fold<u32>(args, chunk, chunks, PRODUCT);
}
export function product_columns_i16(args: usize, chunk: i32, chunks: i32): void {
  fold<i16>(args, chunk, chunks, PRODUCT);
}
export function product_columns_u16(args: usize, chunk: i32, chunks: i32): void {
  fold<u16>(args, chunk, chunks, PRODUCT);
}
export function product_columns_i8(args: usize, chunk: i32, chunks: i32): void {
  fold<i8>(args, chunk, chunks, PRODUCT);
}
export function product_columns_u8(args: usize, chunk: i32, chunks: i32): void {
  fold<u8>(args, chunk, chunks, PRODUCT);
}
export function count_columns_f64(args: usize, chunk: i32, chunks: i32): void {
  fold<f64>(args, chunk, chunks, COUNT);
}
export function count_columns_f32(args: usize, chunk: i32, chunks: i32): void {
  fold<f32>(args, chunk, chunks, COUNT);
}
export function count_columns_i32(args: usize, chunk: i32, chunks: i32): void {
  fold<i32>(args, chunk, chunks, COUNT);
}
export function count_columns_u32(args: usize, chunk: i32, chunks: i32): void {
  fold<u32>(args, chunk, chunks, COUNT);
}
export function count_columns_i16(args: usize, chunk: i32, chunks: i32): void {
  fold<i16>(args, chunk, chunks, COUNT);
}
export function count_columns_u16(args: usize, chunk: i32, chunks: i32): void {
  fold<u16>(args, chunk, chunks, COUNT);
}
export function count_columns_i8(args: usize, chunk: i32, chunks: i32): void {
  fold<i8>(args, chunk, chunks, COUNT);
}
export function count_columns_u8(args: usize, chunk: i32, chunks: i32): void {
  fold<u8>(args, chunk, chunks, COUNT);
}
export function squares_columns_f64(args: usize, chunk: i32, chunks: i32): void {
  fold<f64>(args, chunk, chunks, SQUARES);
}
export function squares_columns_f32(args: usize, chunk: i32, chunks: i32): void {
  fold<f32>(args, chunk, chunks, SQUARES);
}
export function squares_columns_i32(args: usize, chunk: i32, chunks: i32): void {
  fold<i32>(args, chunk, chunks, SQUARES);
}
export function squares_columns_u32(args: usize, chunk: i32, chunks: i32): void {
  fold<u32>(args, chunk, chunks, SQUARES);
}
export function squares_columns_i16(args: usize, chunk: i32, chunks: i32): void {
  fold<i16>(args, chunk, chunks, SQUARES);
}
export function squares_columns_u16(args: usize, chunk: i32, chunks: i32): void {
  fold<u16>(args, chunk, chunks, SQUARES);
}
export function squares_columns_i8(args: usize, chunk: i32, chunks: i32): void {
  fold<i8>(args, chunk, chunks, SQUARES);
}
export function squares_columns_u8(args: usize, chunk: i32, chunks: i32): void {
  fold<u8>(args, chunk, chunks, SQUARES);
}
export function min_columns_f64(args: usize, chunk: i32, chunks: i32): void {
  extremes<f64>(args, chunk, chunks, false);
}
export function min_columns_f32(args: usize, chunk: i32, chunks: i32): void {
  extremes<f32>(args, chunk, chunks, false);
}
export function min_columns_i32(args: usize, chunk: i32, chunks: i32): void {
  extremes<i32>(args, chunk, chunks, false);
}
export function min_columns_u32(args: usize, chunk: i32, chunks: i32): void {
  extremes<u32>(args, chunk, chunks, false);
}
export function min_columns_i16(args: usize, chunk: i32, chunks: i32): void {
  extremes<i16>(args, chunk, chunks, false);
}
export function min_columns_u16(args: usize, chunk: i32, chunks: i32): void {
  extremes<u16>(args, chunk, chunks, false);
}
export function min_columns_i8(args: usize, chunk: i32, chunks: i32): void {
  extremes<i8>(args, chunk, chunks, false);
}
export function min_columns_u8(args: usize, chunk: i32, chunks: i32): void {
  extremes<u8>(args, chunk, chunks, false);
}
export function max_columns_f64(args: usize, chunk: i32, chunks: i32): void {
  extremes<f64>(args, chunk, chunks, true);
}
export function max_columns_f32(args: usize, chunk: i32, chunks: i32): void {
  extremes<f32>(args, chunk, chunks, true);
}
export function max_columns_i32(args: usize, chunk: i32, chunks: i32): void {
  extremes<i32>(args, chunk, chunks, true);
}
export function max_columns_u32(args: usize, chunk: i32, chunks: i32): void {
  extremes<u32>(args, chunk, chunks, true);
}
export function max_columns_i16(args: usize, chunk: i32, chunks: i32): void {
  extremes<i16>(args, chunk, chunks, true);
}
export function max_columns_u16(args: usize, chunk: i32, chunks: i32): void {
  extremes<u16>(args, chunk, chunks, true);
}
export function max_columns_i8(args: usize, chunk: i32, chunks: i32): void {
  extremes<i8>(args, chunk, chunks, true);
}
export function max_columns_u8(args: usize, chunk: i32, chunks: i32): void {
  extremes<u8>(args, chunk, chunks, true);
}
