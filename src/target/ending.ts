import { Future, type WaitOptions } from "../futures/future.js";
import { wait } from "../futures/wait.js";
import { checkWaitOptions } from "../sync/wait-options.js";

/** How long to wait for the end of a process or a thread. */
export interface JoinOptions {
  /** Limit of the wait in ms; 0 or less looks and answers at once. Default: none. */
  readonly timeout?: number | undefined;
  /** Ends the wait with a `CancelledError` whose `cause` is the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The end of a process or a thread, for those who wait for it. */
export class Ending<T> {
  readonly future: Future<T>;
  /** Says that it has come. */
  readonly come: (value: T) => void;
  readonly #keepAlive: (alive: boolean) => void;
  #joins = 0;

  /** @param keepAlive - told whether somebody waits: this program must go on until then. */
  constructor(name: string, keepAlive: (alive: boolean) => void) {
    // who waits can't call it off
    const { future, start, resolve } = Future.withResolvers<T>({ name, onAbort: () => {} });
    start();
    this.future = future;
    this.come = resolve;
    this.#keepAlive = keepAlive;
  }

  /** Answers whether it has come. @throws InvalidArgumentError, from the call; CancelledError. */
  join(options: JoinOptions = {}): Promise<boolean> {
    return this.#join(checkWaitOptions(options));
  }

  async #join(options: WaitOptions): Promise<boolean> {
    if (this.#joins++ === 0) this.#keepAlive(true);
    try {
      const { done } = await wait([this.future], options);
      return done.size > 0;
    } finally {
      if (--this.#joins === 0) this.#keepAlive(false);
    }
  }
}
