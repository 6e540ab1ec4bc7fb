import { boundary, size } from "../args";

/** args: a, outer, n, inner, out. Elements less those before them along the middle one of three axes. */
// @ts-ignore: decorator
@inline
function differences<T>(args: usize, chunk: i32, chunks: i32, bools: bool): void {
  const inner = size(args, 3);
  const run = (size(args, 2) - 1) * inner;
  const out = size(args, 4);
  const end = boundary(size(args, 1) * run, chunk + 1, chunks);
  let i = boundary(size(args, 1) * run, chunk, chunks);
  while (i < end) {
    const slab = i / run;
    const stop = min(slab * run + run, end);
    // a slab of `a` has one row more
    let at = size(args, 0) + (i + slab * inner) * sizeof<T>();
    let to = out + i * sizeof<T>();
    const last = out + stop * sizeof<T>();
    const next = inner * sizeof<T>();
    for (; to + 16 <= last; to += 16) {
      const x = v128.load(at);
      const y = v128.load(at + next);
      v128.store(to, bools ? v128.xor(x, y) : v128.sub<T>(y, x));
      at += 16;
    }
    for (; to < last; to += sizeof<T>()) {
      const x = load<T>(at);
      const y = load<T>(at + next);
      if (isFloat<T>()) store<T>(to, y - x);
      else store<T>(to, bools ? y ^ x : y - x);
      at += sizeof<T>();
    }
    i = stop;
  }
}

export function diff_f64(args: usize, chunk: i32, chunks: i32): void {
  differences<f64>(args, chunk, chunks, false);
}
export function diff_f32(args: usize, chunk: i32, chunks: i32): void {
  differences<f32>(args, chunk, chunks, false);
}
export function diff_i32(args: usize, chunk: i32, chunks: i32): void {
  differences<i32>(args, chunk, chunks, false);
}
export function diff_u32(args: usize, chunk: i32, chunks: i32): void {
  differences<u32>(args, chunk, chunks, false);
}
export function diff_i16(args: usize, chunk: i32, chunks: i32): void {
  differences<i16>(args, chunk, chunks, false);
}
export function diff_u16(args: usize, chunk: i32, chunks: i32): void {
  differences<u16>(args, chunk, chunks, false);
}
export function diff_i8(args: usize, chunk: i32, chunks: i32): void {
  differences<i8>(args, chunk, chunks, false);
}
export function diff_u8(args: usize, chunk: i32, chunks: i32): void {
  differences<u8>(args, chunk, chunks, false);
}
export function diff_b8(args: usize, chunk: i32, chunks: i32): void {
  differences<u8>(args, chunk, chunks, true);
}
