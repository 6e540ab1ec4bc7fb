import { type DecodeHooks, decode } from "../wire/decode.js";
import { type ExecutionHooks, type ExecutionLock, executionHooks } from "./execution-lock.js";
import type { WorkerSetup } from "./protocol.js";

type AnyFunction = (...args: unknown[]) => unknown;

/** What the tasks of a worker run under, if there is anything. */
export class TaskLock {
  #hooks: ExecutionHooks | undefined;
  // what is known of a function is known of its stand-in, if that stays the same
  readonly #standIns = new WeakMap<AnyFunction, AnyFunction>();

  async takeIn(shipped: WorkerSetup["executionLock"], inbound: DecodeHooks): Promise<void> {
    if (!shipped) return;
    const { value, marked } = shipped;
    const lock = (marked ? await decode(value, inbound) : value) as ExecutionLock;
    this.#hooks = lock[executionHooks];
  }

  /** See `ExecutionHooks`. */
  enter(task: { readonly signal: AbortSignal } | undefined): Promise<void> | undefined {
    return this.#hooks?.enter(task);
  }

  /** See `ExecutionHooks`. */
  leave(task: object | undefined): void {
    this.#hooks?.leave(task);
  }

  /** Runs what is no task. */
  async run(fn: () => unknown): Promise<void> {
    await this.enter(undefined);
    try {
      await fn();
    } finally {
      this.leave(undefined);
    }
  }

  /** The function of a map, as it is called for each item: others may have their turn before. */
  forItems(fn: AnyFunction): AnyFunction {
    const hooks = this.#hooks;
    if (!hooks) return fn;
    let standIn = this.#standIns.get(fn);
    if (!standIn) {
      standIn = (...args) => {
        hooks.between();
        return fn(...args);
      };
      this.#standIns.set(fn, standIn);
    }
    return standIn;
  }
}
