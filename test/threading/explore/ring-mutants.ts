/** Defects that are planted into the built algorithms of ring buffers, each at one place. */
import type { Mutant } from "./mutants.js";

export const ringMutants: readonly Mutant[] = [
  {
    defect: "bytes are there before they are written",
    folder: "threading/ring-buffer",
    file: "ring-core",
    find: "this.#bytes.write(at, source, from, first);",
    put: "this.#atomics.store(this.words, writtenWord, (written + 2 * count) | 0); this.#bytes.write(at, source, from, first);",
    foundBy: "ring: all bytes come",
  },
  {
    defect: "bytes are free before they are read",
    folder: "threading/ring-buffer",
    file: "ring-core",
    find: "this.#bytes.read(at, target, from, first);",
    put: "this.#atomics.store(this.words, readWord, (read + 2 * count) | 0); this.#bytes.read(at, target, from, first);",
    foundBy: "ring: all bytes come",
  },
  {
    defect: "who waits reads its word after it has said so",
    folder: "threading/ring-buffer",
    file: "ring-wait",
    find: "return outcome;",
    put: "this.expected = atomics.load(this.words, this.at); return outcome;",
    foundBy: "ring: so many at once",
  },
  {
    defect: "who waits does not say so",
    folder: "threading/ring-buffer",
    file: "ring-wait",
    find: "atomics.store(this.words, this.#sleeps, 1);",
    put: ";",
    foundBy: "ring: so many at once",
  },
  {
    defect: "the end wakes nobody",
    folder: "threading/ring-buffer",
    file: "ring-core",
    find: "this.#atomics.or(this.words, writtenWord, closedBit);\n        this.#wake(writtenWord, readerSleepsWord);",
    put: "this.#atomics.or(this.words, writtenWord, closedBit);",
    foundBy: "ring: all bytes come",
  },
  {
    defect: "who is woken still counts as asleep, and nobody is woken",
    folder: "threading/ring-buffer",
    file: "ring-core",
    find: "this.#atomics.notify(this.words, word);",
    put: ";",
    foundBy: "ring: the writer waits",
  },
  {
    defect: "what a writer wrote before it died is not looked for",
    folder: "threading/ring-buffer",
    file: "ring-core",
    find: "written = this.#atomics.load(this.words, writtenWord);\n            size = countBetween(read, written);",
    put: "",
    foundBy: "ring: the writer dies",
  },
  {
    defect: "a reader that has read enough keeps the writer waiting",
    folder: "threading/ring-buffer",
    file: "ring-core",
    find: "this.#atomics.store(this.words, readWord, (read + 2 * count) | 0);\n        this.#wake(readWord, writerSleepsWord);",
    put: "this.#atomics.store(this.words, readWord, (read + 2 * count) | 0);",
    foundBy: "ring: all bytes come",
  },
];
