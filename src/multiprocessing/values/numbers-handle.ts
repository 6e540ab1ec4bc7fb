import { InvalidArgumentError } from "../../errors.js";
import { checkFunction, checkOptionNames } from "../../validate.js";
import { holderKey } from "../locks/holder.js";
import { type Lock, RLock } from "../locks/lock.js";
import { isHeldHere, LockHandle, stateOf } from "../locks/lock-handle.js";
import { HandleWithLock } from "../locks/with-lock.js";
import { type Endpoint, own, type WaitOptions } from "../sharing/index.js";
import { ServedNumbers } from "./served-numbers.js";
import { asHeld, checkNumber, checkType, type NumberType } from "./type-codes.js";

/** Options of a `Value` and an `Array`. */
export interface NumbersOptions {
  /**
   * What excludes others from it: true for an `RLock` of its own, false for none, or a lock that it shares with others.
   * Default true.
   */
  readonly lock?: boolean | Lock | RLock | undefined;
}

interface Details {
  readonly type: NumberType;
  readonly length: number;
  /** Whether its lock has another owner, so that callers have to acquire it. */
  readonly lockIsElsewhere: boolean;
}

/** What a `Value` and an `Array` have in common. */
export abstract class NumbersHandle<T extends number | bigint> extends HandleWithLock {
  protected constructor(made: { readonly endpoint: Endpoint; readonly lock: LockHandle | undefined }) {
    super(made.endpoint, made.lock);
  }

  /** The type of its numbers, by its name: `"int32"`. */
  get type(): NumberType {
    return this.#details.type;
  }

  protected get count(): number {
    return this.#details.length;
  }

  get #details(): Details {
    return this.details as Details;
  }

  /**
   * The lock that each call takes for itself; who has it excludes all others for longer.
   * @throws InvalidArgumentError where there is none (`lock: false`).
   */
  getLock(): Lock | RLock {
    if (this.lock) return this.lock;
    throw new InvalidArgumentError("options.lock", false, "true, or a lock, where getLock() is used");
  }

  protected check(value: T, argument = "value"): T {
    return checkNumber(argument, this.type, value) as T;
  }

  protected ask<R>(method: string, args: readonly unknown[], options?: WaitOptions): Promise<R> {
    const ask = (): Promise<R> => this.call<R>(method, [holderKey(), ...args], options);
    const lock = this.#details.lockIsElsewhere ? this.lock : undefined;
    if (!lock || isHeldHere(lock)) return ask();
    return lock.acquire(options).then(async (guard) => {
      await using _guard = guard;
      return await ask();
    });
  }

  protected async change(at: number, fn: (old: T) => T | PromiseLike<T>, options?: WaitOptions): Promise<T> {
    checkFunction("fn", fn);
    // its holder goes on at once, of a Lock too, which it could not acquire again
    await using _guard = this.lock && isHeldHere(this.lock) ? undefined : await this.lock?.acquire(options);
    for (;;) {
      const old = await this.ask<T>("get", [at], options);
      const value = this.check(await fn(old), "what fn returns");
      // else once more: without a lock others may have been quicker, and with it what this very holder does at a time
      if (await this.ask<boolean>("replace", [at, old, value], options)) return asHeld(this.type, value) as T;
    }
  }
}

/**
 * Makes numbers that this isolate owns.
 * @param initial - how many zeros, or the numbers.
 * @throws InvalidArgumentError
 */
export function makeNumbers(
  kind: string,
  code: unknown,
  initial: number | readonly unknown[],
  options: NumbersOptions,
): { readonly endpoint: Endpoint; readonly lock: LockHandle | undefined } {
  const type = checkType(code);
  checkOptionNames("options", options, ["lock"]);
  const { lock: given = true } = options;
  if (typeof given !== "boolean" && !(given instanceof LockHandle))
    throw new InvalidArgumentError("lock", given, "true, false, or a Lock or RLock of ungil/multiprocessing");
  const numbers =
    typeof initial === "number"
      ? initial
      : initial.map((each, at) => checkNumber(initial.length === 1 ? "value" : `items[${at}]`, type, each));
  const lock = typeof given === "boolean" ? (given ? new RLock() : undefined) : given;
  const state = lock && stateOf(lock);
  const details: Details = {
    type,
    length: typeof numbers === "number" ? numbers : numbers.length,
    lockIsElsewhere: lock !== undefined && state === undefined,
  };
  return { endpoint: own(kind, new ServedNumbers(type, numbers, state), details), lock };
}
