/**
 * One direction of a link in shared memory: a ring with one writer and one reader, each of which changes only
 * its own position (L. Lamport, "Proving the correctness of multiprocess programs", 1977). Positions count words
 * and wrap at 2 ** 32; a ring's size is a power of two.
 *
 * A record is a header of four words and a frame. Records are contiguous: where the rest of the ring is too
 * short, a skip stands there, and the record at the ring's start.
 *
 * @module
 */
import type { FrameMemory, FrameSource } from "../../wire/codec/frame-memory.js";
import type { AtomicsLike } from "./atomics.js";
import { firstByte, frameWords, writeFrame } from "./frame-layout.js";
import { FrameStore } from "./frame-store.js";
import type { RingPlace } from "./memory.js";

/** Who takes frames out of a ring. */
export interface FrameReceiver {
  /**
   * A frame; readable only during the call.
   *
   * @param memory - where it lies.
   * @param word - its first word in `memory.words`; even.
   * @param byte - its first byte in `memory.bytes`.
   */
  frame(memory: FrameMemory, word: number, wordCount: number, byte: number, byteCount: number): void;
}

/** Whether a frame is to be handed out, by its words. */
export type WantsFrame = (words: Int32Array, word: number, wordCount: number) => boolean;

const header = { size: 0, messagesBefore: 1, wordCount: 2, byteCount: 3, words: 4 } as const;

/** In place of a record's size: the next record is at the start of the ring. */
const skip = 0;

/** The writing end. */
export class RingWriter {
  readonly #memory: FrameMemory;
  readonly #place: RingPlace;
  readonly #atomics: AtomicsLike;
  /** How far this end has written. */
  #tail: number;
  /** How far the other end had read when this one last looked. */
  #head: number;

  constructor(memory: FrameMemory, place: RingPlace, atomics: AtomicsLike) {
    this.#memory = memory;
    this.#place = place;
    this.#atomics = atomics;
    this.#tail = atomics.load(memory.words, place.tail);
    this.#head = atomics.load(memory.words, place.head);
  }

  /** Whether the other end has read all, as it seems now. */
  get taken(): boolean {
    return this.#atomics.load(this.#memory.words, this.#place.head) === this.#tail;
  }

