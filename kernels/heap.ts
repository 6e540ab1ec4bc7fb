// The allocator of the shared heap, and who holds its blocks; the rules are in src/numeric/memory/README.md.

/** Words at fixed addresses, below the module's own data. */
const TOP: usize = 1024; // u32: the first byte that was never given out, in units of 64 bytes
const BASE: usize = 1028; // u32: where the first block is, in units
const TICKETS: usize = 1032; // u32: where the table of messages under way is
const SERIAL: usize = 1036; // u32: counts messages, and says where a free ticket is likely to be
const HEADS: usize = 2048; // u64 for each class: a counter of changes, and the first free block
const CLASSES: i32 = 104;
const LIMIT_PAGES: i32 = 65536;
const TICKET_COUNT: u32 = 65536;
const GROWTH_PAGES: i32 = 16;

const UNIT: usize = 64;
const HEADER: usize = 64;

/** Offsets in a block's header. */
const CLASS: usize = 0; // u32: the class and one more; 0: not a block yet
const NEXT: usize = 4;
const STATE: usize = 8; // u64: how often the block was given back, and how many refer to it
const HOLDERS: usize = 16; // a bit for the seat of each thread that refers to it

/** From this size on a larger free block is divided before memory is taken that was never used. */
const LARGE_UNITS: u32 = 4096;
/** Of blocks at most four times as large. */
const NEAR_CLASSES: i32 = 8;

/**
 * Sees to it that this thread may touch memory up to an address, which another thread may have added: an engine tells the
 * others of it a moment later, and checks atomic steps against what it has told.
 */
function reach(end: usize): void {
  if (<u64>end > <u64>memory.size() << 16) memory.grow(0);
}

/** The class of a size: four for each power of two, so that at most a fifth of a block is unused. */
function classOf(units: u32): i32 {
  if (units <= 4) return <i32>units - 1;
  const exponent = 31 - clz(units - 1);
  const quarter = (units - 1) >>> (exponent - 2);
  return (exponent - 2) * 4 + (<i32>quarter - 4) + 4;
}

/** How many units a block of this class has, header included. */
function unitsOf(kind: i32): u32 {
  if (kind < 4) return <u32>kind + 1;
  const k = kind - 4;
  return <u32>(5 + (k & 3)) << (<u32>k >>> 2);
}

/** The largest class whose blocks have at most so many units. */
function classWithin(units: u32): i32 {
  const kind = classOf(units);
  return unitsOf(kind) > units ? kind - 1 : kind;
}

/** Takes memory that was never given out; 0 where the heap's limit is reached. */
function extend(units: u32): u32 {
  for (;;) {
    const from = atomic.load<u32>(TOP);
    const to = <u64>from + units;
    const pages = <i32>((to * UNIT + 65535) >>> 16);
    if (pages > LIMIT_PAGES) return 0;
    const missing = pages - memory.size();
    // by more than is needed: each time, all threads have to be told
    if (missing > 0 && memory.grow(max(missing, GROWTH_PAGES)) === -1 && memory.grow(missing) === -1) {
      if (pages > memory.size()) return 0;
    }
    if (atomic.cmpxchg<u32>(TOP, from, <u32>to) === from) return from;
  }
  return 0;
}

/** Takes a free block of a class; 0 where there is none. */
function pop(kind: i32): u32 {
  const head = HEADS + (<usize>kind << 3);
  for (;;) {
    const seen = atomic.load<u64>(head);
    const block = <u32>seen;
    if (block === 0) return 0;
    reach(<usize>block * UNIT + HEADER);
    const next = atomic.load<u32>(<usize>block * UNIT + NEXT);
    const changed = (((seen >> 32) + 1) << 32) | next;
    if (atomic.cmpxchg<u64>(head, seen, changed) === seen) return block;
  }
  return 0;
}

/** Puts a block where free ones of its class are. */
function push(block: u32): void {
  const at = <usize>block * UNIT;
  const head = HEADS + (<usize>(atomic.load<u32>(at + CLASS) - 1) << 3);
  for (;;) {
    const seen = atomic.load<u64>(head);
    atomic.store<u32>(at + NEXT, <u32>seen);
    const changed = (((seen >> 32) + 1) << 32) | block;
    if (atomic.cmpxchg<u64>(head, seen, changed) === seen) return;
  }
}

