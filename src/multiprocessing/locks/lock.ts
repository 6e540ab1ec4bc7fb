import { handleKind, own } from "../sharing/index.js";
import { onlyArrived } from "./arrived.js";
import { LockHandle } from "./lock-handle.js";
import { ServedLock } from "./served-lock.js";

/**
 * Lets one at a time through, of all processes and threads that were given it, in the order in which they came:
 * Python's `multiprocessing.Lock`.
 *
 * The process (or thread) that makes it owns it. Any other that is given it, as an argument, by a closure that captures
 * it, as a result or as an item of a queue, has the same lock. It is not re-entrant: who has it and acquires it again
 * waits for ever.
 *
 * *Cancellation*: a wait that ends early (`timeout`, `signal`, the scope's signal) leaves its turn to the next one. Who
 * was given the lock in the same moment has it.
 *
 * *Death*: when a process or thread ends with the lock, however that comes, it goes to whoever waits, and that guard
 * says `abandoned`. When the owner ends, all who wait get a `ConnectionClosedError`.
 *
 * *Cost*: two messages to the owner and back. Between the threads of one process, `ungil/threading` has quicker ones.
 *
 * @example
 * const lock = new Lock();
 * const report = async (line: string) => {
 *   using guard = await lock.acquire();
 *   await appendFile("report.txt", line);
 * };
 * for (const line of ["one\n", "two\n"]) new Process({ target: report, args: [line] }).start();
 */
export class Lock extends LockHandle {
  constructor() {
    // biome-ignore lint/complexity/noArguments: what has arrived is given here, and is no argument of the user's
    super(onlyArrived("Lock", arguments[0]) ?? own("Lock", new ServedLock("Lock")));
  }

  /**
   * Gives the lock to whoever has waited longest, whoever has it: as in Python, another process may do so than the one
   * that acquired it. A guard's own `release` gives back only what that guard stands for.
   * @throws InvalidStateError when nobody has it; ConnectionClosedError when the owner has ended.
   */
  release(): Promise<void> {
    return this.giveUp();
  }
}

/**
 * A {@link Lock} that its holder can acquire again: Python's `multiprocessing.RLock`. It is free when it was given back
 * as often as it was acquired.
 *
 * *Who the holder is*: the task of an executor or of `ungil/asyncio` in which it was acquired, where there is one; so
 * tasks that take turns on an event loop exclude each other. Outside of any task it is the thread as a whole (of a
 * process, its main thread), and all that runs on its event loop outside of tasks.
 *
 * @example
 * const lock = new RLock();
 * const update = async () => {
 *   using outer = await lock.acquire();
 *   await refresh(); // acquires it, too
 * };
 */
export class RLock extends LockHandle {
  constructor() {
    // biome-ignore lint/complexity/noArguments: what has arrived is given here, and is no argument of the user's
    super(onlyArrived("RLock", arguments[0]) ?? own("RLock", new ServedLock("RLock")));
  }

  /**
   * Gives back what this holder acquired last.
   * @throws InvalidStateError when nobody has it, or another than this holder; ConnectionClosedError when the owner has
   *   ended.
   */
  release(): Promise<void> {
    return this.giveUp();
  }
}

handleKind("Lock", (endpoint) => Reflect.construct(Lock, [endpoint]) as Lock);
handleKind("RLock", (endpoint) => Reflect.construct(RLock, [endpoint]) as RLock);