  /**
   * Writes a frame, and publishes it.
   *
   * @param messagesBefore - what its header tells the reader: how many messages were sent before it.
   * @returns false when there is no room for it now.
   */
  write(frame: FrameSource, messagesBefore: number): boolean {
    const { firstWord, wordCount: ringWords } = this.#place;
    const { words } = this.#memory;
    const size = header.words + frameWords(frame);
    const at = this.#tail & (ringWords - 1);
    const skipped = size > ringWords - at ? ringWords - at : 0;
    if (!this.#hasRoom(skipped + size)) return false;
    // where nothing is skipped, the size stands there in the end
    words[firstWord + at] = skip;
    const start = firstWord + (skipped > 0 ? 0 : at);
    words[start + header.size] = size;
    words[start + header.messagesBefore] = messagesBefore;
    words[start + header.wordCount] = frame.wordCount;
    words[start + header.byteCount] = frame.byteCount;
    writeFrame(this.#memory, start + header.words, frame);
    this.#tail = (this.#tail + skipped + size) | 0;
    this.#atomics.store(words, this.#place.tail, this.#tail);
    return true;
  }

  #hasRoom(size: number): boolean {
    const { wordCount, head } = this.#place;
    if (size > wordCount) return false;
    if (size <= wordCount - ((this.#tail - this.#head) | 0)) return true;
    this.#head = this.#atomics.load(this.#memory.words, head);
    return size <= wordCount - ((this.#tail - this.#head) | 0);
  }
}

/** The reading end. */
export class RingReader {
  readonly #memory: FrameMemory;
  readonly #place: RingPlace;
  readonly #atomics: AtomicsLike;
  /** How far this end has read. */
  #head: number;
  /** How far of that the writer may write again. */
  #released: number;
  /** How far the other end had written when this one last looked. */
  #tail: number;
  /** What was taken out of the ring before it was read. */
  readonly #store = new FrameStore();

  constructor(memory: FrameMemory, place: RingPlace, atomics: AtomicsLike) {
    this.#memory = memory;
    this.#place = place;
    this.#atomics = atomics;
    this.#head = atomics.load(memory.words, place.head);
    this.#released = this.#head;
    this.#tail = this.#head;
  }

  /** Whether a frame waits: one atomic load. */
  get waiting(): boolean {
    return this.#atomics.load(this.#memory.words, this.#place.tail) !== this.#head || !this.#store.empty;
  }

  /** Whether all that the last look saw has been read. */
  get empty(): boolean {
    return this.#tail === this.#head && this.#store.empty;
  }

  /** Looks how far the other end has written. */
  look(): boolean {
    this.#tail = this.#atomics.load(this.#memory.words, this.#place.tail);
    return !this.empty;
  }

  /**
   * Makes room when a quarter of the ring is taken, without reading anything: what waits is read later, from
   * memory of this end's own. Not while a frame is being read.
   */
  relieve(): void {
    const { words } = this.#memory;
    const { firstWord, wordCount, tail } = this.#place;
    this.#tail = this.#atomics.load(words, tail);
    if (((this.#tail - this.#head) | 0) < wordCount >> 2) return;
    while (this.#head !== this.#tail) {
      const from = this.#next();
      let to = from;
      // up to the newest record, or to where the next one is at the ring's start
      while (this.#head !== this.#tail && to < firstWord + wordCount && words[to] !== skip) {
        const size = words[to]!;
        to += size;
        this.#head = (this.#head + size) | 0;
      }
      this.#store.append(words, from, to);
    }
    this.release();
  }

  /** How many messages were sent before the next frame. There has to be one. */
  messagesBefore(): number {
    if (!this.#store.empty) return this.#store.memory.words[this.#store.first + header.messagesBefore]!;
    return this.#memory.words[this.#next() + header.messagesBefore]!;
  }

  /** Whether the next frame is wanted, which stays where it is. There has to be one. */
  isWanted(wants: WantsFrame): boolean {
    const isStored = !this.#store.empty;
    const { words } = isStored ? this.#store.memory : this.#memory;
    const start = isStored ? this.#store.first : this.#next();
    return wants(words, start + header.words, words[start + header.wordCount]!);
  }

  /** Hands out the next frame. There has to be one. It counts as read even if the receiver throws. */
  read(receiver: FrameReceiver): void {
    if (!this.#store.empty) return this.#readStored(receiver);
    // rule 9
    if (((this.#head - this.#released) | 0) >= this.#place.wordCount >> 2) this.release();
    const { words } = this.#memory;
    const start = this.#next();
    const wordCount = words[start + header.wordCount]!;
    const byteCount = words[start + header.byteCount]!;
    this.#head = (this.#head + words[start + header.size]!) | 0;
    const word = start + header.words;
    receiver.frame(this.#memory, word, wordCount, firstByte(word, wordCount), byteCount);
  }

  #readStored(receiver: FrameReceiver): void {
    const { memory, first } = this.#store;
    const { words } = memory;
    const wordCount = words[first + header.wordCount]!;
    const byteCount = words[first + header.byteCount]!;
    this.#store.drop(words[first + header.size]!);
    const word = first + header.words;
    receiver.frame(memory, word, wordCount, firstByte(word, wordCount), byteCount);
  }

  /** Gives the room of all frames read to the writer. */
  release(): void {
    if (this.#released === this.#head) return;
    this.#released = this.#head;
    this.#atomics.store(this.#memory.words, this.#place.head, this.#head);
  }

  /** Where the next record starts, behind a skip if there is one. */
  #next(): number {
    const { firstWord, wordCount } = this.#place;
    const at = this.#head & (wordCount - 1);
    if (this.#memory.words[firstWord + at] !== skip) return firstWord + at;
    // a skip is published together with the record behind it
    this.#head = (this.#head + wordCount - at) | 0;
    return firstWord;
  }
}
