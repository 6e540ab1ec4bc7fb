import { boundary, size } from "../args";
import { BLOCK } from "./block";
import { beats, extremeBlock } from "./extreme";
import { productBlock, squaresBlock, sumBlock } from "./sum";
import { countBlock, findBlock } from "./truth";

const SUM: i32 = 0;
const PRODUCT: i32 = 1;
const COUNT: i32 = 2;
const MOMENTS: i32 = 3;
const MIN: i32 = 4;
const MAX: i32 = 5;

/**
 * args: a, rows, n, parts, squares. Reduces each block of each of the rows, which lie one after the other, and puts
 * the results in the same order to `parts`: float64 for sums, elements for extremes. Squares are for moments only.
 */
// @ts-ignore: decorator
@inline
function blocks<T>(args: usize, chunk: i32, chunks: i32, what: i32): void {
  const a = size(args, 0);
  const rows = size(args, 1);
  const n = size(args, 2);
  const parts = size(args, 3);
  const blocks = (n + BLOCK - 1) / BLOCK;
  const last = boundary(rows * blocks, chunk + 1, chunks);
  let part = boundary(rows * blocks, chunk, chunks);
  let row = part / blocks;
  let block = part - row * blocks;
  for (; part < last; part++) {
    const at = a + (row * n + block * BLOCK) * sizeof<T>();
    const count = min(BLOCK, n - block * BLOCK);
    if (what === SUM) store<f64>(parts + (part << 3), sumBlock<T>(at, count));
    else if (what === PRODUCT) store<f64>(parts + (part << 3), productBlock<T>(at, count));
    else if (what === COUNT) store<f64>(parts + (part << 3), countBlock<T>(at, count));
    else if (what === MOMENTS) {
      const sum = sumBlock<T>(at, count);
      store<f64>(parts + (part << 3), sum);
      store<f64>(size(args, 4) + (part << 3), squaresBlock<T>(at, count, sum / <f64>count));
    } else store<T>(parts + part * sizeof<T>(), extremeBlock<T>(at, count, what === MAX));
    if (++block === blocks) {
      block = 0;
      row++;
    }
  }
}

/**
 * args: a, rows, n, out. A byte for each row, which was 0: 1 where one of its elements is not zero, or is, if `wanted`
 * is false. Who looks through another block of the same row stops.
 */
// @ts-ignore: decorator
@inline
function find<T>(args: usize, chunk: i32, chunks: i32, wanted: bool): void {
  const a = size(args, 0);
  const rows = size(args, 1);
  const n = size(args, 2);
  const out = size(args, 3);
  const blocks = (n + BLOCK - 1) / BLOCK;
  const last = boundary(rows * blocks, chunk + 1, chunks);
  for (let part = boundary(rows * blocks, chunk, chunks); part < last; part++) {
    const row = part / blocks;
    if (atomic.load<u8>(out + row)) continue;
    const block = part - row * blocks;
    const at = a + (row * n + block * BLOCK) * sizeof<T>();
    if (findBlock<T>(at, min(BLOCK, n - block * BLOCK), wanted)) atomic.store<u8>(out + row, 1);
  }
}

/**
 * args: a, rows, n, parts, out. The index (int32) of each row's first least or greatest element, or first NaN; the
 * extremes of its blocks are in `parts`.
 */
