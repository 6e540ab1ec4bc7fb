import { arrived } from "../locks/arrived.js";
import { Handle, handleKind, own } from "../sharing/index.js";
import { checkKey, type Key } from "./keys.js";
import { itemsOf } from "./list-proxy.js";
import { ServedSet } from "./served-set.js";

/**
 * A set in the process of a `Manager`, for all processes and threads that were given it: Python's `SetProxy`. Each call
 * is atomic. All are rejected with a `ConnectionClosedError` when the manager has ended.
 *
 * @typeParam T - members: primitives.
 * @example
 * const seen = await manager.set<string>();
 * const visit = async (url: string) => {
 *   if (await seen.add(url)) await load(url); // nobody was here before
 * };
 */
export class SetProxy<T extends Key> extends Handle implements AsyncIterable<T> {
  /** Made by `manager.set()`. */
  protected constructor(members: Iterable<T>) {
    super(arrived(members) ?? own("set", new ServedSet(membersOf(members))));
  }

  /** Adds members, in one step. @returns how many of them are new. */
  add(...members: T[]): Promise<number> {
    return this.call("add", membersOf(members));
  }

  /** Whether there is a member. */
  has(member: T): Promise<boolean> {
    return this.call("has", [checkKey("member", member)]);
  }

  /** Takes a member out. @returns whether it was there. */
  delete(member: T): Promise<boolean> {
    return this.call("delete", [checkKey("member", member)]);
  }

  /** Takes out the member that came first. @returns it; undefined where there is none. */
  pop(): Promise<T | undefined> {
    return this.call("pop", []);
  }

  /** How many members there are. */
  size(): Promise<number> {
    return this.call("size", []);
  }

  /** Takes all out. */
  clear(): Promise<void> {
    return this.call("clear", []);
  }

  /** The members of one moment. */
  values(): Promise<T[]> {
    return this.call("values", []);
  }

  /** A copy, of one moment, for unions and the like: Python's `copy`. */
  async copy(): Promise<Set<T>> {
    return new Set(await this.values());
  }

  /** The members of the moment in which the loop begins. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, undefined, void> {
    yield* await this.values();
    return undefined;
  }
}

const membersOf = (given: unknown): Key[] =>
  itemsOf(given).map((each, at) => checkKey(`items[${at}]`, each as Key));

handleKind("set", (endpoint) => Reflect.construct(SetProxy, [endpoint]) as SetProxy<Key>);

/** Makes one that this isolate owns. */
export const makeSet = (members: unknown = []): SetProxy<Key> =>
  Reflect.construct(SetProxy, [members]) as SetProxy<Key>;
