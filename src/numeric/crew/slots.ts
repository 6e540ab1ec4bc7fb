/**
 * Where jobs are posted, and who does which piece of them. The README has the rules, which the code cites by number.
 *
 * @module
 */
import type { Environment } from "./environment.js";

/** Words of a slot: a header, then one for each piece. */
const ownerAt = 0;
const leftAt = 1;
const helpersAt = 2;
const hintAt = 3;
const kernelAt = 4;
const lengthAt = 5;
const chunksAt = 6;
const piecesAt = 7;
const headerWords = 8;

/** In the place of an owner that has died. Of who is about to put it there: its id, negative. */
const draining = 1;

/** States of a piece; else the id of who does it. The ids of threads are larger. */
const closed = 0;
const open = 1;
const done = 2;
const failed = 3;
/** Who did it died in the middle. */
const lost = 4;
const leastId = 16;

/** What a job is, beside its arguments. */
export interface JobWords {
  /** Number of a built kernel, or where the bytes of a made one are. */
  readonly kernel: number;
  /** How many bytes a made kernel has; 0: a built one. */
  readonly length: number;
  readonly chunks: number;
  /** How many helpers may take part: those whose number is below. */
  readonly helpers: number;
}

/** How a job ended. */
export type Outcome = "done" | "failed" | "lost";

/** Where slots and bells are, in words. */
export interface SlotsLayout {
  readonly start: number;
  readonly slots: number;
  /** Into how many pieces a job is cut at most: each is some of its chunks. */
  readonly mostPieces: number;
  readonly bell: number;
  readonly freed: number;
  /** For each helper, whether it sleeps. */
  readonly asleep: number;
}

export const slotWordsFor = (pieces: number): number => headerWords + pieces;

/** The slots of a heap, as one thread sees them. */
export class Slots {
  readonly #words: Int32Array;
  readonly #environment: Environment;
  readonly #layout: SlotsLayout;

  constructor(words: Int32Array, environment: Environment, layout: SlotsLayout) {
    this.#words = words;
    this.#environment = environment;
    this.#layout = layout;
  }

