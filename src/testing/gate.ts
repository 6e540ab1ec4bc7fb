import { until } from "./until.js";

/**
 * A gate in shared memory between a test and the tasks it started, in this thread or others: the test sees
 * how many tasks have arrived, and they go on when it opens the gate. No test needs to sleep for luck.
 */
export class Gate {
  /** What a task needs of the gate: `[open, arrivals]`, over a `SharedArrayBuffer`. */
  readonly cells = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));

  readonly #patience: number | undefined;

  /** @param patience - how long {@link arrived} waits, in ms; 30 000 by default. */
  constructor(patience?: number) {
    this.#patience = patience;
  }

  /** Tasks that came to the gate so far, waiting or gone on. */
  get arrivals(): number {
    return Atomics.load(this.cells, 1);
  }

  /** Lets all through, now and later. */
  open(): void {
    Atomics.store(this.cells, 0, 1);
    Atomics.notify(this.cells, 0);
  }

  /**
   * Waits until this many tasks have come.
   * @throws TimeoutError when they have not come in time.
   */
  async arrived(tasks: number): Promise<void> {
    await until(() => this.arrivals >= tasks, `${tasks} tasks have come to the gate`, this.#patience);
  }
}

/** A row of zeroed cells that tasks of all threads share. */
export function sharedCells(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT));
}
