// Joins free blocks that are neighbours. One thread at a time does it, while nobody is at work on the lists: rules 7 to 9.
import { give, unitsFor } from "./allocate";
import { CLASSES, classOf, classWithin, unitsOf } from "./classes";
import { cut, extend, push, settle, sizeOf, take } from "./lists";
import {
  BASE,
  HEADS,
  headerOf,
  HOLDERS,
  JOIN_AT,
  NEWEST,
  NEXT,
  REGION_COUNT,
  REGION_SHIFT,
  REGIONS,
  SIZE,
  STATE,
  TOP,
} from "./places";

/** Memory grows by so much at least, and by half of what there is, before blocks are joined again. */
const LEAST_GROWTH: u32 = 1 << 20;

/** Up to where blocks are joined: what is made meanwhile lies behind it. */
let bound: u32 = 0;

/** The first region for which no block is noted yet. */
let region: u32 = 0;

/** The free block that ends at the bound, which is in no list; 0: there is none. */
let tail: u32 = 0;

/** What comes before waiting until nobody is at work: those who begin now make nothing before the bound. */
export function heap_join_begin(): void {
  const seen = atomic.load<u64>(TOP);
  settle(seen);
  bound = <u32>seen;
}

/** Notes that a block begins here. */
function note(block: u32): void {
  const own = block >>> REGION_SHIFT;
  if (own < region) return;
  atomic.store<u32>(REGIONS + (<usize>own << 2), block);
  region = own + 1;
}

/** Whether a block begins here, for who is at work. */
export function begins(block: u32): bool {
  if (block >= atomic.load<u32>(TOP)) return false;
  let from: u32 = 0;
  for (let own = <i32>(block >>> REGION_SHIFT); own >= 0 && from === 0; own--) {
    from = atomic.load<u32>(REGIONS + (<usize>own << 2));
    if (from > block) from = 0;
  }
  if (from === 0) from = atomic.load<u32>(BASE);
  while (from < block) {
    const size = sizeOf(from);
    if (size === 0) return false;
    from += size;
  }
  return from === block;
}

/** Makes one block of free ones that lie between two places. */
function merge(from: u32, to: u32, newest: u32): void {
  // first: no block that begins where one of these did may be taken for it
  atomic.store<u32>(NEWEST, newest);
  atomic.store<u32>(headerOf(from) + SIZE, to - from);
}

function joinAll(): void {
  for (let kind = 0; kind < CLASSES; kind++) {
    const head = HEADS + (<usize>kind << 3);
    atomic.store<u64>(head, ((atomic.load<u64>(head) >> 32) + 1) << 32);
  }
  // before any block is joined: none that is noted may be gone
  memory.fill(REGIONS, 0, REGION_COUNT << 2);
  region = 0;
  let newest = atomic.load<u32>(NEWEST);
  let run: u32 = 0;
  let parts = 0;
  let block = atomic.load<u32>(BASE);
  while (block < bound) {
    const state = atomic.load<u64>(headerOf(block) + STATE);
    if (<u32>state === 0) {
      newest = max(newest, <u32>(state >> 32) + 1);
      if (run === 0) {
        run = block;
        note(block);
        memory.fill(headerOf(block) + HOLDERS, 0, 32);
      }
      parts++;
    } else {
      if (parts > 1) merge(run, block, newest);
      if (run !== 0) push(run);
      run = 0;
      parts = 0;
      note(block);
    }
    block += sizeOf(block);
  }
  if (parts > 1) merge(run, bound, newest);
  tail = run;
}

/** A block of what is free before the bound, and of what lies behind it; 0 where there is not enough of it. */
function takeTail(units: u32): u32 {
  if (tail === 0) return 0;
  const size = sizeOf(tail);
  if (size < units) {
    const more = extend(units - size);
    if (more === 0) return 0;
    if (more !== bound) {
      push(more);
      return 0;
    }
    atomic.store<u32>(headerOf(tail) + SIZE, units);
  }
  const block = tail;
  tail = 0;
  cut(block, units);
  return block;
}

/** A free block of so many units at least, of a class that has smaller ones too; 0 where there is none. */
function find(units: u32): u32 {
  const head = HEADS + (<usize>classWithin(units) << 3);
  let before: usize = 0;
  let block = atomic.load<u32>(head);
  while (block !== 0) {
    const at = headerOf(block);
    const next = load<u32>(at + NEXT);
    if (load<u32>(at + SIZE) >= units) {
      if (before !== 0) store<u32>(before + NEXT, next);
      else atomic.store<u32>(head, next);
      cut(block, units);
      return block;
    }
    before = at;
    block = next;
  }
  return 0;
}

/** A block of a size's class, and where there is none, of the size itself. */
function takeAny(units: u32): u32 {
  const kind = classOf(units);
  let block = take(kind);
  if (block === 0) block = takeTail(unitsOf(kind));
  if (block === 0) block = extend(unitsOf(kind));
  if (block === 0) block = takeTail(units);
  if (block === 0) block = find(units);
  if (block === 0) block = extend(units);
  return block;
}

/**
 * Joins all free blocks that are neighbours, when nobody is at work any more; then as `heap_allocate`.
 * @returns 0 where there is no memory.
 */
export function heap_join(bytes: f64, seat: i32): usize {
  joinAll();
  const units = unitsFor(bytes);
  const block = units === 0 ? 0 : takeAny(units);
  if (tail !== 0) push(tail);
  const top = atomic.load<u32>(TOP);
  atomic.store<u32>(JOIN_AT, top + max(top >>> 1, LEAST_GROWTH));
  return block === 0 ? 0 : give(block, seat);
}

/** Joins only. */
export function heap_join_only(): void {
  joinAll();
  if (tail !== 0) push(tail);
}
