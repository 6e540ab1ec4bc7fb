import { boundary, size } from "../args";
import { placeOf } from "./bisect";

/** args: a, n, values, m, out, right. Places (int32) of m float64 in n sorted elements. */
// @ts-ignore: decorator
@inline
function searchSorted<T>(args: usize, chunk: i32, chunks: i32): void {
  const a = size(args, 0);
  const n = size(args, 1);
  const right = size(args, 5) !== 0;
  const end = boundary(size(args, 3), chunk + 1, chunks);
  for (let i = boundary(size(args, 3), chunk, chunks); i < end; i++) {
    const v = load<f64>(size(args, 2) + (i << 3));
    store<i32>(size(args, 4) + (i << 2), <i32>placeOf<T>(a, n, v, right));
  }
}

export function searchsorted_f64(args: usize, chunk: i32, chunks: i32): void {
  searchSorted<f64>(args, chunk, chunks);
}
export function searchsorted_f32(args: usize, chunk: i32, chunks: i32): void {
  searchSorted<f32>(args, chunk, chunks);
}
export function searchsorted_i32(args: usize, chunk: i32, chunks: i32): void {
  searchSorted<i32>(args, chunk, chunks);
}
export function searchsorted_u32(args: usize, chunk: i32, chunks: i32): void {
  searchSorted<u32>(args, chunk, chunks);
}
export function searchsorted_i16(args: usize, chunk: i32, chunks: i32): void {
  searchSorted<i16>(args, chunk, chunks);
}
export function searchsorted_u16(args: usize, chunk: i32, chunks: i32): void {
  searchSorted<u16>(args, chunk, chunks);
}
export function searchsorted_i8(args: usize, chunk: i32, chunks: i32): void {
  searchSorted<i8>(args, chunk, chunks);
}
export function searchsorted_u8(args: usize, chunk: i32, chunks: i32): void {
  searchSorted<u8>(args, chunk, chunks);
}
