import { boundary, size } from "../args";
import { one, two } from "../elements";
import { BLOCK } from "../reductions/block";

const PRODUCT: i32 = 1;

/**
 * args: a, rows, n, parts. The sum of each block of each row, made as `sumRows` makes it: a block begins with the very
 * number that the one before ends with, so that sums of positive numbers never fall.
 */
// @ts-ignore: decorator
@inline
function totals<T>(args: usize, chunk: i32, chunks: i32): void {
  const rows = size(args, 1);
  const n = size(args, 2);
  const blocks = (n + BLOCK - 1) / BLOCK;
  const last = boundary(rows * blocks, chunk + 1, chunks);
  for (let part = boundary(rows * blocks, chunk, chunks); part < last; part++) {
    const row = part / blocks;
    const from = (part - row * blocks) * BLOCK;
    let at = size(args, 0) + (row * n + from) * sizeof<T>();
    const end = at + min(BLOCK, n - from) * sizeof<T>();
    let sum: f64 = 0;
    for (; at + 8 * sizeof<T>() <= end; at += 8 * sizeof<T>()) {
      const s01 = one<T>(at) + one<T>(at + sizeof<T>());
      const s23 = one<T>(at + 2 * sizeof<T>()) + one<T>(at + 3 * sizeof<T>());
      const s45 = one<T>(at + 4 * sizeof<T>()) + one<T>(at + 5 * sizeof<T>());
      const s67 = one<T>(at + 6 * sizeof<T>()) + one<T>(at + 7 * sizeof<T>());
      sum += s01 + s23 + (s45 + s67);
    }
    for (; at < end; at += sizeof<T>()) sum += one<T>(at);
    store<f64>(size(args, 3) + (part << 3), sum);
  }
}

/** args: a, rows, n, out, before. Sums of what comes up to each element; `before` has those before each block. */
// @ts-ignore: decorator
@inline
function sumRows<T, R>(args: usize, chunk: i32, chunks: i32): void {
  const rows = size(args, 1);
  const n = size(args, 2);
  const blocks = (n + BLOCK - 1) / BLOCK;
  const last = boundary(rows * blocks, chunk + 1, chunks);
  for (let part = boundary(rows * blocks, chunk, chunks); part < last; part++) {
    const row = part / blocks;
    const from = row * n + (part - row * blocks) * BLOCK;
    let at = size(args, 0) + from * sizeof<T>();
    const end = at + min(BLOCK, row * n + n - from) * sizeof<T>();
    let to = size(args, 3) + from * sizeof<R>();
    const before = load<f64>(size(args, 4) + (part << 3));
    let sum: f64 = 0;
    for (; at + 8 * sizeof<T>() <= end; at += 8 * sizeof<T>()) {
      const x0 = one<T>(at);
      const x2 = one<T>(at + 2 * sizeof<T>());
      const x4 = one<T>(at + 4 * sizeof<T>());
      const x6 = one<T>(at + 6 * sizeof<T>());
      const s1 = x0 + one<T>(at + sizeof<T>());
      const s3 = s1 + (x2 + one<T>(at + 3 * sizeof<T>()));
      const s45 = x4 + one<T>(at + 5 * sizeof<T>());
      const s7 = s3 + (s45 + (x6 + one<T>(at + 7 * sizeof<T>())));
      store<R>(to, <R>(before + (sum + x0)));
      store<R>(to + sizeof<R>(), <R>(before + (sum + s1)));
      store<R>(to + 2 * sizeof<R>(), <R>(before + (sum + (s1 + x2))));
      store<R>(to + 3 * sizeof<R>(), <R>(before + (sum + s3)));
      store<R>(to + 4 * sizeof<R>(), <R>(before + (sum + (s3 + x4))));
      store<R>(to + 5 * sizeof<R>(), <R>(before + (sum + (s3 + s45))));
      store<R>(to + 6 * sizeof<R>(), <R>(before + (sum + (s3 + (s45 + x6)))));
      sum += s7;
      store<R>(to + 7 * sizeof<R>(), <R>(before + sum));
      to += 8 * sizeof<R>();
    }
    for (; at < end; at += sizeof<T>()) {
      sum += one<T>(at);
      store<R>(to, <R>(before + sum));
      to += sizeof<R>();
    }
  }
}

