// Engines fill and copy a shared memory byte by byte or by a call of a function, so short ranges go by vectors here.

/** Makes a range zero; up to 15 bytes after it may be written too. */
export function clear(at: usize, bytes: usize): void {
  const end = at + bytes;
  const zero = i64x2.splat(0);
  for (; at < end; at += 16) v128.store(at, zero);
}

/** Copies a range to another one, which may not overlap. */
export function move(to: usize, from: usize, bytes: usize): void {
  const end = from + bytes;
  for (; from + 64 <= end; from += 64) {
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const c = v128.load(from, 32);
    const d = v128.load(from, 48);
    v128.store(to, a);
    v128.store(to, b, 16);
    v128.store(to, c, 32);
    v128.store(to, d, 48);
    to += 64;
  }
  for (; from + 8 <= end; from += 8) {
    store<u64>(to, load<u64>(from));
    to += 8;
  }
  for (; from < end; from++) store<u8>(to++, load<u8>(from));
}
