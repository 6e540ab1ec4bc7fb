/**
 * Arguments of which only few are sent ahead: each copy takes fresh memory, whose pages cost more than the copying
 * the more of it is in use, and waits in it for its turn.
 *
 * @module
 */

/** Bytes from which on arguments are heavy. */
const heavyBytes = 256 * 1_024;

/** Whether arguments hold that much memory, seen from the outside: within them it is not looked for. */
export function isHeavy(args: readonly unknown[]): boolean {
  let bytes = 0;
  for (const arg of args) {
    const memory = ArrayBuffer.isView(arg) ? arg.buffer : arg;
    if (memory instanceof ArrayBuffer) bytes += ArrayBuffer.isView(arg) ? arg.byteLength : memory.byteLength;
  }
  return bytes >= heavyBytes;
}
