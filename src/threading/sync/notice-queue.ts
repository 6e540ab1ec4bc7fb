import { free, granted, headWord, ownerAt, statusAt } from "./layout.js";
import { WaitQueue } from "./wait-queue.js";

/** Waiters of a condition: each goes on when it is notified, and not otherwise. */
export class NoticeQueue extends WaitQueue {
  /**
   * Wakes those who wait longest.
   * @returns how many.
   */
  notify(most: number): number {
    return this.section.within(() => {
      this.upkeep();
      let woken = 0;
      while (woken < most && this.#notifyFirst()) woken++;
      return woken;
    });
  }

  protected override get overtakes(): boolean {
    return false;
  }

  protected override admit(): number {
    return 0;
  }

  protected override revoke(): void {}

  protected override reclaim(): void {}

  /** A notice that its receiver did not live to see goes to another. */
  protected override bury(node: number): void {
    this.section.set(node + statusAt, free);
    if (!this.#notifyFirst()) this.section.commit();
  }

  #notifyFirst(): boolean {
    const { section } = this;
    for (let node = section.get(headWord); node !== 0; node = section.get(headWord)) {
      if (!this.environment.threads.isAlive(section.get(node + ownerAt))) {
        this.drop(node);
        section.commit();
        this.tellRoom();
        continue;
      }
      this.unlink(node);
      section.set(node + statusAt, granted);
      section.commit();
      section.wakeLater(node + statusAt);
      return true;
    }
    return false;
  }
}
