import type { AtomicsLike } from "./atomics.js";
import type { Environment } from "./environment.js";
import {
  amountAt,
  asyncAt,
  contendedWord,
  crowdedWord,
  free,
  guardWord,
  headWord,
  hintWord,
  idBits,
  loggedWord,
  nextAt,
  nodesStart,
  nodeWords,
  noteAt,
  ownerAt,
  pendingWord,
  previousAt,
  roomWord,
  serialAt,
  statusAt,
  sweptWord,
  tailWord,
  waiting,
  waitingWord,
} from "./layout.js";
import { Section } from "./section.js";
import { Turn } from "./turn.js";

/**
 * A queue of threads in shared memory, first in, first out, on which each primitive is built: it says what can be
 * had, and this class who gets it. The README has the rules.
 */
export abstract class WaitQueue {
  readonly words: Int32Array;
  readonly environment: Environment;
  protected readonly atomics: AtomicsLike;
  protected readonly section: Section;
  /** Turns of this thread whose event loop goes on while they wait. */
  readonly #asyncTurns = new Set<Turn>();
  readonly #end: number;

  constructor(words: Int32Array, environment: Environment) {
    this.words = words;
    this.environment = environment;
    this.atomics = environment.atomics;
    this.section = new Section(words, environment);
    this.#end = words.length;
  }

  /** Who this thread is. */
  get me(): number {
    return this.environment.threads.me;
  }

  /** How many wait, as it seems now. */
  get waiters(): number {
    return this.atomics.peek(this.words, waitingWord);
  }

  /** How many have had to wait so far. */
  get contended(): number {
    return this.atomics.peek(this.words, contendedWord);
  }

  /**
   * Gives something to a thread, if there is enough: plans the change, and answers the status that its node gets.
   * 0: there is not enough.
   * @param more - whether others are queued behind it.
   */
  protected abstract admit(owner: number, amount: number, more: boolean): number;

  /** Takes back what was granted to a node and not been used yet: plans the change. */
  protected abstract revoke(node: number, status: number): void;

  /** Takes back what a dead thread had, but for its nodes: plans the change. */
  protected abstract reclaim(): void;

  /** What becomes of the node of a dead thread that was no longer queued: plans the change. */
  protected bury(node: number, _status: number): void {
    this.section.set(node + statusAt, free);
  }

  /** A node of a dead thread that is queued leaves: plans the change. */
  protected drop(node: number): void {
    this.unlink(node);
    this.section.set(node + statusAt, free);
  }

  /** From here on, nobody changes the state without the guard (rule 4). */
  protected freeze(): void {}

  /** Ends that, if nobody waits: plans the change. */
  protected thaw(): void {}

  /** Whether what is granted has to be given back before others can have it (rule 8). */
  protected get overtakes(): boolean {
    return true;
  }

  /** Whether a node stays in use when it was granted something: it is then the record of who has that. */
  protected get keepsNode(): boolean {
    return false;
  }

  /** Something to wait for: a place in the queue, or what is there at once. */
  turn(blocks: boolean, amount = 1): Turn {
    return new Turn(this, blocks, amount);
  }