/** Makes blocks of what was part of a block, and frees them. */
function shatter(from: u32, units: u32): void {
  while (units > 0) {
    const kind = classWithin(units);
    const size = unitsOf(kind);
    const at = <usize>from * UNIT;
    memory.fill(at, 0, HEADER);
    atomic.store<u32>(at + CLASS, <u32>kind + 1);
    push(from);
    from += size;
    units -= size;
  }
}

/** A part of a free block that is larger by at most so many classes; 0 where there is none. */
function divide(kind: i32, reach: i32): u32 {
  const wanted = unitsOf(kind);
  const end = min(kind + reach + 1, CLASSES);
  for (let larger = kind + 1; larger < end; larger++) {
    const block = pop(larger);
    if (block === 0) continue;
    shatter(block + wanted, unitsOf(larger) - wanted);
    atomic.store<u32>(<usize>block * UNIT + CLASS, <u32>kind + 1);
    return block;
  }
  return 0;
}

/** Up to which address memory was ever given out: what the arena has grown to. */
export function heap_top(): f64 {
  return <f64>atomic.load<u32>(TOP) * <f64>UNIT;
}

/**
 * The address of a block of at least so many bytes, on a border of 64; 0 where there is no memory.
 * @param seat - of the thread that holds it; -1 for memory that nobody takes back from a dead thread.
 */
export function heap_allocate(bytes: f64, seat: i32): usize {
  if (bytes > 4294836224.0) return 0;
  const kind = classOf(<u32>((<u64>bytes + HEADER + UNIT - 1) / UNIT));
  let block = pop(kind);
  const large = unitsOf(kind) >= LARGE_UNITS;
  if (block === 0 && large) block = divide(kind, NEAR_CLASSES);
  if (block === 0) {
    block = extend(unitsOf(kind));
    if (block !== 0) atomic.store<u32>(<usize>block * UNIT + CLASS, <u32>kind + 1);
    else block = divide(kind, CLASSES);
  }
  if (block === 0) return 0;
  const at = <usize>block * UNIT;
  if (seat >= 0) hold(at, seat);
  atomic.store<u64>(at + STATE, ((atomic.load<u64>(at + STATE) >> 32) << 32) | 1);
  return at + HEADER;
}

function hold(at: usize, seat: i32): void {
  atomic.or<u32>(at + HOLDERS + (<usize>(seat >>> 5) << 2), <u32>1 << (seat & 31));
}

/** Whether the thread of this seat held it until now. */
function letGo(at: usize, seat: i32): bool {
  const bit = <u32>1 << (seat & 31);
  return (atomic.and<u32>(at + HOLDERS + (<usize>(seat >>> 5) << 2), ~bit) & bit) !== 0;
}

/** One refers to it less; the last one frees it. */
function unrefer(at: usize): void {
  reach(at + HEADER);
  for (;;) {
    const seen = atomic.load<u64>(at + STATE);
    const last = <u32>seen === 1;
    const changed = last ? ((seen >> 32) + 1) << 32 : seen - 1;
    if (atomic.cmpxchg<u64>(at + STATE, seen, changed) !== seen) continue;
    if (last) {
      memory.fill(at + HOLDERS, 0, 32);
      push(<u32>(at / UNIT));
    }
    return;
  }
}

/** Gives a block back that only its thread refers to. */
export function heap_free(address: usize): void {
  unrefer(address - HEADER);
}

