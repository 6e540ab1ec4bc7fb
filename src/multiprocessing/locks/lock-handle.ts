import { type Endpoint, Handle, type WaitOptions } from "../sharing/index.js";
import { type Guard, type Held, HeldGuard } from "./guard.js";
import { holderKey } from "./holder.js";
import { keep, unkeep } from "./kept.js";
import type { Granted, LockState, LockStats } from "./lock-state.js";
import { outsideOfScopes } from "./outside-of-scopes.js";
import { ServedLock } from "./served-lock.js";

/** That this isolate has the lock: an isolate has it once at a time, however often its holder acquires it again. */
class Grant implements Held {
  readonly id: number;
  /** Of the holder. */
  readonly key: string;
  abandoned: boolean;
  count = 1;

  constructor({ id, abandoned }: Granted, key: string) {
    this.id = id;
    this.key = key;
    this.abandoned = abandoned;
  }
}

/** What a condition needs of its lock, which is out on loan while it waits. */
export interface Loan {
  /** The lock is its holder's again. @param abandoned - whether the one before died with it. */
  returned(abandoned: boolean): void;
}

/** How a condition borrows the lock of its caller; undefined where this isolate does not have it. */
export let borrow: (lock: LockHandle) => Loan | undefined;

/** The lock itself, where this isolate owns it. */
export let stateOf: (lock: LockHandle) => LockState | undefined;

/** Whether this very task has the lock, as far as this isolate knows. */
export let isHeldHere: (lock: LockHandle) => boolean;

/** What both kinds of locks have. */
export abstract class LockHandle extends Handle {
  readonly #state: LockState | undefined;
  #grant: Grant | undefined;

  protected constructor(endpoint: Endpoint) {
    super(endpoint);
    const served = endpoint.tie.owned?.served;
    this.#state = served instanceof ServedLock ? served.state : undefined;
  }

  /**
   * Waits until the lock is this caller's.
   * @param options - limits of the wait; `timeout` in ms, 0 or less for no wait at all.
   * @returns what gives it back, for `using`.
   * @throws InvalidArgumentError for a bad option, from the call; TimeoutError, CancelledError; ConnectionClosedError
   *   when the owner has ended.
   */
  acquire(options?: WaitOptions): Promise<Guard> {
    const key = holderKey();
    return this.call<Granted>("acquire", [key], options).then((granted) => this.#issue(granted, key));
  }

  /**
   * Takes the lock if that is possible now: Python's `acquire(block=False)`.
   * @returns what gives it back; undefined when another has it.
   * @throws ConnectionClosedError when the owner has ended.
   */
  async tryAcquire(): Promise<Guard | undefined> {
    const key = holderKey();
    const granted = await this.call<Granted | undefined>("tryAcquire", [key]);
    return granted && this.#issue(granted, key);
  }

  /** Whether somebody has it, at the moment in which its owner is asked. @throws ConnectionClosedError */
  locked(): Promise<boolean> {
    return this.call<boolean>("locked", []);
  }

  /** A look at it, for logs and dashboards. @throws ConnectionClosedError */
  stats(): Promise<LockStats> {
    return this.call<LockStats>("stats", []);
  }

  /** Gives it back: what that asks of the caller is told where it is made public. */
  abstract release(): Promise<void>;

  protected giveUp(): Promise<void> {
    const key = holderKey();
    const grant = this.#grant;
    return outsideOfScopes(() => this.call<void>("release", [key])).then(() => this.#released(grant));
  }

  #issue(granted: Granted, key: string): Guard {
    let grant = this.#grant;
    if (grant?.id === granted.id) grant.count++;
    else {
      grant = new Grant(granted, key);
      this.#have(grant);
    }
    const held = grant;
    return new HeldGuard(held, async () => {
      await outsideOfScopes(() => this.call<void>("giveBack", [held.id]));
      this.#released(held);
    });
  }

  #have(grant: Grant | undefined): void {
    if (grant && !this.#grant) keep(this);
    if (!grant && this.#grant) unkeep(this);
    this.#grant = grant;
  }

  #released(grant: Grant | undefined): void {
    if (grant && --grant.count <= 0 && this.#grant === grant) this.#have(undefined);
  }

  static {
    borrow = (lock) => {
      const grant = lock.#grant;
      if (!grant) return undefined;
      return {
        returned: (abandoned) => {
          grant.abandoned ||= abandoned;
          if (grant.count > 0) lock.#have(grant);
        },
      };
    };
    stateOf = (lock) => lock.#state;
    isHeldHere = (lock) => lock.#grant?.key === holderKey();
  }
}