  /** A turn comes for the first time, or again when there was no room. Answers its status if it need not wait. */
  arrive(turn: Turn): number {
    return this.section.within(() => {
      this.upkeep();
      this.freeze();
      if (turn.blocks && this.overtakes && this.#asyncTurns.size > 0) this.#revokeOwn();
      const status = this.section.get(headWord) === 0 ? this.#admitAtOnce(turn) : 0;
      if (status === 0 && this.#enqueue(turn)) {
        // rule 8: the blocking turn may now stand before one that could not be served
        this.serve();
        const now = this.atomics.load(this.words, turn.node + statusAt);
        if (now !== waiting) return this.claim(turn, now);
      } else {
        this.thaw();
        this.section.commit();
      }
      return status;
    });
  }

  /** Takes what is there, without a place in the queue. Answers the status; 0: nothing is there, or others wait for it. */
  take(turn: Turn): number {
    return this.section.within(() => {
      this.upkeep();
      this.freeze();
      const status = this.section.get(headWord) === 0 ? this.#admitAtOnce(turn) : 0;
      this.thaw();
      this.section.commit();
      return status;
    });
  }

  /** What a turn was granted is its own from here on. */
  claim(turn: Turn, status: number): number {
    this.#asyncTurns.delete(turn);
    if (!this.keepsNode) this.vacate(turn.node);
    return status;
  }

  /** A turn leaves the queue. Answers what it was granted at the last moment, or 0. */
  leave(turn: Turn): number {
    this.#asyncTurns.delete(turn);
    const { node } = turn;
    if (node === 0) return 0;
    const status = this.section.within(() => {
      const now = this.atomics.load(this.words, node + statusAt);
      if (now !== waiting) return now;
      this.freeze();
      const outcome = this.withdraw(node);
      // it may have been first, and others may be content with less
      this.serve();
      return outcome;
    });
    if (status === 0) this.tellRoom();
    else return this.claim(turn, status);
    return 0;
  }

  /** A queued node leaves by its own wish: makes the change. Answers the status that it ends with, or 0. */
  protected withdraw(node: number): number {
    this.drop(node);
    this.section.commit();
    return 0;
  }

  /** Whether a node was granted something of which its turn, of this thread, has not heard yet. */
  protected isUnclaimed(node: number): boolean {
    for (const turn of this.#asyncTurns) if (turn.node === node) return true;
    return false;
  }

  /** How much the owner of a node wants, or was given. */
  protected amountOf(node: number): number {
    return this.section.get(node + amountAt);
  }

  /** Frees a node that this thread has. */
  protected vacate(node: number): void {
    this.atomics.store(this.words, node + statusAt, free);
    this.tellRoom();
  }

  /** Tells those who wait for a node that one is free (rule 9). */
  protected tellRoom(): void {
    if (this.atomics.load(this.words, crowdedWord) === 0) return;
    this.atomics.store(this.words, crowdedWord, 0);
    this.atomics.add(this.words, roomWord, 1);
    this.atomics.notify(this.words, roomWord);
  }

  /** Looks for threads that died without anybody's noticing, and after what they have left. */
  lookAround(): void {
    const { threads } = this.environment;
    for (const id of this.concerned()) threads.probe(id);
    this.tidy();
  }

  /** Takes back what threads had that are known to be dead, and finishes what they have begun. */
  tidy(): void {
    const { threads } = this.environment;
    const due =
      threads.deaths() !== this.atomics.load(this.words, sweptWord) ||
      this.atomics.load(this.words, pendingWord) !== 0 ||
      this.atomics.load(this.words, loggedWord) !== 0;
    if (due) this.section.within(() => this.upkeep());
  }

  /** The threads that others may be waiting for. */
  protected concerned(): Set<number> {
    const ids = new Set<number>();
    for (let node = nodesStart; node < this.#end; node += nodeWords) {
      if (this.atomics.load(this.words, node + statusAt) !== free)
        ids.add(this.atomics.load(this.words, node + ownerAt));
    }
    ids.add(this.atomics.load(this.words, guardWord) & idBits);
    ids.delete(0);
    ids.delete(this.me);
    return ids;
  }

  /** Within the section: finishes what a thread that died left unfinished, and takes back what the dead have. */
  protected upkeep(): void {
    const deaths = this.environment.threads.deaths();
    if (deaths !== this.section.get(sweptWord)) this.#sweep(deaths);
    else if (this.section.get(pendingWord) !== 0) {
      this.freeze();
      this.serve();
    }
  }

  #sweep(deaths: number): void {
    const { threads } = this.environment;
    this.freeze();
    this.reclaim();
    this.section.commit();
    let vacated = false;
    for (let node = nodesStart; node < this.#end; node += nodeWords) {
      const status = this.atomics.load(this.words, node + statusAt);
      if (status === free || threads.isAlive(this.section.get(node + ownerAt))) continue;
      if (status === waiting) this.drop(node);
      else this.bury(node, status);
      this.section.commit();
      vacated = true;
    }
    this.serve();
    this.section.set(sweptWord, deaths);
    this.section.commit();
    if (vacated) this.tellRoom();
  }

  /** Within the section: lets in those whose turn it is, and makes all planned changes. */
  protected serve(): void {
    const { section } = this;
    for (;;) {
      const node = section.get(headWord);
      if (node === 0) break;
      const owner = section.get(node + ownerAt);
      if (!this.environment.threads.isAlive(owner)) {
        this.drop(node);
        section.commit();
        this.tellRoom();
        continue;
      }
      const more = section.get(node + nextAt) !== 0;
      const status = this.admit(owner, section.get(node + amountAt), more);
      if (status === 0) break;
      this.unlink(node);
      if (more !== (section.get(pendingWord) !== 0)) section.set(pendingWord, more ? 1 : 0);
      // rule 6: last, for its owner goes on when it sees it
      section.set(node + statusAt, status);
      section.commit();
      section.wakeLater(node + statusAt);
    }
    if (section.get(pendingWord) !== 0) section.set(pendingWord, 0);
    this.thaw();
    section.commit();
  }

  #admitAtOnce(turn: Turn): number {
    const { section } = this;
    const node = this.keepsNode ? this.#allocate() : 0;
    if (this.keepsNode && node === 0) return 0;
    const more = section.get(headWord) !== 0;
    const status = this.admit(this.me, turn.amount, more);
    if (status === 0 || node === 0) return status;
    this.#describe(node, turn);
    section.set(node + statusAt, status);
    turn.node = node;
    return status;
  }