/** args: a, rows, n, out. Products of what comes up to each element, one after the other: in pairs they could overflow. */
// @ts-ignore: decorator
@inline
function productRows<T, R>(args: usize, chunk: i32, chunks: i32): void {
  const n = size(args, 2);
  const last = boundary(size(args, 1), chunk + 1, chunks);
  for (let row = boundary(size(args, 1), chunk, chunks); row < last; row++) {
    const from = size(args, 0) + row * n * sizeof<T>();
    const to = size(args, 3) + row * n * sizeof<R>();
    let product: f64 = 1;
    for (let k: usize = 0; k < n; k++) {
      product *= one<T>(from + k * sizeof<T>());
      store<R>(to + k * sizeof<R>(), <R>product);
    }
  }
}

/** Columns that are done together. */
const TILE: usize = 256;

/**
 * args: a, outer, n, inner, out, scratch. The same along the middle one of three axes of adjacent elements; scratch has
 * room for 256 float64 for each chunk.
 */
// @ts-ignore: decorator
@inline
function columns<T, R>(args: usize, chunk: i32, chunks: i32, what: i32): void {
  const n = size(args, 2);
  const inner = size(args, 3);
  const tiles = (inner + TILE - 1) / TILE;
  const own = size(args, 5) + <usize>chunk * TILE * 8;
  const last = boundary(size(args, 1) * tiles, chunk + 1, chunks);
  for (let item = boundary(size(args, 1) * tiles, chunk, chunks); item < last; item++) {
    const slab = item / tiles;
    const column = (item - slab * tiles) * TILE;
    const count = min(TILE, inner - column);
    const start = f64x2.splat(what === PRODUCT ? 1 : 0);
    for (let k: usize = 0; k < count; k += 2) v128.store(own + (k << 3), start);
    for (let row: usize = 0; row < n; row++) {
      const from = size(args, 0) + ((slab * n + row) * inner + column) * sizeof<T>();
      const to = size(args, 4) + ((slab * n + row) * inner + column) * sizeof<R>();
      let k: usize = 0;
      for (; k + 2 <= count; k += 2) {
        const x = two<T>(from + k * sizeof<T>());
        const before = v128.load(own + (k << 3));
        const sum = what === PRODUCT ? f64x2.mul(before, x) : f64x2.add(before, x);
        v128.store(own + (k << 3), sum);
        if (sizeof<R>() === 8) v128.store(to + (k << 3), sum);
        else v128.store64_lane(to + (k << 2), f32x4.demote_f64x2_zero(sum), 0);
      }
      if (k < count) {
        const x = one<T>(from + k * sizeof<T>());
        const before = load<f64>(own + (k << 3));
        const sum = what === PRODUCT ? before * x : before + x;
        store<f64>(own + (k << 3), sum);
        store<R>(to + k * sizeof<R>(), <R>sum);
      }
    }
  }
}

