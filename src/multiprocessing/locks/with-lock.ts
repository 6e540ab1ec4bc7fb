/**
 * Handles that have a lock: it travels with them.
 *
 * @module
 */
import { type PortableReference, portable, registerReviver, revivePortable } from "../../portable.js";
import { type Endpoint, Handle } from "../sharing/index.js";
import type { LockHandle } from "./lock-handle.js";

const reviver = "ungil.sharedWithLock";

interface Parts {
  readonly handle: PortableReference;
  readonly lock: PortableReference | undefined;
}

let giveLock: (handle: HandleWithLock, lock: LockHandle) => void;

/** Base of handles of what is used with a lock. */
export abstract class HandleWithLock extends Handle {
  #lock: LockHandle | undefined;

  /** @param lock - undefined for one that has none, and for one that arrives: its lock arrives with it. */
  protected constructor(endpoint: Endpoint, lock: LockHandle | undefined) {
    super(endpoint);
    this.#lock = lock;
  }

  protected get lock(): LockHandle | undefined {
    return this.#lock;
  }

  override [portable](): PortableReference {
    const parts: Parts = { handle: super[portable](), lock: this.#lock?.[portable]() };
    return { reviver, entry: "multiprocessing", data: parts };
  }

  static {
    giveLock = (handle, lock) => {
      handle.#lock ??= lock;
    };
  }
}

registerReviver(reviver, (data) => {
  const { handle, lock } = data as Parts;
  const made = revivePortable(handle) as HandleWithLock;
  // in any case: the reference to the lock has arrived, too
  if (lock) giveLock(made, revivePortable(lock) as LockHandle);
  return made;
});
