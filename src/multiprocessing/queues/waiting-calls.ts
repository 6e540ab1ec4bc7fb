import { Waiter, WaitList } from "../../sync/wait-list.js";

/** A call that waits, as the served side sees it. */
export class WaitingCall<T> extends Waiter {
  readonly wanted: T;
  readonly #signal: AbortSignal;
  readonly #resolve: (answer: unknown) => void;
  readonly #reject: (error: unknown) => void;

  constructor(
    wanted: T,
    signal: AbortSignal,
    resolve: (answer: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    super();
    this.wanted = wanted;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    signal.addEventListener("abort", this, { once: true });
  }

  resolve(answer: unknown): void {
    this.#signal.removeEventListener("abort", this);
    this.#resolve(answer);
  }

  refuse(error: unknown): void {
    this.#signal.removeEventListener("abort", this);
    this.#reject(error);
  }

  /** It is given up. */
  handleEvent(): void {
    this.list?.remove(this);
    this.#reject(this.#signal.reason);
  }
}

/** Calls that wait for their turn, first come, first served; one that is given up has left the line at once. */
export class WaitingCalls<T = undefined> {
  readonly #calls = new WaitList<WaitingCall<T>>();

  get size(): number {
    return this.#calls.size;
  }

  /** A call waits. @returns its answer. */
  wait(wanted: T, signal: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#calls.add(new WaitingCall(wanted, signal, resolve, reject));
    });
  }

  /** Takes the one whose turn it is. */
  shift(): WaitingCall<T> | undefined {
    return this.#calls.shift();
  }

  /** Takes all. */
  *drain(): Generator<WaitingCall<T>> {
    for (let call = this.shift(); call; call = this.shift()) yield call;
  }
}