  #at(slot: number): number {
    return this.#layout.start + slot * slotWordsFor(this.#layout.mostPieces);
  }

  #load(slot: number, offset: number): number {
    return this.#environment.atomics.load(this.#words, this.#at(slot) + offset);
  }

  #store(slot: number, offset: number, value: number): void {
    this.#environment.atomics.store(this.#words, this.#at(slot) + offset, value);
  }

  #change(slot: number, offset: number, from: number, to: number): boolean {
    return this.#environment.atomics.compareExchange(this.#words, this.#at(slot) + offset, from, to) === from;
  }

  /** Takes a slot for this thread (rule 1); undefined where all are taken. */
  take(): number | undefined {
    const { me } = this.#environment.threads;
    for (let slot = 0; slot < this.#layout.slots; slot++) {
      const owner = this.#load(slot, ownerAt);
      if (owner === 0) {
        if (this.#change(slot, ownerAt, 0, me)) return slot;
      } else if (this.#isLeft(slot, owner) && this.#change(slot, ownerAt, draining, me)) return slot;
    }
    return undefined;
  }

  /** Whether its owner has died and nobody works on its job any more (rule 7). */
  #isLeft(slot: number, owner: number): boolean {
    const { threads } = this.#environment;
    if (owner !== draining) {
      if (threads.isAlive(Math.abs(owner)) || !this.#change(slot, ownerAt, owner, -threads.me)) return false;
      for (let piece = 0; piece < this.#layout.mostPieces; piece++)
        this.#change(slot, headerWords + piece, open, closed);
      this.#store(slot, ownerAt, draining);
    }
    for (let piece = 0; piece < this.#layout.mostPieces; piece++) {
      const state = this.#load(slot, headerWords + piece);
      if (state >= leastId && threads.isAlive(state)) return false;
    }
    return true;
  }

  /** Whether a job of a thread that has died may still be worked on (rule 7). */
  isBusyAfterDeath(): boolean {
    for (let slot = 0; slot < this.#layout.slots; slot++) {
      const owner = this.#load(slot, ownerAt);
      const isDead = owner === draining || !this.#environment.threads.isAlive(Math.abs(owner));
      if (owner !== 0 && isDead && !this.#isLeft(slot, owner)) return true;
    }
    return false;
  }

  /** Looks after owners and helpers that may have died without anybody's noticing. */
  probe(): void {
    const { threads } = this.#environment;
    for (let slot = 0; slot < this.#layout.slots; slot++) {
      const owner = this.#load(slot, ownerAt);
      if (owner >= leastId) threads.probe(owner);
    }
  }

  /** Posts a job in a slot of this thread (rule 2). Its arguments are where they belong already. */
  post(slot: number, { kernel, length, chunks, helpers }: JobWords): void {
    const { atomics } = this.#environment;
    const pieces = Math.min(chunks, this.#layout.mostPieces);
    this.#store(slot, kernelAt, kernel);
    this.#store(slot, lengthAt, length);
    this.#store(slot, chunksAt, chunks);
    this.#store(slot, piecesAt, pieces);
    this.#store(slot, helpersAt, helpers);
    this.#store(slot, hintAt, 0);
    this.#store(slot, leftAt, pieces);
    for (let piece = 0; piece < pieces; piece++) this.#store(slot, headerWords + piece, open);
    atomics.add(this.#words, this.#layout.bell, 1);
    const wanted = Math.min(helpers, pieces);
    for (let helper = 0; helper < wanted; helper++) this.#wake(helper);
  }

  /** Wakes whoever may take part in a job that is posted already. */
  wakeAll(slot: number): void {
    const helpers = this.#load(slot, helpersAt);
    for (let helper = 0; helper < helpers; helper++) this.#wake(helper);
  }

  #wake(helper: number): void {
    const { atomics } = this.#environment;
    const at = this.#layout.asleep + helper;
    if (atomics.load(this.#words, at) === 0) return;
    if (atomics.compareExchange(this.#words, at, 1, 0) === 1) atomics.notify(this.#words, at);
  }

  /** Takes a piece that nobody has (rule 3); -1 where there is none. */
  claim(slot: number): number {
    const { atomics, threads } = this.#environment;
    const pieces = Math.min(this.#load(slot, piecesAt), this.#layout.mostPieces);
    for (;;) {
      if (this.#load(slot, hintAt) >= pieces) break;
      const piece = atomics.add(this.#words, this.#at(slot) + hintAt, 1);
      if (piece >= pieces) break;
      if (this.#change(slot, headerWords + piece, open, threads.me)) return piece;
    }
    for (let piece = 0; piece < pieces; piece++) {
      const isOpen = this.#load(slot, headerWords + piece) === open;
      if (isOpen && this.#change(slot, headerWords + piece, open, threads.me)) return piece;
    }
    return -1;
  }

  /** What the job is of which this thread has a piece: it stays so as long as it has it (rule 4). */
  jobOf(slot: number): { kernel: number; length: number; chunks: number; pieces: number } {
    return {
      kernel: this.#load(slot, kernelAt),
      length: this.#load(slot, lengthAt),
      chunks: this.#load(slot, chunksAt),
      pieces: this.#load(slot, piecesAt),
    };
  }

  /** A piece of this thread is done, or its kernel has failed. */
  finish(slot: number, piece: number, ok: boolean): void {
    const { atomics, threads } = this.#environment;
    this.#change(slot, headerWords + piece, threads.me, ok ? done : failed);
    if (atomics.sub(this.#words, this.#at(slot) + leftAt, 1) === 1)
      atomics.notify(this.#words, this.#at(slot) + leftAt);
  }

  /** Whether a helper of this number finds something to do; it claims a piece then. */
  find(helper: number, from: number): { slot: number; piece: number } | undefined {
    const { slots } = this.#layout;
    for (let k = 0; k < slots; k++) {
      const slot = (from + k) % slots;
      if (this.#load(slot, ownerAt) < leastId) continue;
      if (helper >= this.#load(slot, helpersAt)) continue;
      const piece = this.claim(slot);
      if (piece >= 0) return { slot, piece };
    }
    return undefined;
  }

  /** Where the owner of a slot waits for its job, and for which value to change; undefined: it need not. */
  pending(slot: number): { at: number; value: number } | undefined {
    const value = this.#load(slot, leftAt);
    return value <= 0 ? undefined : { at: this.#at(slot) + leftAt, value };
  }

  /** How the job ended; undefined while a piece is open or somebody does one (rule 5). */
  outcome(slot: number): Outcome | undefined {
    let outcome: Outcome = "done";
    const pieces = this.#load(slot, piecesAt);
    for (let piece = 0; piece < pieces; piece++) {
      let state = this.#load(slot, headerWords + piece);
      if (state >= leastId && this.#isLost(slot, piece, state)) state = lost;
      if (state === open || state >= leastId) return undefined;
      if (state === failed && outcome === "done") outcome = "failed";
      if (state === lost) outcome = "lost";
    }
    return outcome;
  }

  /** Rule 6. */
  #isLost(slot: number, piece: number, id: number): boolean {
    const { threads } = this.#environment;
    return !threads.isAlive(id) && this.#change(slot, headerWords + piece, id, lost);
  }

  /** Asks after those who have pieces of this job. */
  probeHelpers(slot: number): void {
    const { threads } = this.#environment;
    const pieces = this.#load(slot, piecesAt);
    for (let piece = 0; piece < pieces; piece++) {
      const state = this.#load(slot, headerWords + piece);
      if (state >= leastId && state !== threads.me) threads.probe(state);
    }
  }

  /** Gives the slot back. */
  release(slot: number): void {
    const { atomics } = this.#environment;
    this.#store(slot, ownerAt, 0);
    atomics.add(this.#words, this.#layout.freed, 1);
    atomics.notify(this.#words, this.#layout.freed);
  }

  /** Blocks until the job is done; its owner has no piece of it left to do (rule 5). */
  join(slot: number, spins: number): Outcome {
    const { atomics, patience } = this.#environment;
    for (let looks = 0; ; looks++) {
      const pending = this.pending(slot);
      if (!pending) {
        const outcome = this.outcome(slot);
        if (outcome !== undefined) return outcome;
      }
      if (looks < spins) continue;
      const at = this.#at(slot) + leftAt;
      const value = pending ? pending.value : this.#load(slot, leftAt);
      if (atomics.wait(this.#words, at, value, patience) !== "timed-out") continue;
      this.probeHelpers(slot);
      const outcome = this.outcome(slot);
      if (outcome !== undefined) return outcome;
    }
  }
}
