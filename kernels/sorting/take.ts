import { boundary, size } from "../args";
import { move } from "../memory";

/** args: a, rows, n, indices, count, out, own. Elements by int32 indices: of its own for each row, or the same ones. */
// @ts-ignore: decorator
@inline
function take<T>(args: usize, chunk: i32, chunks: i32): void {
  const n = size(args, 2);
  const count = size(args, 4);
  const out = size(args, 5);
  const own = size(args, 6) !== 0;
  const end = boundary(size(args, 1) * count, chunk + 1, chunks);
  let i = boundary(size(args, 1) * count, chunk, chunks);
  while (i < end) {
    const row = i / count;
    const stop = min(row * count + count, end);
    const a = size(args, 0) + row * n * sizeof<T>();
    const indices = size(args, 3) - (own ? 0 : (row * count) << 2);
    for (; i < stop; i++) {
      const index = <usize>load<i32>(indices + (i << 2));
      store<T>(out + i * sizeof<T>(), load<T>(a + index * sizeof<T>()));
    }
  }
}

/**
 * args: a, n, out, order, counts, inverse, first, found. One chunk. Of sorted elements each once, NaN too: where they
 * are asked for (not 0), how often (int32), which of them each element is in the order that sorted it, and where it was
 * first. At `found`, how many (float64).
 */
// @ts-ignore: decorator
@inline
function distinct<T>(args: usize): void {
  const a = size(args, 0);
  const n = size(args, 1);
  const out = size(args, 2);
  const order = size(args, 3);
  const counts = size(args, 4);
  const inverse = size(args, 5);
  const first = size(args, 6);
  let found: usize = 0;
  let before: T = 0;
  let begin: usize = 0;
  for (let i: usize = 0; i < n; i++) {
    const x = load<T>(a + i * sizeof<T>());
    if (i === 0 || (x !== before && (x === x || before === before))) {
      if (counts && found) store<i32>(counts + ((found - 1) << 2), <i32>(i - begin));
      begin = i;
      store<T>(out + found * sizeof<T>(), x);
      if (first) store<i32>(first + (found << 2), load<i32>(order + (i << 2)));
      found++;
    }
    if (inverse) store<i32>(inverse + (<usize>load<i32>(order + (i << 2)) << 2), <i32>found - 1);
    before = x;
  }
  if (counts && found) store<i32>(counts + ((found - 1) << 2), <i32>(n - begin));
  store<f64>(size(args, 7), <f64>found);
}

export function take_1(args: usize, chunk: i32, chunks: i32): void {
  take<u8>(args, chunk, chunks);
}
export function take_2(args: usize, chunk: i32, chunks: i32): void {
  take<u16>(args, chunk, chunks);
}
export function take_4(args: usize, chunk: i32, chunks: i32): void {
  take<u32>(args, chunk, chunks);
}
export function take_8(args: usize, chunk: i32, chunks: i32): void {
  take<u64>(args, chunk, chunks);
}
export function unique_f64(args: usize, chunk: i32, chunks: i32): void {
  distinct<f64>(args);
}
export function unique_f32(args: usize, chunk: i32, chunks: i32): void {
  distinct<f32>(args);
}
export function unique_i32(args: usize, chunk: i32, chunks: i32): void {
  distinct<i32>(args);
}
export function unique_u32(args: usize, chunk: i32, chunks: i32): void {
  distinct<u32>(args);
}
export function unique_i16(args: usize, chunk: i32, chunks: i32): void {
  distinct<i16>(args);
}
export function unique_u16(args: usize, chunk: i32, chunks: i32): void {
  distinct<u16>(args);
}
export function unique_i8(args: usize, chunk: i32, chunks: i32): void {
  distinct<i8>(args);
}
export function unique_u8(args: usize, chunk: i32, chunks: i32): void {
  distinct<u8>(args);
}
/** args: a, outer, n, indices, count, bytes, out. Whole slices of so many bytes along the middle one of three axes. */
export function take_slices(args: usize, chunk: i32, chunks: i32): void {
  const n = size(args, 2);
  const count = size(args, 4);
  const bytes = size(args, 5);
  const end = boundary(size(args, 1) * count, chunk + 1, chunks);
  for (let i = boundary(size(args, 1) * count, chunk, chunks); i < end; i++) {
    const slab = i / count;
    const index = <usize>load<i32>(size(args, 3) + ((i - slab * count) << 2));
    move(size(args, 6) + i * bytes, size(args, 0) + (slab * n + index) * bytes, bytes);
  }
}
