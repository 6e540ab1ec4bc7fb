/**
 * One caller, as its owner sees it: its calls in their order, what it may still give up, and what it has not
 * acknowledged yet.
 *
 * @module
 */
import { ConnectionClosedError } from "../../errors.js";
import { Fifo } from "../../fifo.js";
import { CallSignal } from "./call-signal.js";
import { Carried, carried, uncarried } from "./carried.js";
import { comesBack, hasLeft, leaves, lies } from "./lying.js";
import type { Outcome } from "./messages.js";
import type { Owned } from "./owned.js";
import type { Caller, Served } from "./served.js";

/** Tells a caller how its call has ended. @param receipt - number that it has to acknowledge; 0 for none. */
export type Tell<Call> = (call: Call, outcome: Outcome, receipt: number) => void;

/** An answer that may not have arrived. */
interface Unacknowledged {
  readonly receipt: number;
  readonly served: Served;
  readonly method: string;
  readonly answer: unknown;
}

/** @typeParam Call - what stands for a call. */
export class CallerSession<Call> {
  readonly caller: Caller;
  readonly #tell: Tell<Call>;
  /** Calls that were begun and could not be answered at once. */
  readonly #running = new Map<Call, CallSignal>();
  readonly #unacknowledged = new Fifo<Unacknowledged>();
  #receipts = 0;
  /** What waits for arguments that take time to be made: nothing overtakes them (rule 4). */
  #waiting: (() => void)[] | undefined;
  #ended = false;

  constructor(caller: Caller, tell: Tell<Call>) {
    this.caller = caller;
    this.#tell = tell;
  }

  /**
   * @param owned - undefined for an object that is not there any more.
   * @param what - how messages call the object.
   */
  call(call: Call, owned: Owned | undefined, what: string, method: string, args: readonly unknown[]): void {
    if (this.#waiting) this.#waiting.push(() => this.#open(call, owned, what, method, args));
    else if (!this.#ended) this.#open(call, owned, what, method, args);
  }

  #open(call: Call, owned: Owned | undefined, what: string, method: string, args: readonly unknown[]): void {
    if (!owned) return this.#fail(call, goneError(what));
    let made: readonly unknown[] | Promise<unknown[]>;
    try {
      made = openAll(args);
    } catch (error) {
      return this.#fail(call, error);
    }
    if (!(made instanceof Promise)) return this.#begin(call, owned.served, method, made);
    const waiting: (() => void)[] = [];
    this.#waiting = waiting;
    void made
      .then(
        (values) => this.#begin(call, owned.served, method, values),
        (error: unknown) => this.#fail(call, error),
      )
      .finally(() => this.#goOn(waiting));
  }

  /** The caller does not want an answer any more, unless there is one. */
  giveUp(call: Call): void {
    if (this.#waiting) this.#waiting.push(() => this.giveUp(call));
    else this.#running.get(call)?.abort();
  }

  /** All answers up to this one have arrived. */
  arrived(receipt: number): void {
    for (let each = this.#unacknowledged.peek(); each && each.receipt <= receipt; ) {
      this.#unacknowledged.shift();
      hasLeft(each.answer);
      each = this.#unacknowledged.peek();
    }
  }

  /** The caller is gone. */
  end(): void {
    this.#ended = true;
    this.#waiting = undefined;
    for (const signal of this.#running.values()) signal.abort();
    // the oldest last, so that it comes to be the first in line again
    for (const { served, method, answer } of [...this.#unacknowledged].toReversed()) {
      comesBack(answer);
      served.undeliverable?.(method, answer, this.caller);
    }
    this.#unacknowledged.clear();
  }

  #goOn(waiting: (() => void)[]): void {
    if (this.#waiting !== waiting) return;
    this.#waiting = undefined;
    for (const [at, run] of waiting.entries()) {
      run();
      // it has to wait, and so have those behind it
      const behind = this.#waiting as (() => void)[] | undefined;
      if (behind) {
        behind.push(...waiting.slice(at + 1));
        return;
      }
    }
  }

  #begin(call: Call, served: Served, method: string, args: readonly unknown[]): void {
    if (this.#ended) return;
    const signal = new CallSignal();
    let answer: unknown;
    try {
      answer = served.call(method, args, this.caller, signal);
    } catch (error) {
      return this.#fail(call, error);
    }
    if (!(answer instanceof Promise)) return this.#answer(call, served, method, answer);
    this.#running.set(call, signal);
    answer.then(
      (value: unknown) => {
        this.#running.delete(call);
        this.#answer(call, served, method, value);
      },
      (error: unknown) => {
        this.#running.delete(call);
        this.#fail(call, error, signal.aborted);
      },
    );
  }

  #answer(call: Call, served: Served, method: string, answer: unknown): void {
    // granted in the moment in which the caller went
    if (this.#ended) return served.undeliverable?.(method, answer, this.caller);
    let value: unknown;
    try {
      value = carried(answer, "the answer");
    } catch (error) {
      served.undeliverable?.(method, answer, this.caller);
      return this.#fail(call, error);
    }
    leaves(answer);
    let receipt = 0;
    if (served.undeliverable && served.gives?.(method) !== false) {
      receipt = ++this.#receipts;
      this.#unacknowledged.push({ receipt, served, method, answer });
    }
    this.#tell(call, { kind: "answer", value }, receipt);
  }

  #fail(call: Call, error: unknown, gaveUp = false): void {
    if (this.#ended) return;
    if (gaveUp) this.#tell(call, { kind: "given up" }, 0);
    else this.#tell(call, { kind: "failure", error: sendable(error) }, 0);
  }
}

const goneError = (what: string): Error =>
  new ConnectionClosedError(`the ${what} is not there any more: nobody had a handle to it for some time`, {
    object: what,
    ownerPid: process.pid,
  });

/** Arguments as they are, unless some of them are opened. */
function openAll(args: readonly unknown[]): readonly unknown[] | Promise<unknown[]> {
  if (!args.some(isCarried)) return args;
  const values = args.map(uncarried);
  values.forEach(lies);
  return values.some((value) => value instanceof Promise) ? Promise.all(values) : values;
}

const isCarried = (value: unknown): boolean => value instanceof Carried;

function sendable(error: unknown): unknown {
  try {
    return carried(error, "the error");
  } catch (cause) {
    return Carried.of(cause, "the error", true);
  }
}
