// What lies where: the rules are in src/numeric/memory/README.md, what threads do with it in src/numeric/memory/layout.ts.

/** Words at fixed addresses, below the module's own data. Places of blocks are in units of 64 bytes. */
export const TOP: usize = 1024; // u64: where the last block of all begins, and the first byte never given out
export const TICKETS: usize = 1032; // u32: where the table of messages under way is
export const SERIAL: usize = 1036; // u32: counts messages, and says where a free ticket is likely to be
export const BASE: usize = 1040; // u32: where the first block is
export const JOINER: usize = 1044; // u32: the id of the thread that joins free blocks; 0: nobody
export const JOIN_AT: usize = 1048; // u32: free blocks are joined before memory beyond this is taken
export const NEWEST: usize = 1052; // u32: no block that was joined with another one was ever of this generation
export const SEATLESS: usize = 1056; // u32: how many threads without a seat are at work on the lists
export const HEADS: usize = 2048; // u64 for each class: a counter of changes, and the first free block
export const REGIONS: usize = 40960; // u32 for each 2 MiB: a block that begins there; 0: none is known
export const AT_WORK: usize = 49152; // u32 in 64 bytes for each seat: whether the thread is at work on the lists

export const REGION_SHIFT: u32 = 15;
export const REGION_COUNT: u32 = 2048;

export const UNIT: usize = 64;
export const HEADER: usize = 64;

/** Offsets in a block's header. */
export const SIZE: usize = 0; // u32: how many units it has, header included; 0: whoever makes it has not said so yet
export const NEXT: usize = 4; // u32: the next free block of the class
export const STATE: usize = 8; // u64: how often the block was given back, and how many refer to it
export const HOLDERS: usize = 16; // a bit for the seat of each thread that refers to it

/**
 * Sees to it that this thread may touch memory up to an address, which another thread may have added: an engine tells the
 * others of it a moment later, and checks atomic steps against what it has told.
 */
export function reach(end: usize): void {
  if (<u64>end > <u64>memory.size() << 16) memory.grow(0);
}

/** Where a block's header is, which may be touched. */
export function headerOf(block: u32): usize {
  const at = <usize>block * UNIT;
  reach(at + HEADER);
  return at;
}
