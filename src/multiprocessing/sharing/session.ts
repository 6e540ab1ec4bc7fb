/**
 * One caller, as its owner sees it: its calls in their order, what it may still give up, and what it has not
 * acknowledged yet.
 *
 * @module
 */
import { Fifo } from "../../fifo.js";
import { CallSignal } from "./call-signal.js";
import { Carried, carried, uncarried } from "./carried.js";
import { comesBack, hasLeft, leaves, lies } from "./lying.js";
import type { Outcome } from "./messages.js";
import type { Owned } from "./owned.js";
import type { Caller, Served } from "./served.js";

/** Tells a caller how its call has ended. @param receipt - number that it has to acknowledge; 0 for none. */
export type Tell = (call: number, outcome: Outcome, receipt: number) => void;

/** An answer that may not have arrived. */
interface Unacknowledged {
  readonly receipt: number;
  readonly served: Served;
  readonly method: string;
  readonly answer: unknown;
}

export class CallerSession {
  readonly caller: Caller;
  readonly #tell: Tell;
  /** Calls that were begun and have not ended. */
  readonly #running = new Map<number, CallSignal>();
  readonly #unacknowledged = new Fifo<Unacknowledged>();
  #receipts = 0;
  /** What waits for arguments that take time to be made: nothing overtakes them (rule 4). */
  #waiting: (() => void)[] | undefined;
  #ended = false;

  constructor(caller: Caller, tell: Tell) {
    this.caller = caller;
    this.#tell = tell;
  }

  /** @param owned - undefined for an object that is not there any more. */
  call(
    call: number,
    owned: Owned | undefined,
    method: string,
    args: readonly unknown[],
    gone: () => Error,
  ): void {
    this.#inOrder(() => {
      if (!owned) return this.#fail(call, gone());
      const signal = new CallSignal();
      this.#running.set(call, signal);
      let made: unknown[] | Promise<unknown[]>;
      try {
        made = openAll(args);
      } catch (error) {
        return this.#fail(call, error);
      }
      if (!(made instanceof Promise)) return this.#begin(call, owned.served, method, made, signal);
      const waiting: (() => void)[] = [];
      this.#waiting = waiting;
      void made
        .then(
          (values) => this.#begin(call, owned.served, method, values, signal),
          (error: unknown) => this.#fail(call, error),
        )
        .finally(() => this.#goOn(waiting));
    });
  }

  /** The caller does not want an answer any more, unless there is one. */
  giveUp(call: number): void {
    this.#inOrder(() => this.#running.get(call)?.abort());
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

  #inOrder(run: () => void): void {
    if (this.#waiting) this.#waiting.push(run);
    else if (!this.#ended) run();
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

  #begin(call: number, served: Served, method: string, args: unknown[], signal: CallSignal): void {
    if (this.#ended) return;
    let answer: unknown;
    try {
      answer = served.call(method, args, this.caller, signal);
    } catch (error) {
      return this.#fail(call, error);
    }
    if (answer instanceof Promise) {
      answer.then(
        (value: unknown) => this.#answer(call, served, method, value),
        (error: unknown) => this.#fail(call, error),
      );
    } else this.#answer(call, served, method, answer);
  }

  #answer(call: number, served: Served, method: string, answer: unknown): void {
    this.#running.delete(call);
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

  #fail(call: number, error: unknown): void {
    const gaveUp = this.#running.get(call)?.aborted === true;
    this.#running.delete(call);
    if (this.#ended) return;
    if (gaveUp) this.#tell(call, { kind: "given up" }, 0);
    else this.#tell(call, { kind: "failure", error: sendable(error) }, 0);
  }
}

function openAll(args: readonly unknown[]): unknown[] | Promise<unknown[]> {
  const values = args.map(uncarried);
  values.forEach(lies);
  return values.some((value) => value instanceof Promise) ? Promise.all(values) : values;
}

function sendable(error: unknown): unknown {
  try {
    return carried(error, "the error");
  } catch (cause) {
    return Carried.of(cause, "the error", true);
  }
}
