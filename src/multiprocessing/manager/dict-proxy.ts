import { InvalidArgumentError } from "../../errors.js";
import { checkFunction } from "../../validate.js";
import { arrived } from "../locks/arrived.js";
import { Handle, handleKind, own } from "../sharing/index.js";
import { checkKey, type Key } from "./keys.js";
import { ServedDict } from "./served-dict.js";

/** Entries to begin with, or to add. */
export type Entries<K extends Key, V> =
  | Iterable<readonly [K, V]>
  | (K extends string ? Readonly<Record<K, V>> : never);

/**
 * A dictionary in the process of a `Manager`, for all processes and threads that were given it: Python's `DictProxy`.
 * It keeps the order in which keys were first set, as a `Map` does.
 *
 * Values arrive as copies: what you change in one is changed for others only when you `set` it again, or by `update`.
 * Handles (other proxies, locks, queues) arrive as themselves, so dictionaries and lists can be nested. Each call is
 * atomic. All are rejected with a `ConnectionClosedError` when the manager has ended.
 *
 * @typeParam K - keys: primitives.
 * @typeParam V - values: what can be sent.
 * @example
 * const prices = await manager.dict<string, number>({ tea: 2 });
 * await pool.map(async (name: string) => prices.set(name, await look(name)), names);
 * await prices.update("tea", (price) => (price ?? 0) + 1);
 * for await (const [name, price] of prices) console.log(name, price);
 */
export class DictProxy<K extends Key, V> extends Handle implements AsyncIterable<[K, V]> {
  /** Made by `manager.dict()`. */
  protected constructor(entries: Entries<K, V>) {
    super(arrived(entries) ?? own("dict", new ServedDict(entriesOf(entries))));
  }

  /** The value of a key; undefined where there is none. */
  get(key: K): Promise<V | undefined> {
    return this.call("get", [checkKey("key", key)]);
  }

  /** Sets the value of a key. @throws SerializationError for one that can't be sent, from the call. */
  set(key: K, value: V): Promise<void> {
    return this.call("set", [checkKey("key", key), value]);
  }

  /** Whether there is a key. */
  has(key: K): Promise<boolean> {
    return this.call("has", [checkKey("key", key)]);
  }

  /** Takes a key out. @returns whether it was there. */
  delete(key: K): Promise<boolean> {
    return this.call("delete", [checkKey("key", key)]);
  }

  /** Takes a key out, in one step with a look at it. @returns its value, or what was given for where there is none. */
  pop(key: K): Promise<V | undefined>;
  pop<D>(key: K, otherwise: D): Promise<V | D>;
  pop(key: K, otherwise?: unknown): Promise<unknown> {
    return this.call("pop", [checkKey("key", key), otherwise]);
  }

  /** Sets the value of a key unless there is one: Python's `setdefault`. @returns the value that is there now. */
  setDefault(key: K, value: V): Promise<V> {
    return this.call("setDefault", [checkKey("key", key), value]);
  }

  /**
   * Makes a new value of the old one, in one step.
   * @param fn - sent to the manager as functions are sent to executors, and run there; it has to answer at once. It is
   *   given undefined where there is no value, and none to begin with.
   * @param initial - what it is given where there is no value.
   * @returns the new value.
   * @throws SerializationError for a function that can't be sent, from the call; InvalidArgumentError for one that is
   *   asynchronous; what it throws: the value is as it was then.
   */
  update(key: K, fn: (old: V | undefined) => V): Promise<V>;
  update(key: K, fn: (old: V) => V, initial: V): Promise<V>;
  update(key: K, fn: (old: V) => V, initial?: V): Promise<V> {
    return this.call("update", [checkKey("key", key), checkFunction("fn", fn), initial]);
  }

  /** Sets many in one step: Python's `update`. */
  assign(entries: Entries<K, V>): Promise<void> {
    return this.call("assign", [entriesOf(entries)]);
  }

  /** How many keys there are. */
  size(): Promise<number> {
    return this.call("size", []);
  }

  /** Takes all out. */
  clear(): Promise<void> {
    return this.call("clear", []);
  }

  /** The keys of one moment. */
  keys(): Promise<K[]> {
    return this.call("keys", []);
  }

  /** The values of one moment. */
  values(): Promise<V[]> {
    return this.call("values", []);
  }

  /** The entries of one moment. */
  entries(): Promise<[K, V][]> {
    return this.call("entries", []);
  }

  /** A copy, of one moment: Python's `copy`. */
  async copy(): Promise<Map<K, V>> {
    return new Map(await this.entries());
  }

  /** The entries of the moment in which the loop begins. */
  async *[Symbol.asyncIterator](): AsyncGenerator<[K, V], undefined, void> {
    yield* await this.entries();
    return undefined;
  }
}

/** @throws InvalidArgumentError */
export function entriesOf(given: unknown): [Key, unknown][] {
  if (typeof given !== "object" || given === null)
    throw new InvalidArgumentError("entries", given, "an object, or an iterable of keys and values");
  const entries = Symbol.iterator in given ? [...(given as Iterable<unknown>)] : Object.entries(given);
  return entries.map((each, at) => {
    if (!Array.isArray(each))
      throw new InvalidArgumentError(`entries[${at}]`, each, "an array of a key and a value");
    return [checkKey(`entries[${at}][0]`, each[0] as Key), each[1]];
  });
}

handleKind("dict", (endpoint) => Reflect.construct(DictProxy, [endpoint]) as DictProxy<Key, unknown>);

/** Makes one that this isolate owns. */
export const makeDict = (entries: unknown = []): DictProxy<Key, unknown> =>
  Reflect.construct(DictProxy, [entries]) as DictProxy<Key, unknown>;
