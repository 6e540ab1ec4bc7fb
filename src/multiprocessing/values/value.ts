import { arrived } from "../locks/arrived.js";
import { handleKind, type WaitOptions } from "../sharing/index.js";
import { makeNumbers, NumbersHandle, type NumbersOptions } from "./numbers-handle.js";
import type { NumberOf, TypeCode } from "./type-codes.js";

/**
 * A number that processes and threads share: Python's `multiprocessing.Value`.
 *
 * The process (or thread) that makes it owns it; any other that is given it, as an argument, by a closure that captures
 * it, as a result or as an item of a queue, has the same value. Each call is atomic, and waits while another holds its
 * lock. `set(await get() + 1)` is two calls: use `add` or `update`, or hold the lock meanwhile.
 *
 * *Cost*: a message to the owner and back. For numbers that are read and written all the time share memory:
 * `SharedMemory` between processes, `ungil/threading` between threads.
 *
 * @typeParam C - the type: `"int32"`, or Python's code `"i"`. With 64 bits (`"int64"`, `"q"`) its numbers are bigints.
 * @example
 * const count = new Value("int32", 0);
 * await pool.map(async (file: string) => {
 *   await index(file);
 *   await count.add(1);
 * }, files);
 * console.log(await count.get());
 */
export class Value<C extends TypeCode> extends NumbersHandle<NumberOf<C>> {
  /**
   * @param type - what it holds.
   * @param initial - the number to begin with. Default 0.
   * @param options - its lock.
   * @throws InvalidArgumentError for an unknown type, a number that the type can't hold, a bad lock or option.
   */
  constructor(type: C, initial?: NumberOf<C>, options: NumbersOptions = {}) {
    const endpoint = arrived(type);
    const first = initial === undefined ? 1 : [initial];
    super(endpoint ? { endpoint, lock: undefined } : makeNumbers("Value", type, first, options));
  }

  /**
   * The number.
   * @param options - limits of the wait for the lock; `timeout` in ms.
   * @throws InvalidArgumentError for a bad option, from the call; TimeoutError, CancelledError; ConnectionClosedError
   *   when the owner has ended.
   */
  get(options?: WaitOptions): Promise<NumberOf<C>> {
    return this.ask("get", [0], options);
  }

  /** Sets the number. @throws InvalidArgumentError for one that the type can't hold, from the call; else as `get`. */
  set(value: NumberOf<C>, options?: WaitOptions): Promise<void> {
    return this.ask("set", [0, this.check(value)], options);
  }

  /**
   * Adds to the number, in one step.
   * @returns the sum.
   * @throws InvalidArgumentError where the type can't hold it: the number is as it was; else as `get`.
   */
  add(by: NumberOf<C>, options?: WaitOptions): Promise<NumberOf<C>> {
    return this.ask("add", [0, this.check(by, "by")], options);
  }

  /**
   * Sets the number if it is what it is expected to be, in one step.
   * @returns whether it was.
   * @throws as `set`.
   */
  compareExchange(expected: NumberOf<C>, value: NumberOf<C>, options?: WaitOptions): Promise<boolean> {
    return this.ask("replace", [0, this.check(expected, "expected"), this.check(value)], options);
  }

  /**
   * Makes a new number of the old one, in one step. The function runs here, with the lock held, and may be asynchronous.
   * Where another was quicker nevertheless, it runs again: of a value without a lock (`lock: false`), and where this
   * very task changes the value at the same time.
   * @returns the new number.
   * @throws InvalidArgumentError where the type can't hold it; what the function throws; else as `get`. The number is
   *   as it was then.
   */
  update(
    fn: (old: NumberOf<C>) => NumberOf<C> | PromiseLike<NumberOf<C>>,
    options?: WaitOptions,
  ): Promise<NumberOf<C>> {
    return this.change(0, fn, options);
  }
}

handleKind("Value", (endpoint) => Reflect.construct(Value, [endpoint]) as Value<"float64">);
