import { outermostContext } from "../../async-context.js";
import { provideRelease } from "../../pool/execution-lock.js";
import type { Environment } from "../../threading/sync/environment.js";
import type { Watch } from "../../threading/sync/waiting.js";
import type { GilCore } from "./core.js";
import { type LaterLimits, type RoundWaiting, takenLater } from "./later.js";
import { taken } from "./layout.js";
import type { GilRecord } from "./record.js";
import { currentTask } from "./task.js";
import { blockUntilTaken, GilTurn } from "./turn.js";

type AnyThenable = PromiseLike<unknown>;

/** Holds that this thread has, of any Gil; the last taken is at the end. */
export const heldHere: ThreadHold[] = [];

/**
 * What one thread has of a Gil. Threads exclude each other, the tasks of one thread need not: so each has holds of its
 * own, and the thread has the Gil as long as any of them has one (rule 11).
 */
export class ThreadHold {
  readonly #core: GilCore;
  readonly #record: GilRecord;
  /** By task, which is undefined for code outside of any. */
  readonly #holds = new Map<object | undefined, number>();
  readonly #watches = new Set<Watch>();
  #total = 0;
  #has = false;
  /** Whether it is given back at the next turn of the event loop. */
  #lingers = false;

  constructor(core: GilCore, record: GilRecord) {
    this.#core = core;
    this.#record = record;
  }

  /** Whether the thread has it. */
  get has(): boolean {
    return this.#has;
  }

  holdsOf(task: object | undefined): number {
    return this.#holds.get(task) ?? 0;
  }

  /** Takes it if that needs no wait. Answers 0 if it does. */
  takeNow(task: object | undefined): number {
    const outcome = this.#has ? taken : this.#core.take();
    if (outcome !== 0) this.#add(task, 1);
    return outcome;
  }

  /** Blocks until the thread has it. Answers 0 when the time is up. */
  takeBlocking(task: object | undefined, timeout: number): number {
    const outcome = this.#has ? taken : this.#block(timeout);
    if (outcome !== 0) this.#add(task, 1);
    return outcome;
  }

