/**
 * Values that arrive from a worker, of which some take time: a class has to be found first.
 *
 * @module
 */
import { warn } from "../futures/unobserved.js";
import { decode } from "../wire/index.js";
import { inbound } from "./inbound.js";

export class Decoding {
  readonly #executorName: string;
  readonly #told: () => void;
  readonly #waiting = new Set<Promise<void>>();

  /** @param told - called after a value that was handed on later than it came. */
  constructor(executorName: string, told: () => void) {
    this.#executorName = executorName;
    this.#told = told;
  }

  /** Whether something that has arrived was not handed on yet. */
  get goesOn(): boolean {
    return this.#waiting.size > 0;
  }

  /** Settles when all that has arrived was handed on. */
  async done(): Promise<void> {
    while (this.#waiting.size > 0) await Promise.allSettled(this.#waiting);
  }

  /** Hands a value on once it is decoded: now, unless something has to be found first. */
  decode(
    raw: unknown,
    marked: boolean,
    use: (value: unknown) => void,
    failed: (error: unknown) => void = (error) =>
      warn(`a message of ${this.#executorName} could not be read`, error),
    hooks = inbound,
    finallyDo: () => void = () => {},
  ): void {
    const settle = (then: (value: unknown) => void, value: unknown): void => {
      try {
        then(value);
      } finally {
        finallyDo();
      }
    };
    if (!marked) return settle(use, raw);
    let value: unknown;
    try {
      value = decode(raw, hooks);
    } catch (error) {
      return settle(failed, error);
    }
    if (!(value instanceof Promise)) return settle(use, value);
    const waiting: Promise<void> = value
      .then(
        (decoded) => settle(use, decoded),
        (error) => settle(failed, error),
      )
      .finally(() => {
        this.#waiting.delete(waiting);
        this.#told();
      });
    this.#waiting.add(waiting);
  }
}
