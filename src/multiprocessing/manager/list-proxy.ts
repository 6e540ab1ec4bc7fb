import { InvalidArgumentError } from "../../errors.js";
import { checkFunction, checkInteger } from "../../validate.js";
import { arrived } from "../locks/arrived.js";
import { Handle, handleKind, own } from "../sharing/index.js";
import { ServedList } from "./served-list.js";

const least = Number.MIN_SAFE_INTEGER;

/**
 * A list in the process of a `Manager`, for all processes and threads that were given it: Python's `ListProxy`, with the
 * names of JavaScript's arrays.
 *
 * Items arrive as copies: what you change in one is changed for others only when you `set` it again, or by `update`.
 * Handles (other proxies, locks, queues) arrive as themselves, so lists and dictionaries can be nested. Each call is
 * atomic. All are rejected with a `ConnectionClosedError` when the manager has ended. Indices below 0 count from the
 * end.
 *
 * @typeParam T - items: what can be sent.
 * @example
 * const lines = await manager.list<string>();
 * await pool.map((file: string) => lines.push(`read ${file}`), files);
 * console.log(await lines.slice(-3));
 */
export class ListProxy<T> extends Handle implements AsyncIterable<T> {
  /** Made by `manager.list()`. */
  protected constructor(items: Iterable<T>) {
    super(arrived(items) ?? own("list", new ServedList(itemsOf(items))));
  }

  /** One item; undefined where there is none. */
  get(index: number): Promise<T | undefined> {
    return this.call("get", [checkInteger("index", index, least)]);
  }

  /** Sets one item that is there. @throws InvalidArgumentError where there is none: `push` adds one. */
  set(index: number, item: T): Promise<void> {
    return this.call("set", [checkInteger("index", index, least), item]);
  }

  /**
   * Makes a new item of an old one, in one step.
   * @param fn - sent to the manager as functions are sent to executors, and run there; it has to answer at once.
   * @returns the new item.
   * @throws SerializationError for a function that can't be sent, from the call; InvalidArgumentError for one that is
   *   asynchronous, and where there is no item; what it throws: the item is as it was then.
   */
  update(index: number, fn: (old: T) => T): Promise<T> {
    return this.call("update", [checkInteger("index", index, least), checkFunction("fn", fn)]);
  }

  /** How many items there are. */
  length(): Promise<number> {
    return this.call("length", []);
  }

  /** Adds items at the end, in one step. @returns how many there are now. */
  push(...items: T[]): Promise<number> {
    return this.call("push", items);
  }

  /** Takes the last item. @returns it; undefined where there is none. */
  pop(): Promise<T | undefined> {
    return this.call("pop", []);
  }

  /** Takes the first item. @returns it; undefined where there is none. */
  shift(): Promise<T | undefined> {
    return this.call("shift", []);
  }

  /** Adds items before the first, in one step. @returns how many there are now. */
  unshift(...items: T[]): Promise<number> {
    return this.call("unshift", items);
  }

  /** Takes items out and puts others in their place, in one step. @returns those that were taken out. */
  splice(start: number, deleteCount: number, ...items: T[]): Promise<T[]> {
    checkInteger("start", start, least);
    return this.call("splice", [start, checkInteger("deleteCount", deleteCount, 0, true), ...items]);
  }

  /** Copies of some items, or of all. */
  slice(start = 0, end?: number): Promise<T[]> {
    checkInteger("start", start, least);
    if (end !== undefined) checkInteger("end", end, least);
    return this.call("slice", [start, end]);
  }

  /** Where an item is, that is deeply equal to this one; -1 where none is. */
  indexOf(item: T): Promise<number> {
    return this.call("indexOf", [item]);
  }

  /** Whether there is an item that is deeply equal to this one. */
  async includes(item: T): Promise<boolean> {
    return (await this.indexOf(item)) >= 0;
  }

  /** Takes out the first item that is deeply equal to this one. @returns whether there was one. */
  remove(item: T): Promise<boolean> {
    return this.call("remove", [item]);
  }

  /**
   * Sorts the items, as JavaScript's arrays do.
   * @param compare - sent to the manager, and run there. Default: the order of the items as texts.
   * @throws SerializationError for a function that can't be sent, from the call; what it throws.
   */
  sort(compare?: (one: T, other: T) => number): Promise<void> {
    if (compare !== undefined) checkFunction("compare", compare);
    return this.call("sort", [compare]);
  }

  /** Turns the order round. */
  reverse(): Promise<void> {
    return this.call("reverse", []);
  }

  /** Takes all out. */
  clear(): Promise<void> {
    return this.call("clear", []);
  }

  /** The items of the moment in which the loop begins. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, undefined, void> {
    yield* await this.slice();
    return undefined;
  }
}

/** @throws InvalidArgumentError */
export function itemsOf(given: unknown): unknown[] {
  if (typeof given === "object" && given !== null && Symbol.iterator in given)
    return [...(given as Iterable<unknown>)];
  throw new InvalidArgumentError("items", given, "an array or another iterable");
}

handleKind("list", (endpoint) => Reflect.construct(ListProxy, [endpoint]) as ListProxy<unknown>);

/** Makes one that this isolate owns. */
export const makeList = (items: unknown = []): ListProxy<unknown> =>
  Reflect.construct(ListProxy, [items]) as ListProxy<unknown>;
