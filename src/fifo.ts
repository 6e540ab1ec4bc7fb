/** Beyond this many empty slots at its front, the array is moved up. */
const slack = 1024;

/** A first-in-first-out queue with constant cost a step; what was taken is not retained. */
export class Fifo<T> {
  #slots: (T | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#slots.length - this.#head;
  }

  push(value: T): void {
    this.#slots.push(value);
  }

  /** Gives a value back: it is the oldest again. */
  unshift(value: T): void {
    if (this.#head > 0) this.#slots[--this.#head] = value;
    else this.#slots.unshift(value);
  }

  /** Adds a value behind another one, which may have been taken already: then it is the oldest. */
  pushBehind(before: T, value: T): void {
    const at = this.#slots.indexOf(before, this.#head);
    this.#slots.splice(at < 0 ? this.#head : at + 1, 0, value);
  }

  /** The oldest, which stays. */
  peek(): T | undefined {
    return this.#slots[this.#head];
  }

  /** Takes the oldest. */
  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const value = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head += 1;
    if (this.size === 0) this.clear();
    else if (this.#head > slack && this.#head * 2 > this.#slots.length) {
      this.#slots = this.#slots.slice(this.#head);
      this.#head = 0;
    }
    return value;
  }

  /** Takes out, and answers with, everything from the first value on that `isCut` holds for. */
  cut(isCut: (value: T) => boolean): T[] {
    for (let at = this.#head; at < this.#slots.length; at += 1) {
      if (isCut(this.#slots[at] as T)) return this.#slots.splice(at) as T[];
    }
    return [];
  }

  clear(): void {
    this.#slots = [];
    this.#head = 0;
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let at = this.#head; at < this.#slots.length; at += 1) yield this.#slots[at] as T;
  }
}
