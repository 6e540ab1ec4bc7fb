import { systemClock, type Timer } from "../../clock.js";
import { BrokenBarrierError, TimeoutError } from "../../errors.js";
import { BarrierCore, type BarrierWaiter } from "../../sync/barrier-core.js";
import { PromiseWaiter } from "../../sync/promise-waiter.js";
import { type Caller, ownCaller, type Served } from "../sharing/index.js";
import { unknownMethod } from "./unknown-method.js";

class ArrivalWaiter extends PromiseWaiter<number> implements BarrierWaiter {
  grant(index: number): void {
    this.resolve(index);
  }
}

/** A barrier that the isolates of many processes use. */
export class ServedBarrier implements Served {
  readonly #core: BarrierCore;
  readonly #action: (() => unknown) | undefined;
  readonly #timeout: number | undefined;
  /** The action of a round whose parties have all come; those of the next wait outside. */
  #acting: Promise<void> | undefined;
  /** Counts the times that it was broken or reset: what an action ends may not be the round that it began. */
  #breaks = 0;

  /** @param timeout - limit of each wait in ms that has none of its own. */
  constructor(parties: number, action: (() => unknown) | undefined, timeout: number | undefined) {
    this.#core = new BarrierCore(parties);
    this.#action = action;
    this.#timeout = timeout;
  }

  call(method: string, args: readonly unknown[], caller: Caller, signal: AbortSignal): unknown {
    const { parties, broken, waiters } = this.#core;
    switch (method) {
      case "wait":
        return this.#wait(signal, (args[0] as number | undefined) ?? this.#timeout, caller === ownCaller);
      case "abort":
        return this.#break("the barrier was aborted", true);
      case "reset":
        return this.#break("the barrier was reset while others were waited for", false);
      case "parties":
        return parties;
      case "nWaiting":
        return waiters.size;
      case "broken":
        return broken;
      default:
        throw unknownMethod("Barrier", method);
    }
  }

  /** @param isOwn - whether the owner itself waits, which goes on until the time is up. */
  #wait(signal: AbortSignal, timeout: number | undefined, isOwn: boolean): number | Promise<number> {
    if (this.#acting) return this.#acting.then(() => this.#wait(signal, timeout, isOwn));
    if (signal.aborted) throw signal.reason;
    const { broken, waiters, parties } = this.#core;
    if (broken) throw new BrokenBarrierError("the barrier is broken: call reset() to use it again");
    if (waiters.size < parties - 1) return this.#waitForOthers(signal, timeout, isOwn);
    return this.#action ? this.#act(this.#action) : this.#core.arrive()!;
  }

  #waitForOthers(signal: AbortSignal, timeout: number | undefined, isOwn: boolean): Promise<number> {
    const late = `the others did not come within ${timeout} ms`;
    if (timeout !== undefined && timeout <= 0) {
      this.#break(late, true);
      throw new BrokenBarrierError(late, { cause: new TimeoutError(late) });
    }
    const waiter = new ArrivalWaiter();
    const end = (): void => {
      timer?.cancel();
      signal.removeEventListener("abort", gone);
    };
    // rule 6: who is waited for does not come any more
    const leave = (why: string, error: unknown): void => {
      if (!waiter.list?.remove(waiter)) return;
      waiter.refuse(error);
      this.#break(why, true);
    };
    const gone = (): void =>
      leave("one of those who waited at the barrier has given up, or ended", signal.reason);
    const timer: Timer | undefined =
      timeout === undefined
        ? undefined
        : systemClock.setTimer(
            () => leave(late, new BrokenBarrierError(late, { cause: new TimeoutError(late) })),
            timeout,
            isOwn,
          );
    signal.addEventListener("abort", gone);
    const passed = waiter.enter(this.#core.waiters, undefined, systemClock, late);
    passed.then(end, end);
    return passed;
  }

  /** All have come: the action runs before anybody goes on. */
  #act(action: () => unknown): Promise<number> {
    const running = this.#run(action).finally(() => {
      this.#acting = undefined;
    });
    this.#acting = running.then(
      () => {},
      () => {},
    );
    return running;
  }

  async #run(action: () => unknown): Promise<number> {
    const breaks = this.#breaks;
    try {
      await action();
    } catch (error) {
      this.#break("the action of the barrier failed", true);
      throw error;
    }
    if (breaks !== this.#breaks) throw new BrokenBarrierError("the barrier was broken while its action ran");
    return this.#core.arrive()!;
  }

  #break(why: string, broken: boolean): void {
    this.#breaks++;
    this.#core.breakUp(why, broken);
  }
}