  /** Puts a turn into the queue. Answers false if there is no room. */
  #enqueue(turn: Turn): boolean {
    const { section } = this;
    let node = this.#allocate();
    if (node === 0) {
      // rule 9: said first and then looked again
      this.atomics.store(this.words, crowdedWord, 1);
      node = this.#allocate();
      if (node === 0) return false;
    }
    this.#describe(node, turn);
    section.set(contendedWord, section.get(contendedWord) + 1);
    this.link(node, turn.blocks && this.overtakes ? this.#firstOwnAsync() : 0);
    section.set(node + statusAt, waiting);
    section.commit();
    turn.node = node;
    if (!turn.blocks) this.#asyncTurns.add(turn);
    return true;
  }

  #describe(node: number, turn: Turn): void {
    const { section } = this;
    section.set(node + ownerAt, this.me);
    section.set(node + amountAt, turn.amount);
    section.set(node + asyncAt, turn.blocks ? 0 : 1);
    section.set(node + noteAt, 0);
    const serial = (section.get(node + serialAt) + 1) | 0;
    section.set(node + serialAt, serial);
    turn.serial = serial;
  }

  /** A free node, or 0. */
  #allocate(): number {
    const { section } = this;
    const hint = section.get(hintWord) || nodesStart;
    let node = hint;
    do {
      const next = node + nodeWords < this.#end ? node + nodeWords : nodesStart;
      if (this.atomics.load(this.words, node + statusAt) === free) {
        section.set(hintWord, next);
        return node;
      }
      node = next;
    } while (node !== hint);
    return 0;
  }

  /** Plans that a node stands before another in the queue; 0: behind all. */
  protected link(node: number, before: number): void {
    const { section } = this;
    const previous = before === 0 ? section.get(tailWord) : section.get(before + previousAt);
    section.set(node + nextAt, before);
    section.set(node + previousAt, previous);
    section.set(previous === 0 ? headWord : previous + nextAt, node);
    section.set(before === 0 ? tailWord : before + previousAt, node);
    section.set(waitingWord, section.get(waitingWord) + 1);
  }

  /** Plans that a node is no longer in the queue. */
  protected unlink(node: number): void {
    const { section } = this;
    const next = section.get(node + nextAt);
    const previous = section.get(node + previousAt);
    section.set(previous === 0 ? headWord : previous + nextAt, next);
    section.set(next === 0 ? tailWord : next + previousAt, previous);
    section.set(waitingWord, section.get(waitingWord) - 1);
  }

  #isOwnAsync(node: number): boolean {
    return (
      this.#asyncTurns.size > 0 &&
      this.section.get(node + asyncAt) === 1 &&
      this.section.get(node + ownerAt) === this.me
    );
  }

  /** The first queued turn of this thread that can't go on while the thread blocks. */
  #firstOwnAsync(): number {
    if (this.#asyncTurns.size === 0) return 0;
    for (let node = this.section.get(headWord); node !== 0; node = this.section.get(node + nextAt))
      if (this.#isOwnAsync(node)) return node;
    return 0;
  }

  /** Rule 8: what was granted to this thread's event loop goes back, for the thread is about to block. */
  #revokeOwn(): void {
    const { section } = this;
    let before = section.get(headWord);
    // the one that was granted something last comes before the queue, and those before it in front
    for (const turn of [...this.#asyncTurns].toReversed()) {
      if (turn.node === 0) continue;
      const status = this.atomics.load(this.words, turn.node + statusAt);
      if (status === waiting || status === free) continue;
      section.set(pendingWord, 1);
      this.revoke(turn.node, status);
      this.link(turn.node, before);
      section.set(turn.node + statusAt, waiting);
      section.commit();
      before = turn.node;
    }
  }
}
