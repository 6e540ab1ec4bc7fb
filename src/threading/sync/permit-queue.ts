import { InvalidArgumentError } from "../../errors.js";
import { checkInteger } from "../../validate.js";
import { frozenBit, granted, headWord, stateWord } from "./layout.js";
import { WaitQueue } from "./wait-queue.js";

/** The most permits there can be. */
export const mostPermits = 0x3fff_ffff;

/** @throws InvalidArgumentError */
export function checkPermits(argument: string, value: number, least: number): void {
  checkInteger(argument, value, least);
  if (value > mostPermits) throw new InvalidArgumentError(argument, value, `at most ${mostPermits}`);
}

/** Permits that nobody owns: who takes one need not be who gives it. The state is their number. */
export class PermitQueue extends WaitQueue {
  /** Takes permits for which nobody waits. */
  takeFree(amount: number): boolean {
    let state = this.atomics.load(this.words, stateWord);
    // frozen is negative
    while (state >= amount) {
      const seen = this.atomics.compareExchange(this.words, stateWord, state, state - amount);
      if (seen === state) return true;
      state = seen;
    }
    return false;
  }

  /**
   * Adds permits.
   * @returns false if there would be too many.
   */
  release(amount: number): boolean {
    let state = this.atomics.load(this.words, stateWord);
    while (state >= 0) {
      if (state + amount > mostPermits) return false;
      const seen = this.atomics.compareExchange(this.words, stateWord, state, state + amount);
      if (seen === state) return true;
      state = seen;
    }
    return this.section.within(() => {
      this.upkeep();
      this.freeze();
      const permits = (this.section.get(stateWord) & ~frozenBit) + amount;
      const fits = permits <= mostPermits;
      if (fits) this.section.set(stateWord, permits | frozenBit);
      this.serve();
      return fits;
    });
  }

  /** How many are there, as it seems now. */
  get permits(): number {
    return this.atomics.load(this.words, stateWord) & ~frozenBit;
  }

  protected override admit(_owner: number, amount: number, more: boolean): number {
    const permits = this.section.get(stateWord) & ~frozenBit;
    if (permits < amount) return 0;
    this.section.set(stateWord, more ? (permits - amount) | frozenBit : permits - amount);
    return granted;
  }

  protected override revoke(node: number): void {
    const permits = this.section.get(stateWord) & ~frozenBit;
    this.section.set(stateWord, (permits + this.amountOf(node)) | frozenBit);
  }

  /** Nobody owns a permit, so a dead thread has none. */
  protected override reclaim(): void {}

  /** What a thread was granted and died before it knew is given on. */
  protected override bury(node: number, status: number): void {
    this.revoke(node);
    super.bury(node, status);
  }

  protected override freeze(): void {
    this.atomics.or(this.words, stateWord, frozenBit);
  }

  protected override thaw(): void {
    const state = this.section.get(stateWord);
    const wanted = this.section.get(headWord) === 0 ? state & ~frozenBit : state | frozenBit;
    if (state !== wanted) this.section.set(stateWord, wanted);
  }
}
