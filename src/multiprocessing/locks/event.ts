import { TimeoutError } from "../../errors.js";
import { Handle, handleKind, own, type WaitOptions } from "../sharing/index.js";
import { onlyArrived } from "./arrived.js";
import { outsideOfScopes } from "./outside-of-scopes.js";
import { type EventStats, ServedEvent } from "./served-event.js";

/**
 * Something that happens once, or until it is cleared, for all processes and threads that were given it: Python's
 * `multiprocessing.Event`. See {@link Lock} for who owns it and how it is given to others.
 *
 * *Cancellation*: a wait that ends early changes nothing for the others.
 *
 * @example
 * const ready = new Event();
 * const serve = async () => {
 *   await load();
 *   await ready.set();
 * };
 * new Process({ target: serve }).start();
 * if (!(await ready.wait({ timeout: 5_000 }))) console.warn("not ready yet");
 */
export class Event extends Handle {
  constructor() {
    // biome-ignore lint/complexity/noArguments: what has arrived is given here, and is no argument of the user's
    super(onlyArrived("Event", arguments[0]) ?? own("Event", new ServedEvent()));
  }

  /** Whether it has happened, at the moment in which its owner is asked. @throws ConnectionClosedError */
  isSet(): Promise<boolean> {
    return outsideOfScopes(() => this.call<boolean>("isSet", []));
  }

  /** It has happened: all who wait go on, even if it is cleared before they do. @throws ConnectionClosedError */
  set(): Promise<void> {
    return outsideOfScopes(() => this.call<void>("set", []));
  }

  /** As if it had not happened: who comes now waits. @throws ConnectionClosedError */
  clear(): Promise<void> {
    return outsideOfScopes(() => this.call<void>("clear", []));
  }

  /** A look at it, for logs and dashboards. @throws ConnectionClosedError */
  stats(): Promise<EventStats> {
    return this.call<EventStats>("stats", []);
  }

  /**
   * Waits until it has happened.
   * @param options - limits of the wait; `timeout` in ms, 0 or less for no wait at all.
   * @returns whether it has: false when the time is up.
   * @throws InvalidArgumentError for a bad option, from the call; CancelledError; ConnectionClosedError when the owner
   *   has ended.
   */
  wait(options?: WaitOptions): Promise<boolean> {
    return this.call<void>("wait", [], options).then(
      () => true,
      (error: unknown) => {
        if (error instanceof TimeoutError) return false;
        throw error;
      },
    );
  }
}

handleKind("Event", (endpoint) => Reflect.construct(Event, [endpoint]) as Event);
