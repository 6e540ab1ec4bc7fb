/**
 * Whether a thread is loading modules, in two words of shared memory. Node leaves the files open that a thread was
 * reading when it was terminated, for as long as the program runs. So one that loads is asked to end by itself as soon
 * as it has loaded, before it runs anything else.
 *
 * Each side writes its own word before it reads the other's, so that of two that meet at least one sees the other.
 *
 * @module
 */
import { watchLoading } from "../functions/loading.js";

const loads = 0;
const unwanted = 1;

/** What the entry counts for, in loads: more than there will ever be at a time. */
const entry = 2 ** 20;

/** Longest that a thread which is to end may go on loading its entry, in ms: a hook of the user's may keep it. */
const mostForEntry = 5_000;

/** Longest for the modules of a task, in ms: one may hang in its top-level await. */
const mostForModules = 500;

/** Words for a thread that is about to load its entry. */
export function loadingWords(): Int32Array {
  const words = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  words[loads] = entry;
  return words;
}

/** What a thread that is terminated ends with, too. */
const exitCode = 1;

/** In a thread whose entry is loaded: tells of what it loads from now on, and ends it when it is not wanted. */
export function tellLoading(words: Int32Array): void {
  const goOn = (isWanted: boolean): void => {
    if (!isWanted) process.exit(exitCode);
  };
  goOn(endLoadingEntry(words));
  watchLoading({ begins: () => goOn(beginLoading(words)), ends: () => goOn(endLoading(words)) });
}

/** Told by the thread before it loads a module. @returns Whether it is still wanted. */
export function beginLoading(words: Int32Array): boolean {
  Atomics.add(words, loads, 1);
  return Atomics.load(words, unwanted) === 0;
}

/** Told by the thread when it has loaded its entry. @returns Whether it is still wanted. */
export function endLoadingEntry(words: Int32Array): boolean {
  return endLoads(words, entry);
}

/** Told by the thread when it has loaded a module. @returns Whether it is still wanted. */
export function endLoading(words: Int32Array): boolean {
  return endLoads(words, 1);
}

function endLoads(words: Int32Array, count: number): boolean {
  Atomics.sub(words, loads, count);
  return Atomics.load(words, unwanted) === 0;
}

/** Asks a thread to end when it has loaded. @returns How long that may take, in ms; 0: it loads nothing. */
export function endWhenLoaded(words: Int32Array): number {
  Atomics.store(words, unwanted, 1);
  const left = Atomics.load(words, loads);
  if (left >= entry) return mostForEntry;
  return left > 0 ? mostForModules : 0;
}
