import { pageBits, status } from "./protocol.js";

/** The status words of the tasks that one worker has in hand, as its side sees them. */
export interface TaskWords {
  read(word: number): number;
  /** Changes a word from one state to another. Answers whether this side was the one to do it. */
  change(word: number, from: number, to: number): boolean;
  /** Takes in a page that the other side made. */
  adopt(page: SharedArrayBuffer): void;
}

/** The same words as the scheduler's side sees them, which gives them out. */
export interface GivenWords extends Omit<TaskWords, "adopt"> {
  /** A word, set to `sent`. */
  take(): number;
  /** The word is not in use on either side. */
  giveBack(word: number): void;
  /** Whether there are pages to send along. */
  readonly hasFreshPages: boolean;
  /** Pages to send along with the next message. */
  takeFreshPages(): SharedArrayBuffer[];
  /** The message with these pages did not go. */
  untold(pages: readonly SharedArrayBuffer[]): void;
}

const pageSize = 2 ** pageBits;
const within = pageSize - 1;

/**
 * The status words of the tasks that one worker has in hand, in shared memory. A page is added when all words
 * are in use; a word is used again only after the worker has answered for its task.
 */
export class StatusWords implements TaskWords, GivenWords {
  readonly #pages: Int32Array[] = [];
  readonly #free: number[] = [];
  /** Pages the worker has not been told of. */
  #fresh: SharedArrayBuffer[] = [];

  take(): number {
    if (this.#free.length === 0) this.#addPage();
    const word = this.#free.pop()!;
    // what publishes the task publishes this too
    this.#page(word)[word & within] = status.sent;
    return word;
  }

  giveBack(word: number): void {
    this.#free.push(word);
  }

  get hasFreshPages(): boolean {
    return this.#fresh.length > 0;
  }

  takeFreshPages(): SharedArrayBuffer[] {
    const pages = this.#fresh;
    this.#fresh = [];
    return pages;
  }

  untold(pages: readonly SharedArrayBuffer[]): void {
    this.#fresh = [...pages, ...this.#fresh];
  }

  read(word: number): number {
    return Atomics.load(this.#page(word), word & within);
  }

  change(word: number, from: number, to: number): boolean {
    return Atomics.compareExchange(this.#page(word), word & within, from, to) === from;
  }

  adopt(page: SharedArrayBuffer): void {
    this.#pages.push(new Int32Array(page));
  }

  #addPage(): void {
    const memory = new SharedArrayBuffer(pageSize * Int32Array.BYTES_PER_ELEMENT);
    const first = this.#pages.length * pageSize;
    this.adopt(memory);
    this.#fresh.push(memory);
    for (let word = first + pageSize - 1; word >= first; word--) this.#free.push(word);
  }

  #page(word: number): Int32Array {
    return this.#pages[word >>> pageBits]!;
  }
}
