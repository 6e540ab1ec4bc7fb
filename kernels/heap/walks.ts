// Walks over all blocks, for which none may be joined meanwhile.
import { end, enter, forget } from "./at-work";
import { sizeOf } from "./lists";
import { BASE, headerOf, STATE, TOP, UNIT } from "./places";
import { letGo, list, unrefer } from "./references";

/**
 * Takes back what the thread of a seat held, which is dead.
 * @returns false while another thread joins blocks: then it is to be done again.
 */
export function heap_sweep(seat: i32): bool {
  if (!enter()) return false;
  let block = atomic.load<u32>(BASE);
  while (block < atomic.load<u32>(TOP)) {
    const at = headerOf(block);
    const size = sizeOf(block);
    // a free block that is in no list may have a bit still
    if (<u32>atomic.load<u64>(at + STATE) !== 0 && letGo(at, seat) && unrefer(at, -1)) list(at);
    block += size;
  }
  end();
  forget(seat);
  return true;
}

/**
 * How many bytes of blocks are in use, headers included; -1 while another thread joins blocks.
 * @param anyway - counts even then, which may give another number.
 */
export function heap_used(anyway: bool): f64 {
  const alone = enter();
  if (!alone && !anyway) return -1;
  let used: u64 = 0;
  let block = atomic.load<u32>(BASE);
  while (block < atomic.load<u32>(TOP)) {
    const size = sizeOf(block);
    if (size === 0) break;
    if (<u32>atomic.load<u64>(headerOf(block) + STATE) !== 0) used += size;
    block += size;
  }
  if (alone) end();
  return <f64>(used * UNIT);
}
