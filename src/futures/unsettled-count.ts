/** Counts the futures of a stream that are not settled, for those who wait until there are none. */
export class UnsettledCount {
  #count = 0;
  #waiting: (() => void)[] = [];

  /** Whether there are any. */
  get some(): boolean {
    return this.#count > 0;
  }

  added(): void {
    this.#count += 1;
  }

  settled(): void {
    this.#count -= 1;
    if (this.#count === 0) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Settles when there are none, which may be now. */
  whenNone(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#count === 0) resolve();
      else this.#waiting.push(resolve);
    });
  }
}
