import { InvalidArgumentError, InvalidStateError, MapFullError } from "../../../errors.js";
import { checkFunction } from "../../../validate.js";
import { Primitive, partsOf, registerPrimitive } from "../../sync/primitive.js";
import { Content, type MapValue } from "../content.js";
import { hashOf, setKey } from "./key.js";
import { bytesWord, evictedWord, shapeFor, sizeWord } from "./layout.js";
import { type MapDetails, mapDetailsFor, type SharedMapOptions } from "./map-options.js";
import { type Condition, type Found, MapTable, type Outcome } from "./table.js";

/** What `stats()` of a `SharedMap` answers: a snapshot. */
export interface SharedMapStats {
  /** How many entries it has. */
  readonly size: number;
  /** How many bytes their keys and values have. */
  readonly bytes: number;
  /** How many entries it holds at most. */
  readonly maxEntries: number;
  /** How many bytes their keys and values may have at most. */
  readonly maxBytes: number;
  /** How many entries had to make room so far. */
  readonly evicted: number;
}

// what an operation is about; no two are ever under way in a thread
const keyContent = new Content();
const valueContent = new Content();
const expectedContent = new Content();
const foundContent = new Content();

/**
 * A map that threads share: string or number keys to numbers, strings or bytes, in memory whose size is chosen when it is
 * made. Each operation is atomic over all threads, and happens wholly or not at all, also if its thread dies in the
 * middle. Keys are the same where a `Map` says so; values are copied in and out.
 *
 * _Blocking._ An operation waits for others on the same part of the map, which last as long as it takes to copy a key
 * and a value: also on an event loop. No function of yours runs meanwhile.
 *
 * _Death._ What a dead thread was about to do has happened or not; nobody sees a part of it, and the map goes on.
 *
 * _Memory ordering._ All operations on a key are sequentially consistent.
 *
 * _Cost._ Reading and writing copy the key and the value. Where there is room is found in constant time: memory of what
 * was removed is used again, in blocks of equal size, so it never gets into pieces that are too small.
 *
 * @example
 * const cache = new SharedMap<string, string>({ entries: 10_000, bytes: 4_000_000, evict: "lru" });
 * await pool.map((page) => cache.getOrSet(page, () => render(page)), pages);
 */
export class SharedMap<
  K extends string | number = string | number,
  V extends MapValue = MapValue,
