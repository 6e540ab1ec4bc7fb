/** A call that waits, as the served side sees it. */
export interface WaitingCall<T> {
  readonly wanted: T;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Calls that wait for their turn, first come, first served; one that is given up has left the line at once. */
export class WaitingCalls<T = undefined> {
  // in the order of their coming; constant cost to take out any
  readonly #calls = new Set<WaitingCall<T>>();

  get size(): number {
    return this.#calls.size;
  }

  /** A call waits. @returns its answer. */
  wait(wanted: T, signal: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#calls.delete(call);
        reject(signal.reason as Error);
      };
      const settled = <V>(settle: (value: V) => void) => {
        return (value: V): void => {
          signal.removeEventListener("abort", giveUp);
          settle(value);
        };
      };
      const call: WaitingCall<T> = { wanted, resolve: settled(resolve), reject: settled(reject) };
      this.#calls.add(call);
      signal.addEventListener("abort", giveUp, { once: true });
    });
  }

  /** The one whose turn it is, who stays. */
  first(): WaitingCall<T> | undefined {
    for (const call of this.#calls) return call;
    return undefined;
  }

  /** Takes the one whose turn it is. */
  shift(): WaitingCall<T> | undefined {
    const call = this.first();
    if (call) this.#calls.delete(call);
    return call;
  }

  /** Takes all. */
  *drain(): Generator<WaitingCall<T>> {
    for (let call = this.shift(); call; call = this.shift()) yield call;
  }
}
