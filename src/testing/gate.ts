import { type Cells, loadCell, sharedCells, storeCell } from "./cells.js";
import { until } from "./until.js";

/**
 * A gate between a test and the tasks it started, in this thread or others: the test sees how many tasks have
 * arrived, and they go on when it opens the gate. No test needs to sleep for luck.
 */
export class Gate<C extends Cells = Int32Array> {
  /** What a task needs of the gate: `[open, arrivals]`, over a `SharedArrayBuffer` unless others were given. */
  readonly cells: C;

  readonly #patience: number | undefined;

  /**
   * @param patience - how long {@link arrived} waits, in ms; 30 000 by default.
   * @param cells - two cells of its own; for tasks in other processes those of a file.
   */
  constructor(patience?: number, cells: C = sharedCells(2) as C) {
    this.#patience = patience;
    this.cells = cells;
  }

  /** Tasks that came to the gate so far, waiting or gone on. */
  get arrivals(): number {
    return loadCell(this.cells, 1);
  }

  /** Lets all through, now and later. */
  open(): void {
    storeCell(this.cells, 0, 1);
  }

  /**
   * Waits until this many tasks have come.
   * @throws TimeoutError when they have not come in time.
   */
  async arrived(tasks: number): Promise<void> {
    await until(() => this.arrivals >= tasks, `${tasks} tasks have come to the gate`, this.#patience);
  }
}
