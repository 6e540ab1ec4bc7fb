import { checkBoolean, checkInteger, checkOptionNames } from "../../validate.js";
import { type Endpoint, Handle, handleKind, own, type WaitOptions } from "../sharing/index.js";
import { arrived } from "./arrived.js";
import { type Guard, HeldGuard } from "./guard.js";
import { keep, unkeep } from "./kept.js";
import { outsideOfScopes } from "./outside-of-scopes.js";
import { type GrantedPlace, type SemaphoreStats, ServedSemaphore } from "./served-semaphore.js";

/** Options of a semaphore. */
export interface SemaphoreOptions {
  /**
   * Whether places that a process or thread has when it ends come back. Default true. False where they are no places
   * but count events: who takes one never gives it back.
   */
  readonly reclaim?: boolean | undefined;
}

/**
 * Lets so many at a time through, of all processes and threads that were given it, in the order in which they came:
 * Python's `multiprocessing.Semaphore`. See {@link Lock} for who owns it and how it is given to others.
 *
 * Each place is given back in one way: by its guard (`using`), or by `release()`.
 *
 * *Cancellation*: a wait that ends early leaves its turn to the next one, and takes no place with it.
 *
 * *Death*: the places of a process or thread that ends come back, and the next guards say `abandoned`; see
 * `options.reclaim`.
 *
 * @example
 * const connections = new Semaphore(10);
 * const query = async (text: string) => {
 *   using place = await connections.acquire();
 *   return await send(text);
 * };
 * await pool.map(query, texts);
 */
export class Semaphore extends Handle {
  /**
   * @param value - places, a whole number of at least 0. Default 1.
   * @throws InvalidArgumentError for another value, or a bad option.
   */
  constructor(value = 1, options: SemaphoreOptions = {}) {
    super(arrived(value) ?? newSemaphore("Semaphore", value, options));
  }

  /**
   * Waits for a place.
   * @param options - limits of the wait; `timeout` in ms, 0 or less for no wait at all.
   * @returns what gives it back, for `using`.
   * @throws InvalidArgumentError for a bad option, from the call; TimeoutError, CancelledError; ConnectionClosedError
   *   when the owner has ended.
   */
  acquire(options?: WaitOptions): Promise<Guard> {
    return this.call<GrantedPlace>("acquire", [], options).then((granted) => this.#issue(granted));
  }

  /** Takes a place if one is free. @returns what gives it back; undefined when none is. @throws ConnectionClosedError */
  async tryAcquire(): Promise<Guard | undefined> {
    const granted = await this.call<GrantedPlace | undefined>("tryAcquire", []);
    return granted && this.#issue(granted);
  }

  /**
   * Gives places back, or makes more: there may be more than there were at first.
   * @param count - how many. Default 1.
   * @throws InvalidArgumentError unless it is a whole number of at least 1, from the call; InvalidStateError where a
   *   `BoundedSemaphore` would have more places than at first: none is given back then; ConnectionClosedError.
   */
  release(count = 1): Promise<void> {
    checkInteger("count", count, 1);
    return outsideOfScopes(() => this.call<void>("release", [count])).then(() => {
      for (let left = count; left > 0; left--) unkeep(this);
    });
  }

  /** How many places are free, at the moment in which its owner is asked: Python's `get_value`. */
  value(): Promise<number> {
    return this.call<number>("value", []);
  }

  /** Whether none is free. */
  async locked(): Promise<boolean> {
    return (await this.value()) === 0;
  }

  /** A look at it, for logs and dashboards. @throws ConnectionClosedError */
  stats(): Promise<SemaphoreStats> {
    return this.call<SemaphoreStats>("stats", []);
  }

  #issue(granted: GrantedPlace): Guard {
    keep(this);
    return new HeldGuard(granted, () => this.release());
  }
}

/**
 * A {@link Semaphore} that never has more places than at first: one that is given back too often is a mistake that
 * shows.
 */
export class BoundedSemaphore extends Semaphore {
  /**
   * @param value - places, a whole number of at least 0. Default 1.
   * @throws InvalidArgumentError for another value, or a bad option.
   */
  constructor(value = 1, options: SemaphoreOptions = {}) {
    super((arrived(value) ?? newSemaphore("BoundedSemaphore", value, options)) as never);
  }
}

function newSemaphore(kind: string, value: number, options: SemaphoreOptions): Endpoint {
  checkInteger("value", value, 0);
  checkOptionNames("options", options, ["reclaim"]);
  const reclaim = checkBoolean("reclaim", options.reclaim ?? true);
  return own(kind, new ServedSemaphore(value, kind === "BoundedSemaphore", reclaim));
}

handleKind("Semaphore", (endpoint) => Reflect.construct(Semaphore, [endpoint]) as Semaphore);
handleKind("BoundedSemaphore", (endpoint) => Reflect.construct(BoundedSemaphore, [endpoint]) as Semaphore);
