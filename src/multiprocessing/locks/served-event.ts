import { systemClock } from "../../clock.js";
import { SignalWaiter } from "../../sync/event.js";
import { WaitList } from "../../sync/wait-list.js";
import type { Caller, Served } from "../sharing/index.js";
import { limitsBy } from "./lock-state.js";
import { unknownMethod } from "./unknown-method.js";

/** What `stats()` of an event answers: a snapshot. */
export interface EventStats {
  readonly isSet: boolean;
  /** How many wait for it, and the most there have been. */
  readonly waiting: number;
  readonly peakWaiting: number;
}

/** An event that the isolates of many processes use. */
export class ServedEvent implements Served {
  readonly #waiters = new WaitList<SignalWaiter>();
  #isSet = false;

  call(method: string, _args: readonly unknown[], _caller: Caller, signal: AbortSignal): unknown {
    switch (method) {
      case "isSet":
        return this.#isSet;
      case "set":
        return this.#set();
      case "clear":
        this.#isSet = false;
        return undefined;
      case "wait":
        if (this.#isSet) return undefined;
        return new SignalWaiter().enter(
          this.#waiters,
          limitsBy(signal),
          systemClock,
          "the event was not set",
        );
      case "stats":
        return this.#stats();
      default:
        throw unknownMethod("Event", method);
    }
  }

  #stats(): EventStats {
    const { size, peak } = this.#waiters;
    return { isSet: this.#isSet, waiting: size, peakWaiting: peak };
  }

  #set(): void {
    this.#isSet = true;
    for (let waiter = this.#waiters.shift(); waiter; waiter = this.#waiters.shift()) waiter.grant();
  }
}
