// Sorts records by their keys: into buckets by the leading bits of how far a key is from the least one, then every bucket
// likewise, until there are few. Each level works on bits that the ones before left over, so that no data are worse than
// a radix sort of all bits, and a bucket soon fits the nearest cache. It is stable. Keys of 32 bits go by digits (digits.ts)
// unless they are few.

import { clear, move } from "../memory";
import { DIGIT_BYTES, FEW_DIGITS, sortDigits } from "./digits";

/** So few records are sorted by insertion. */
const FEW: usize = 24;

/** Bytes for the counts of all levels, which is at most 11 bits a level, 64 in all; or for what digits need. */
export const COUNTS: usize = DIGIT_BYTES;

/** Sorts by insertion, from one place to another or where they are. */
// @ts-ignore: decorator
@inline
function insert<K, R>(from: usize, to: usize, n: usize): void {
  for (let i: usize = 0; i < n; i++) {
    const record = load<R>(from + i * sizeof<R>());
    const key = load<K>(from + i * sizeof<R>());
    let at = to + i * sizeof<R>();
    while (at > to && load<K>(at - sizeof<R>()) > key) {
      store<R>(at, load<R>(at - sizeof<R>()));
      at -= sizeof<R>();
    }
    store<R>(at, record);
  }
}

/** How many bits of keys tell buckets apart. */
// @ts-ignore: decorator
@inline
export function bitsFor(n: usize): u32 {
  const bits = 30 - clz<u32>(<u32>n);
  return bits < 2 ? 2 : bits > 11 ? 11 : bits;
}

/** Bits to leave out so that as many buckets as that are enough for keys so far apart. */
// @ts-ignore: decorator
@inline
export function shiftFor<K>(range: K, bits: u32): K {
  const used = sizeof<K>() * 8 - <usize>clz<K>(range);
  return used > <usize>bits ? <K>(used - <usize>bits) : 0;
}

/** Sorts n records at `a`, with as much room at `b`: they end up there if `toB`. */
export function sortRecords<K, R>(a: usize, b: usize, n: usize, toB: bool, counts: usize): void {
  if (n <= FEW) {
    insert<K, R>(a, toB ? b : a, n);
    return;
  }
  if (sizeof<R>() === 4 && n > FEW_DIGITS) {
    sortDigits(a, b, n, toB, counts);
    return;
  }
  const end = a + n * sizeof<R>();
  let least = load<K>(a);
  let greatest = least;
  let before = least;
  let sorted = true;
  for (let at = a + sizeof<R>(); at < end; at += sizeof<R>()) {
    const key = load<K>(at);
    least = key < least ? key : least;
    greatest = key > greatest ? key : greatest;
    sorted = sorted && before <= key;
    before = key;
  }
  if (sorted) {
    if (toB) move(b, a, n * sizeof<R>());
    return;
  }
  const range = greatest - least;
  const shift = shiftFor<K>(range, bitsFor(n));
  const buckets = <usize>(range >> shift) + 1;
  clear(counts, buckets << 2);
  for (let at = a; at < end; at += sizeof<R>()) {
    const count = counts + (<usize>((load<K>(at) - least) >> shift) << 2);
    store<u32>(count, load<u32>(count) + 1);
  }
  let sum: u32 = 0;
  for (let k: usize = 0; k < buckets; k++) {
    const count = load<u32>(counts + (k << 2));
    store<u32>(counts + (k << 2), sum);
    sum += count;
  }
  for (let at = a; at < end; at += sizeof<R>()) {
    const place = counts + (<usize>((load<K>(at) - least) >> shift) << 2);
    const to = load<u32>(place);
    store<u32>(place, to + 1);
    store<R>(b + <usize>to * sizeof<R>(), load<R>(at));
  }
  if (shift === 0) {
    if (!toB) move(a, b, n * sizeof<R>());
    return;
  }
  let from: usize = 0;
  for (let k: usize = 0; k < buckets; k++) {
    const to = <usize>load<u32>(counts + (k << 2));
    const size = to - from;
    const x = a + from * sizeof<R>();
    const y = b + from * sizeof<R>();
    if (size > FEW) sortRecords<K, R>(y, x, size, !toB, counts + (buckets << 2));
    else if (size > 0) insert<K, R>(y, toB ? y : x, size);
    from = to;
  }
}
