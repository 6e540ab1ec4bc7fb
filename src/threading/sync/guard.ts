import { InvalidStateError } from "../../errors.js";
import type { Threads } from "./environment.js";
import { grantedAbandoned } from "./layout.js";
import type { WaitQueue } from "./wait-queue.js";

/**
 * What `acquire` answers: it stands for what was acquired until it is released. `using` releases it at the end of the
 * block, also when the block throws.
 *
 * @example
 * using guard = await lock.acquire();
 * if (guard.abandoned) repair(shared);
 */
export interface Guard extends Disposable {
  /**
   * Whether the thread that had it before died with it: what it protects may be half done. Told to one holder, the
   * next, so look at it where that matters.
   */
  readonly abandoned: boolean;
  /** Whether it was released. */
  readonly released: boolean;
  /**
   * Gives back what was acquired; who waits longest gets it.
   * @throws InvalidStateError when it was released before.
   */
  release(): void;
}

/** Who gives guards out, and takes back what they stand for. One class, so that the engine knows it. */
export class GuardIssuer {
  /** For error messages. */
  readonly name: string;
  readonly threads: Threads;
  /** Answers false if it was taken back already, by another way. */
  readonly takeBack: (guard: HeldGuard) => boolean;

  constructor(name: string, { environment }: WaitQueue, takeBack: (guard: HeldGuard) => boolean) {
    this.name = name;
    this.threads = environment.threads;
    this.takeBack = takeBack;
  }
}

export class HeldGuard implements Guard {
  readonly #issuer: GuardIssuer;
  readonly #holder: number;
  #released = false;
  #abandoned: boolean;
  /** The record of what is held, and its serial number. */
  readonly node: number;
  readonly serial: number;

  constructor(issuer: GuardIssuer, outcome: number, node = 0, serial = 0) {
    this.#issuer = issuer;
    this.#holder = issuer.threads.me;
    this.#abandoned = outcome === grantedAbandoned;
    this.node = node;
    this.serial = serial;
  }

  get abandoned(): boolean {
    return this.#abandoned;
  }

  get released(): boolean {
    return this.#released;
  }

  release(): void {
    const { name } = this.#issuer;
    if (this.#released) throw new InvalidStateError(`this guard of the ${name} was released before`);
    this.#released = true;
    // this thread is about to end, and what it had is already given on
    if (this.#holder !== this.#issuer.threads.me) return;
    if (!this.#issuer.takeBack(this))
      throw new InvalidStateError(
        `what this guard stands for was released before, by the release method of the ${name} itself`,
      );
  }

  [Symbol.dispose](): void {
    if (!this.#released) this.release();
  }

  /** It was acquired again, for the same guard. */
  acquiredAgain(outcome: number): void {
    if (outcome === grantedAbandoned) this.#abandoned = true;
  }
}
