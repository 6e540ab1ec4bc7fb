import { systemClock, type Timer } from "../../clock.js";
import { InvalidStateError } from "../../errors.js";
import { Waiter, WaitList } from "../../sync/wait-list.js";
import { type Caller, ownCaller, type Served } from "../sharing/index.js";
import type { Holder, LockState, LockStats } from "./lock-state.js";
import { unknownMethod } from "./unknown-method.js";

/** How a wait of a condition has ended: its lock is its caller's again. */
export interface Waited {
  /** Whether it was notified. */
  readonly notified: boolean;
  /** Whether the one who had the lock last has died with it. */
  readonly abandoned: boolean;
}

/** What `stats()` of a condition answers: a snapshot. */
export interface ConditionStats {
  /** How many wait to be notified, and the most there have been. */
  readonly waiting: number;
  readonly peakWaiting: number;
  /** Its lock, for which those who were notified wait next. */
  readonly lock: LockStats;
}

/** Waits to be notified. */
class NoticeWaiter extends Waiter {
  readonly #ended: (notified: boolean) => void;

  constructor(ended: (notified: boolean) => void) {
    super();
    this.#ended = ended;
  }

  grant(): void {
    this.#ended(true);
  }

  override refuse(): void {
    this.#ended(false);
  }
}

/** A condition that the isolates of many processes use. */
export class ServedCondition implements Served {
  readonly #lock: LockState;
  readonly #waiters = new WaitList<NoticeWaiter>();
  /** By caller and the number that it gave to the wait. */
  readonly #named = new Map<string, NoticeWaiter>();

  constructor(lock: LockState) {
    this.#lock = lock;
  }

  call(method: string, args: readonly unknown[], caller: Caller, signal: AbortSignal): unknown {
    const [first, second, third] = args as [never, never, never];
    switch (method) {
      case "wait":
        return this.#wait({ caller, key: first }, second, third, signal);
      case "endWait":
        return this.#end(this.#named.get(nameOf(caller, first)));
      case "notify":
        return this.#notifyBy({ caller, key: first }, second);
      case "stats":
        return this.#stats();
      default:
        throw unknownMethod("Condition", method);
    }
  }

  #stats(): ConditionStats {
    const { size, peak } = this.#waiters;
    return { waiting: size, peakWaiting: peak, lock: this.#lock.stats };
  }

  undeliverable(method: string, answer: unknown): void {
    // rule 7: whoever was notified is not going to look
    if (method === "wait" && (answer as Waited).notified) this.#notify(1);
  }

  #wait(holder: Holder, number: number, timeout: number | undefined, signal: AbortSignal): Promise<Waited> {
    const loan = this.#lock.lend(holder);
    if (!loan) throw this.#notHeld("wait");
    const name = nameOf(holder.caller, number);
    return new Promise((resolve) => {
      const waiter = new NoticeWaiter((notified) => {
        timer?.cancel();
        signal.removeEventListener("abort", gone);
        this.#named.delete(name);
        void loan.returned().then((abandoned) => resolve({ notified, abandoned }));
      });
      // its caller has ended: nothing else ends this call early (rule 7)
      const gone = (): void => {
        loan.lose();
        this.#end(waiter);
      };
      this.#waiters.add(waiter);
      this.#named.set(name, waiter);
      signal.addEventListener("abort", gone);
      const timer: Timer | undefined =
        timeout === undefined
          ? undefined
          : systemClock.setTimer(() => this.#end(waiter), timeout, holder.caller === ownCaller);
    });
  }

  #end(waiter: NoticeWaiter | undefined): void {
    if (waiter && this.#waiters.remove(waiter)) waiter.refuse();
  }

  #notifyBy(holder: Holder, count: number): void {
    if (!this.#lock.isHeldBy(holder)) throw this.#notHeld("notify");
    this.#notify(count);
  }

  #notify(count: number): void {
    for (let left = Math.min(count, this.#waiters.size); left > 0; left--) this.#waiters.shift()!.grant();
  }

  #notHeld(method: string): InvalidStateError {
    return new InvalidStateError(
      `condition.${method}() needs the lock, which is not held here: \`using guard = await condition.acquire()\` first`,
    );
  }
}

const nameOf = (caller: Caller, number: number): string => `${caller.id}:${number}`;
