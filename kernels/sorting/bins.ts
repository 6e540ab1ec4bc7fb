// Counts, and sums of weights, by bins.
import { boundary, number, size } from "../args";
import { one } from "../elements";
import { placeOf } from "./bisect";

/**
 * args: a, n, edges, bins, counts, norm, pieces, margin. Counts elements between float64 edges, in two tables (int32) of each
 * piece, of which the first has the result. Where bins are equally wide, `norm` is how many there are in a unit; else it
 * is 0. Where less than `margin` of a bin is between a number and an edge, the edges decide. The last bin has its upper
 * edge too.
 */
// @ts-ignore: decorator
@inline
function histogram<T>(args: usize, chunk: i32, chunks: i32): void {
  const bins = <i32>size(args, 3);
  const pieces = size(args, 6);
  const last = boundary(pieces, chunk + 1, chunks);
  for (let piece = boundary(pieces, chunk, chunks); piece < last; piece++) {
    const table = size(args, 4) + piece * <usize>bins * 8;
    for (let k: usize = 0; k < <usize>bins; k++) store<u64>(table + (k << 3), 0);
    const n = size(args, 1);
    const from = size(args, 0) + boundary(n, <i32>piece, <i32>pieces) * sizeof<T>();
    const end = size(args, 0) + boundary(n, <i32>piece + 1, <i32>pieces) * sizeof<T>();
    countBetween<T>(from, end, size(args, 2), bins, number(args, 5), number(args, 7), table);
    for (let k: usize = 0; k < <usize>bins; k++) {
      const count = table + (k << 2);
      store<i32>(count, load<i32>(count) + load<i32>(count + (<usize>bins << 2)));
    }
  }
}

function countBetween<T>(
  at: usize,
  end: usize,
  edges: usize,
  bins: i32,
  norm: f64,
  margin: f64,
  table: usize,
): void {
  const first = load<f64>(edges);
  const last = load<f64>(edges + (<usize>bins << 3));
  // neighbours that fall into the same bin do not wait for each other in two tables
  const other = <usize>bins << 2;
  if (norm > 0) {
    for (; at + 2 * sizeof<T>() <= end; at += 2 * sizeof<T>()) {
      if (isFloat<T>() && countPair<T>(at, first, last, norm, margin, table, other)) continue;
      const x = one<T>(at);
      const y = one<T>(at + sizeof<T>());
      if (x >= first && x <= last) raise(table, binOf(x, first, norm, margin, edges, bins));
      if (y >= first && y <= last) raise(table + other, binOf(y, first, norm, margin, edges, bins));
    }
  }
  for (; at < end; at += sizeof<T>()) {
    const x = one<T>(at);
    if (!(x >= first && x <= last)) continue;
    if (norm > 0) raise(table, binOf(x, first, norm, margin, edges, bins));
    else raise(table, min(<i32>placeOf<f64>(edges, <usize>bins + 1, x, true) - 1, bins - 1));
  }
}

/** 1.5 * 2^52: what is added to it is rounded to a whole number, which is in the lower bits then. */
// @ts-ignore: decorator
@inline
const MAGIC: f64 = 6755399441055744;

/** Counts two numbers that are between the edges and not near any; false, and nothing is counted, where one is not. */
// @ts-ignore: decorator
@inline
function countPair<T>(
  at: usize,
  first: f64,
  last: f64,
  norm: f64,
  margin: f64,
  table: usize,
  other: usize,
): bool {
  const x = sizeof<T>() === 8 ? v128.load(at) : f64x2.promote_low_f32x4(v128.load64_zero(at));
  const middle = f64x2.sub(f64x2.mul(f64x2.sub(x, f64x2.splat(first)), f64x2.splat(norm)), f64x2.splat(0.5));
  const shifted = f64x2.add(middle, f64x2.splat(MAGIC));
  const off = f64x2.abs(f64x2.sub(middle, f64x2.sub(shifted, f64x2.splat(MAGIC))));
  const between = v128.and(f64x2.ge(x, f64x2.splat(first)), f64x2.le(x, f64x2.splat(last)));
  if (!i64x2.all_true(v128.and(between, f64x2.lt(off, f64x2.splat(0.5 - margin))))) return false;
  raise(table, i32x4.extract_lane(shifted, 0));
  raise(table + other, i32x4.extract_lane(shifted, 2));
  return true;
}

// @ts-ignore: decorator
@inline
function raise(table: usize, bin: i32): void {
  const count = table + (<usize>bin << 2);
  store<i32>(count, load<i32>(count) + 1);
}

/** The bin of a number, of bins that are equally wide. */
// @ts-ignore: decorator
@inline
function binOf(x: f64, first: f64, norm: f64, margin: f64, edges: usize, bins: i32): i32 {
  const place = (x - first) * norm;
  const bin = <i32>place;
  const part = place - <f64>bin;
  // rounding may have it one bin off, but only near an edge
  return part > margin && part < 1 - margin ? bin : binNear(x, bin, edges, bins);
}

