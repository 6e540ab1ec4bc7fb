/** Does something a moment later, once for however often it is asked for meanwhile. */
export class Later {
  readonly #act: () => void;
  #isScheduled = false;

  constructor(act: () => void) {
    this.#act = act;
  }

  /** @param schedule - `setImmediate` where the event loop is to have a turn before. */
  schedule(schedule: (callback: () => void) => unknown = queueMicrotask): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    schedule(() => {
      this.#isScheduled = false;
      this.#act();
    });
  }
}
