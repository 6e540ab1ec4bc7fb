import { ConnectionClosedError } from "../../errors.js";

/**
 * What `acquire` answers: it stands for what was acquired until that is given back. `using` gives it back at the end of
 * the block, also when the block throws; `await using` waits until the owner knows.
 *
 * @example
 * using guard = await lock.acquire();
 * if (guard.abandoned) await repair();
 */
export interface Guard extends Disposable, AsyncDisposable {
  /**
   * Whether the process or thread that had it before has died with it: what it protects may be half done. Told to one
   * holder, the next.
   */
  readonly abandoned: boolean;
  /**
   * Gives back what was acquired; who waits longest gets it. Nothing happens when that has been done.
   * @throws ConnectionClosedError when the owner has ended.
   */
  release(): Promise<void>;
}

/** Something that is held. */
export interface Held {
  readonly abandoned: boolean;
}

/** A guard of something that is held. */
export class HeldGuard implements Guard {
  readonly #held: Held;
  readonly #giveBack: () => Promise<void>;
  #released: Promise<void> | undefined;

  constructor(held: Held, giveBack: () => Promise<void>) {
    this.#held = held;
    this.#giveBack = giveBack;
  }

  get abandoned(): boolean {
    return this.#held.abandoned;
  }

  release(): Promise<void> {
    this.#released ??= this.#giveBack();
    return this.#released;
  }

  [Symbol.dispose](): void {
    this.release().catch(unlessGone);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release().catch(unlessGone);
  }
}

/** With its owner the lock is gone, and nobody waits for it any more. */
function unlessGone(error: unknown): void {
  if (!(error instanceof ConnectionClosedError)) throw error;
}
