import { checkFunction, checkInteger, checkOptionNames, checkTimeLimit } from "../../validate.js";
import { checkWait, Handle, handleKind, own, type WaitOptions } from "../sharing/index.js";
import { arrived } from "./arrived.js";
import { outsideOfScopes } from "./outside-of-scopes.js";
import { ServedBarrier } from "./served-barrier.js";

/** Options of a {@link Barrier}. */
export interface BarrierOptions {
  /**
   * Runs once each time that all have come, before any goes on, in the process that owns the barrier; what it returns
   * is awaited. When it throws, the barrier breaks; the last who came gets that error.
   */
  readonly action?: (() => unknown) | undefined;
  /** Limit in ms of each wait that has none of its own. Default: none. */
  readonly timeout?: number | undefined;
}

interface BarrierDetails {
  readonly parties: number;
}

/**
 * Where so many processes, threads or tasks wait for one another: when the last has come, all go on, and the barrier is
 * there for the next round. Python's `multiprocessing.Barrier`. See {@link Lock} for who owns it and how it is given to
 * others.
 *
 * *Cancellation*: who stops waiting, by `timeout` or `signal` or because its process or thread ends, breaks the barrier:
 * the others wait for nobody any more. One that ends before it has come is not known to the barrier, so give a
 * `timeout` where that may happen.
 *
 * @example
 * const barrier = new Barrier(3);
 * const play = async () => {
 *   await prepare();
 *   if ((await barrier.wait()) === 0) console.log("all three are here");
 * };
 */
export class Barrier extends Handle {
  /**
   * @param parties - how many wait for one another, at least 1.
   * @throws InvalidArgumentError for another number, or a bad option.
   */
  constructor(parties: number, options: BarrierOptions = {}) {
    super(arrived(parties) ?? newBarrier(parties, options));
  }

  /** How many wait for one another. */
  get parties(): number {
    return (this.details as BarrierDetails).parties;
  }

  /** How many wait, at the moment in which its owner is asked. @throws ConnectionClosedError */
  nWaiting(): Promise<number> {
    return this.call<number>("nWaiting", []);
  }

  /** Whether it is broken. @throws ConnectionClosedError */
  broken(): Promise<boolean> {
    return this.call<boolean>("broken", []);
  }

  /**
   * Waits for the others.
   * @param options - limits of the wait; `timeout` in ms, Infinity for none where the barrier has a default.
   * @returns a number from 0 on, another one for each of a round, in the order in which they came.
   * @throws InvalidArgumentError for a bad option, from the call; BrokenBarrierError when the barrier is broken, or is
   *   reset or aborted meanwhile, or when the time of any who waits is up (its `cause` is a TimeoutError there);
   *   CancelledError; what the action throws; ConnectionClosedError when the owner has ended.
   */
  wait(options?: WaitOptions): Promise<number> {
    const { timeout, signal } = checkWait(options) ?? {};
    // the owner keeps the time: it is the others' matter, too
    return this.call<number>("wait", [timeout], {
      signal,
    });
  }

  /** Starts anew, also after `abort`: those who wait get a `BrokenBarrierError`. @throws ConnectionClosedError */
  reset(): Promise<void> {
    return outsideOfScopes(() => this.call<void>("reset", []));
  }

  /**
   * Breaks it: those who wait, and all who come before a `reset`, get a `BrokenBarrierError`.
   * @throws ConnectionClosedError
   */
  abort(): Promise<void> {
    return outsideOfScopes(() => this.call<void>("abort", []));
  }
}

function newBarrier(parties: number, options: BarrierOptions): ReturnType<typeof own> {
  checkInteger("parties", parties, 1);
  checkOptionNames("options", options, ["action", "timeout"]);
  const { action, timeout } = options;
  if (action !== undefined) checkFunction("action", action);
  const limit = timeout === undefined ? undefined : checkTimeLimit("timeout", timeout);
  return own("Barrier", new ServedBarrier(parties, action, limit), { parties } satisfies BarrierDetails);
}

handleKind("Barrier", (endpoint) => Reflect.construct(Barrier, [endpoint]) as Barrier);
