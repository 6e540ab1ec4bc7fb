import type { AtomicsLike } from "../../sync/atomics.js";
import type { Environment } from "../../sync/environment.js";
import { Section } from "../../sync/section.js";
import { Content, numberKind, wordsOf } from "../content.js";
import { Chains } from "./chains.js";
import {
  bucketsStart,
  bytesWord,
  chainAt,
  entryWords,
  evictedWord,
  freeEntryWord,
  hashAt,
  keyHighAt,
  keyKindOf,
  keyLengthAt,
  keyLowAt,
  kindsAt,
  kindsOf,
  mostAtOnce,
  nextAt,
  type Shape,
  sizeWord,
  valueHighAt,
  valueKindOf,
  valueLengthAt,
  valueLowAt,
} from "./layout.js";
import { Recency } from "./recency.js";

/** What has come of a change. */
export type Outcome = "done" | "unchanged" | "full" | "no number";

/** Under which circumstances a change is made: always, or if there is no entry, or any, or this value. */
export type Condition = "always" | "absent" | "present" | Content;

/** What an iteration has found. */
export interface Found {
  readonly key: Content;
  readonly value: Content;
}

/** No entry. */
const none = -1;

/** A map in shared memory: all operations are visits of its section (rule 1). The README has the rules. */
export class MapTable {
  readonly #words: Int32Array;
  readonly #atomics: AtomicsLike;
  readonly #section: Section;
  readonly #shape: Shape;
  readonly #chains: Chains;
  readonly #recency: Recency | undefined;
  readonly #sum = new Content();
  /** Where `#find` has looked: the bucket, and the entry before the one it has found. */
  #bucket = 0;
  #before = none;

  /**
   * @param words - memory of its own, all 0 at the start.
   * @param evicts - whether what was not used for longest makes room.
   */
  constructor(words: Int32Array, environment: Environment, shape: Shape, evicts: boolean) {
    const { atomics } = environment;
    const section = new Section(words, environment, false);
    this.#words = words;
    this.#atomics = atomics;
    this.#section = section;
    this.#shape = shape;
    const blocksStart = bucketsStart + shape.buckets + shape.entries * entryWords;
    this.#chains = new Chains(words, section, atomics, blocksStart, shape);
    this.#recency = evicts ? new Recency(section, (entry) => this.#at(entry)) : undefined;
  }

  /** Reads a word of the counts. */
  count(index: number): number {
    return this.#section.within(() => this.#section.get(index));
  }

  /** Looks for a key, without using it. */
  has(key: Content, hash: number): boolean {
    return this.#section.within(() => this.#find(key, hash) !== none);
  }

