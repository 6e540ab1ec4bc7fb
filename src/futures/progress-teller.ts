import { TimeoutError } from "../errors.js";
import type { CheckedMapOptions } from "./map-options.js";
import { warn } from "./unobserved.js";

/** Counts the settled items of a `map`, and tells its `onProgress`. */
export class ProgressTeller {
  readonly #options: CheckedMapOptions;
  readonly #total: number | undefined;
  #done = 0;
  #failed = 0;

  /** @param length - number of items, where the input tells. */
  constructor(options: CheckedMapOptions, length: number | undefined) {
    this.#options = options;
    this.#total = options.total ?? length;
  }

  /** Whether somebody wants to be told. */
  get isWanted(): boolean {
    return this.#options.onProgress !== undefined;
  }

  /** One more item is settled. */
  settled(failed: boolean): void {
    this.#done += 1;
    if (failed) this.#failed += 1;
  }

  /** Many more are settled, and none of them failed. */
  settledWell(count: number): void {
    this.#done += count;
  }

  /** @param started - items read so far. */
  tell(started: number): void {
    const { onProgress } = this.#options;
    if (!onProgress) return;
    try {
      onProgress({ done: this.#done, failed: this.#failed, started, total: this.#total });
    } catch (error) {
      warn("onProgress of a map threw", error);
    }
  }

  /** The error of a map whose time is over. */
  timeoutError(started: number): TimeoutError {
    const progress = `${this.#done} of ${this.#total ?? `at least ${started}`} items done`;
    return new TimeoutError(`the map was not done within ${this.#options.timeout} ms (${progress})`);
  }
}