  /** Waits until the thread has it. Answers 0 when the time is up. @throws CancelledError */
  async takeLater(task: object | undefined, limits: LaterLimits, count = 1): Promise<number> {
    if (!limits.signals.some(({ aborted }) => aborted)) {
      const outcome = this.takeFor(task, count, () => this.#core.take());
      if (outcome !== 0) return outcome;
    }
    const waiting = new HoldWaiting(this, this.#core, task, count);
    const { seat } = this.#core;
    if (this.#watches.size === 0) this.#record.waits(seat);
    try {
      return await takenLater(waiting, this.#watches, limits, () => void this.giveBack(task, count));
    } finally {
      if (this.#watches.size === 0) this.#record.waited(seat);
    }
  }

  /** Looks, for a wait of this thread. */
  takeFor(task: object | undefined, count: number, look: () => number): number {
    const outcome = this.#has ? taken : look();
    if (outcome !== 0) this.#add(task, count);
    return outcome;
  }

  /** Gives holds back. Answers false where the task does not have as many. */
  giveBack(task: object | undefined, count = 1): boolean {
    if (this.holdsOf(task) < count) return false;
    this.#remove(task, count);
    if (this.#total === 0) this.#drop();
    return true;
  }

  /**
   * Before a task: what others ask for they get first, and what the thread still has goes on.
   * @returns undefined where the task has it.
   */
  enter(task: { readonly signal: AbortSignal } | undefined): Promise<void> | undefined {
    try {
      if (this.#total === 0 && this.#has && this.#core.isAskedOfMe) this.#drop();
      if (this.takeNow(task) !== 0) return undefined;
    } catch (error) {
      // there is no seat for this thread: the task fails
      return Promise.reject(error);
    }
    const signals = task ? [task.signal] : [];
    return this.takeLater(task, { timeout: Number.POSITIVE_INFINITY, signals }).then(() => {});
  }

  /**
   * After a task. As long as the thread goes from one task to the next, without a turn of its event loop, it has the Gil
   * for all of them: rule 12.
   */
  leave(task: object | undefined): void {
    const count = this.holdsOf(task);
    if (count === 0) return;
    this.#remove(task, count);
    if (this.#total > 0) return;
    if (this.#core.isAskedOfMe) return this.#drop();
    if (this.#lingers) return;
    this.#lingers = true;
    outermostContext.runInAsyncScope(setImmediate, undefined, () => {
      this.#lingers = false;
      if (this.#total === 0) this.#drop();
    });
  }

  /** Rule 6. */
  checkpoint(): boolean {
    if (!this.#has || !this.#core.isAsked || !this.#core.isAskedOfMe) return false;
    this.#drop();
    this.#block(Number.POSITIVE_INFINITY);
    return true;
  }

  /** Runs a function while the task does not have it. */
  without<R>(task: object | undefined, fn: () => R): R {
    const count = this.holdsOf(task);
    if (count === 0) return fn();
    this.#remove(task, count);
    this.#drop();
    let value: R;
    let waits = false;
    try {
      value = fn();
      waits = isThenable(value);
    } finally {
      if (!waits || this.#total > 0) this.#retake();
      if (!waits) this.#add(task, count);
    }
    return waits ? (this.#withLater(task, count, value as AnyThenable) as R) : value;
  }

  /** Runs a function in which the thread blocks: no task of it executes meanwhile. */
  whileBlocked<R>(fn: () => R): R {
    if (!this.#has) return fn();
    this.#drop();
    try {
      return fn();
    } finally {
      if (this.#total > 0) this.#retake();
    }
  }

  async #withLater(task: object | undefined, count: number, value: AnyThenable): Promise<unknown> {
    try {
      return await value;
    } finally {
      // as in Python, not even who is cancelled goes on without it
      await this.takeLater(task, { timeout: Number.POSITIVE_INFINITY, signals: [] }, count);
    }
  }

  #retake(): void {
    if (!this.#has) this.#block(Number.POSITIVE_INFINITY);
  }

  #block(timeout: number): number {
    let outcome = this.#core.take();
    if (outcome === 0) {
      const { seat } = this.#core;
      // a wait of the event loop is of the same thread
      const isFirst = this.#watches.size === 0;
      if (isFirst) this.#record.waits(seat);
      outcome = blockUntilTaken(new GilTurn(this.#core, false), timeout);
      if (isFirst || outcome !== 0) this.#record.waited(seat);
    }
    if (outcome !== 0) this.#took();
    return outcome;
  }

  #add(task: object | undefined, count: number): void {
    this.#holds.set(task, this.holdsOf(task) + count);
    this.#total += count;
    this.#took();
  }

  #remove(task: object | undefined, count: number): void {
    const left = this.holdsOf(task) - count;
    if (left === 0) this.#holds.delete(task);
    else this.#holds.set(task, left);
    this.#total -= count;
  }

  #took(): void {
    if (this.#has) return;
    this.#has = true;
    heldHere.push(this);
    // those of this thread that wait have it too; the one that has just looked counts itself
    if (this.#watches.size > 0)
      queueMicrotask(() => {
        for (const watch of [...this.#watches]) watch.look();
      });
  }

  #drop(): void {
    if (!this.#has) return;
    this.#has = false;
    heldHere.splice(heldHere.lastIndexOf(this), 1);
    this.#core.drop();
  }
}

provideRelease({
  blocked: (fn) => heldHere.reduceRight((inner, hold) => () => hold.whileBlocked(inner), fn)(),
  awaited: (fn) => heldHere.reduceRight((inner, hold) => () => hold.without(currentTask(), inner), fn)(),
});

/** A wait of the event loop, which ends as well when the thread gets it by another way. */
class HoldWaiting implements RoundWaiting {
  readonly words: Int32Array;
  readonly environment: Environment;
  readonly at: number;
  readonly #hold: ThreadHold;
  readonly #turn: GilTurn;
  readonly #task: object | undefined;
  readonly #count: number;

  constructor(hold: ThreadHold, core: GilCore, task: object | undefined, count: number) {
    const turn = new GilTurn(core, true);
    this.words = turn.words;
    this.environment = turn.environment;
    this.at = turn.at;
    this.#hold = hold;
    this.#turn = turn;
    this.#task = task;
    this.#count = count;
  }

  get expected(): number {
    return this.#turn.expected;
  }

  get roundLeft(): number {
    return this.#turn.roundLeft;
  }

  look(): number {
    return this.#hold.takeFor(this.#task, this.#count, () => this.#turn.look());
  }

  giveUp(): number {
    return this.#hold.takeFor(this.#task, this.#count, () => this.#turn.giveUp());
  }

  lookAround(): void {
    if (!this.#hold.has) this.#turn.lookAround();
  }
}

/** Whether a value is waited for. */
export function isThenable(value: unknown): value is AnyThenable {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function"
  );
}
