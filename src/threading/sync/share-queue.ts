import {
  amountAt,
  firstOwnWord,
  free,
  granted,
  grantedAbandoned,
  nodesStart,
  nodeWords,
  ownerAt,
  secondOwnWord,
  serialAt,
  statusAt,
  waiting,
} from "./layout.js";
import type { Turn } from "./turn.js";
import { WaitQueue } from "./wait-queue.js";

/**
 * Shares of which each has an owner, so that those of a dead thread come back: of a bounded semaphore, and of a
 * lock that readers share. The node of who has shares stays as the record of it.
 */
export class ShareQueue extends WaitQueue {
  /** Before any other thread has the memory. */
  begin(shares: number): void {
    this.atomics.store(this.words, firstOwnWord, shares);
  }

  /** How many nobody has, as it seems now. */
  get available(): number {
    return this.atomics.load(this.words, firstOwnWord);
  }

  /**
   * Gives back what a node is the record of.
   * @param serial - of the turn that got it.
   * @returns false if that was given back before.
   */
  release(node: number, serial: number): boolean {
    return this.#releaseAs(node, serial, granted);
  }

  /** Gives back what a turn was granted and has not used: if somebody died with it before, the next is told. */
  giveBack({ node, serial }: Turn, status: number): void {
    this.#releaseAs(node, serial, status);
  }

  /**
   * Gives back what one holder has, of this thread if there is one.
   * @returns false if nobody has anything.
   */
  releaseAny(): boolean {
    return this.section.within(() => {
      this.upkeep();
      let found = 0;
      for (let node = nodesStart; node < this.words.length; node += nodeWords) {
        if (!isHeld(this.atomics.load(this.words, node + statusAt))) continue;
        found = node;
        if (this.section.get(node + ownerAt) === this.me) break;
      }
      if (found !== 0) this.#free(found, granted);
      this.serve();
      if (found !== 0) this.tellRoom();
      return found !== 0;
    });
  }

  /** How many of each amount are held, as it seems now. */
  holders(amount: number): number {
    let count = 0;
    for (let node = nodesStart; node < this.words.length; node += nodeWords) {
      const held = isHeld(this.atomics.load(this.words, node + statusAt));
      if (held && this.atomics.load(this.words, node + amountAt) === amount) count++;
    }
    return count;
  }

  /** Whether this thread has anything, and knows it. */
  holdsClaimed(): boolean {
    const { me } = this;
    for (let node = nodesStart; node < this.words.length; node += nodeWords) {
      const held = isHeld(this.atomics.load(this.words, node + statusAt));
      if (held && this.atomics.load(this.words, node + ownerAt) === me && !this.isUnclaimed(node))
        return true;
    }
    return false;
  }

  protected override get keepsNode(): boolean {
    return true;
  }

  protected override admit(_owner: number, amount: number): number {
    const shares = this.section.get(firstOwnWord);
    if (shares < amount) return 0;
    this.section.set(firstOwnWord, shares - amount);
    if (this.section.get(secondOwnWord) === 0) return granted;
    this.section.set(secondOwnWord, 0);
    return grantedAbandoned;
  }

  protected override revoke(node: number, status: number): void {
    this.section.set(firstOwnWord, this.section.get(firstOwnWord) + this.amountOf(node));
    if (status === grantedAbandoned) this.section.set(secondOwnWord, 1);
  }

  protected override reclaim(): void {}

  /** Whether what a holder of so many shares leaves may be half done. */
  protected leavesTraces(_amount: number): boolean {
    return true;
  }

  protected override bury(node: number, status: number): void {
    this.revoke(node, status);
    if (this.leavesTraces(this.amountOf(node))) this.section.set(secondOwnWord, 1);
    super.bury(node, status);
  }

  #releaseAs(node: number, serial: number, status: number): boolean {
    return this.section.within(() => {
      this.upkeep();
      const now = this.atomics.load(this.words, node + statusAt);
      const held = isHeld(now) && this.section.get(node + serialAt) === serial;
      if (held) this.#free(node, status);
      this.serve();
      if (held) this.tellRoom();
      return held;
    });
  }

  #free(node: number, status: number): void {
    this.revoke(node, status);
    this.section.set(node + statusAt, free);
  }
}

const isHeld = (status: number): boolean => status !== free && status !== waiting;

/** Shares of a lock: a reader takes one, a writer all, so that one queue serves both in turn. */
export class ReadWriteQueue extends ShareQueue {
  /** As many as a writer takes. */
  static readonly all = 0x3fff_ffff;

  /** A reader changes nothing. */
  protected override leavesTraces(amount: number): boolean {
    return amount === ReadWriteQueue.all;
  }
}
