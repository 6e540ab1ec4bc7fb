/** How many reports a listener that lags behind keeps; the oldest go first. */
const kept = 1024;

/** Hands what a running task reports to everyone who iterates `future.progress`. */
export class ProgressFeed {
  readonly #listeners = new Set<Listener>();
  #ended: boolean;

  /** @param ended - whether the task is done already, so that there is nothing to come. */
  constructor(ended: boolean) {
    this.#ended = ended;
  }

  push(report: unknown): void {
    for (const listener of this.#listeners) listener.push(report);
  }

  end(): void {
    this.#ended = true;
    for (const listener of this.#listeners) listener.end();
    this.#listeners.clear();
  }

  listen(): AsyncIterator<unknown, void> {
    const listener = new Listener(() => this.#listeners.delete(listener));
    if (this.#ended) listener.end();
    else this.#listeners.add(listener);
    return listener;
  }
}

class Listener implements AsyncIterator<unknown, void> {
  #queue: unknown[] = [];
  #waiting: ((result: IteratorResult<unknown, void>) => void)[] = [];
  #ended = false;
  readonly #detach: () => void;

  constructor(detach: () => void) {
    this.#detach = detach;
  }

  push(value: unknown): void {
    const waiting = this.#waiting.shift();
    if (waiting) return waiting({ done: false, value });
    if (this.#queue.length >= kept) this.#queue.shift();
    this.#queue.push(value);
  }

  end(): void {
    this.#ended = true;
    for (const waiting of this.#waiting) waiting({ done: true, value: undefined });
    this.#waiting = [];
  }

  next(): Promise<IteratorResult<unknown, void>> {
    if (this.#queue.length > 0) return Promise.resolve({ done: false, value: this.#queue.shift() });
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<unknown, void>> {
    this.#detach();
    this.#queue = [];
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }
}
