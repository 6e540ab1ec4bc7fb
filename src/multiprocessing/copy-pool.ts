/**
 * Memory for copies that live until they are written. Fresh memory costs several times more than what is copied to it:
 * the system gives it page by page, cleared.
 *
 * @module
 */

/** Bytes of all that is kept for the next copies. */
const mostKept = 32 * 2 ** 20;

export class CopyPool {
  /** By their sizes, which are powers of two. */
  readonly #free = new Map<number, ArrayBuffer[]>();
  #kept = 0;

  /** A copy of memory. */
  copy(memory: Uint8Array): Uint8Array {
    const size = 2 ** Math.ceil(Math.log2(memory.length));
    const kept = this.#free.get(size)?.pop();
    if (kept) this.#kept -= size;
    const copy = new Uint8Array(kept ?? Buffer.allocUnsafeSlow(size).buffer, 0, memory.length);
    copy.set(memory);
    return copy;
  }

  /** The copy is not needed any more. */
  giveBack(copy: Uint8Array): void {
    const { buffer } = copy;
    const size = buffer.byteLength;
    if (this.#kept + size > mostKept) return;
    this.#kept += size;
    const free = this.#free.get(size);
    if (free) free.push(buffer as ArrayBuffer);
    else this.#free.set(size, [buffer as ArrayBuffer]);
  }
}
