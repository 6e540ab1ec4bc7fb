// Free blocks, in a stack for each class, and memory that was never given out. For those who are at work (rule 8).
import { CLASSES, classWithin, unitsOf } from "./classes";
import { HEADS, headerOf, HOLDERS, NEWEST, NEXT, SIZE, STATE, TOP, UNIT } from "./places";

const LIMIT_PAGES: i32 = 65536;
const GROWTH_PAGES: i32 = 16;

/** A block of this size and more has no more than its class asks for. */
const LARGE_UNITS: u32 = 4096;

/** The size of the block that was made last is known by where it begins and ends, should its maker have died. */
export function settle(seen: u64): void {
  const last = <u32>(seen >> 32);
  if (last === 0) return;
  const at = headerOf(last);
  if (atomic.load<u32>(at + SIZE) === 0) atomic.cmpxchg<u32>(at + SIZE, 0, <u32>seen - last);
}

/** How many units a block has. */
export function sizeOf(block: u32): u32 {
  const at = headerOf(block);
  const size = atomic.load<u32>(at + SIZE);
  if (size !== 0) return size;
  settle(atomic.load<u64>(TOP));
  return atomic.load<u32>(at + SIZE);
}

/** A block of memory that was never given out; 0 where the heap's limit is reached. */
export function extend(units: u32): u32 {
  for (;;) {
    const seen = atomic.load<u64>(TOP);
    const from = <u32>seen;
    settle(seen);
    const to = <u64>from + units;
    const pages = <i32>((to * UNIT + 65535) >>> 16);
    if (pages > LIMIT_PAGES) return 0;
    const missing = pages - memory.size();
    // by more than is needed: each time, all threads have to be told
    if (missing > 0 && memory.grow(max(missing, GROWTH_PAGES)) === -1 && memory.grow(missing) === -1) {
      if (pages > memory.size()) return 0;
    }
    if (atomic.cmpxchg<u64>(TOP, seen, (<u64>from << 32) | to) !== seen) continue;
    atomic.store<u32>(headerOf(from) + SIZE, units);
    return from;
  }
  return 0;
}

/** Takes a free block of a class; 0 where there is none. */
export function pop(kind: i32): u32 {
  const head = HEADS + (<usize>kind << 3);
  for (;;) {
    const seen = atomic.load<u64>(head);
    const block = <u32>seen;
    if (block === 0) return 0;
    const next = atomic.load<u32>(headerOf(block) + NEXT);
    const changed = (((seen >> 32) + 1) << 32) | next;
    if (atomic.cmpxchg<u64>(head, seen, changed) === seen) return block;
  }
  return 0;
}

/** Puts a block where free ones of its class are. */
export function push(block: u32): void {
  const at = headerOf(block);
  const head = HEADS + (<usize>classWithin(load<u32>(at + SIZE)) << 3);
  for (;;) {
    const seen = atomic.load<u64>(head);
    store<u32>(at + NEXT, <u32>seen);
    const changed = (((seen >> 32) + 1) << 32) | block;
    if (atomic.cmpxchg<u64>(head, seen, changed) === seen) return;
  }
}

/** Leaves so many units of a block that nobody else has, and frees the others. */
export function cut(block: u32, units: u32): void {
  const at = headerOf(block);
  const size = load<u32>(at + SIZE);
  if (size < units + 2) return;
  const rest = block + units;
  const restAt = headerOf(rest);
  // whoever walks over the blocks finds a header wherever this one ends
  v128.store(restAt + HOLDERS, i64x2.splat(0));
  v128.store(restAt + HOLDERS, i64x2.splat(0), 16);
  store<u64>(restAt + STATE, <u64>atomic.load<u32>(NEWEST) << 32);
  store<u32>(restAt + SIZE, size - units);
  atomic.store<u32>(at + SIZE, units);
  push(rest);
}

/** A free block of a class, cut to its size where that is worth it, or a part of the smallest larger one; 0: there is none. */
export function take(kind: i32): u32 {
  const units = unitsOf(kind);
  let block = pop(kind);
  if (block !== 0) {
    if (units >= LARGE_UNITS) cut(block, units);
    return block;
  }
  for (let larger = kind + 1; block === 0 && larger < CLASSES; larger++) block = pop(larger);
  if (block !== 0) cut(block, units);
  return block;
}
