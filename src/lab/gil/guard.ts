import { InvalidStateError } from "../../errors.js";
import type { Guard } from "../../threading/sync/guard.js";
import { takenAbandoned } from "./layout.js";

/** One hold of a Gil. */
export class GilGuard implements Guard {
  readonly abandoned: boolean;
  readonly #giveBack: () => boolean;
  #released = false;

  /** @param giveBack - answers false where the hold was given back by another way. */
  constructor(outcome: number, giveBack: () => boolean) {
    this.abandoned = outcome === takenAbandoned;
    this.#giveBack = giveBack;
  }

  get released(): boolean {
    return this.#released;
  }

  release(): void {
    if (this.#released) throw new InvalidStateError("this guard of the Gil was released before");
    this.#released = true;
    if (!this.#giveBack())
      throw new InvalidStateError("what this guard stands for was released before, by gil.release()");
  }

  [Symbol.dispose](): void {
    if (!this.#released) this.release();
  }
}
