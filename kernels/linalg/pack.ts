// Operands of a product are copied before they are multiplied, into panels as wide as the innermost kernel reads: each
// element of a panel's k-th column lies beside the others of that column. Whatever strides and type an operand has, all
// else sees one form of it.

import { boundary, size } from "../args";

/** A distance in bytes. Negative ones are what they are modulo 2 ** 32: addresses wrap. */
// @ts-ignore: decorator
@inline
function step(args: usize, k: i32): usize {
  return <usize><i64>load<f64>(args + (<usize>k << 3));
}

/** Types of elements, as they are numbered in src/numeric/linalg/types.ts. */
const enum Source { f64, f32, i32, u32, i16, u16, i8, u8, b8 }

function packPanel<S, D>(
  from: usize, across: usize, along: usize, length: usize,
  target: usize, width: usize, used: usize,
): void {
  for (let k: usize = 0; k < length; k++) {
    let at = from + k * along;
    const to = target + k * width * sizeof<D>();
    let i: usize = 0;
    for (; i < used; i++) {
      store<D>(to + i * sizeof<D>(), <D>load<S>(at));
      at += across;
    }
    for (; i < width; i++) store<D>(to + i * sizeof<D>(), 0);
  }
}

/** Panels whose elements lie side by side already, of the type that is wanted. */
function copyPanel<D>(from: usize, along: usize, length: usize, target: usize, width: usize): void {
  const bytes = width * sizeof<D>();
  for (let k: usize = 0; k < length; k++) {
    for (let at: usize = 0; at < bytes; at += 16) v128.store(target + at, v128.load(from + at));
    from += along;
    target += bytes;
  }
}

/**
 * args: where the addresses of the matrices are, how many, rows, length, bytes from row to row and along a row, type,
 * target, rows of a panel. A matrix of so many rows becomes panels of as many as a panel has, the last one filled up with
 * zeros; matrices follow each other.
 */
// @ts-ignore: decorator
@inline
function pack<D>(args: usize, chunk: i32, chunks: i32): void {
  const addresses = size(args, 0);
  const matrices = size(args, 1);
  const rows = size(args, 2);
  const length = size(args, 3);
  const across = step(args, 4);
  const along = step(args, 5);
  const source = <i32>size(args, 6);
  const target = size(args, 7);
  const width = size(args, 8);
  const panels = (rows + width - 1) / width;
  const last = boundary(matrices * panels, chunk + 1, chunks);
  for (let k = boundary(matrices * panels, chunk, chunks); k < last; k++) {
    const panel = k % panels;
    const from = <usize>load<u32>(addresses + ((k / panels) << 2)) + panel * width * across;
    const to = target + k * width * length * sizeof<D>();
    const used = min(width, rows - panel * width);
    const same = source === (isFloat<D>() ? (sizeof<D>() === 8 ? Source.f64 : Source.f32) : Source.i32);
    if (same && used === width && across === sizeof<D>() && width * sizeof<D>() % 16 === 0)
      copyPanel<D>(from, along, length, to, width);
    else if (source === Source.f64) packPanel<f64, D>(from, across, along, length, to, width, used);
    else if (source === Source.f32) packPanel<f32, D>(from, across, along, length, to, width, used);
    else if (source === Source.i32) packPanel<i32, D>(from, across, along, length, to, width, used);
    else if (source === Source.u32) packPanel<u32, D>(from, across, along, length, to, width, used);
    else if (source === Source.i16) packPanel<i16, D>(from, across, along, length, to, width, used);
    else if (source === Source.u16) packPanel<u16, D>(from, across, along, length, to, width, used);
    else if (source === Source.i8) packPanel<i8, D>(from, across, along, length, to, width, used);
    else packPanel<u8, D>(from, across, along, length, to, width, used);
  }
}

export function pack_f64(args: usize, chunk: i32, chunks: i32): void {
  pack<f64>(args, chunk, chunks);
}
export function pack_f32(args: usize, chunk: i32, chunks: i32): void {
  pack<f32>(args, chunk, chunks);
}
export function pack_i32(args: usize, chunk: i32, chunks: i32): void {
  pack<i32>(args, chunk, chunks);
}

/** args: i32 numbers, n, target, type. Narrows integers; of truth values, anything but 0 is 1. */
export function narrow_i32(args: usize, chunk: i32, chunks: i32): void {
  const from = size(args, 0);
  const n = size(args, 1);
  const target = size(args, 2);
  const type = <i32>size(args, 3);
  const end = boundary(n, chunk + 1, chunks);
  for (let i = boundary(n, chunk, chunks); i < end; i++) {
    const value = load<i32>(from + (i << 2));
    if (type === Source.i16 || type === Source.u16) store<i16>(target + (i << 1), <i16>value);
    else if (type === Source.b8) store<u8>(target + i, value !== 0 ? 1 : 0);
    else store<i8>(target + i, <i8>value);
  }
}
