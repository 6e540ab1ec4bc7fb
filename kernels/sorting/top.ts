import { boundary, size } from "../args";
import { keyOf } from "./keys";

// The first k records in the order of keys, then of indices: a heap of 16-byte records, the last of them on top.

// @ts-ignore: decorator
@inline
function isAfter(key: u64, index: u64, at: usize): bool {
  const other = load<u64>(at);
  return key > other || (key === other && index > load<u64>(at, 8));
}

/** Puts a record in the place of the heap's top, or further down. */
function sink(heap: usize, n: usize, key: u64, index: u64): void {
  let root: usize = 0;
  for (;;) {
    let child: usize = 2 * root + 1;
    if (child >= n) break;
    let at = heap + (child << 4);
    if (child + 1 < n && isAfter(load<u64>(at, 16), load<u64>(at, 24), at)) {
      child++;
      at += 16;
    }
    if (isAfter(key, index, at)) break;
    store<u64>(heap + (root << 4), load<u64>(at));
    store<u64>(heap + (root << 4), load<u64>(at, 8), 8);
    root = child;
  }
  store<u64>(heap + (root << 4), key);
  store<u64>(heap + (root << 4), index, 8);
}

/** Adds a record to a heap of n. */
function add(heap: usize, n: usize, key: u64, index: u64): void {
  let child = n;
  while (child > 0) {
    const parent = (child - 1) >> 1;
    const at = heap + (parent << 4);
    if (!isAfter(key, index, at)) break;
    store<u64>(heap + (child << 4), load<u64>(at));
    store<u64>(heap + (child << 4), load<u64>(at, 8), 8);
    child = parent;
  }
  store<u64>(heap + (child << 4), key);
  store<u64>(heap + (child << 4), index, 8);
}

/** args: a, rows, n, k, pieces, heaps, descending. The first k of each piece of each row, which has at least k. */
// @ts-ignore: decorator
@inline
function topOfPieces<T>(args: usize, chunk: i32, chunks: i32): void {
  const n = size(args, 2);
  const k = size(args, 3);
  const pieces = size(args, 4);
  const mask: u64 = size(args, 6) ? -1 : 0;
  const items = size(args, 1) * pieces;
  const last = boundary(items, chunk + 1, chunks);
  for (let item = boundary(items, chunk, chunks); item < last; item++) {
    const row = item / pieces;
    const piece = <i32>(item - row * pieces);
    const a = size(args, 0) + row * n * sizeof<T>();
    const heap = size(args, 5) + item * k * 16;
    const end = boundary(n, piece + 1, <i32>pieces);
    let i = boundary(n, piece, <i32>pieces);
    let count: usize = 0;
    for (; count < k; count++, i++) add(heap, count, keyOf<T>(a + i * sizeof<T>(), true) ^ mask, <u64>i);
    let worst = load<u64>(heap);
    for (; i < end; i++) {
      const key = keyOf<T>(a + i * sizeof<T>(), true) ^ mask;
      if (key < worst) {
        sink(heap, k, key, <u64>i);
        worst = load<u64>(heap);
      }
    }
  }
}

/** args: rows, k, pieces, heaps, out. The indices (int32) of the first k of each row, in order. */
export function top_merge(args: usize, chunk: i32, chunks: i32): void {
  const k = size(args, 1);
  const pieces = size(args, 2);
  const last = boundary(size(args, 0), chunk + 1, chunks);
  for (let row = boundary(size(args, 0), chunk, chunks); row < last; row++) {
    const heap = size(args, 3) + row * pieces * k * 16;
    for (let other = k; other < pieces * k; other++) {
      const key = load<u64>(heap + (other << 4));
      const index = load<u64>(heap + (other << 4), 8);
      if (!isAfter(key, index, heap)) sink(heap, k, key, index);
    }
    const out = size(args, 4) + ((row * k) << 2);
    for (let left = k; left > 0; left--) {
      store<i32>(out + ((left - 1) << 2), load<i32>(heap, 8));
      const end = heap + ((left - 1) << 4);
      sink(heap, left - 1, load<u64>(end), load<u64>(end, 8));
    }
  }
}

export function top_pieces_f64(args: usize, chunk: i32, chunks: i32): void {
  topOfPieces<f64>(args, chunk, chunks);
}
export function top_pieces_f32(args: usize, chunk: i32, chunks: i32): void {
  topOfPieces<f32>(args, chunk, chunks);
}
export function top_pieces_i32(args: usize, chunk: i32, chunks: i32): void {
  topOfPieces<i32>(args, chunk, chunks);
}
export function top_pieces_u32(args: usize, chunk: i32, chunks: i32): void {
  topOfPieces<u32>(args, chunk, chunks);
}
export function top_pieces_i16(args: usize, chunk: i32, chunks: i32): void {
  topOfPieces<i16>(args, chunk, chunks);
}
export function top_pieces_u16(args: usize, chunk: i32, chunks: i32): void {
  topOfPieces<u16>(args, chunk, chunks);
}
export function top_pieces_i8(args: usize, chunk: i32, chunks: i32): void {
  topOfPieces<i8>(args, chunk, chunks);
}
export function top_pieces_u8(args: usize, chunk: i32, chunks: i32): void {
  topOfPieces<u8>(args, chunk, chunks);
}
