/**
 * What one call needs beside its arguments: memory that has to live as long as it runs, what is written back when it
 * has returned, and what a callback threw.
 *
 * @module
 */
import { InvalidStateError } from "../errors.js";
import type { TypedArray } from "../futures/typed-arrays.js";

interface Kept {
  readonly view: TypedArray | DataView;
  readonly byteLength: number;
  readonly what: string;
}

/** One call, from its arguments to its result. */
export class CallState {
  /** Whether the call runs on another thread, while this one goes on. */
  readonly isAsync: boolean;
  #after: (() => void)[] | undefined;
  #kept: Kept[] | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(isAsync: boolean) {
    this.isAsync = isAsync;
  }

  /** Whether a callback has thrown: further ones are not called. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** A callback has thrown: the first error is that of the call. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /** Does something when the call has returned. */
  afterwards(action: () => void): void {
    (this.#after ??= []).push(action);
  }

  /** The same, before what was asked for up to now. */
  afterwardsFirst(action: () => void): void {
    (this.#after ??= []).unshift(action);
  }

  /** Keeps memory from being collected until the call has returned; only another thread needs that. */
  keep(view: TypedArray | DataView, what: string): void {
    if (this.isAsync) (this.#kept ??= []).push({ view, byteLength: view.byteLength, what });
  }

  /** The call begins, maybe long after it was made ready. @throws InvalidStateError if memory is not there any more. */
  begins(): void {
    const moved = this.#moved();
    if (!moved) return;
    throw new InvalidStateError(
      `the memory of ${moved.what} was transferred or detached before the native call began, which was not made: wait ` +
        "for the call before memory is moved, or use a SharedArrayBuffer",
    );
  }

  #moved(): Kept | undefined {
    return this.#kept?.find(({ view, byteLength }) => view.byteLength !== byteLength);
  }

  /** The call has returned. @throws What a callback threw; InvalidStateError if memory was taken from under the call. */
  returned(): void {
    const moved = this.#moved();
    this.#kept = undefined;
    if (this.#failure) throw this.#failure.error;
    if (moved) {
      throw new InvalidStateError(
        `the memory of ${moved.what} was transferred or detached while the native call used it: its result and the memory's ` +
          "new owner can't be trusted. Wait for the call before memory is moved, or use a SharedArrayBuffer",
      );
    }
    for (const action of this.#after ?? []) action();
  }
}
