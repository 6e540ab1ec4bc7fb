import { systemClock } from "../../clock.js";
import { InvalidStateError } from "../../errors.js";
import { LockCore, type LockWaiter } from "../../sync/lock-core.js";
import { PromiseWaiter, WaitLimits } from "../../sync/promise-waiter.js";
import { Waiter } from "../../sync/wait-list.js";
import type { Caller } from "../sharing/index.js";

/** Who wants a lock: an isolate, and what runs in it (see `holder.ts`). */
export interface Holder {
  readonly caller: Caller;
  readonly key: string;
}

/** What a caller is told of a lock, or a place, that is its own now. */
export interface Granted {
  /** Names the hold. */
  readonly id: number;
  /** Whether the one before died with it. */
  readonly abandoned: boolean;
}

/** What `stats()` of a lock answers: a snapshot. */
export interface LockStats {
  readonly locked: boolean;
  /** How many wait for it, and the most there have been. */
  readonly waiting: number;
  readonly peakWaiting: number;
}

/** A lock that a condition has while its holder waits. */
export interface Loan {
  /** The holder has ended: it does not get it back. */
  lose(): void;
  /** Waits until the holder has it again. @returns whether the one before died with it. */
  returned(): Promise<boolean>;
}

/** A lock in somebody's hands. */
export interface Hold extends Holder {
  readonly id: number;
  /** How often it was acquired and not released; a lock that is not re-entrant has 1. */
  count: number;
  /** Whether nobody is told any more: its holder has ended. */
  lost: boolean;
}

/** What ends a wait at the owner: only the caller's signal, because the caller keeps the time. */
export const limitsBy = (signal: AbortSignal): WaitLimits => new WaitLimits(undefined, signal, undefined);

class AcquireWaiter extends PromiseWaiter<Granted> implements LockWaiter<Hold> {
  readonly #issue: () => [Hold, Granted];

  constructor(issue: () => [Hold, Granted]) {
    super();
    this.#issue = issue;
  }

  grant(): Hold {
    const [hold, granted] = this.#issue();
    this.resolve(granted);
    return hold;
  }
}

/** The lock comes back to one who lent it to a condition. */
class ReturnWaiter extends Waiter implements LockWaiter<Hold> {
  readonly #hold: Hold;
  readonly #returned: () => void;

  constructor(hold: Hold, returned: () => void) {
    super();
    this.#hold = hold;
    this.#returned = returned;
  }

  grant(): Hold | undefined {
    this.#returned();
    return isWanted(this.#hold) ? this.#hold : undefined;
  }

  override refuse(): void {
    // nobody does: there is no limit to this wait
  }
}

/** A hold that was given up on while a condition had the lock, or whose holder has ended, is nobody's any more. */
const isWanted = (hold: Hold): boolean => hold.count > 0 && !hold.lost;

/**
 * A lock as its owner keeps it: who has it, who comes next, and whether it was left by one who died. Rule numbers are
 * those of README.md.
 */
export class LockState {
  readonly kind: "Lock" | "RLock";
  readonly #core = new LockCore<Hold>();
  /** Holds whose lock a condition has. */
  readonly #lent = new Set<Hold>();
  #abandoned = false;
  #nextId = 1;

  constructor(kind: "Lock" | "RLock") {
    this.kind = kind;
  }

  get locked(): boolean {
    return this.#core.holder !== undefined;
  }

  get stats(): LockStats {
    const { size, peak } = this.#core.waiters;
    return { locked: this.locked, waiting: size, peakWaiting: peak };
  }

