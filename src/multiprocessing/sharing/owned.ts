/**
 * The objects of this isolate that others may have handles to: who has one, and how long they stay.
 *
 * @module
 */
import type { Timer } from "../../clock.js";
import { nextId } from "../../functions/index.js";
import { lease } from "./lease.js";
import { type Caller, ownCaller, type Served } from "./served.js";

/** By number, from the moment on that a reference to it leaves (rule 8). */
const table = new Map<number, Owned>();

/** The object of that number. */
export function ownedById(object: number): Owned | undefined {
  return table.get(object);
}

/** An object of this isolate. */
export class Owned {
  readonly served: Served;
  /** Its number, unique over isolates. */
  readonly id = nextId();
  /** How many handles each has. */
  readonly #holders = new Map<Caller, number>([[ownCaller, 1]]);
  /** References on their way: how often each has left, less how often it has arrived. */
  readonly #tickets = new Map<number, { balance: number; timer?: Timer }>();
  #linger: Timer | undefined;

  constructor(served: Served) {
    this.served = served;
  }

  /** Whether it can be found by others. */
  get isKnown(): boolean {
    return table.has(this.id);
  }

  /** One more handle, or (with 0) a reference that has arrived where there is one. */
  hold(caller: Caller, ticket: number, handles: number): void {
    if (handles > 0) this.#holders.set(caller, (this.#holders.get(caller) ?? 0) + handles);
    this.#change(ticket, -1);
    this.#linger?.cancel();
    this.#linger = undefined;
    this.#look();
  }

  /** One handle less. @returns whether that was the caller's last. */
  drop(caller: Caller): boolean {
    const handles = this.#holders.get(caller) ?? 0;
    if (handles > 1) {
      this.#holders.set(caller, handles - 1);
      return false;
    }
    this.leave(caller);
    return true;
  }

  /** All handles of a caller are gone. */
  leave(caller: Caller): void {
    if (!this.#holders.delete(caller)) return;
    this.served.callerLeft?.(caller);
    this.#look();
  }

  /** A reference leaves. */
  leaves(ticket: number): void {
    table.set(this.id, this);
    this.#change(ticket, 1);
    this.#linger?.cancel();
    this.#linger = undefined;
  }

  /** Whoever has sent a reference has nothing of it any more: it is on its way, or lost. */
  sent(ticket: number): void {
    const known = this.#tickets.get(ticket);
    if (known === undefined || known.balance <= 0 || known.timer) return;
    known.timer = lease.clock.setTimer(() => {
      this.#tickets.delete(ticket);
      this.#look();
    }, lease.ms);
  }

  #change(ticket: number, by: 1 | -1): void {
    const known = this.#tickets.get(ticket) ?? { balance: 0 };
    known.balance += by;
    if (known.balance > 0) this.#tickets.set(ticket, known);
    else {
      known.timer?.cancel();
      delete known.timer;
      if (known.balance === 0) this.#tickets.delete(ticket);
      else this.#tickets.set(ticket, known);
    }
  }

  get #isHeld(): boolean {
    if (this.#holders.size > 0) return true;
    for (const { balance } of this.#tickets.values()) if (balance > 0) return true;
    return false;
  }

  /** Whether somebody may come for it yet. */
  #look(): void {
    if (this.#linger || this.#isHeld) return;
    this.served.unheld?.();
    if (!this.isKnown) return;
    this.#linger = lease.clock.setTimer(() => table.delete(this.id), lease.ms);
  }
}
