// Sorts keys of 32 bits by their digits, the lowest first: as many passes as there are digits, none of which asks which key
// is the greater, so that the processor has nothing to guess. It is stable.

import { clear, move } from "../memory";

/** So few keys are better sorted by comparing: counts of digits would cost more. */
export const FEW_DIGITS: usize = 40;

/** Digits of so many bits at most. */
const LONG: usize = 11;

/** Behind the counts of up to four digits there is room for so many keys. */
const SPARE: usize = 32768;
const SPARE_KEYS: usize = 16384;

/** Bytes for counts and spare keys. */
export const DIGIT_BYTES: usize = SPARE + SPARE_KEYS * 4;

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

/** Makes of counts where the first of each digit goes, as its address. */
function places(counts: usize, end: usize, to: usize): void {
  for (; counts < end; counts += 4) {
    const count = load<u32>(counts);
    store<u32>(counts, <u32>to);
    to += <usize>count << 2;
  }
}

/** Adds one to a count. */
// @ts-ignore: decorator
@inline
export function tally(count: usize): void {
  store<u32>(count, load<u32>(count) + 1);
}

/** Puts a key at its place, and the next one of the digit behind it. */
// @ts-ignore: decorator
@inline
function put(key: u32, place: usize): void {
  const to = <usize>load<u32>(place);
  store<u32>(place, <u32>to + 4);
  store<u32>(to, key);
}

// Passes are apart, each with as little to keep in registers as can be: they are where the time goes.

function countLowest(from: usize, end: usize, least: u32, mask: u32, counts: usize): void {
  for (; from < end; from += 4) tally(counts + (<usize>((load<u32>(from) - least) & mask) << 2));
}

/** Puts keys in the order of the lower one of two digits, and counts the other one. */
function lowerPass(
  from: usize, end: usize, least: u32, digit: u32, mask: u32, places: usize, next: usize,
): void {
  for (; from < end; from += 4) {
    const key = load<u32>(from);
    const rest = key - least;
    put(key, places + (<usize>(rest & mask) << 2));
    tally(next + (<usize>(rest >> digit) << 2));
  }
}

/** The same of the digit at `shift`, with others above it. */
function pass(
  from: usize, end: usize, least: u32, shift: u32, digit: u32, mask: u32, places: usize, next: usize,
): void {
  for (; from < end; from += 4) {
    const key = load<u32>(from);
    const rest = (key - least) >> shift;
    put(key, places + (<usize>(rest & mask) << 2));
    tally(next + (<usize>((rest >> digit) & mask) << 2));
  }
}

/** The same of the highest digit, with none above it. */
function lastPass(from: usize, end: usize, least: u32, shift: u32, places: usize): void {
  for (; from < end; from += 4) {
    const key = load<u32>(from);
    put(key, places + (<usize>((key - least) >> shift) << 2));
  }
}

/** How digits are taken: of what a key is above the least one. */
// @ts-ignore: decorator
@inline
function tableOf(digit: u32): usize {
  return 4 << <usize>digit;
}

/** Sorts by digits of which there are two, from `a` over `between` to `target`. */
function sortByTwo(
  a: usize, n: usize, between: usize, target: usize, least: u32, digit: u32, counts: usize,
): void {
  const mask: u32 = (1 << digit) - 1;
  const upper = counts + tableOf(digit);
  clear(counts, 2 * tableOf(digit));
  countLowest(a, a + (n << 2), least, mask, counts);
  places(counts, upper, between);
  lowerPass(a, a + (n << 2), least, digit, mask, counts, upper);
  places(upper, upper + tableOf(digit), target);
  lastPass(between, between + (n << 2), least, digit, upper);
}

/** Sorts n keys at `a`, with as much room at `b`: they end up there if `toB`. Needs room for counts and spare keys. */
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
  // longer digits save passes, but cost counts
  const most = min<usize>(LONG, 32 - clz<u32>(<u32>n));
  const passes = <u32>((bits + most - 1) / most);
  const digit = <u32>((bits + passes - 1) / passes);
  const wanted = toB ? b : a;
  if (passes === 2 && n <= SPARE_KEYS) {
    sortByTwo(a, n, counts + SPARE, wanted, least, digit, counts);
    return;
  }
  let source = a;
  let target = b;
  if (passes === 2) {
    sortByTwo(a, n, b, a, least, digit, counts);
    target = a;
  } else {
    const mask: u32 = (1 << digit) - 1;
    const table = tableOf(digit);
    clear(counts, passes * table);
    countLowest(a, end, least, mask, counts);
    let own = counts;
    for (let k: u32 = 0; k + 1 < passes; k++) {
      places(own, own + table, target);
      pass(source, source + (n << 2), least, k * digit, digit, mask, own, own + table);
      own += table;
      source = target;
      target = target === a ? b : a;
    }
    places(own, own + table, target);
    lastPass(source, source + (n << 2), least, (passes - 1) * digit, own);
  }
  if (target !== wanted) move(wanted, target, n << 2);
}
