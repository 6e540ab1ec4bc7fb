// Sorts keys of 32 bits by their digits, the lowest first: as many passes as there are digits, none of which asks which key
// is the greater, so that the processor has nothing to guess. It is stable.

import { clear, move } from "../memory";

/** So few keys are better sorted by comparing: counts of digits would be more than they are. */
export const FEW_DIGITS: usize = 320;

/** From so many keys on, longer digits save more passes than their counts cost. */
const MANY: usize = 1024;

/** Digits of so many bits at most. */
const LONG: usize = 11;
const SHORT: usize = 8;

/** The least lane. */
export function leastOf(keys: v128): u32 {
  const two = i32x4.min_u(keys, v128.shuffle<u32>(keys, keys, 2, 3, 0, 1));
  return min<u32>(i32x4.extract_lane(two, 0), i32x4.extract_lane(two, 1));
}

/** The greatest lane. */
export function greatestOf(keys: v128): u32 {
  const two = i32x4.max_u(keys, v128.shuffle<u32>(keys, keys, 2, 3, 0, 1));
  return max<u32>(i32x4.extract_lane(two, 0), i32x4.extract_lane(two, 1));
}

function isSorted(a: usize, n: usize): bool {
  const end = a + (n << 2);
  for (let at = a + 4; at < end; at += 4) if (load<u32>(at - 4) > load<u32>(at)) return false;
  return true;
}

/** Makes of counts where the first of each digit goes. */
function places(counts: usize, end: usize): void {
  let sum: u32 = 0;
  for (; counts < end; counts += 4) {
    const count = load<u32>(counts);
    store<u32>(counts, sum);
    sum += count;
  }
}

/** Puts keys in the order of the digit at `shift`, and counts the next one if there is room for these counts. */
function pass(
  from: usize, to: usize, n: usize, least: u32, shift: u32, digit: u32, counts: usize, next: usize,
): void {
  const mask: u32 = (1 << digit) - 1;
  const end = from + (n << 2);
  for (; from < end; from += 4) {
    const key = load<u32>(from);
    const rest = (key - least) >> shift;
    const place = counts + (<usize>(rest & mask) << 2);
    const at = load<u32>(place);
    store<u32>(place, at + 1);
    store<u32>(to + (<usize>at << 2), key);
    if (next) {
      const own = next + (<usize>((rest >> digit) & mask) << 2);
      store<u32>(own, load<u32>(own) + 1);
    }
  }
}

/** Sorts n keys at `a`, with as much room at `b`: they end up there if `toB`. Needs room for counts of 32 KiB. */
export function sortDigits(a: usize, b: usize, n: usize, toB: bool, counts: usize): void {
  if (isSorted(a, n)) {
    if (toB) move(b, a, n << 2);
    return;
  }
  const end = a + (n << 2);
  let low = v128.load(a);
  let high = low;
  for (let at = a; at + 16 <= end; at += 16) {
    const keys = v128.load(at);
    low = i32x4.min_u(low, keys);
    high = i32x4.max_u(high, keys);
  }
  // the last four, of which some were seen already
  const keys = v128.load(end - 16);
  const least = leastOf(i32x4.min_u(low, keys));
  const range = greatestOf(i32x4.max_u(high, keys)) - least;
  const bits: usize = 32 - clz<u32>(range);
  const most = n < MANY ? SHORT : LONG;
  const passes = (bits + most - 1) / most;
  const digit = (bits + passes - 1) / passes;
  const mask: u32 = (1 << <u32>digit) - 1;
  const table: usize = 4 << digit;
  clear(counts, passes * table);
  for (let at = a; at < end; at += 4) {
    const place = counts + (<usize>((load<u32>(at) - least) & mask) << 2);
    store<u32>(place, load<u32>(place) + 1);
  }
  let source = a;
  let target = b;
  for (let k: usize = 0; k < passes; k++) {
    const own = counts + k * table;
    places(own, own + table);
    pass(source, target, n, least, <u32>(k * digit), <u32>digit, own, k + 1 < passes ? own + table : 0);
    const other = source;
    source = target;
    target = other;
  }
  const wanted = toB ? b : a;
  if (source !== wanted) move(wanted, source, n << 2);
}
