import { Buffer } from "node:buffer";
import type { Layout as ObjectLayout } from "../../wire/codec/layout.js";
import { ReadShapes, type Shape, ShapeTable } from "../../wire/index.js";
import type { Environment } from "../sync/environment.js";
import { OwnedWord } from "../sync/owned-word.js";

/** Words of the memory: who adds, and how many key lists there are. Each is its length in bytes, and JSON. */
const guardWord = 0;
const countWord = 1;
const firstWord = 2;

/** Key lists of objects that came lately and are not there yet: one that comes again is worth a place. */
const candidates = 8;

/**
 * Key lists of plain objects that all threads of a queue know by their numbers, so that an item need not bring them.
 * They are only ever added.
 */
export class SharedShapes {
  /** For who writes. */
  readonly table: KnownShapes;
  /** For who reads. */
  readonly read: ReadShapes;
  readonly #words: Int32Array;
  readonly #bytes: Buffer;
  readonly #environment: Environment;
  readonly #guard: OwnedWord;
  readonly #lately: (readonly string[])[] = [];
  #next = 0;
  /** How many this thread knows, and where the next one is. */
  #known = 0;
  #at = firstWord;
  /** Those that an item needed and did not find. */
  #missing: (readonly string[])[] = [];

  constructor(words: Int32Array, environment: Environment) {
    this.#words = words;
    this.#bytes = Buffer.from(words.buffer as ArrayBuffer, words.byteOffset, words.byteLength);
    this.#environment = environment;
    this.#guard = new OwnedWord(words, guardWord, environment);
    this.table = new KnownShapes((keys) => this.#missing.push(keys));
    this.read = new KnownReadShapes(() => this.learn());
  }

  /** Takes in what others have added. */
  learn(): void {
    const count = this.#environment.atomics.load(this.#words, countWord);
    while (this.#known < count) {
      const start = (this.#at + 1) * 4;
      const length = this.#words[this.#at]!;
      this.#take(JSON.parse(this.#bytes.toString("utf8", start, start + length)) as string[], length);
    }
  }

  /** An item was written: what it did not find is added, if it came up before. */
  settle(): void {
    if (this.#missing.length === 0) return;
    const missing = this.#missing;
    this.#missing = [];
    for (const keys of missing) if (this.#isKnownCandidate(keys)) this.#add(keys);
  }

  #isKnownCandidate(keys: readonly string[]): boolean {
    for (const each of this.#lately)
      if (each.length === keys.length && each.every((key, i) => key === keys[i])) return true;
    this.#lately[this.#next] = keys;
    this.#next = (this.#next + 1) % candidates;
    return false;
  }

  #add(keys: readonly string[]): void {
    this.#guard.enter();
    try {
      this.learn();
      if (this.table.find(keys) !== undefined) return;
      const json = Buffer.from(JSON.stringify(keys));
      const end = this.#at + 1 + Math.ceil(json.length / 4);
      if (end > this.#words.length || !isWorthAPlace(keys)) return;
      this.#words[this.#at] = json.length;
      this.#bytes.set(json, (this.#at + 1) * 4);
      // from here on others take it in
      this.#environment.atomics.store(this.#words, countWord, this.#known + 1);
      this.#take(keys, json.length);
    } finally {
      this.#guard.leave();
    }
  }

  #take(keys: readonly string[], length: number): void {
    this.table.add(keys);
    this.read.define(keys);
    this.#known++;
    this.#at += 1 + Math.ceil(length / 4);
  }
}

/** Whether every thread's table takes it. */
const isWorthAPlace = (keys: readonly string[]): boolean => new ShapeTable().define(keys) !== undefined;

/** Defines nothing by itself: what is not there is told, and goes without. */
class KnownShapes extends ShapeTable {
  readonly #missing: (keys: readonly string[]) => void;

  constructor(missing: (keys: readonly string[]) => void) {
    super();
    this.#missing = missing;
  }

  override define(keys: readonly string[]): Shape | undefined {
    this.#missing(keys);
    return undefined;
  }

  add(keys: readonly string[]): void {
    super.define(keys);
  }
}

/** Looks for what was added when there is a number that it does not know. */
class KnownReadShapes extends ReadShapes {
  readonly #learn: () => void;

  constructor(learn: () => void) {
    super();
    this.#learn = learn;
  }

  override get(id: number): ObjectLayout | undefined {
    const known = super.get(id);
    if (known !== undefined) return known;
    this.#learn();
    return super.get(id);
  }
}
