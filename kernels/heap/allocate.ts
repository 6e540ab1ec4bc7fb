// How a thread comes to a block: rules 4 to 6.
import { begin, end, enter } from "./at-work";
import { classOf, unitsOf } from "./classes";
import { extend, take } from "./lists";
import { HEADER, headerOf, HOLDERS, JOIN_AT, STATE, TOP, UNIT } from "./places";

/** More than there are. */
const MOST_BYTES: f64 = 4294836224.0;

/** What stands for an address where there is none: somebody joins blocks; they are to be joined now. */
const BUSY: usize = 1;
const DUE: usize = 2;

/** Up to here memory is taken before blocks are joined for the first time. */
const FIRST_JOIN: u32 = 1 << 20;

/** How many units a block needs for so many bytes; 0: more than there can be. */
export function unitsFor(bytes: f64): u32 {
  if (bytes > MOST_BYTES) return 0;
  return <u32>((<u64>bytes + HEADER + UNIT - 1) / UNIT);
}

/** Up to which address memory was ever given out: what the arena has grown to. */
export function heap_top(): f64 {
  return <f64>atomic.load<u32>(TOP) * <f64>UNIT;
}

/** Makes a block that is in nobody's hands that of a thread, which is at work until others may see it; its address. */
export function give(block: u32, seat: i32): usize {
  const at = headerOf(block);
  if (seat >= 0) store<u32>(at + HOLDERS + (<usize>(seat >>> 5) << 2), <u32>1 << (seat & 31));
  store<u64>(at + STATE, ((load<u64>(at + STATE) >> 32) << 32) | 1);
  return at + HEADER;
}

/**
 * The address of a block of at least so many bytes, on a border of 64; 0 where there is no memory, 1 while another thread
 * joins blocks, 2 where they are to be joined before more memory is taken.
 * @param seat - of the thread that holds it; -1 for memory that nobody takes back from a dead thread.
 */
export function heap_allocate(bytes: f64, seat: i32): usize {
  const units = unitsFor(bytes);
  if (units === 0) return 0;
  if (!enter()) return BUSY;
  const kind = classOf(units);
  let address: usize = 0;
  let block = take(kind);
  if (block === 0) {
    const top = <u64>atomic.load<u32>(TOP) + unitsOf(kind);
    if (top > <u64>max(atomic.load<u32>(JOIN_AT), FIRST_JOIN)) address = DUE;
    else block = extend(unitsOf(kind));
  }
  if (block !== 0) address = give(block, seat);
  end();
  return address;
}

/** The address of a block of memory that was never given out, whoever joins blocks meanwhile; 0 where there is none. */
export function heap_extend(bytes: f64, seat: i32): usize {
  const units = unitsFor(bytes);
  if (units === 0) return 0;
  begin();
  let block = extend(unitsOf(classOf(units)));
  if (block === 0) block = extend(units);
  const address = block === 0 ? 0 : give(block, seat);
  end();
  return address;
}
