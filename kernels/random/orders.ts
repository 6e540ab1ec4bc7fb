// Orders and choices without repetition from the stream of a PCG64, as NumPy 1.24 makes them. Each kernel is one chunk.

import { size } from "../args";
import { below } from "./bounded";
import { next32 } from "./pcg64";

// @ts-ignore: decorator
@inline
function swap(data: usize, i: usize, j: usize): void {
  const x = load<i32>(data + (i << 2));
  store<i32>(data + (i << 2), load<i32>(data + (j << 2)));
  store<i32>(data + (j << 2), x);
}

/** args: state, out, n. The numbers (int32) of 0 to n - 1 in an order that NumPy's `shuffle` would give them. */
export function order_i32(args: usize, chunk: i32, chunks: i32): void {
  const state = size(args, 0);
  const out = size(args, 1);
  const n = size(args, 2);
  for (let i: usize = 0; i < n; i++) store<i32>(out + (i << 2), <i32>i);
  for (let i = n - 1; <isize>i > 0; i--) {
    // not Lemire's way here: bits are masked, and what is too great is refused
    const mask = <u32>-1 >> clz<u32>(<u32>i);
    let j = next32(state) & mask;
    while (j > <u32>i) j = next32(state) & mask;
    swap(out, i, j);
  }
}

/** Puts elements from the last down to number `first` in a random order. */
function shuffleTail(state: usize, data: usize, n: usize, first: usize): void {
  for (let i = n - 1; <isize>i >= <isize>first; i--) swap(data, i, <usize>below(state, <u64>i));
}

/** args: state, out, population, n, all. Numbers (int32) below `population`, none twice; `all` has room for it. */
export function choice_tail_i32(args: usize, chunk: i32, chunks: i32): void {
  const population = size(args, 2);
  const n = size(args, 3);
  const all = size(args, 4);
  for (let i: usize = 0; i < population; i++) store<i32>(all + (i << 2), <i32>i);
  shuffleTail(size(args, 0), all, population, max<usize>(population - n, 1));
  const from = all + ((population - n) << 2);
  for (let i: usize = 0; i < n; i++) store<i32>(size(args, 1) + (i << 2), load<i32>(from + (i << 2)));
}

/**
 * args: state, out, population, n, set, mask, shuffle. The same by R. W. Floyd's algorithm: J. Bentley, "Programming
 * Pearls: A Sample of Brilliance" (1987). The set is of int32, with room for `mask` + 1.
 */
export function choice_set_i32(args: usize, chunk: i32, chunks: i32): void {
  const state = size(args, 0);
  const out = size(args, 1);
  const population = size(args, 2);
  const n = size(args, 3);
  const set = size(args, 4);
  const mask = size(args, 5);
  for (let k: usize = 0; k <= mask; k++) store<i32>(set + (k << 2), -1);
  for (let j = population - n; j < population; j++) {
    let value = <i32>below(state, <u64>j);
    let at = <usize>value & mask;
    while (load<i32>(set + (at << 2)) !== -1 && load<i32>(set + (at << 2)) !== value) at = (at + 1) & mask;
    if (load<i32>(set + (at << 2)) !== -1) {
      // it is taken: number j cannot be
      value = <i32>j;
      at = j & mask;
      while (load<i32>(set + (at << 2)) !== -1) at = (at + 1) & mask;
    }
    store<i32>(set + (at << 2), value);
    store<i32>(out + ((j + n - population) << 2), value);
  }
  if (size(args, 6)) shuffleTail(state, out, n, 1);
}