  /** Reads the value of a key; false if there is none. */
  get(key: Content, hash: number, into: Content): boolean {
    return this.#section.within(() => {
      const entry = this.#find(key, hash);
      if (entry === none) return false;
      this.#readValue(entry, into);
      this.#recency?.touch(entry);
      return true;
    });
  }

  /**
   * Changes an entry.
   * @param value - undefined: it is removed.
   * @param found - gets the value that keeps the condition from being met, if there is one.
   */
  change(
    key: Content,
    hash: number,
    value: Content | undefined,
    condition: Condition,
    found?: Content,
  ): Outcome {
    return this.#repeat(() => {
      const entry = this.#find(key, hash);
      if (!this.#meets(entry, condition)) {
        if (entry !== none && found) this.#readValue(entry, found);
        return "unchanged";
      }
      if (value) return this.#put(entry, key, hash, value);
      if (entry === none) return "done";
      this.#remove(entry);
      return "done";
    });
  }

  /**
   * Adds to a number; where there is none, to 0.
   * @param before - gets what it was.
   */
  add(key: Content, hash: number, amount: number, before: Content): Outcome {
    return this.#repeat(() => {
      const entry = this.#find(key, hash);
      before.setNumber(0);
      if (entry !== none) {
        if (valueKindOf(this.#field(entry, kindsAt)) !== numberKind) return "no number";
        this.#readValue(entry, before);
      }
      this.#sum.setNumber((before.value as number) + amount);
      return this.#put(entry, key, hash, this.#sum);
    });
  }

  /** Removes some of all entries (rules 6 and 7), from a bucket on; answers the bucket to go on from, or -1 at the end. */
  clear(from: number): number {
    return this.#section.within(() => {
      let bucket = from;
      for (let left = mostAtOnce; bucket < this.#shape.buckets; left--) {
        if (left === 0) return bucket;
        const head = this.#section.get(bucketsStart + bucket);
        if (head === 0) {
          bucket++;
          continue;
        }
        this.#bucket = bucketsStart + bucket;
        this.#before = none;
        this.#remove(head - 1);
      }
      return -1;
    });
  }

  /**
   * Reads entries from a bucket on, all of a bucket at once (rule 8).
   * @param withValues - whether values are wanted.
   * @returns the bucket to go on from, or -1 at the end.
   */
  collect(from: number, withValues: boolean, into: Found[]): number {
    return this.#section.within(() => {
      let left = 4 * mostAtOnce;
      for (let bucket = from; bucket < this.#shape.buckets; bucket++, left--) {
        if (left <= 0) return bucket;
        for (let entry = this.#section.get(bucketsStart + bucket) - 1; entry !== none; ) {
          const found = { key: new Content(0), value: new Content(0) };
          this.#readKey(entry, found.key);
          if (withValues) this.#readValue(entry, found.value);
          into.push(found);
          left -= 4 + ((found.key.size + found.value.size) >> 6);
          entry = this.#next(entry);
        }
      }
      return -1;
    });
  }

  /** Rule 7: lets others into the section between two rounds. */
  #repeat(round: () => Outcome | "again"): Outcome {
    for (;;) {
      const outcome = this.#section.within(round);
      if (outcome !== "again") return outcome;
    }
  }

  #meets(entry: number, condition: Condition): boolean {
    if (condition === "always") return true;
    if (condition === "absent") return entry === none;
    return entry !== none && (condition === "present" || this.#hasValue(entry, condition));
  }

  #put(given: number, key: Content, hash: number, value: Content): Outcome | "again" {
    let entry = given;
    if (entry !== none) this.#recency?.touch(entry);
    for (let evicted = 0; !this.#hasRoom(entry, key, value); evicted++) {
      if (!this.#recency) return "full";
      if (evicted === mostAtOnce) return "again";
      this.#evict(this.#recency.oldest);
      entry = this.#find(key, hash);
    }
    if (entry === none) this.#insert(key, hash, value);
    else this.#replace(entry, key, hash, value);
    return "done";
  }

  #hasRoom(entry: number, key: Content, value: Content): boolean {
    const { entries, bytes } = this.#shape;
    const used = this.#section.get(bytesWord);
    if (entry !== none) return used - this.#field(entry, valueLengthAt) + value.length <= bytes;
    return this.#section.get(sizeWord) < entries && used + key.length + value.length <= bytes;
  }

  #evict(entry: number): void {
    // rule 6: a commit of its own, which has to know what is before it in its bucket
    const hash = this.#field(entry, hashAt);
    this.#bucket = this.#bucketOf(hash);
    this.#before = none;
    for (let each = this.#section.get(this.#bucket) - 1; each !== entry; each = this.#next(each))
      this.#before = each;
    this.#section.set(evictedWord, (this.#section.get(evictedWord) + 1) | 0);
    this.#remove(entry);
  }

  /** Adds an entry that `#find` has not found. */
  #insert(key: Content, hash: number, value: Content): void {
    const section = this.#section;
    const entry = section.get(freeEntryWord);
    section.set(freeEntryWord, this.#next(entry));
    this.#setNext(entry, section.get(this.#bucket) - 1);
    section.set(this.#bucket, entry + 1);
    section.set(sizeWord, section.get(sizeWord) + 1);
    section.set(bytesWord, section.get(bytesWord) + key.length + value.length);
    this.#recency?.link(entry);
    // rule 2: nobody looks at the rest before this is committed
    const at = this.#at(entry);
    const poke = (offset: number, word: number): void => this.#atomics.poke(this.#words, at + offset, word);
    poke(hashAt, hash);
    poke(kindsAt, kindsOf(key.kind, value.kind));
    poke(keyLengthAt, key.length);
    poke(keyLowAt, key.low);
    poke(keyHighAt, key.high);
    poke(valueLengthAt, value.length);
    poke(valueLowAt, value.low);
    poke(valueHighAt, value.high);
    if (key.size + value.size > 0) poke(chainAt, this.#store(key, value));
    section.commit();
  }

  #replace(entry: number, key: Content, hash: number, value: Content): void {
    const section = this.#section;
    const keySize = key.size;
    const oldSize = wordsOf(this.#field(entry, valueLengthAt));
    if (oldSize + value.size > 0) {
      if (!this.#chains.hasRoom(keySize + value.size)) {
        // rule 5: there is room for one of the two only
        this.#remove(entry);
        this.#insert(key, hash, value);
        return;
      }
      const old = this.#field(entry, chainAt);
      if (keySize + value.size > 0) section.set(this.#at(entry) + chainAt, this.#store(key, value));
      if (keySize + oldSize > 0) this.#chains.give(old, keySize + oldSize);
      const grown = value.length - this.#field(entry, valueLengthAt);
      if (grown !== 0) section.set(bytesWord, section.get(bytesWord) + grown);
    }
    const set = (offset: number, word: number): void => {
      if (this.#field(entry, offset) !== word) section.set(this.#at(entry) + offset, word);
    };
    set(kindsAt, kindsOf(key.kind, value.kind));
    set(valueLengthAt, value.length);
    set(valueLowAt, value.low);
    set(valueHighAt, value.high);
    section.commit();
  }

  /** Removes the entry after `#before` in `#bucket`. */
  #remove(entry: number): void {
    const section = this.#section;
    const next = this.#next(entry);
    if (this.#before === none) section.set(this.#bucket, next + 1);
    else this.#setNext(this.#before, next);
    const [keyLength, valueLength] = [this.#field(entry, keyLengthAt), this.#field(entry, valueLengthAt)];
    const size = wordsOf(keyLength) + wordsOf(valueLength);
    if (size > 0) this.#chains.give(this.#field(entry, chainAt), size);
    this.#setNext(entry, section.get(freeEntryWord));
    section.set(freeEntryWord, entry);
    section.set(sizeWord, section.get(sizeWord) - 1);
    section.set(bytesWord, section.get(bytesWord) - keyLength - valueLength);
    this.#recency?.unlink(entry);
    section.commit();
  }

  /** Plans to take blocks for an entry's content, and writes it there. */
  #store(key: Content, value: Content): number {
    const first = this.#chains.take(key.size + value.size);
    this.#chains.write(first, 0, key.words, key.size);
    this.#chains.write(first, key.size, value.words, value.size);
    return first;
  }

  #find(key: Content, hash: number): number {
    this.#bucket = this.#bucketOf(hash);
    this.#before = none;
    for (let entry = this.#section.get(this.#bucket) - 1; entry !== none; entry = this.#next(entry)) {
      if (this.#field(entry, hashAt) === hash && this.#hasKey(entry, key)) return entry;
      this.#before = entry;
    }
    return none;
  }

  #hasKey(entry: number, key: Content): boolean {
    if (keyKindOf(this.#field(entry, kindsAt)) !== key.kind) return false;
    if (key.kind === numberKind)
      return this.#field(entry, keyLowAt) === key.low && this.#field(entry, keyHighAt) === key.high;
    return (
      this.#field(entry, keyLengthAt) === key.length &&
      this.#chains.matches(this.#field(entry, chainAt), 0, key.words, key.size)
    );
  }

  #hasValue(entry: number, value: Content): boolean {
    if (valueKindOf(this.#field(entry, kindsAt)) !== value.kind) return false;
    if (value.kind === numberKind)
      return this.#field(entry, valueLowAt) === value.low && this.#field(entry, valueHighAt) === value.high;
    const skip = wordsOf(this.#field(entry, keyLengthAt));
    return (
      this.#field(entry, valueLengthAt) === value.length &&
      this.#chains.matches(this.#field(entry, chainAt), skip, value.words, value.size)
    );
  }

  #readKey(entry: number, into: Content): void {
    into.begin(keyKindOf(this.#field(entry, kindsAt)), this.#field(entry, keyLengthAt));
    into.low = this.#field(entry, keyLowAt);
    into.high = this.#field(entry, keyHighAt);
    this.#chains.read(this.#field(entry, chainAt), 0, into.words, into.size);
  }

  #readValue(entry: number, into: Content): void {
    into.begin(valueKindOf(this.#field(entry, kindsAt)), this.#field(entry, valueLengthAt));
    into.low = this.#field(entry, valueLowAt);
    into.high = this.#field(entry, valueHighAt);
    const skip = wordsOf(this.#field(entry, keyLengthAt));
    this.#chains.read(this.#field(entry, chainAt), skip, into.words, into.size);
  }

  #bucketOf(hash: number): number {
    return bucketsStart + (hash & (this.#shape.buckets - 1));
  }

  /** The entry after another; `none` at the end of a bucket. */
  #next(entry: number): number {
    return entry + 1 + this.#field(entry, nextAt);
  }

  #setNext(entry: number, next: number): void {
    // rule 3: relative to the entry after it
    this.#section.set(this.#at(entry) + nextAt, next - entry - 1);
  }

  #field(entry: number, offset: number): number {
    return this.#section.get(this.#at(entry) + offset);
  }

  #at(entry: number): number {
    return bucketsStart + this.#shape.buckets + entry * entryWords;
  }
}