> extends Primitive {
  readonly #details: MapDetails;
  readonly #tables: readonly MapTable[];

  /**
   * @throws InvalidArgumentError; MemoryError where there is not as much memory.
   */
  constructor(options: SharedMapOptions) {
    const given = mapDetailsFor(options);
    super("SharedMap", given.shards * shapeFor(given.entries, given.bytes).words, given);
    const { memory, environment, details } = partsOf(this);
    const known = details as MapDetails;
    const shape = shapeFor(known.entries, known.bytes);
    this.#details = known;
    this.#tables = Array.from({ length: known.shards }, (_, i) => {
      const words = new Int32Array(memory, 4 * i * shape.words, shape.words);
      return new MapTable(words, environment, shape, known.evicts);
    });
  }

  /** How many entries it has. */
  get size(): number {
    return this.#count(sizeWord);
  }

  /**
   * The value of a key, or undefined. With `evict: "lru"` the entry counts as used.
   * @throws InvalidArgumentError
   */
  get(key: K): V | undefined {
    const hash = this.#setKey(key);
    return this.#tableOf(hash).get(keyContent, hash, valueContent) ? (valueContent.value as V) : undefined;
  }

  /**
   * Whether a key has a value. The entry does not count as used.
   * @throws InvalidArgumentError
   */
  has(key: K): boolean {
    const hash = this.#setKey(key);
    return this.#tableOf(hash).has(keyContent, hash);
  }

  /**
   * Gives a key a value.
   * @throws MapFullError; InvalidArgumentError for what can't be held, or not even by an empty map.
   */
  set(key: K, value: V): this {
    const hash = this.#setKey(key);
    this.#setValue("value", valueContent, value);
    this.#change(key, hash, valueContent, "always");
    return this;
  }

  /**
   * Gives a key a value if it has none.
   * @returns whether it had none.
   * @throws as `set` does
   */
  setIfAbsent(key: K, value: V): boolean {
    const hash = this.#setKey(key);
    this.#setValue("value", valueContent, value);
    return this.#change(key, hash, valueContent, "absent") === "done";
  }

  /**
   * Replaces the value of a key if it is the expected one: numbers and strings by `Object.is`, bytes by their content.
   * @param expected - undefined: that there is none.
   * @param replacement - undefined: the entry is removed.
   * @returns what was found. It is `expected` itself if that was found, bytes as well.
   * @throws as `set` does
   */
  compareExchange(key: K, expected: V | undefined, replacement: V | undefined): V | undefined {
    const hash = this.#setKey(key);
    if (expected !== undefined) this.#setValue("expected", expectedContent, expected);
    if (replacement !== undefined) this.#setValue("replacement", valueContent, replacement);
    const condition = expected === undefined ? "absent" : expectedContent;
    foundContent.kind = 0;
    const outcome = this.#change(
      key,
      hash,
      replacement === undefined ? undefined : valueContent,
      condition,
      foundContent,
    );
    if (outcome === "done") return expected;
    return foundContent.kind === 0 ? undefined : (foundContent.value as V);
  }

  /**
   * Adds to the number of a key; a key without a value has 0.
   * @returns what it was before.
   * @throws InvalidStateError if its value is no number; and as `set` does
   * @example
   * const counts = new SharedMap<string, number>({ entries: 1_000 });
   * await pool.map((word) => counts.add(word, 1), words);
   */
  add(key: K, amount: V extends number ? number : never): number {
    const hash = this.#setKey(key);
    if (typeof amount !== "number") throw new InvalidArgumentError("amount", amount, "a number");
    const outcome = this.#tableOf(hash).add(keyContent, hash, amount, valueContent);
    if (outcome === "no number")
      throw new InvalidStateError(`the value of ${JSON.stringify(key)} is no number: add needs one`);
    this.#checkRoom(key, outcome);
    return valueContent.value as number;
  }

  /**
   * Replaces the value of a key by what a function makes of it. If others change it meanwhile, the function is called
   * again.
   * @param fn - gets the value, or undefined where there is none; if it answers undefined, the entry is removed.
   * @returns what the value is now.
   * @throws what the function throws; and as `set` does
   */
  update(key: K, fn: (value: V | undefined) => V): V;
  update(key: K, fn: (value: V | undefined) => V | undefined): V | undefined;
  update(key: K, fn: (value: V | undefined) => V | undefined): V | undefined {
    checkFunction("fn", fn);
    // rule 9
    for (let seen = this.get(key); ; ) {
      const next = fn(typeof seen === "object" ? (seen.slice() as V) : seen);
      const now = this.compareExchange(key, seen, next);
      if (Object.is(now, seen)) return next;
      seen = now;
    }
  }

  /**
   * The value of a key; if it has none, what a function makes is set. Several threads may call their functions at the
   * same time: the value of the first that is ready is what all get.
   * @param fn - called once at most; not an async function.
   * @throws what the function throws; and as `set` does
   */
  getOrSet(key: K, fn: () => V): V {
    checkFunction("fn", fn);
    let made: V | undefined;
    // rule 9
    for (;;) {
      const seen = this.get(key);
      if (seen !== undefined) return seen;
      made ??= fn();
      if (this.setIfAbsent(key, made)) return made;
    }
  }

  /**
   * Removes a key.
   * @returns whether it had a value.
   * @throws InvalidArgumentError
   */
  delete(key: K): boolean {
    const hash = this.#setKey(key);
    return this.#tableOf(hash).change(keyContent, hash, undefined, "present") === "done";
  }

  /** Removes all entries, some at a time: what others set meanwhile may stay. */
  clear(): void {
    for (const table of this.#tables) {
      let bucket = 0;
      while (bucket >= 0) bucket = table.clear(bucket);
    }
  }

  /**
   * Keys and values, in no particular order. Others may change the map meanwhile: each entry is one that was there at
   * some time during the iteration, no key comes twice, and what was there all the time comes. Entries don't count as used.
   */
  *entries(): IterableIterator<[K, V]> {
    for (const each of this.#found(true)) yield [each.key.value as K, each.value.value as V];
  }

  /** Keys, as `entries` has them. */
  *keys(): IterableIterator<K> {
    for (const each of this.#found(false)) yield each.key.value as K;
  }

  /** Values, as `entries` has them. */
  *values(): IterableIterator<V> {
    for (const each of this.#found(true)) yield each.value.value as V;
  }

  /** The same as `entries`. */
  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries();
  }

  /** A snapshot for logs and dashboards. */
  stats(): SharedMapStats {
    const { entries, bytes, shards } = this.#details;
    return {
      size: this.#count(sizeWord),
      bytes: this.#count(bytesWord),
      maxEntries: entries * shards,
      maxBytes: bytes * shards,
      evicted: this.#count(evictedWord),
    };
  }

  *#found(withValues: boolean): IterableIterator<Found> {
    for (const table of this.#tables) {
      for (let bucket = 0; bucket >= 0; ) {
        const some: Found[] = [];
        bucket = table.collect(bucket, withValues, some);
        yield* some;
      }
    }
  }

  #count(word: number): number {
    return this.#tables.reduce((sum, table) => sum + (table.count(word) >>> 0), 0);
  }

  #tableOf(hash: number): MapTable {
    // the upper bits: the lower ones choose the bucket
    return this.#tables[Math.floor(((hash >>> 0) * this.#tables.length) / 2 ** 32)]!;
  }

  #setKey(key: K): number {
    setKey(keyContent, key, this.#details.bytes);
    return hashOf(keyContent, this.#details.seed);
  }

  #setValue(argument: string, content: Content, given: V): void {
    const most = this.#details.bytes - keyContent.length;
    content.set(argument, given, most, "a number, a string or a Uint8Array");
  }

  #change(key: K, hash: number, to: Content | undefined, condition: Condition, into?: Content): Outcome {
    const outcome = this.#tableOf(hash).change(keyContent, hash, to, condition, into);
    this.#checkRoom(key, outcome);
    return outcome;
  }

  /** @throws MapFullError */
  #checkRoom(key: K, outcome: Outcome): void {
    if (outcome !== "full") return;
    const { entries, bytes, shards } = this.#details;
    const which = shards === 1 ? "the SharedMap" : "this key's part of the SharedMap";
    throw new MapFullError(
      `${which} has no room for ${JSON.stringify(key)}: it holds ${entries} entries and ${bytes} bytes of keys and ` +
        'values. Make it larger, remove entries, or make it with { evict: "lru" }',
    );
  }
}

registerPrimitive("SharedMap", () => new SharedMap({ entries: 1 }));
