/**
 * How a frame lies in memory: its words, from an even word on, and its bytes right behind them.
 *
 * @module
 */
import { type FrameMemory, type FrameSource, frameMemory } from "../../wire/codec/frame-memory.js";

const bytesPerWord = Int32Array.BYTES_PER_ELEMENT;

/** Up to here a loop is quicker than `set`, which has a fixed cost of about 100 ns. */
const shortCopy = 48;

/** The words that a frame takes, to the next even number. */
export function frameWords(frame: FrameSource): number {
  return (frame.wordCount + Math.ceil(frame.byteCount / bytesPerWord) + 1) & ~1;
}

/** The place in `memory.bytes` of the bytes of a frame whose words start at `word`. */
export function firstByte(word: number, wordCount: number): number {
  return (word + wordCount) * bytesPerWord;
}

/** Writes a frame into memory that has room for it, from an even word on. */
export function writeFrame(memory: FrameMemory, word: number, frame: FrameSource): void {
  copyWords(memory.words, word, frame.words, frame.wordCount);
  copyBytes(memory.bytes, firstByte(word, frame.wordCount), frame.bytes, frame.byteCount);
}

/** A frame in a buffer of its own, which can travel as a message. */
export function frameBuffer(frame: FrameSource): ArrayBuffer {
  const buffer = new ArrayBuffer(frameWords(frame) * bytesPerWord);
  writeFrame(frameMemory(buffer), 0, frame);
  return buffer;
}

// one loop for each kind of array, so that V8 compiles each for that kind

function copyWords(to: Int32Array, at: number, from: Int32Array, count: number): void {
  if (count <= shortCopy) for (let i = 0; i < count; i++) to[at + i] = from[i]!;
  else to.set(from.length === count ? from : from.subarray(0, count), at);
}

function copyBytes(to: Uint8Array, at: number, from: Uint8Array, count: number): void {
  if (count <= shortCopy) for (let i = 0; i < count; i++) to[at + i] = from[i]!;
  else to.set(from.length === count ? from : from.subarray(0, count), at);
}
