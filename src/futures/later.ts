const settled = Promise.resolve();

/** Not `queueMicrotask`, which in Node makes a resource for each. */
const soon = (act: () => void): void => void settled.then(act);

/** Does something a moment later, once for however often it is asked for meanwhile. */
export class Later {
  readonly #act: () => void;
  #isScheduled = false;

  constructor(act: () => void) {
    this.#act = act;
  }

  /** @param schedule - `setImmediate` where the event loop is to have a turn before. */
  schedule(schedule: (callback: () => void) => unknown = soon): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    schedule(() => {
      this.#isScheduled = false;
      this.#act();
    });
  }
}
