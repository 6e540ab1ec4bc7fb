import { firstOwnWord, granted, headWord, stateWord, waitingWord } from "../sync/layout.js";
import { WaitQueue } from "../sync/wait-queue.js";

/** Calls on their way to those who wait; not more than there are. */
const callsWord = firstOwnWord;

/**
 * Those who wait for a change of a queue, first come, first called. Who is called looks for itself whether there is
 * something for it. The state says whether anybody waits.
 */
export class WakeQueue extends WaitQueue {
  /** Whether anybody waits: one look at a word, for who has just made a change (rule 9). */
  get isAwaited(): boolean {
    return this.atomics.load(this.words, stateWord) !== 0;
  }

  /** Calls those who wait longest, so many at most. */
  call(most: number): void {
    this.section.within(() => {
      this.upkeep();
      const calls = Math.min(most, this.section.get(waitingWord));
      if (calls > 0) this.section.set(callsWord, calls);
      this.serve();
    });
  }

  protected override admit(): number {
    const calls = this.section.get(callsWord);
    if (calls === 0) return 0;
    this.section.set(callsWord, calls - 1);
    return granted;
  }

  /** A call that was not heard goes to another. */
  protected override revoke(): void {
    this.section.set(callsWord, this.section.get(callsWord) + 1);
  }

  protected override bury(node: number, status: number): void {
    this.revoke();
    super.bury(node, status);
  }

  protected override reclaim(): void {}

  /** Rule 9: who waits has said so when it looks for the last time. */
  protected override thaw(): void {
    const { section } = this;
    const awaited = section.get(headWord) === 0 ? 0 : 1;
    if (section.get(stateWord) !== awaited) section.set(stateWord, awaited);
    // a call for nobody would only make the next one look twice
    if (awaited === 0 && section.get(callsWord) !== 0) section.set(callsWord, 0);
  }
}
