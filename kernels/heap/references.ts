// Who holds a block: rules 11 to 15.
import { end, enter } from "./at-work";
import { begins } from "./join";
import { push } from "./lists";
import { HEADER, HOLDERS, reach, STATE, UNIT } from "./places";

function hold(at: usize, seat: i32): void {
  atomic.or<u32>(at + HOLDERS + (<usize>(seat >>> 5) << 2), <u32>1 << (seat & 31));
}

/** Whether the thread of this seat held it until now. */
export function letGo(at: usize, seat: i32): bool {
  const bit = <u32>1 << (seat & 31);
  return (atomic.and<u32>(at + HOLDERS + (<usize>(seat >>> 5) << 2), ~bit) & bit) !== 0;
}

/**
 * One refers to it less; whether that was the last one, so that it is free.
 * @param seat - of who did, whose bit is still set; -1: none is. That of the last one is left to who lists the block.
 */
export function unrefer(at: usize, seat: i32): bool {
  for (;;) {
    const seen = atomic.load<u64>(at + STATE);
    const last = <u32>seen === 1;
    if (!last && seat >= 0) {
      letGo(at, seat);
      seat = -1;
    }
    const changed = last ? ((seen >> 32) + 1) << 32 : seen - 1;
    if (atomic.cmpxchg<u64>(at + STATE, seen, changed) === seen) return last;
  }
  return false;
}

/** Lists a block that nobody refers to any more. */
export function list(at: usize): void {
  v128.store(at + HOLDERS, i64x2.splat(0));
  v128.store(at + HOLDERS, i64x2.splat(0), 16);
  push(<u32>(at / UNIT));
}

/** A thread that held a block does so no more; -1: none is known to. The last one frees it. */
export function heap_release(address: usize, seat: i32): void {
  const at = address - HEADER;
  reach(address);
  // while somebody joins blocks it is not listed, nor touched: it is found then, or the next time
  const lists = enter();
  if (unrefer(at, seat) && lists) list(at);
  if (lists) end();
}

/** Gives a block back that only its thread refers to. */
export function heap_free(address: usize): void {
  heap_release(address, -1);
}

/** How often the block was given back: a reference that knows another number is stale. */
export function heap_generation(address: usize): u32 {
  reach(address);
  return <u32>(atomic.load<u64>(address - HEADER + STATE) >> 32);
}

/** How many refer to it. */
export function heap_references(address: usize): u32 {
  reach(address);
  return <u32>atomic.load<u64>(address - HEADER + STATE);
}

/**
 * A thread comes to hold a block, unless it was given back meanwhile.
 * @returns 1: it does; 0: the block was given back; 2: somebody joins blocks, and it is to be asked again.
 */
export function heap_retain(address: usize, generation: u32, seat: i32): i32 {
  const at = address - HEADER;
  if (!enter()) return 2;
  let retained = false;
  if (begins(<u32>(at / UNIT))) {
    reach(address);
    for (;;) {
      const seen = atomic.load<u64>(at + STATE);
      if (<u32>(seen >> 32) !== generation || <u32>seen === 0) break;
      if (atomic.cmpxchg<u64>(at + STATE, seen, seen + 1) !== seen) continue;
      retained = true;
      break;
    }
  }
  end();
  if (!retained) return 0;
  if (seat >= 0) hold(at, seat);
  return 1;
}

/** The thread of a seat holds a block that the caller has a reference to, and takes that over. */
export function heap_hold(address: usize, seat: i32): void {
  reach(address);
  if (seat >= 0) hold(address - HEADER, seat);
}
