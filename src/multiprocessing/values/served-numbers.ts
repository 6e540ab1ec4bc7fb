import type { LockState } from "../locks/lock-state.js";
import { unknownMethod } from "../locks/unknown-method.js";
import type { Caller, Served } from "../sharing/index.js";
import { asHeld, checkNumber, makeNumbers, type Numbers, type NumberType } from "./type-codes.js";

/** Numbers of one type that the isolates of many processes use: a value is one of them, an array several. */
export class ServedNumbers implements Served {
  readonly #type: NumberType;
  readonly #numbers: Numbers;
  readonly #lock: LockState | undefined;

  /** @param lock - undefined where each call stands for itself, or where callers see to the lock. */
  constructor(type: NumberType, initial: number | readonly (number | bigint)[], lock: LockState | undefined) {
    this.#type = type;
    this.#lock = lock;
    const length = typeof initial === "number" ? initial : initial.length;
    this.#numbers = makeNumbers(type, length);
    if (typeof initial !== "number") this.#numbers.set(initial as never);
  }

  call(method: string, args: readonly unknown[], caller: Caller, signal: AbortSignal): unknown {
    const [key, ...rest] = args as [string, ...unknown[]];
    const run = (): unknown => this.#do(method, rest);
    return this.#lock ? this.#lock.within({ caller, key }, signal, run) : run();
  }

  #do(method: string, args: readonly unknown[]): unknown {
    const [first, second, third] = args as [never, never, never];
    switch (method) {
      case "get":
        return this.#numbers[first];
      case "set":
        return this.#set(first, second);
      case "add":
        return this.#add(first, second);
      case "replace":
        return this.#replace(first, second, third);
      case "slice":
        return this.#numbers.slice(first, second);
      case "setSlice":
        return this.#numbers.set(second, first);
      default:
        throw unknownMethod("Value", method);
    }
  }

  #set(at: number, value: number | bigint): void {
    this.#numbers[at] = value as never;
  }

  #add(at: number, by: number | bigint): number | bigint {
    const sum = (this.#numbers[at] as number) + (by as number);
    this.#set(at, checkNumber("the sum", this.#type, sum));
    return this.#numbers[at]!;
  }

  #replace(at: number, expected: number | bigint, value: number | bigint): boolean {
    // NaN is what it was
    if (!Object.is(this.#numbers[at], asHeld(this.#type, expected))) return false;
    this.#set(at, value);
    return true;
  }
}
