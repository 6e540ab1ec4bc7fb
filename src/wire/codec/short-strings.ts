/** Slots for strings that were read lately; a power of 2. */
const slots = 2_048;

const lately: string[] = Array.from({ length: slots }, () => "");

/**
 * Reads a short string of ASCII. Keys, names and states come again and again: one that was read lately is
 * found by its bytes instead of being made anew.
 */
export function shortString(bytes: Uint8Array, at: number, length: number): string {
  // strings in a row differ at their ends
  let hash = length;
  if (length > 0)
    hash += bytes[at]! * 31 + bytes[at + (length >> 1)]! * 961 + bytes[at + length - 1]! * 29_791;
  const slot = (hash ^ (hash >>> 11)) & (slots - 1);
  const known = lately[slot]!;
  if (known.length === length) {
    let i = 0;
    while (i < length && known.charCodeAt(i) === bytes[at + i]) i++;
    if (i === length) return known;
  }
  return (lately[slot] = (bytes as Buffer).toString("latin1", at, at + length));
}
