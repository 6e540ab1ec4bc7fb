/**
 * What its owner keeps of an object, and who uses it.
 *
 * @module
 */

/** One isolate that uses an object: by its connection, or the owner itself. */
export interface Caller {
  /** 0 for the owner itself. */
  readonly id: number;
}

/** The owner itself as one that uses its objects. */
export const ownCaller: Caller = Object.freeze({ id: 0 });

/** An object as its owner keeps it. */
export interface Served {
  /**
   * Handles the call of a method. May answer later; `signal` aborts when the caller has given up (timeout, signal) or
   * is gone: what is rejected then counts as not called, what is answered nevertheless is the answer. (It is not of the platform's
   * class: `AbortSignal.any` does not take it.)
   * @param args - copies, ours alone. What was given as `Carried` arrives as `Carried`.
   */
  call(method: string, args: readonly unknown[], caller: Caller, signal: AbortSignal): unknown;
  /** The caller's process or thread has ended, or let go of its handle for good. */
  callerLeft?(caller: Caller): void;
  /** Whether an answer of this method has to be taken back when it is lost; default: of all, with `undeliverable`. */
  gives?(method: string): boolean;
  /** An answer did not reach its caller (it died before acknowledging): takes back what it gave. */
  undeliverable?(method: string, answer: unknown, caller: Caller): void;
  /** Nobody has a handle any more, and none is on its way. */
  unheld?(): void;
}
