// References that messages have while they are under way: rules 12 and 13.
import { HEADER, reach, SERIAL, STATE, TICKETS } from "./places";
import { heap_free, heap_release } from "./references";

const TICKET_COUNT: u32 = 65536;

/** Where the table of messages under way is; 0: there is none yet. */
function tickets(): usize {
  const table = <usize>atomic.load<u32>(TICKETS);
  if (table !== 0) reach(table + TICKET_COUNT * 12);
  return table;
}

/** How many bytes the table of messages takes that is still to be made; 0: it is there. */
export function heap_table_bytes(): u32 {
  return tickets() === 0 ? TICKET_COUNT * 12 : 0;
}

/** Makes a block the table of messages, or frees it, where another thread was earlier. */
export function heap_table(made: usize): void {
  memory.fill(made, 0, TICKET_COUNT * 12);
  if (atomic.cmpxchg<u32>(TICKETS, 0, <u32>made) !== 0) heap_free(made);
}

/**
 * A message refers to a block that this thread holds.
 * @param now - in seconds, on a clock of the process.
 * @returns its ticket, a serial and the number of a place; -1 where no place is left.
 */
export function heap_send(address: usize, now: u32): f64 {
  const table = tickets();
  if (table === 0) return -1;
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
  heap_release(address, -1);
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

/** Gives up what messages refer to that were sent before this time: they have gone down with a thread, most likely. */
export function heap_expire(before: u32): void {
  const table = tickets();
  if (table === 0) return;
  for (let number: u32 = 0; number < TICKET_COUNT; number++) {
    const at = table + (<usize>number << 3);
    const value = atomic.load<u64>(at);
    if (value === 0) continue;
    if (atomic.load<u32>(table + (TICKET_COUNT << 3) + (<usize>number << 2)) >= before) continue;
    if (atomic.cmpxchg<u64>(at, value, 0) === value) heap_release(<usize>(value & 0xffffffff), -1);
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
