import { Fifo } from "../fifo.js";

/** One consumer that waits in `next`. */
interface Waiter<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

/** How an outlet ends: quietly, or with an error that is thrown once. */
export type End = { readonly failed: false } | { readonly failed: true; readonly error: unknown };

/**
 * The consumer's side of an async iterator that is fed from outside: values that wait for a consumer, or
 * consumers that wait for a value, and the end. Concurrent calls of `next` are served in their order.
 */
export class Outlet<T> {
  readonly #values = new Fifo<T>();
  readonly #waiters = new Fifo<Waiter<T>>();
  readonly #onTake: () => void;
  #end: End | undefined;

  /** @param onTake - called after each value that went to a consumer. */
  constructor(onTake: () => void = () => {}) {
    this.#onTake = onTake;
  }

  /** Whether the end is known; values may still wait in front of it. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Whether nothing but the end, seen or not, is left for a consumer. */
  get delivered(): boolean {
    return this.#end !== undefined && this.#values.size === 0;
  }

  /** Values that wait for a consumer. */
  get size(): number {
    return this.#values.size;
  }

  push(value: T): void {
    const waiter = this.#waiters.shift();
    if (!waiter) return this.#values.push(value);
    waiter.resolve({ done: false, value });
    this.#onTake();
  }

  /** Nothing comes after the values pushed so far. The first end counts, and an error is thrown to one `next`. */
  end(end: End): void {
    if (this.#end) return;
    this.#end = end;
    while (this.#waiters.size > 0) {
      const { resolve, reject } = this.#waiters.shift() as Waiter<T>;
      this.#finish(resolve, reject);
    }
  }

  /** Ends here and now: values that nobody took are dropped, and so is an earlier end that nobody saw. */
  close(end: End): void {
    this.#values.clear();
    this.#end = undefined;
    this.end(end);
  }

  /** All values that wait, at once. */
  takeAll(): T[] {
    const values = [...this.#values];
    this.#values.clear();
    for (let i = 0; i < values.length; i += 1) this.#onTake();
    return values;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#values.size > 0) {
      const taken = Promise.resolve({ done: false as const, value: this.#values.shift() as T });
      this.#onTake();
      return taken;
    }
    return new Promise((resolve, reject) => {
      if (this.#end) this.#finish(resolve, reject);
      else this.#waiters.push({ resolve, reject });
    });
  }

  #finish(resolve: Waiter<T>["resolve"], reject: Waiter<T>["reject"]): void {
    const end = this.#end;
    this.#end = { failed: false };
    if (end?.failed) reject(end.error);
    else resolve({ done: true, value: undefined });
  }
}
