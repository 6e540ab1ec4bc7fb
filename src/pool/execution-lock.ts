import { InvalidArgumentError } from "../errors.js";
import { portable, registerReviver } from "../portable.js";

/** Where an object says what a worker does around each task. */
export const executionHooks: unique symbol = Symbol.for("ungil.executionHooks");

/** What workers that run under a lock do with it; called on their threads. */
export interface ExecutionHooks {
  /**
   * Called before code runs that the pool was given.
   * @param task - which task's code; undefined for an initializer.
   * @returns what is to be waited for first; undefined where there is nothing. It rejects where the task's signal
   * aborts before.
   */
  enter(task: { readonly signal: AbortSignal } | undefined): Promise<void> | undefined;
  /** Called when the code has ended, however it did, and also where it was not entered. */
  leave(task: object | undefined): void;
  /** Called before each item of a map. */
  between(): void;
}

/**
 * A lock that the workers of a pool run their tasks under: the `Gil` of `ungil/lab`. Workers know it by these hooks, so
 * that a pool needs to know nothing of laboratories.
 */
export interface ExecutionLock {
  /** What a worker does around each task. */
  readonly [executionHooks]: ExecutionHooks;
}

/** @throws InvalidArgumentError naming the option. */
export function checkExecutionLock(option: string, value: unknown): ExecutionLock {
  const { enter, leave, between } = (value as Partial<ExecutionLock> | null)?.[executionHooks] ?? {};
  if (typeof enter !== "function" || typeof leave !== "function" || typeof between !== "function")
    throw new InvalidArgumentError(option, value, "a Gil of ungil/lab");
  return value as ExecutionLock;
}

/** How a thread gives up what it has of execution locks. */
export interface Release {
  /** While the thread blocks in a function. */
  blocked<R>(fn: () => R): R;
  /** While the current task waits for what a function answers. */
  awaited<R>(fn: () => PromiseLike<R>): PromiseLike<R>;
}

const key = Symbol.for("ungil.release");
const shared = globalThis as { [key]?: { by: Release | undefined } };
// the same for all copies of the package
if (!shared[key]) Object.defineProperty(globalThis, key, { value: { by: undefined } });
const release = shared[key] as { by: Release | undefined };

// functions that are sent with what they use find what their new thread has
const reviver = "ungil.release";
Object.defineProperty(release, portable, { value: () => ({ reviver, data: undefined }), configurable: true });
registerReviver(reviver, () => release);

/** Says how that is done. A second call replaces the first. */
export function provideRelease(by: Release): void {
  release.by = by;
}

/** Runs a function that may block the thread: others execute meanwhile, as in Python wherever it blocks. */
export const whileBlocked = <R>(fn: () => R): R => (release.by ? release.by.blocked(fn) : fn());

/** Waits for what a function answers, and lets others execute meanwhile. */
export const whileAwaited = <R>(fn: () => PromiseLike<R>): PromiseLike<R> =>
  release.by ? release.by.awaited(fn) : fn();
