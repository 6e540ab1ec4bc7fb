import { boundary, size } from "../args";
import { move } from "../memory";

/** Offsets of an axis in the description of a copy: its length, and how far apart its elements are in both arrays. */
const LENGTH: usize = 0;
const FROM: usize = 8;
const TO: usize = 16;
const INDEX: usize = 24;
const AXIS: usize = 32;

/**
 * args: from, to, n, axes, shape, scratch. Copies n elements between arrays of any strides (in elements), the last axis
 * the fastest. Axis k is described by three numbers from shape + 32 k; scratch has room for that of each chunk.
 */
// @ts-ignore: decorator
@inline
function copyElements<T>(args: usize, chunk: i32, chunks: i32): void {
  const n = size(args, 2);
  const axes = <i32>size(args, 3);
  const shape = size(args, 4);
  let i = boundary(n, chunk, chunks);
  const end = boundary(n, chunk + 1, chunks);
  if (i >= end) return;
  const own = size(args, 5) + <usize>chunk * <usize>axes * AXIS;
  move(own, shape, <usize>axes * AXIS);
  let from = size(args, 0);
  let to = size(args, 1);
  let rest = i;
  for (let axis = axes - 1; axis >= 0; axis--) {
    const at = own + <usize>axis * AXIS;
    const length = <usize>load<f64>(at, LENGTH);
    const index = rest % length;
    rest /= length;
    store<usize>(at, index, INDEX);
    from += <usize>(<isize>load<f64>(at, FROM) * <isize>index) * sizeof<T>();
    to += <usize>(<isize>load<f64>(at, TO) * <isize>index) * sizeof<T>();
  }
  const last = own + <usize>(axes - 1) * AXIS;
  const length = <usize>load<f64>(last, LENGTH);
  const fromStep = <usize>(<isize>load<f64>(last, FROM)) * sizeof<T>();
  const toStep = <usize>(<isize>load<f64>(last, TO)) * sizeof<T>();
  let column = load<usize>(last, INDEX);
  while (i < end) {
    const count = min(length - column, end - i);
    if (fromStep === sizeof<T>() && toStep === sizeof<T>()) {
      move(to, from, count * sizeof<T>());
      from += count * fromStep;
      to += count * toStep;
    } else {
      for (let k: usize = 0; k < count; k++) {
        store<T>(to, load<T>(from));
        from += fromStep;
        to += toStep;
      }
    }
    i += count;
    if (i >= end) return;
    from -= length * fromStep;
    to -= length * toStep;
    column = 0;
    for (let axis = axes - 2; axis >= 0; axis--) {
      const at = own + <usize>axis * AXIS;
      const length = <usize>load<f64>(at, LENGTH);
      const index = load<usize>(at, INDEX) + 1;
      from += <usize>(<isize>load<f64>(at, FROM)) * sizeof<T>();
      to += <usize>(<isize>load<f64>(at, TO)) * sizeof<T>();
      if (index < length) {
        store<usize>(at, index, INDEX);
        break;
      }
      store<usize>(at, 0, INDEX);
      from -= <usize>(<isize>load<f64>(at, FROM) * <isize>length) * sizeof<T>();
      to -= <usize>(<isize>load<f64>(at, TO) * <isize>length) * sizeof<T>();
    }
  }
}

export function copy_1(args: usize, chunk: i32, chunks: i32): void {
  copyElements<u8>(args, chunk, chunks);
}
export function copy_2(args: usize, chunk: i32, chunks: i32): void {
  copyElements<u16>(args, chunk, chunks);
}
export function copy_4(args: usize, chunk: i32, chunks: i32): void {
  copyElements<u32>(args, chunk, chunks);
}
export function copy_8(args: usize, chunk: i32, chunks: i32): void {
  copyElements<u64>(args, chunk, chunks);
}
