import { boundary, number, size } from "../args";
import { one, two } from "../elements";

/** args: from, to, n. Elements of another type as float64. */
// @ts-ignore: decorator
@inline
function widen<T>(args: usize, chunk: i32, chunks: i32): void {
  const from = size(args, 0);
  const to = size(args, 1);
  const n = size(args, 2);
  const end = boundary(n, chunk + 1, chunks);
  let i = boundary(n, chunk, chunks);
  for (; i + 2 <= end; i += 2) v128.store(to + (i << 3), two<T>(from + i * sizeof<T>()));
  if (i < end) store<f64>(to + (i << 3), one<T>(from + i * sizeof<T>()));
}

/** What `finish` does with a number. */
const ROOT: i32 = 1;
const NOT_ZERO: i32 = 2;
const ZERO: i32 = 3;

/** args: from, to, n, divisor, what. Float64 numbers by a divisor, as is, as square roots, or as bools. */
// @ts-ignore: decorator
@inline
function finish<T>(args: usize, chunk: i32, chunks: i32): void {
  const from = size(args, 0);
  const to = size(args, 1);
  const n = size(args, 2);
  const divisor = number(args, 3);
  const what = <i32>number(args, 4);
  const end = boundary(n, chunk + 1, chunks);
  for (let i = boundary(n, chunk, chunks); i < end; i++) {
    let x = load<f64>(from + (i << 3)) / divisor;
    if (what === ROOT) x = sqrt(x);
    else if (what === NOT_ZERO) x = <f64>(x !== 0);
    else if (what === ZERO) x = <f64>(x === 0);
    store<T>(to + i * sizeof<T>(), <T>x);
  }
}

export function finish_f64(args: usize, chunk: i32, chunks: i32): void {
  finish<f64>(args, chunk, chunks);
}
export function finish_f32(args: usize, chunk: i32, chunks: i32): void {
  finish<f32>(args, chunk, chunks);
}
export function finish_i32(args: usize, chunk: i32, chunks: i32): void {
  finish<i32>(args, chunk, chunks);
}
export function finish_u8(args: usize, chunk: i32, chunks: i32): void {
  finish<u8>(args, chunk, chunks);
}
export function widen_f64(args: usize, chunk: i32, chunks: i32): void {
  widen<f64>(args, chunk, chunks);
}
export function widen_f32(args: usize, chunk: i32, chunks: i32): void {
  widen<f32>(args, chunk, chunks);
}
export function widen_i32(args: usize, chunk: i32, chunks: i32): void {
  widen<i32>(args, chunk, chunks);
}
export function widen_u32(args: usize, chunk: i32, chunks: i32): void {
  widen<u32>(args, chunk, chunks);
}
export function widen_i16(args: usize, chunk: i32, chunks: i32): void {
  widen<i16>(args, chunk, chunks);
}
export function widen_u16(args: usize, chunk: i32, chunks: i32): void {
  widen<u16>(args, chunk, chunks);
}
export function widen_i8(args: usize, chunk: i32, chunks: i32): void {
  widen<i8>(args, chunk, chunks);
}
export function widen_u8(args: usize, chunk: i32, chunks: i32): void {
  widen<u8>(args, chunk, chunks);
}
