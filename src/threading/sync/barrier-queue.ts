import type { Environment } from "./environment.js";
import {
  actor,
  broken,
  firstOwnWord,
  granted,
  headWord,
  nextAt,
  noteAt,
  pendingWord,
  secondOwnWord,
  statusAt,
  thirdOwnWord,
  waiting,
  waitingWord,
} from "./layout.js";
import type { Turn } from "./turn.js";
import { WaitQueue } from "./wait-queue.js";

/** States of a barrier. */
const filling = 0;
const acting = 1;
const isBroken = 2;

/** What a turn of a barrier wants: to pass, or to run an action before all pass if it comes last. */
export const passes = 1;
export const acts = 2;

/** Threads that wait for each other; README, "A barrier". */
export class BarrierQueue extends WaitQueue {
  readonly parties: number;

  constructor(words: Int32Array, environment: Environment, parties: number) {
    super(words, environment);
    this.parties = parties;
  }

  get isBroken(): boolean {
    return this.atomics.load(this.words, secondOwnWord) === isBroken;
  }

  override claim(turn: Turn, status: number): number {
    turn.note = this.atomics.load(this.words, turn.node + noteAt);
    // who runs the action keeps its place until that is done
    return status === actor ? status : super.claim(turn, status);
  }

  /** The action has been run, well or not. Answers what has become of the turn that ran it. */
  acted(turn: Turn, well: boolean): number {
    const at = turn.node + statusAt;
    this.section.within(() => {
      this.upkeep();
      // a reset may have come in between
      if (this.atomics.load(this.words, at) !== actor) return;
      if (well) this.#release();
      else this.#break();
      this.section.set(at, waiting);
      this.section.commit();
      this.serve();
    });
    return this.claim(turn, this.atomics.load(this.words, at));
  }

  /** Breaks the barrier: those who wait, and who comes later, are told. */
  abort(): void {
    this.section.within(() => {
      this.upkeep();
      this.#break();
      this.section.commit();
      this.serve();
    });
  }

  /** Makes it as new. Those who wait are told that it was broken. */
  reset(): void {
    this.section.within(() => {
      this.upkeep();
      this.#break();
      this.section.commit();
      this.serve();
      this.section.set(secondOwnWord, filling);
      this.section.commit();
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

  /** A party that dies while it waits won't come again: the others would wait for it for ever. */
  protected override drop(node: number): void {
    super.drop(node);
    this.#break();
  }

  protected override bury(node: number, status: number): void {
    if (status === actor) this.drop(node);
    else super.bury(node, status);
  }

  protected override withdraw(): number {
    this.#break();
    this.section.commit();
    return broken;
  }

  protected override upkeep(): void {
    if (this.section.get(pendingWord) !== 0) this.serve();
    super.upkeep();
  }

  protected override serve(): void {
    const { section } = this;
    for (;;) {
      const state = section.get(secondOwnWord);
      const releasing = section.get(thirdOwnWord);
      const head = section.get(headWord);
      if (releasing > 0 && head !== 0) this.#pass(head, releasing);
      else if (state === isBroken && head !== 0) this.#tellBroken(head);
      else if (state === filling && section.get(waitingWord) >= this.parties) this.#allAreThere();
      else break;
    }
    if (section.get(pendingWord) !== 0) section.set(pendingWord, 0);
    if (section.get(thirdOwnWord) !== 0) section.set(thirdOwnWord, 0);
    section.commit();
  }

  #allAreThere(): void {
    const { section } = this;
    let last = section.get(headWord);
    for (let i = 1; i < this.parties; i++) last = section.get(last + nextAt);
    if (this.amountOf(last) === acts) {
      section.set(secondOwnWord, acting);
      section.set(last + noteAt, this.parties - 1);
      section.set(last + statusAt, actor);
      section.commit();
      section.wakeLater(last + statusAt);
    } else {
      this.#release();
      section.commit();
    }
  }

  /** Plans that all parties go on. */
  #release(): void {
    this.section.set(secondOwnWord, filling);
    this.section.set(thirdOwnWord, this.parties);
    this.section.set(firstOwnWord, (this.section.get(firstOwnWord) + 1) | 0);
    this.section.set(pendingWord, 1);
  }

  /** Plans that nobody passes any more. */
  #break(): void {
    this.section.set(secondOwnWord, isBroken);
    this.section.set(pendingWord, 1);
  }

  #pass(node: number, releasing: number): void {
    const { section } = this;
    this.unlink(node);
    section.set(thirdOwnWord, releasing - 1);
    section.set(node + noteAt, this.parties - releasing);
    section.set(node + statusAt, granted);
    section.commit();
    section.wakeLater(node + statusAt);
  }

  #tellBroken(node: number): void {
    const { section } = this;
    this.unlink(node);
    section.set(node + statusAt, broken);
    section.commit();
    section.wakeLater(node + statusAt);
  }
}
