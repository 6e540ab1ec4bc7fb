/**
 * How many tasks with the same key run at once.
 *
 * @module
 */
import type { Task } from "./task.js";
import { TaskQueue } from "./task-queue.js";

/** One number for all keys, or a function that answers it for each. */
export type MaxPerKey = number | ((key: unknown) => number);

/** The places of one key, who has them, and who waits for one. */
export class KeyPlaces {
  readonly #limit: number;
  #taken = 0;
  /** Those that have a place and stand in the queue. */
  readonly #ready = new Set<Task>();
  /** Those that wait for a place. */
  readonly #held = new TaskQueue();
  /** Tasks whose place is lent to one that they submitted, and the other way round. */
  readonly #lentTo = new Map<Task, Task>();
  readonly #lenderOf = new Map<Task, Task>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether nobody has a place or waits for one. */
  get unused(): boolean {
    return this.#taken === 0 && this.#held.size === 0 && this.#lenderOf.size === 0;
  }

  get held(): Iterable<Task> {
    return this.#held;
  }

  /** A task comes: it gets a place if there is one for it. @returns whether there was. */
  admit(task: Task): boolean {
    if (this.#taken < this.#limit) this.#taken++;
    else {
      const lender = this.#lender(task);
      if (!lender || this.#lentTo.has(lender)) return false;
      this.#lend(lender, task);
    }
    this.#ready.add(task);
    return true;
  }

  /** One that stands in the queue and should come after a task that got no place, if there is one. */
  lowerThan(task: Task): Task | undefined {
    const last = this.#lastReady();
    return last && isBefore(task, last) ? last : undefined;
  }

  /** A task takes the place of one that stood in the queue, and was taken out of it. */
  replace(last: Task, task: Task): void {
    this.#ready.delete(last);
    this.#ready.add(task);
    this.#held.add(last, true);
  }

  /** A task waits for a place. */
  hold(task: Task, front: boolean): void {
    this.#held.add(task, front);
  }

  /** A task that has a place begins: it keeps it until it is released. */
  begin(task: Task): void {
    this.#ready.delete(task);
  }

  /** A task that has not begun goes. @returns whether it stood in the queue: it has to be released then. */
  leave(task: Task): boolean {
    if (this.#ready.delete(task)) return true;
    this.#held.remove(task);
    return false;
  }

  /** A task gives its place back. @returns those that get one, for the queue. */
  release(task: Task): Task[] {
    const lender = this.#lenderOf.get(task);
    if (lender) {
      this.#lenderOf.delete(task);
      this.#lentTo.delete(lender);
    }
    const borrower = this.#lentTo.get(task);
    if (borrower) {
      // what it lent is the other's own now, or that of the one from which it had it itself
      this.#lentTo.delete(task);
      this.#lenderOf.delete(borrower);
      if (lender) this.#lend(lender, borrower);
    } else if (!lender) this.#taken--;
    return this.#admitHeld();
  }

  #admitHeld(): Task[] {
    const admitted: Task[] = [];
    let next = this.#held.first;
    // those that are nested stand first, and may have a place from one above them although there is none for others
    const nested =
      next !== undefined && next.depth > 0 ? [...this.#held].filter(({ depth }) => depth > 0) : [];
    for (const task of nested) if (this.admit(task)) admitted.push(task);
    for (const task of admitted) this.#held.remove(task);
    for (next = this.#held.first; next && this.#taken < this.#limit; next = this.#held.first) {
      this.#held.remove(next);
      this.admit(next);
      admitted.push(next);
    }
    return admitted;
  }

  #lend(lender: Task, borrower: Task): void {
    this.#lentTo.set(lender, borrower);
    this.#lenderOf.set(borrower, lender);
  }

  /** The nearest of those that led to a task which has a place of this key: waiting for the task, it lends its own. */
  #lender(task: Task): Task | undefined {
    const { key } = task.options;
    for (let above = task.parent; above; above = above.parent) {
      if (above.owner === task.owner && Object.is(above.options.key, key) && above.phase === "sent")
        return above;
    }
    return undefined;
  }

  /** Of those that stand in the queue the one that comes last. One that borrows its place can't leave it to another. */
  #lastReady(): Task | undefined {
    let last: Task | undefined;
    for (const task of this.#ready) {
      if (!this.#lenderOf.has(task) && (last === undefined || !isBefore(task, last))) last = task;
    }
    return last;
  }
}

/** Whether a task leaves the queue before another whatever their order of submission: see `TaskQueue`. */
function isBefore(one: Task, other: Task): boolean {
  if (one.depth !== other.depth) return one.depth > other.depth;
  return one.options.priority > other.options.priority;
}
