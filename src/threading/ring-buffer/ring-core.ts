import type { AtomicsLike } from "../sync/atomics.js";
import type { Environment } from "../sync/environment.js";
import {
  closedBit,
  countBits,
  readerSleepsWord,
  readerWord,
  readWord,
  writerSleepsWord,
  writerWord,
  writtenWord,
} from "./layout.js";

/** What reading or writing has come to when it is not a number of bytes: the other side has closed, or has died. */
export const closed = -1;
export const dead = -2;

/** The bytes of a ring, whose size is a power of two. */
export interface RingBytes {
  readonly size: number;
  /** Copies into it, up to its end. */
  write(at: number, source: Uint8Array, from: number, count: number): void;
  /** Copies out of it, up to its end. */
  read(at: number, target: Uint8Array, from: number, count: number): void;
}

/**
 * A ring of bytes between one thread that writes and one that reads: the queue of L. Lamport, "Proving the Correctness
 * of Multiprocess Programs" (1977). The README has the rules.
 */
export class RingCore {
  readonly words: Int32Array;
  readonly environment: Environment;
  readonly #bytes: RingBytes;
  readonly #atomics: AtomicsLike;

  constructor(words: Int32Array, bytes: RingBytes, environment: Environment) {
    this.words = words;
    this.environment = environment;
    this.#bytes = bytes;
    this.#atomics = environment.atomics;
  }

  /** The most bytes there can be. */
  get capacity(): number {
    return this.#bytes.size;
  }

  /** How many bytes can be read, as it seems now. */
  get size(): number {
    // first what was read: never more than was written
    const read = this.#atomics.load(this.words, readWord);
    const written = this.#atomics.load(this.words, writtenWord);
    return Math.min(countBetween(read, written), this.capacity);
  }

  /** Whether the writer has ended. */
  get isEnded(): boolean {
    return (this.#atomics.load(this.words, writtenWord) & closedBit) !== 0;
  }

  /** Whether the reader wants no more. */
  get isCancelled(): boolean {
    return (this.#atomics.load(this.words, readWord) & closedBit) !== 0;
  }

  /**
   * Makes this thread the one that writes, or reads.
   * @returns false where another has that part, and lives.
   */
  claim(part: "reader" | "writer"): boolean {
    const { threads } = this.environment;
    const at = part === "reader" ? readerWord : writerWord;
    for (;;) {
      const owner = this.#atomics.load(this.words, at);
      if (owner === threads.me) return true;
      // rule 2: what a dead one has done is done wholly or not at all
      if (owner !== 0 && threads.isAlive(owner)) {
        threads.probe(owner);
        if (threads.isAlive(owner)) return false;
      }
      if (this.#atomics.compareExchange(this.words, at, owner, threads.me) === owner) return true;
    }
  }

  /**
   * Writes as many bytes as there is room for, up to `to`. Only the writer.
   * @returns how many, or {@link closed}, {@link dead}.
   */
  write(source: Uint8Array, from: number, to: number): number {
    const written = this.#atomics.load(this.words, writtenWord);
    const read = this.#atomics.load(this.words, readWord);
    if ((read & closedBit) !== 0) return closed;
    const room = this.capacity - countBetween(read, written);
    const count = Math.min(room, to - from);
    if (count <= 0) return to > from && this.#isDead(readerWord) ? dead : 0;
    const at = (written >>> 1) & (this.capacity - 1);
    const first = Math.min(count, this.capacity - at);
    this.#bytes.write(at, source, from, first);
    if (count > first) this.#bytes.write(0, source, from + first, count - first);
    // rule 1: from here on the reader may have them
    this.#atomics.store(this.words, writtenWord, (written + 2 * count) | 0);
    this.#wake(writtenWord, readerSleepsWord);
    return count;
  }

  /**
   * Reads as many bytes as there are, up to `to`. Only the reader.
   * @param least - how many there have to be; if there are less, and more may come, it reads none.
   * @returns how many; 0 if more have to be waited for; {@link closed} or {@link dead} if so many will never come.
   */
  read(target: Uint8Array, from: number, to: number, least = 1): number {
    const read = this.#atomics.load(this.words, readWord);
    let written = this.#atomics.load(this.words, writtenWord);
    let size = countBetween(read, written);
    if (size < least) {
      if ((written & closedBit) !== 0) return closed;
      if (!this.#isDead(writerWord)) return 0;
      // rule 4: it may have written until it died
      written = this.#atomics.load(this.words, writtenWord);
      size = countBetween(read, written);
      if (size < least) return (written & closedBit) === 0 ? dead : closed;
    }
    const count = Math.min(size, to - from);
    const at = (read >>> 1) & (this.capacity - 1);
    const first = Math.min(count, this.capacity - at);
    this.#bytes.read(at, target, from, first);
    if (count > first) this.#bytes.read(0, target, from + first, count - first);
    this.#free(read, count);
    return count;
  }

  /** Where the next bytes lie that can be read, and how many up to the end of the memory. Only the reader. */
  peek(): { readonly at: number; readonly count: number } {
    const read = this.#atomics.load(this.words, readWord);
    const at = (read >>> 1) & (this.capacity - 1);
    const size = countBetween(read, this.#atomics.load(this.words, writtenWord));
    return { at, count: Math.min(size, this.capacity - at) };
  }

  /** Leaves out bytes that are there. Only the reader. */
  skip(count: number): void {
    this.#free(this.#atomics.load(this.words, readWord), count);
  }

  /** Nothing more will be written. Only the writer. */
  end(): void {
    // rule 3: in the very word that who waits sleeps on
    this.#atomics.or(this.words, writtenWord, closedBit);
    this.#wake(writtenWord, readerSleepsWord);
  }

  /** Nothing more will be read. Only the reader. */
  cancel(): void {
    this.#atomics.or(this.words, readWord, closedBit);
    this.#wake(readWord, writerSleepsWord);
  }

  /** Looks whether the other side has died. */
  probe(part: "reader" | "writer"): void {
    const owner = this.#atomics.load(this.words, part === "reader" ? readerWord : writerWord);
    if (owner !== 0) this.environment.threads.probe(owner);
  }

  /** Rule 1: from here on the writer may write there. */
  #free(read: number, count: number): void {
    this.#atomics.store(this.words, readWord, (read + 2 * count) | 0);
    this.#wake(readWord, writerSleepsWord);
  }

  /** Rule 3. */
  #wake(word: number, sleeps: number): void {
    if (this.#atomics.load(this.words, sleeps) === 0) return;
    this.#atomics.store(this.words, sleeps, 0);
    this.#atomics.notify(this.words, word);
  }

  #isDead(word: number): boolean {
    const owner = this.#atomics.load(this.words, word);
    return owner !== 0 && !this.environment.threads.isAlive(owner);
  }
}

const countBetween = (read: number, written: number): number => ((written >>> 1) - (read >>> 1)) & countBits;