/** A thread that held a block does so no more. */
export function heap_release(address: usize, seat: i32): void {
  reach(address);
  if (seat >= 0) letGo(address - HEADER, seat);
  unrefer(address - HEADER);
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

/** A thread comes to hold a block, unless it was given back meanwhile; whether it does. */
export function heap_retain(address: usize, generation: u32, seat: i32): bool {
  const at = address - HEADER;
  reach(address);
  for (;;) {
    const seen = atomic.load<u64>(at + STATE);
    if (<u32>(seen >> 32) !== generation || <u32>seen === 0) return false;
    if (atomic.cmpxchg<u64>(at + STATE, seen, seen + 1) === seen) break;
  }
  if (seat >= 0) hold(at, seat);
  return true;
}

/** Where the table of messages under way is; 0: there is none yet. */
function tickets(): usize {
  const table = <usize>atomic.load<u32>(TICKETS);
  if (table !== 0) reach(table + TICKET_COUNT * 12);
  return table;
}

/**
 * A message refers to a block that this thread holds.
 * @param now - in seconds, on a clock of the process.
 * @returns its ticket, a serial and the number of a place; -1 where no place is left.
 */
export function heap_send(address: usize, now: u32): f64 {
  let table = tickets();
  if (table === 0) {
    const made = heap_allocate(<f64>(TICKET_COUNT * 12), -1);
    if (made === 0) return -1;
    memory.fill(made, 0, TICKET_COUNT * 12);
    table = <usize>atomic.cmpxchg<u32>(TICKETS, 0, <u32>made);
    if (table === 0) table = made;
    else {
      heap_free(made);
      reach(table + TICKET_COUNT * 12);
    }
  }
  const serial = atomic.add<u32>(SERIAL, 1);
  const value = (<u64>serial << 32) | <u64>address;
  atomic.add<u64>(address - HEADER + STATE, 1);
  for (let k: u32 = 0; k < TICKET_COUNT; k++) {
    const number = (serial + k) & (TICKET_COUNT - 1);
    const at = table + (<usize>number << 3);
    if (atomic.load<u64>(at) !== 0) continue;
    if (atomic.cmpxchg<u64>(at, 0, value) !== 0) continue;
    atomic.store<u32>(table + (TICKET_COUNT << 3) + (<usize>number << 2), now);
    return <f64>serial * <f64>TICKET_COUNT + <f64>number;
  }
  unrefer(address - HEADER);
  return -1;
}

/** A message has arrived: whether its reference was there still, which is the caller's now. */
export function heap_arrive(address: usize, ticket: f64): bool {
  const table = tickets();
  if (table === 0 || ticket < 0) return false;
  const whole = <u64>ticket;
  const value = ((whole / TICKET_COUNT) << 32) | <u64>address;
  const at = table + (<usize>(whole % TICKET_COUNT) << 3);
  return atomic.cmpxchg<u64>(at, value, 0) === value;
}

/** The thread of a seat holds a block that the caller has a reference to, and takes that over. */
export function heap_hold(address: usize, seat: i32): void {
  reach(address);
  if (seat >= 0) hold(address - HEADER, seat);
}

/**
 * Takes back what the thread of a seat held, which is dead.
 * @returns false where another thread is just making a block: then it is to be done again.
 */
export function heap_sweep(seat: i32): bool {
  let block = atomic.load<u32>(BASE);
  while (block < atomic.load<u32>(TOP)) {
    const at = <usize>block * UNIT;
    reach(at + HEADER);
    let kind: u32 = 0;
    for (let looks = 0; looks < 10000 && kind === 0; looks++) kind = atomic.load<u32>(at + CLASS);
    if (kind === 0) return false;
    if (letGo(at, seat)) unrefer(at);
    block += unitsOf(<i32>kind - 1);
  }
  return true;
}

/** Gives up what messages refer to that were sent before this time: they have gone down with a thread, most likely. */
export function heap_expire(before: u32): void {
  const table = tickets();
  if (table === 0) return;
  for (let number: u32 = 0; number < TICKET_COUNT; number++) {
    const at = table + (<usize>number << 3);
    const value = atomic.load<u64>(at);
    if (value === 0) continue;
    if (atomic.load<u32>(table + (TICKET_COUNT << 3) + (<usize>number << 2)) >= before) continue;
    if (atomic.cmpxchg<u64>(at, value, 0) === value) unrefer(<usize>(value & 0xffffffff) - HEADER);
  }
}

/** How many messages are under way that refer to blocks. */
export function heap_messages(): i32 {
  const table = tickets();
  let count = 0;
  if (table !== 0) {
    for (let number: u32 = 0; number < TICKET_COUNT; number++)
      if (atomic.load<u64>(table + (<usize>number << 3)) !== 0) count++;
  }
  return count;
}

/** How many bytes of blocks are in use, headers included; -1 where another thread is just making a block. */
export function heap_used(): f64 {
  let used: u64 = 0;
  let block = atomic.load<u32>(BASE);
  while (block < atomic.load<u32>(TOP)) {
    const at = <usize>block * UNIT;
    reach(at + HEADER);
    const kind = atomic.load<u32>(at + CLASS);
    if (kind === 0) return -1;
    const units = unitsOf(<i32>kind - 1);
    if (<u32>atomic.load<u64>(at + STATE) !== 0) used += units;
    block += units;
  }
  return <f64>(used * UNIT);
}