export function totals_rows_f64(args: usize, chunk: i32, chunks: i32): void {
  totals<f64>(args, chunk, chunks);
}
export function totals_rows_f32(args: usize, chunk: i32, chunks: i32): void {
  totals<f32>(args, chunk, chunks);
}
export function totals_rows_i32(args: usize, chunk: i32, chunks: i32): void {
  totals<i32>(args, chunk, chunks);
}
export function totals_rows_u32(args: usize, chunk: i32, chunks: i32): void {
  totals<u32>(args, chunk, chunks);
}
export function totals_rows_i16(args: usize, chunk: i32, chunks: i32): void {
  totals<i16>(args, chunk, chunks);
}
export function totals_rows_u16(args: usize, chunk: i32, chunks: i32): void {
  totals<u16>(args, chunk, chunks);
}
export function totals_rows_i8(args: usize, chunk: i32, chunks: i32): void {
  totals<i8>(args, chunk, chunks);
}
export function totals_rows_u8(args: usize, chunk: i32, chunks: i32): void {
  totals<u8>(args, chunk, chunks);
}
export function cumsum_rows_f64(args: usize, chunk: i32, chunks: i32): void {
  sumRows<f64, f64>(args, chunk, chunks);
}
export function cumsum_rows_f32(args: usize, chunk: i32, chunks: i32): void {
  sumRows<f32, f64>(args, chunk, chunks);
}
export function cumsum_rows_i32(args: usize, chunk: i32, chunks: i32): void {
  sumRows<i32, f64>(args, chunk, chunks);
}
export function cumsum_rows_u32(args: usize, chunk: i32, chunks: i32): void {
  sumRows<u32, f64>(args, chunk, chunks);
}
export function cumsum_rows_i16(args: usize, chunk: i32, chunks: i32): void {
  sumRows<i16, f64>(args, chunk, chunks);
}
export function cumsum_rows_u16(args: usize, chunk: i32, chunks: i32): void {
  sumRows<u16, f64>(args, chunk, chunks);
}
export function cumsum_rows_i8(args: usize, chunk: i32, chunks: i32): void {
  sumRows<i8, f64>(args, chunk, chunks);
}
export function cumsum_rows_u8(args: usize, chunk: i32, chunks: i32): void {
  sumRows<u8, f64>(args, chunk, chunks);
}
export function cumprod_rows_f64(args: usize, chunk: i32, chunks: i32): void {
  productRows<f64, f64>(args, chunk, chunks);
}
export function cumprod_rows_f32(args: usize, chunk: i32, chunks: i32): void {
  productRows<f32, f64>(args, chunk, chunks);
}
export function cumprod_rows_i32(args: usize, chunk: i32, chunks: i32): void {
  productRows<i32, f64>(args, chunk, chunks);
}
export function cumprod_rows_u32(args: usize, chunk: i32, chunks: i32): void {
  productRows<u32, f64>(args, chunk, chunks);
}
export function cumprod_rows_i16(args: usize, chunk: i32, chunks: i32): void {
  productRows<i16, f64>(args, chunk, chunks);
}
export function cumprod_rows_u16(args: usize, chunk: i32, chunks: i32): void {
  productRows<u16, f64>(args, chunk, chunks);
}
export function cumprod_rows_i8(args: usize, chunk: i32, chunks: i32): void {
  productRows<i8, f64>(args, chunk, chunks);
}
export function cumprod_rows_u8(args: usize, chunk: i32, chunks: i32): void {
  productRows<u8, f64>(args, chunk, chunks);
}
export function cumsum_columns_f64(args: usize, chunk: i32, chunks: i32): void {
  columns<f64, f64>(args, chunk, chunks, 0);
}
export function cumsum_columns_f32(args: usize, chunk: i32, chunks: i32): void {
  columns<f32, f64>(args, chunk, chunks, 0);
}
export function cumsum_columns_i32(args: usize, chunk: i32, chunks: i32): void {
  columns<i32, f64>(args, chunk, chunks, 0);
}
export function cumsum_columns_u32(args: usize, chunk: i32, chunks: i32): void {
  columns<u32, f64>(args, chunk, chunks, 0);
}
export function cumsum_columns_i16(args: usize, chunk: i32, chunks: i32): void {
  columns<i16, f64>(args, chunk, chunks, 0);
}
export function cumsum_columns_u16(args: usize, chunk: i32, chunks: i32): void {
  columns<u16, f64>(args, chunk, chunks, 0);
}
export function cumsum_columns_i8(args: usize, chunk: i32, chunks: i32): void {
  columns<i8, f64>(args, chunk, chunks, 0);
}
export function cumsum_columns_u8(args: usize, chunk: i32, chunks: i32): void {
  columns<u8, f64>(args, chunk, chunks, 0);
}
export function cumprod_columns_f64(args: usize, chunk: i32, chunks: i32): void {
  columns<f64, f64>(args, chunk, chunks, PRODUCT);
}
export function cumprod_columns_f32(args: usize, chunk: i32, chunks: i32): void {
  columns<f32, f64>(args, chunk, chunks, PRODUCT);
}
export function cumprod_columns_i32(args: usize, chunk: i32, chunks: i32): void {
  columns<i32, f64>(args, chunk, chunks, PRODUCT);
}
export function cumprod_columns_u32(args: usize, chunk: i32, chunks: i32): void {
  columns<u32, f64>(args, chunk, chunks, PRODUCT);
}
export function cumprod_columns_i16(args: usize, chunk: i32, chunks: i32): void {
  columns<i16, f64>(args, chunk, chunks, PRODUCT);
}
export function cumprod_columns_u16(args: usize, chunk: i32, chunks: i32): void {
  columns<u16, f64>(args, chunk, chunks, PRODUCT);
}
export function cumprod_columns_i8(args: usize, chunk: i32, chunks: i32): void {
  columns<i8, f64>(args, chunk, chunks, PRODUCT);
}
export function cumprod_columns_u8(args: usize, chunk: i32, chunks: i32): void {
  columns<u8, f64>(args, chunk, chunks, PRODUCT);
}
export function cumsum_rows_f32_f32(args: usize, chunk: i32, chunks: i32): void {
  sumRows<f32, f32>(args, chunk, chunks);
}
export function cumprod_rows_f32_f32(args: usize, chunk: i32, chunks: i32): void {
  productRows<f32, f32>(args, chunk, chunks);
}
export function cumsum_columns_f32_f32(args: usize, chunk: i32, chunks: i32): void {
  columns<f32, f32>(args, chunk, chunks, 0);
}
export function cumprod_columns_f32_f32(args: usize, chunk: i32, chunks: i32): void {
  columns<f32, f32>(args, chunk, chunks, PRODUCT);
}
