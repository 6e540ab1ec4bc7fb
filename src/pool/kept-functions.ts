import type { CodeRecord, FunctionGraph, FunctionReviver } from "../functions/index.js";
import type { WireFunction } from "./protocol.js";

type AnyFunction = (...args: unknown[]) => unknown;

/** The functions that a worker was sent, by number. */
export class KeptFunctions {
  readonly #reviver: FunctionReviver;
  readonly #functions = new Map<number, AnyFunction | Promise<AnyFunction>>();

  constructor(reviver: FunctionReviver) {
    this.#reviver = reviver;
  }

  /** Functions, and code that they consist of, came. */
  learn(
    functions: readonly { readonly id: number; readonly graph: FunctionGraph }[],
    codes: readonly CodeRecord[],
  ): void {
    this.#reviver.addCodes(codes);
    for (const { id, graph } of functions) this.#keep(id, this.#reviver.revive(graph));
  }

  /** A function that is kept. It has to be looked up when it is named: a later message may have it forgotten. */
  get(id: number): AnyFunction | Promise<AnyFunction> {
    return this.#functions.get(id)!;
  }

  /** A function as a message names or holds it. */
  of(fn: WireFunction): AnyFunction | Promise<AnyFunction> {
    if ("id" in fn) return this.get(fn.id);
    this.#reviver.addCodes(fn.codes);
    const reviving = this.#reviver.revive(fn.graph);
    reviving.catch(() => {}); // the task awaits it, perhaps later
    return reviving;
  }

  forget(functions: readonly number[], codes: readonly number[]): void {
    for (const id of functions) this.#functions.delete(id);
    this.#reviver.forgetCodes(codes);
  }

  #keep(id: number, reviving: Promise<AnyFunction>): void {
    this.#functions.set(id, reviving);
    reviving.then(
      (fn) => this.#functions.get(id) === reviving && this.#functions.set(id, fn),
      () => {}, // every task that uses it fails with the error
    );
  }
}
