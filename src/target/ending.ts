import { InvalidArgumentError } from "../errors.js";
import { Future, type WaitOptions } from "../futures/future.js";
import { wait } from "../futures/wait.js";
import { checkOptionNames, checkSignal } from "../validate.js";

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
    checkOptionNames("options", options, ["timeout", "signal"]);
    const { timeout, signal } = options;
    if (timeout !== undefined && (typeof timeout !== "number" || Number.isNaN(timeout)))
      throw new InvalidArgumentError("timeout", timeout, "a time in ms");
    if (signal !== undefined) checkSignal("signal", signal);
    return this.#join({ timeout: timeout === undefined ? undefined : Math.max(0, timeout), signal });
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
