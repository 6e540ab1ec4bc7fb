import { systemClock } from "../../clock.js";
import { InvalidStateError } from "../../errors.js";
import { PromiseWaiter } from "../../sync/promise-waiter.js";
import { type PlaceWaiter, SemaphoreCore } from "../../sync/semaphore-core.js";
import type { Caller, Served } from "../sharing/index.js";
import { limitsBy } from "./lock-state.js";
import { unknownMethod } from "./unknown-method.js";

/** What a caller is told of a place that is its own now. */
export interface GrantedPlace {
  /** Whether the one before died with it. */
  readonly abandoned: boolean;
}

/** What `stats()` of a semaphore answers: a snapshot. */
export interface SemaphoreStats {
  /** Places that are free. */
  readonly value: number;
  /** How many wait for one, and the most there have been. */
  readonly waiting: number;
  readonly peakWaiting: number;
}

class AcquireWaiter extends PromiseWaiter<GrantedPlace> implements PlaceWaiter {
  readonly #issue: () => GrantedPlace;

  constructor(issue: () => GrantedPlace) {
    super();
    this.#issue = issue;
  }

  grant(): void {
    this.resolve(this.#issue());
  }
}

/** A semaphore that the isolates of many processes use. */
export class ServedSemaphore implements Served {
  readonly #core: SemaphoreCore;
  readonly #reclaim: boolean;
  /** How many places each isolate has (rule 5). */
  readonly #held = new Map<Caller, number>();
  /** Places that came back from the dead, and nobody was told. */
  #abandoned = 0;

  /** @param reclaim - whether places of one who dies come back. */
  constructor(value: number, bounded: boolean, reclaim: boolean) {
    this.#core = new SemaphoreCore(value);
    if (bounded) this.#core.bound = value;
    this.#reclaim = reclaim;
  }

  call(method: string, args: readonly unknown[], caller: Caller, signal: AbortSignal): unknown {
    switch (method) {
      case "acquire":
        return this.#acquire(caller, signal);
      case "tryAcquire":
        return this.#core.take() ? this.#issue(caller) : undefined;
      case "release":
        return this.#release(args[0] as number, caller);
      case "value":
        return this.#core.free;
      case "stats":
        return this.#stats();
      default:
        throw unknownMethod("Semaphore", method);
    }
  }

  #stats(): SemaphoreStats {
    const { free, waiters } = this.#core;
    return { value: free, waiting: waiters.size, peakWaiting: waiters.peak };
  }

  callerLeft(caller: Caller): void {
    const held = this.#held.get(caller) ?? 0;
    this.#held.delete(caller);
    for (let left = held; left > 0 && this.#core.free < this.#core.bound; left--) {
      this.#abandoned++;
      this.#core.give();
    }
  }

  undeliverable(method: string, answer: unknown, caller: Caller): void {
    if (answer === undefined || (method !== "acquire" && method !== "tryAcquire")) return;
    // who has ended has given all back already
    if (this.#reclaim && !this.#held.has(caller)) return;
    if ((answer as GrantedPlace).abandoned) this.#abandoned++;
    this.#forget(caller, 1);
    this.#core.give();
  }

  #acquire(caller: Caller, signal: AbortSignal): GrantedPlace | Promise<GrantedPlace> {
    if (this.#core.take()) return this.#issue(caller);
    const waiter = new AcquireWaiter(() => this.#issue(caller));
    return waiter.enter(
      this.#core.waiters,
      limitsBy(signal),
      systemClock,
      "no place of the semaphore was free",
    );
  }

  #release(count: number, caller: Caller): void {
    const { free, bound } = this.#core;
    if (free + count > bound) {
      throw new InvalidStateError(
        `BoundedSemaphore released too many times: ${count} to give back, and ${free} of its ${bound} free already`,
      );
    }
    this.#forget(caller, count);
    for (let left = count; left > 0; left--) this.#core.give();
  }

  #issue(caller: Caller): GrantedPlace {
    if (this.#reclaim) this.#held.set(caller, (this.#held.get(caller) ?? 0) + 1);
    const abandoned = this.#abandoned > 0;
    if (abandoned) this.#abandoned--;
    return { abandoned };
  }

  #forget(caller: Caller, count: number): void {
    const left = (this.#held.get(caller) ?? 0) - count;
    if (left > 0) this.#held.set(caller, left);
    else this.#held.delete(caller);
  }
}
