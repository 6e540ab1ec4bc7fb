/**
 * Whether a thread is loading modules, in two words of shared memory. Node leaves the files open that a thread was
 * reading when it was terminated, for as long as the program runs. So one that loads is asked to end by itself as soon
 * as it has loaded, before it runs anything else.
 *
 * Each side writes its own word before it reads the other's, so that of two that meet at least one sees the other.
 *
 * @module
 */
const loads = 0;
const unwanted = 1;

/** Words for a thread that is about to load its entry. */
export function loadingWords(): Int32Array {
  const words = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  words[loads] = 1;
  return words;
}

/** Told by the thread before it loads a module. @returns Whether it is still wanted. */
export function beginLoading(words: Int32Array): boolean {
  Atomics.add(words, loads, 1);
  return Atomics.load(words, unwanted) === 0;
}

/** Told by the thread when it has loaded one, its entry first. @returns Whether it is still wanted. */
export function endLoading(words: Int32Array): boolean {
  Atomics.sub(words, loads, 1);
  return Atomics.load(words, unwanted) === 0;
}

/** Asks a thread to end when it has loaded. @returns Whether it loads; else it has to be terminated. */
export function endWhenLoaded(words: Int32Array): boolean {
  Atomics.store(words, unwanted, 1);
  return Atomics.load(words, loads) > 0;
}
