// The product of packed matrices. The order in which the terms of an element are added is always the same: by k.

import { boundary, size } from "../args";

/** Rows of a panel of the left operand. */
const HEIGHT: usize = 4;
/** Bytes of a row of a panel of the right operand: two vectors. */
const ROW: usize = 32;

/** What is computed at a time of the result stays in the cache of a core, and so does what it is computed from. */
const TILE_ROWS: usize = 64;
const TILE_COLUMNS: usize = 256;
const TILE_LENGTH: usize = 256;

/** x * y + z, where relaxed SIMD is in one rounding if the machine has that. */
// @ts-ignore: decorator
@inline
function madd<T>(x: v128, y: v128, z: v128): v128 {
  if (isFloat<T>() && ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<T>(x, y, z);
  return v128.add<T>(z, v128.mul<T>(x, y));
}

// V8 keeps what this needs in registers as long as it is a function of its own, and its loop is not unrolled.

/** A tile of 4 rows and two vectors: c = a * b, or c += a * b. */
function micro<T>(k: usize, a: usize, b: usize, c: usize, row: usize, more: bool): void {
  let c00 = i64x2.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  const c1 = c + row;
  const c2 = c1 + row;
  const c3 = c2 + row;
  if (more) {
    c00 = v128.load(c);
    c01 = v128.load(c, 16);
    c10 = v128.load(c1);
    c11 = v128.load(c1, 16);
    c20 = v128.load(c2);
    c21 = v128.load(c2, 16);
    c30 = v128.load(c3);
    c31 = v128.load(c3, 16);
  }
  for (const end = a + k * HEIGHT * sizeof<T>(); a < end; a += HEIGHT * sizeof<T>()) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load_splat<T>(a);
    c00 = madd<T>(a0, b0, c00);
    c01 = madd<T>(a0, b1, c01);
    const a1 = v128.load_splat<T>(a, sizeof<T>());
    c10 = madd<T>(a1, b0, c10);
    c11 = madd<T>(a1, b1, c11);
    const a2 = v128.load_splat<T>(a, 2 * sizeof<T>());
    c20 = madd<T>(a2, b0, c20);
    c21 = madd<T>(a2, b1, c21);
    const a3 = v128.load_splat<T>(a, 3 * sizeof<T>());
    c30 = madd<T>(a3, b0, c30);
    c31 = madd<T>(a3, b1, c31);
    b += ROW;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c1, c10);
  v128.store(c1, c11, 16);
  v128.store(c2, c20);
  v128.store(c2, c21, 16);
  v128.store(c3, c30);
  v128.store(c3, c31, 16);
}

/** A part of the result that is not as large as the innermost kernel makes it: made beside it, then copied. */
function edge<T>(
  k: usize, a: usize, b: usize, c: usize, row: usize, more: bool, rows: usize, columns: usize, spare: usize,
): void {
  const bytes = columns * sizeof<T>();
  if (more) for (let i: usize = 0; i < rows; i++) memory.copy(spare + i * ROW, c + i * row, bytes);
  micro<T>(k, a, b, spare, ROW, more);
  for (let i: usize = 0; i < rows; i++) memory.copy(c + i * row, spare + i * ROW, bytes);
}

/**
 * args: packed left operands, packed right ones, result, rows, columns, length, which left and right operand belongs to
 * each product, how many products, 128 spare bytes for each chunk.
 */
// @ts-ignore: decorator
@inline
function gemm<T>(args: usize, chunk: i32, chunks: i32): void {
  const left = size(args, 0);
  const right = size(args, 1);
  const result = size(args, 2);
  const m = size(args, 3);
  const n = size(args, 4);
  const length = size(args, 5);
  const lefts = size(args, 6);
  const rights = size(args, 7);
  const products = size(args, 8);
  const spare = size(args, 9) + <usize>chunk * 4 * ROW;
  const width = ROW / sizeof<T>();
  const row = n * sizeof<T>();
  const leftPanels = (m + HEIGHT - 1) / HEIGHT;
  const rightPanels = (n + width - 1) / width;
  const down = (m + TILE_ROWS - 1) / TILE_ROWS;
  const across = (n + TILE_COLUMNS - 1) / TILE_COLUMNS;
  const last = boundary(products * down * across, chunk + 1, chunks);
  for (let tile = boundary(products * down * across, chunk, chunks); tile < last; tile++) {
    const product = tile / (down * across);
    const place = tile % (down * across);
    const firstRow = (place % down) * TILE_ROWS;
    const firstColumn = (place / down) * TILE_COLUMNS;
    const endRow = min(firstRow + TILE_ROWS, m);
    const endColumn = min(firstColumn + TILE_COLUMNS, n);
    const a = left + <usize>load<u32>(lefts + (product << 2)) * leftPanels * HEIGHT * length * sizeof<T>();
    const b = right + <usize>load<u32>(rights + (product << 2)) * rightPanels * ROW * length;
    const c = result + product * m * row;
    for (let from: usize = 0; from < length; from += TILE_LENGTH) {
      const k = min(TILE_LENGTH, length - from);
      for (let column = firstColumn; column < endColumn; column += width) {
        const panel = b + (column / width) * ROW * length + from * ROW;
        for (let i = firstRow; i < endRow; i += HEIGHT) {
          const other = a + i * length * sizeof<T>() + from * HEIGHT * sizeof<T>();
          const to = c + i * row + column * sizeof<T>();
          if (i + HEIGHT <= m && column + width <= n) micro<T>(k, other, panel, to, row, from > 0);
          else edge<T>(k, other, panel, to, row, from > 0, min(HEIGHT, m - i), min(width, n - column), spare);
        }
      }
    }
  }
}

export function gemm_f64(args: usize, chunk: i32, chunks: i32): void {
  gemm<f64>(args, chunk, chunks);
}
export function gemm_f32(args: usize, chunk: i32, chunks: i32): void {
  gemm<f32>(args, chunk, chunks);
}
export function gemm_i32(args: usize, chunk: i32, chunks: i32): void {
  gemm<i32>(args, chunk, chunks);
}
