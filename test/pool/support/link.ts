// The link as it is built: no public entry exports it, so that tests import the built files.

import type * as links from "../../../dist/pool/link/index.js";
import type * as frames from "../../../dist/wire/codec/frame-memory.js";

export type {
  AtomicsLike,
  Link,
  LinkMemory,
  LinkPort,
  LinkSide,
} from "../../../dist/pool/link/index.js";
export type { FrameSource } from "../../../dist/wire/codec/frame-memory.js";

const built = (name: string): Promise<unknown> =>
  import(new URL(`../${name}`, import.meta.resolve("ungil")).href);

export const {
  createLinkMemory,
  Link: BuiltLink,
  threadPort,
} = (await built("pool/link/index.js")) as typeof links;
export const { frameMemory } = (await built("wire/codec/frame-memory.js")) as typeof frames;

/** A message of the tests: what was sent, by number. */
export interface Numbered {
  readonly n: number;
  readonly text?: string;
}

/** Frame number `n`; every word and byte of it follows from `n` and its size. */
export function numberedFrame(n: number, wordCount: number, byteCount: number): frames.FrameSource {
  // longer than what is sent, as buffers that are used again are
  const words = new Int32Array(wordCount + 3).fill(-1);
  const bytes = new Uint8Array(byteCount + 5).fill(255);
  for (let i = 0; i < wordCount; i++) words[i] = wordOf(n, i);
  for (let i = 0; i < byteCount; i++) bytes[i] = wordOf(n, i) & 0x7f;
  return { words, wordCount, bytes, byteCount };
}

/** The number of a frame that arrived; throws if anything in it is not as it was sent. */
export function readNumberedFrame(
  memory: frames.FrameMemory,
  word: number,
  wordCount: number,
  byte: number,
  byteCount: number,
): number {
  if (word % 2 !== 0) throw new Error(`a frame starts at the odd word ${word}`);
  const n = memory.words[word]!;
  for (let i = 0; i < wordCount; i++) {
    if (memory.words[word + i] !== wordOf(n, i)) throw new Error(`word ${i} of frame ${n} is damaged`);
  }
  for (let i = 0; i < byteCount; i++) {
    if (memory.bytes[byte + i] !== (wordOf(n, i) & 0x7f))
      throw new Error(`byte ${i} of frame ${n} is damaged`);
  }
  return n;
}

function wordOf(n: number, i: number): number {
  return i === 0 ? n : (Math.imul(n + 1, 0x9e3779b1) + i) | 0;
}