function binNear(x: f64, bin: i32, edges: usize, bins: i32): i32 {
  bin = min(bin, bins - 1);
  const edge = edges + (<usize>bin << 3);
  if (x < load<f64>(edge)) return bin - 1;
  return x >= load<f64>(edge, 8) && bin < bins - 1 ? bin + 1 : bin;
}

/** args: a, n, bins, counts, pieces. Counts how often each whole number is there, in a table (int32) of each piece. */
// @ts-ignore: decorator
@inline
function count<T>(args: usize, chunk: i32, chunks: i32): void {
  const n = size(args, 1);
  const bins = size(args, 2);
  const pieces = size(args, 4);
  const last = boundary(pieces, chunk + 1, chunks);
  for (let piece = boundary(pieces, chunk, chunks); piece < last; piece++) {
    const table = size(args, 3) + piece * bins * 4;
    for (let k: usize = 0; k < bins; k++) store<i32>(table + (k << 2), 0);
    const end = boundary(n, <i32>piece + 1, <i32>pieces);
    for (let i = boundary(n, <i32>piece, <i32>pieces); i < end; i++) {
      const at = table + (<usize>load<T>(size(args, 0) + i * sizeof<T>()) << 2);
      store<i32>(at, load<i32>(at) + 1);
    }
  }
}

/** args: a, n, bins, sums, weights, pieces. Adds float64 weights to the table of each of a fixed number of pieces. */
// @ts-ignore: decorator
@inline
function weigh<T>(args: usize, chunk: i32, chunks: i32): void {
  const n = size(args, 1);
  const bins = size(args, 2);
  const pieces = size(args, 5);
  const last = boundary(pieces, chunk + 1, chunks);
  for (let piece = boundary(pieces, chunk, chunks); piece < last; piece++) {
    const table = size(args, 3) + piece * bins * 8;
    for (let k: usize = 0; k < bins; k++) store<f64>(table + (k << 3), 0);
    const end = boundary(n, <i32>piece + 1, <i32>pieces);
    for (let i = boundary(n, <i32>piece, <i32>pieces); i < end; i++) {
      const at = table + (<usize>load<T>(size(args, 0) + i * sizeof<T>()) << 3);
      store<f64>(at, load<f64>(at) + load<f64>(size(args, 4) + (i << 3)));
    }
  }
}

export function histogram_f64(args: usize, chunk: i32, chunks: i32): void {
  histogram<f64>(args, chunk, chunks);
}
export function histogram_f32(args: usize, chunk: i32, chunks: i32): void {
  histogram<f32>(args, chunk, chunks);
}
export function histogram_i32(args: usize, chunk: i32, chunks: i32): void {
  histogram<i32>(args, chunk, chunks);
}
export function histogram_u32(args: usize, chunk: i32, chunks: i32): void {
  histogram<u32>(args, chunk, chunks);
}
export function histogram_i16(args: usize, chunk: i32, chunks: i32): void {
  histogram<i16>(args, chunk, chunks);
}
export function histogram_u16(args: usize, chunk: i32, chunks: i32): void {
  histogram<u16>(args, chunk, chunks);
}
export function histogram_i8(args: usize, chunk: i32, chunks: i32): void {
  histogram<i8>(args, chunk, chunks);
}
export function histogram_u8(args: usize, chunk: i32, chunks: i32): void {
  histogram<u8>(args, chunk, chunks);
}
export function bincount_i32(args: usize, chunk: i32, chunks: i32): void {
  count<i32>(args, chunk, chunks);
}
export function bincount_u32(args: usize, chunk: i32, chunks: i32): void {
  count<u32>(args, chunk, chunks);
}
export function bincount_i16(args: usize, chunk: i32, chunks: i32): void {
  count<i16>(args, chunk, chunks);
}
export function bincount_u16(args: usize, chunk: i32, chunks: i32): void {
  count<u16>(args, chunk, chunks);
}
export function bincount_i8(args: usize, chunk: i32, chunks: i32): void {
  count<i8>(args, chunk, chunks);
}
export function bincount_u8(args: usize, chunk: i32, chunks: i32): void {
  count<u8>(args, chunk, chunks);
}
export function bincount_weighted_i32(args: usize, chunk: i32, chunks: i32): void {
  weigh<i32>(args, chunk, chunks);
}
export function bincount_weighted_u32(args: usize, chunk: i32, chunks: i32): void {
  weigh<u32>(args, chunk, chunks);
}
export function bincount_weighted_i16(args: usize, chunk: i32, chunks: i32): void {
  weigh<i16>(args, chunk, chunks);
}
export function bincount_weighted_u16(args: usize, chunk: i32, chunks: i32): void {
  weigh<u16>(args, chunk, chunks);
}
export function bincount_weighted_i8(args: usize, chunk: i32, chunks: i32): void {
  weigh<i8>(args, chunk, chunks);
}
export function bincount_weighted_u8(args: usize, chunk: i32, chunks: i32): void {
  weigh<u8>(args, chunk, chunks);
}
