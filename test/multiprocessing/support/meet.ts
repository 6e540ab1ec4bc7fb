import { readSync, writeSync } from "node:fs";

const byte = new Uint8Array(1);

/**
 * Waits until another process has come as far, which is written behind the words of a claim file.
 * @param side - 0 for the one process, 1 for the other.
 */
export function meet(fd: number, words: number, word: number, side: 0 | 1): void {
  const place = (of: number): number => 2 * (words + word) + of;
  byte[0] = 1;
  writeSync(fd, byte, 0, 1, place(side));
  do {
    byte[0] = 0;
    readSync(fd, byte, 0, 1, place(1 - side));
  } while (byte[0] === 0);
}
