import { CancelledError } from "../../errors.js";

type Listener = Parameters<AbortSignal["addEventListener"]>[1];

const none: Listener[] = [];

/**
 * The signal of one call to an object. It does what an `AbortSignal` does and is none of the platform's, of which each
 * takes longer to make than the whole of a call. `AbortSignal.any` does not take it.
 */
export class CallSignal implements AbortSignal {
  aborted = false;
  reason: unknown = undefined;
  onabort: ((this: AbortSignal, event: Event) => void) | null = null;
  /** Mostly there is one, and often none. */
  #listeners: Listener[] = none;

  /** The call is not wanted any more. */
  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = new CancelledError("the call was given up");
    this.dispatchEvent(new Event("abort"));
  }

  addEventListener(_type: string, listener: Listener | null): void {
    if (listener && !this.#listeners.includes(listener)) this.#listeners = [...this.#listeners, listener];
  }

  removeEventListener(_type: string, listener: Listener | null): void {
    const left = this.#listeners;
    if (left.length === 1 && left[0] === listener) this.#listeners = none;
    else this.#listeners = left.filter((each) => each !== listener);
  }

  dispatchEvent(event: Event): boolean {
    const listeners = this.#listeners;
    // it aborts once
    this.#listeners = none;
    this.onabort?.(event);
    for (const listener of listeners) {
      if (typeof listener === "function") listener.call(this, event);
      else listener.handleEvent(event);
    }
    return true;
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }
}
