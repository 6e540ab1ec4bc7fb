// Who is at work on the lists of free blocks, so that who joins blocks knows when nobody is. Rule 8.
import { AT_WORK, JOINER, SEATLESS } from "./places";

/** Where this thread says that it is at work; 0: it has no seat, and is only counted. */
let place: usize = 0;

/** The seat of this thread; -1: it has none. */
export function heap_seat(seat: i32): void {
  place = seat < 0 ? 0 : AT_WORK + (<usize>seat << 6);
  if (place !== 0) atomic.store<u32>(place, 0);
}

/** Says that this thread is at work; to the lists it may go only where nobody joins. */
export function begin(): void {
  if (place !== 0) atomic.store<u32>(place, 1);
  else atomic.add<u32>(SEATLESS, 1);
}

/** Says that this thread is not at work any more; what it has written before is seen by who sees this. */
export function end(): void {
  if (place !== 0) atomic.store<u32>(place, 0);
  else atomic.sub<u32>(SEATLESS, 1);
}

/** As `begin`, where nobody joins blocks; false: somebody does, and this thread is not at work. */
export function enter(): bool {
  begin();
  // one of the two sees the other: who joins says so before it looks who is at work
  if (atomic.load<u32>(JOINER) === 0) return true;
  end();
  return false;
}

/** A thread has died. */
export function forget(seat: i32): void {
  atomic.store<u32>(AT_WORK + (<usize>seat << 6), 0);
}