// @ts-ignore: decorator
@inline
function positions<T>(args: usize, chunk: i32, chunks: i32, greatest: bool): void {
  const rows = size(args, 1);
  const n = size(args, 2);
  const out = size(args, 4);
  const blocks = (n + BLOCK - 1) / BLOCK;
  const last = boundary(rows, chunk + 1, chunks);
  for (let row = boundary(rows, chunk, chunks); row < last; row++) {
    const parts = size(args, 3) + row * blocks * sizeof<T>();
    let best = load<T>(parts);
    let block: usize = 0;
    for (let k: usize = 1; k < blocks && best === best; k++) {
      const x = load<T>(parts + k * sizeof<T>());
      if (beats<T>(x, best, greatest) || x !== x) {
        best = x;
        block = k;
      }
    }
    const at = size(args, 0) + row * n * sizeof<T>();
    let i = block * BLOCK;
    for (; ; i++) {
      const x = load<T>(at + i * sizeof<T>());
      if (x === best || x !== x) break;
    }
    store<i32>(out + (row << 2), <i32>i);
  }
}
export function sum_rows_f64(args: usize, chunk: i32, chunks: i32): void {
  blocks<f64>(args, chunk, chunks, SUM);
}
export function sum_rows_f32(args: usize, chunk: i32, chunks: i32): void {
  blocks<f32>(args, chunk, chunks, SUM);
}
export function sum_rows_i32(args: usize, chunk: i32, chunks: i32): void {
  blocks<i32>(args, chunk, chunks, SUM);
}
export function sum_rows_u32(args: usize, chunk: i32, chunks: i32): void {
  blocks<u32>(args, chunk, chunks, SUM);
}
export function sum_rows_i16(args: usize, chunk: i32, chunks: i32): void {
  blocks<i16>(args, chunk, chunks, SUM);
}
export function sum_rows_u16(args: usize, chunk: i32, chunks: i32): void {
  blocks<u16>(args, chunk, chunks, SUM);
}
export function sum_rows_i8(args: usize, chunk: i32, chunks: i32): void {
  blocks<i8>(args, chunk, chunks, SUM);
}
export function sum_rows_u8(args: usize, chunk: i32, chunks: i32): void {
  blocks<u8>(args, chunk, chunks, SUM);
}
export function product_rows_f64(args: usize, chunk: i32, chunks: i32): void {
  blocks<f64>(args, chunk, chunks, PRODUCT);
}
export function product_rows_f32(args: usize, chunk: i32, chunks: i32): void {
  blocks<f32>(args, chunk, chunks, PRODUCT);
}
export function product_rows_i32(args: usize, chunk: i32, chunks: i32): void {
  blocks<i32>(args, chunk, chunks, PRODUCT);
}
export function product_rows_u32(args: usize, chunk: i32, chunks: i32): void {
  blocks<u32>(args, chunk, chunks, PRODUCT);
}
export function product_rows_i16(args: usize, chunk: i32, chunks: i32): void {
  blocks<i16>(args, chunk, chunks, PRODUCT);
}
export function product_rows_u16(args: usize, chunk: i32, chunks: i32): void {
  blocks<u16>(args, chunk, chunks, PRODUCT);
}
export function product_rows_i8(args: usize, chunk: i32, chunks: i32): void {
  blocks<i8>(args, chunk, chunks, PRODUCT);
}
export function product_rows_u8(args: usize, chunk: i32, chunks: i32): void {
  blocks<u8>(args, chunk, chunks, PRODUCT);
}
export function count_rows_f64(args: usize, chunk: i32, chunks: i32): void {
  blocks<f64>(args, chunk, chunks, COUNT);
}
export function count_rows_f32(args: usize, chunk: i32, chunks: i32): void {
  blocks<f32>(args, chunk, chunks, COUNT);
}
export function count_rows_i32(args: usize, chunk: i32, chunks: i32): void {
  blocks<i32>(args, chunk, chunks, COUNT);
}
export function count_rows_u32(args: usize, chunk: i32, chunks: i32): void {
  blocks<u32>(args, chunk, chunks, COUNT);
}
export function count_rows_i16(args: usize, chunk: i32, chunks: i32): void {
  blocks<i16>(args, chunk, chunks, COUNT);
}
export function count_rows_u16(args: usize, chunk: i32, chunks: i32): void {
  blocks<u16>(args, chunk, chunks, COUNT);
}
export function count_rows_i8(args: usize, chunk: i32, chunks: i32): void {
  blocks<i8>(args, chunk, chunks, COUNT);
}
export function count_rows_u8(args: usize, chunk: i32, chunks: i32): void {
  blocks<u8>(args, chunk, chunks, COUNT);
}
export function moments_rows_f64(args: usize, chunk: i32, chunks: i32): void {
  blocks<f64>(args, chunk, chunks, MOMENTS);
}
export function moments_rows_f32(args: usize, chunk: i32, chunks: i32): void {
  blocks<f32>(args, chunk, chunks, MOMENTS);
}
export function moments_rows_i32(args: usize, chunk: i32, chunks: i32): void {
  blocks<i32>(args, chunk, chunks, MOMENTS);
}
export function moments_rows_u32(args: usize, chunk: i32, chunks: i32): void {
  blocks<u32>(args, chunk, chunks, MOMENTS);
}
export function moments_rows_i16(args: usize, chunk: i32, chunks: i32): void {
  blocks<i16>(args, chunk, chunks, MOMENTS);
}
export function moments_rows_u16(args: usize, chunk: i32, chunks: i32): void {
  blocks<u16>(args, chunk, chunks, MOMENTS);
}
export function moments_rows_i8(args: usize, chunk: i32, chunks: i32): void {
  blocks<i8>(args, chunk, chunks, MOMENTS);
}
export function moments_rows_u8(args: usize, chunk: i32, chunks: i32): void {
  blocks<u8>(args, chunk, chunks, MOMENTS);
}
export function min_rows_f64(args: usize, chunk: i32, chunks: i32): void {
  blocks<f64>(args, chunk, chunks, MIN);
}
export function min_rows_f32(args: usize, chunk: i32, chunks: i32): void {
  blocks<f32>(args, chunk, chunks, MIN);
}
export function min_rows_i32(args: usize, chunk: i32, chunks: i32): void {
  blocks<i32>(args, chunk, chunks, MIN);
}
export function min_rows_u32(args: usize, chunk: i32, chunks: i32): void {
  blocks<u32>(args, chunk, chunks, MIN);
}
export function min_rows_i16(args: usize, chunk: i32, chunks: i32): void {
  blocks<i16>(args, chunk, chunks, MIN);
}
export function min_rows_u16(args: usize, chunk: i32, chunks: i32): void {
  blocks<u16>(args, chunk, chunks, MIN);
}
export function min_rows_i8(args: usize, chunk: i32, chunks: i32): void {
  blocks<i8>(args, chunk, chunks, MIN);
}
export function min_rows_u8(args: usize, chunk: i32, chunks: i32): void {
  blocks<u8>(args, chunk, chunks, MIN);
}
export function max_rows_f64(args: usize, chunk: i32, chunks: i32): void {
  blocks<f64>(args, chunk, chunks, MAX);
}
export function max_rows_f32(args: usize, chunk: i32, chunks: i32): void {
  blocks<f32>(args, chunk, chunks, MAX);
}
export function max_rows_i32(args: usize, chunk: i32, chunks: i32): void {
  blocks<i32>(args, chunk, chunks, MAX);
}
export function max_rows_u32(args: usize, chunk: i32, chunks: i32): void {
  blocks<u32>(args, chunk, chunks, MAX);
}
export function max_rows_i16(args: usize, chunk: i32, chunks: i32): void {
  blocks<i16>(args, chunk, chunks, MAX);
}
export function max_rows_u16(args: usize, chunk: i32, chunks: i32): void {
  blocks<u16>(args, chunk, chunks, MAX);
}
export function max_rows_i8(args: usize, chunk: i32, chunks: i32): void {
  blocks<i8>(args, chunk, chunks, MAX);
}
export function max_rows_u8(args: usize, chunk: i32, chunks: i32): void {
  blocks<u8>(args, chunk, chunks, MAX);
}
export function any_rows_f64(args: usize, chunk: i32, chunks: i32): void {
  find<f64>(args, chunk, chunks, true);
}
export function any_rows_f32(args: usize, chunk: i32, chunks: i32): void {
  find<f32>(args, chunk, chunks, true);
}
export function any_rows_i32(args: usize, chunk: i32, chunks: i32): void {
  find<i32>(args, chunk, chunks, true);
}
export function any_rows_u32(args: usize, chunk: i32, chunks: i32): void {
  find<u32>(args, chunk, chunks, true);
}
export function any_rows_i16(args: usize, chunk: i32, chunks: i32): void {
  find<i16>(args, chunk, chunks, true);
}
export function any_rows_u16(args: usize, chunk: i32, chunks: i32): void {
  find<u16>(args, chunk, chunks, true);
}
export function any_rows_i8(args: usize, chunk: i32, chunks: i32): void {
  find<i8>(args, chunk, chunks, true);
}
export function any_rows_u8(args: usize, chunk: i32, chunks: i32): void {
  find<u8>(args, chunk, chunks, true);
}
export function all_rows_f64(args: usize, chunk: i32, chunks: i32): void {
  find<f64>(args, chunk, chunks, false);
}
export function all_rows_f32(args: usize, chunk: i32, chunks: i32): void {
  find<f32>(args, chunk, chunks, false);
}
export function all_rows_i32(args: usize, chunk: i32, chunks: i32): void {
  find<i32>(args, chunk, chunks, false);
}
export function all_rows_u32(args: usize, chunk: i32, chunks: i32): void {
  find<u32>(args, chunk, chunks, false);
}
export function all_rows_i16(args: usize, chunk: i32, chunks: i32): void {
  find<i16>(args, chunk, chunks, false);
}
export function all_rows_u16(args: usize, chunk: i32, chunks: i32): void {
  find<u16>(args, chunk, chunks, false);
}
export function all_rows_i8(args: usize, chunk: i32, chunks: i32): void {
  find<i8>(args, chunk, chunks, false);
}
export function all_rows_u8(args: usize, chunk: i32, chunks: i32): void {
  find<u8>(args, chunk, chunks, false);
}
export function argmin_rows_f64(args: usize, chunk: i32, chunks: i32): void {
  positions<f64>(args, chunk, chunks, false);
}
export function argmin_rows_f32(args: usize, chunk: i32, chunks: i32): void {
  positions<f32>(args, chunk, chunks, false);
}
export function argmin_rows_i32(args: usize, chunk: i32, chunks: i32): void {
  positions<i32>(args, chunk, chunks, false);
}
export function argmin_rows_u32(args: usize, chunk: i32, chunks: i32): void {
  positions<u32>(args, chunk, chunks, false);
}
export function argmin_rows_i16(args: usize, chunk: i32, chunks: i32): void {
  positions<i16>(args, chunk, chunks, false);
}
export function argmin_rows_u16(args: usize, chunk: i32, chunks: i32): void {
  positions<u16>(args, chunk, chunks, false);
}
export function argmin_rows_i8(args: usize, chunk: i32, chunks: i32): void {
  positions<i8>(args, chunk, chunks, false);
}
export function argmin_rows_u8(args: usize, chunk: i32, chunks: i32): void {
  positions<u8>(args, chunk, chunks, false);
}
export function argmax_rows_f64(args: usize, chunk: i32, chunks: i32): void {
  positions<f64>(args, chunk, chunks, true);
}
export function argmax_rows_f32(args: usize, chunk: i32, chunks: i32): void {
  positions<f32>(args, chunk, chunks, true);
}
export function argmax_rows_i32(args: usize, chunk: i32, chunks: i32): void {
  positions<i32>(args, chunk, chunks, true);
}
export function argmax_rows_u32(args: usize, chunk: i32, chunks: i32): void {
  positions<u32>(args, chunk, chunks, true);
}
export function argmax_rows_i16(args: usize, chunk: i32, chunks: i32): void {
  positions<i16>(args, chunk, chunks, true);
}
export function argmax_rows_u16(args: usize, chunk: i32, chunks: i32): void {
  positions<u16>(args, chunk, chunks, true);
}
export function argmax_rows_i8(args: usize, chunk: i32, chunks: i32): void {
  positions<i8>(args, chunk, chunks, true);
}
export function argmax_rows_u8(args: usize, chunk: i32, chunks: i32): void {
  positions<u8>(args, chunk, chunks, true);
}
