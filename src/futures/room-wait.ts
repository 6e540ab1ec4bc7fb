/**
 * A map whose next submission found the executor's queue full of others' tasks: none of its own will make room,
 * so that it has to be told.
 *
 * @module
 */

/** Waits for room once at a time. */
export class RoomWait {
  readonly #ready: (() => Promise<void>) | undefined;
  readonly #goOn: () => void;
  readonly #fail: (error: unknown) => void;
  #waiting = false;

  /** @param ready - settles when there is room; undefined where nobody can tell. */
  constructor(ready: (() => Promise<void>) | undefined, goOn: () => void, fail: (error: unknown) => void) {
    this.#ready = ready;
    this.#goOn = goOn;
    this.#fail = fail;
  }

  /** Goes on once there is room. False where nobody can tell. */
  begin(): boolean {
    if (this.#ready === undefined) return false;
    if (this.#waiting) return true;
    this.#waiting = true;
    this.#ready().then(
      () => {
        this.#waiting = false;
        this.#goOn();
      },
      (error: unknown) => {
        this.#waiting = false;
        this.#fail(error);
      },
    );
    return true;
  }
}
