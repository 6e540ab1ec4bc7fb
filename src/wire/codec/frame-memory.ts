/**
 * Frames: words (tags, numbers, counts) and, apart from them, bytes (strings and binary data). In memory the
 * words begin at an even index, so that doubles among them are aligned wherever the frame lies.
 *
 * @module
 */

/** Memory that frames lie in; all views cover the same buffer from its start. */
export interface FrameMemory {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly bytes: Buffer;
}

/** What a finished frame consists of, before it is copied to where the other side reads it. */
export interface FrameSource {
  readonly words: Int32Array;
  readonly wordCount: number;
  readonly bytes: Uint8Array;
  readonly byteCount: number;
}

/** Views of a buffer, shared or not, for reading frames from it. Up to 7 bytes at its end may stay unused. */
export function frameMemory(buffer: ArrayBufferLike): FrameMemory {
  return {
    words: new Int32Array(buffer, 0, buffer.byteLength >>> 2),
    doubles: new Float64Array(buffer, 0, buffer.byteLength >>> 3),
    bytes: Buffer.from(buffer as ArrayBuffer),
  };
}

/** The error for a frame that no writer has written. */
export function damagedFrame(what: string, word: number): Error {
  return new Error(`a frame can't be read: ${what} at word ${word}`);
}
