import { abandonedBit, frozenBit, granted, grantedAbandoned, headWord, idBits, stateWord } from "./layout.js";
import { WaitQueue } from "./wait-queue.js";

/** One holder at a time. The state is the holder's id; README, "The state of a lock". */
export class LockQueue extends WaitQueue {
  /** Takes a lock that nobody has and nobody waits for. */
  takeFree(): boolean {
    return this.atomics.compareExchange(this.words, stateWord, 0, this.me) === 0;
  }

  /**
   * Gives the lock on, or back.
   * @param holder - who should have it.
   * @returns false if that one does not have it.
   */
  release(holder: number): boolean {
    if (this.atomics.compareExchange(this.words, stateWord, holder, 0) === holder) return true;
    return this.section.within(() => {
      this.upkeep();
      this.freeze();
      const held = (this.section.get(stateWord) & idBits) === holder;
      if (held) this.section.set(stateWord, frozenBit);
      this.serve();
      return held;
    });
  }

  /** Gives back what this thread was granted and has not used: if the holder before died with it, the next is told. */
  giveBack(status: number): void {
    this.section.within(() => {
      this.upkeep();
      this.freeze();
      if ((this.section.get(stateWord) & idBits) === this.me) this.revoke(0, status);
      this.serve();
    });
  }

  /** The thread that has it, as it seems now; 0: none. */
  get holder(): number {
    return this.atomics.load(this.words, stateWord) & idBits;
  }

  protected override admit(owner: number, _amount: number, more: boolean): number {
    const state = this.section.get(stateWord);
    if ((state & idBits) !== 0) return 0;
    this.section.set(stateWord, more ? owner | frozenBit : owner);
    return (state & abandonedBit) === 0 ? granted : grantedAbandoned;
  }

  protected override revoke(_node: number, status: number): void {
    this.section.set(stateWord, status === granted ? frozenBit : frozenBit | abandonedBit);
  }

  protected override reclaim(): void {
    const holder = this.section.get(stateWord) & idBits;
    if (holder !== 0 && !this.environment.threads.isAlive(holder))
      this.section.set(stateWord, frozenBit | abandonedBit);
  }

  protected override concerned(): Set<number> {
    const ids = super.concerned();
    const { holder } = this;
    if (holder !== 0 && holder !== this.me) ids.add(holder);
    return ids;
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