  /** Gives the lock to a caller as soon as it is its turn. */
  acquire(holder: Holder, signal: AbortSignal): Granted | Promise<Granted> {
    const granted = this.tryAcquire(holder);
    if (granted) return granted;
    const waiter = new AcquireWaiter(() => this.#issue(holder));
    return waiter.enter(this.#core.waiters, limitsBy(signal), systemClock, "the lock was not acquired");
  }

  /** The same without waiting. */
  tryAcquire(holder: Holder): Granted | undefined {
    const own = this.#again(holder);
    if (own) {
      own.count++;
      return { id: own.id, abandoned: false };
    }
    if (this.locked) return undefined;
    const [hold, granted] = this.#issue(holder);
    this.#core.take(hold);
    return granted;
  }

  /**
   * Gives back what was acquired last.
   * @throws InvalidStateError where nobody holds it, or, of an `RLock`, another.
   */
  release(holder: Holder): void {
    const hold = this.#core.holder;
    if (hold === undefined) {
      throw new InvalidStateError(`the ${this.kind} was released too many times: nobody holds it`);
    }
    // rule 2
    if (this.kind === "RLock" && !isHeldBy(hold, holder)) {
      throw new InvalidStateError(
        "the RLock can't be released here: another holds it, in this process or another",
      );
    }
    this.#giveBack(hold);
  }

  /** Gives back what a guard stands for. Nothing happens where that has been done. */
  giveBack(id: number): void {
    const { holder } = this.#core;
    if (holder?.id === id) return this.#giveBack(holder);
    for (const hold of this.#lent) if (hold.id === id && hold.count > 0) hold.count--;
  }

  /** Its answer did not reach the caller, who never had it: nothing can be half done. */
  takeBack({ id, abandoned }: Granted): void {
    if (abandoned && this.#core.holder?.id === id) this.#abandoned = true;
    this.giveBack(id);
  }

  /** All that an isolate had here is nobody's now (rule 4). */
  callerLeft(caller: Caller): void {
    for (const hold of this.#lent) if (hold.caller === caller) hold.lost = true;
    const { holder } = this.#core;
    if (holder?.caller !== caller) return;
    this.#abandoned = true;
    holder.lost = true;
    this.#core.release();
  }

  /** Whether it is this one's, as far as that can be said: a `Lock` is held by a whole isolate. */
  isHeldBy(holder: Holder): boolean {
    return this.#heldBy(holder) !== undefined;
  }

  /**
   * Does something that only the lock's holder may do: at once where this very task has it, else as its holder for that
   * moment.
   */
  within<R>(holder: Holder, signal: AbortSignal, run: () => R): R | Promise<R> {
    const hold = this.#core.holder;
    if (hold && isHeldBy(hold, holder)) return run();
    const granted = this.acquire(holder, signal);
    if (granted instanceof Promise) return granted.then((own) => this.#runAndGiveBack(own, run));
    return this.#runAndGiveBack(granted, run);
  }

  #runAndGiveBack<R>(granted: Granted, run: () => R): R {
    try {
      return run();
    } finally {
      // whoever acquires it next is to be told what this one did not look at
      this.takeBack(granted);
    }
  }

  /**
   * Makes the lock free for others, until its holder wants it back, with all that it has of it.
   * @returns undefined where it is not this one's.
   */
  lend(holder: Holder): Loan | undefined {
    const hold = this.#heldBy(holder);
    if (!hold) return undefined;
    this.#lent.add(hold);
    this.#core.release();
    return {
      lose: () => {
        hold.lost = true;
      },
      returned: () => this.#takeAgain(hold),
    };
  }

  #takeAgain(hold: Hold): Promise<boolean> {
    return new Promise((resolve) => {
      const returned = (): void => {
        this.#lent.delete(hold);
        const abandoned = isWanted(hold) && this.#abandoned;
        if (abandoned) this.#abandoned = false;
        resolve(abandoned);
      };
      if (!this.#core.take(hold)) return this.#core.waiters.add(new ReturnWaiter(hold, returned));
      returned();
      if (!isWanted(hold)) this.#core.release();
    });
  }

  #issue({ caller, key }: Holder): [Hold, Granted] {
    const id = this.#nextId++;
    const abandoned = this.#abandoned;
    this.#abandoned = false;
    return [
      { caller, key, id, count: 1, lost: false },
      { id, abandoned },
    ];
  }

  #giveBack(hold: Hold): void {
    if (--hold.count === 0) this.#core.release();
  }

  #again(holder: Holder): Hold | undefined {
    return this.kind === "RLock" ? this.#heldBy(holder) : undefined;
  }

  #heldBy(holder: Holder): Hold | undefined {
    const hold = this.#core.holder;
    if (hold === undefined) return undefined;
    const isOwn = this.kind === "RLock" ? isHeldBy(hold, holder) : hold.caller === holder.caller;
    return isOwn ? hold : undefined;
  }
}

const isHeldBy = (hold: Hold, { caller, key }: Holder): boolean => hold.caller === caller && hold.key === key;
