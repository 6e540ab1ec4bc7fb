/**
 * Who waits, and in which order: what every primitive is built of. Nothing here knows of promises, so that the same
 * primitives serve those who wait on this event loop and those who wait at the other end of a connection.
 *
 * @module
 */

/**
 * Somebody who waits, in one list at a time. What it is granted is a matter of the primitive it waits for; it is
 * granted or refused once, when it has left its list.
 */
export abstract class Waiter {
  /** The list it stands in. */
  list: WaitList<Waiter> | undefined = undefined;
  previous: Waiter | undefined = undefined;
  next: Waiter | undefined = undefined;

  /** It is not going to get what it waits for. */
  abstract refuse(error: unknown): void;
}

/** Those who wait for one thing, first come first served. Every operation takes constant time, `remove` too. */
export class WaitList<W extends Waiter> {
  /** How many wait, and the most there have been. */
  size = 0;
  peak = 0;
  #first: Waiter | undefined;
  #last: Waiter | undefined;

  /** The one that has waited longest. */
  get first(): W | undefined {
    return this.#first as W | undefined;
  }

  /** Adds one at the end. */
  add(waiter: W): void {
    waiter.list = this as unknown as WaitList<Waiter>;
    waiter.previous = this.#last;
    if (this.#last) this.#last.next = waiter;
    else this.#first = waiter;
    this.#last = waiter;
    if (++this.size > this.peak) this.peak = this.size;
  }

  /** Takes one out, wherever it stands; false when it is not in this list any more. */
  remove(waiter: W): boolean {
    if (waiter.list !== (this as unknown as WaitList<Waiter>)) return false;
    const { previous, next } = waiter;
    if (previous) previous.next = next;
    else this.#first = next;
    if (next) next.previous = previous;
    else this.#last = previous;
    waiter.list = undefined;
    waiter.previous = undefined;
    waiter.next = undefined;
    this.size--;
    return true;
  }

  /** Takes out the one that has waited longest. */
  shift(): W | undefined {
    const first = this.#first as W | undefined;
    if (first) this.remove(first);
    return first;
  }
}
