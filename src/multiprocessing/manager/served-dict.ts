import { unknownMethod } from "../locks/unknown-method.js";
import type { Served } from "../sharing/index.js";
import { changed } from "./changes.js";
import type { Key } from "./keys.js";

type Fn = (old: unknown) => unknown;

/** A dictionary that the isolates of many processes use. */
export class ServedDict implements Served {
  readonly #entries: Map<Key, unknown>;

  constructor(entries: Iterable<readonly [Key, unknown]>) {
    this.#entries = new Map(entries);
  }

  call(method: string, args: readonly unknown[]): unknown {
    const entries = this.#entries;
    const [key, value] = args as [Key, unknown];
    switch (method) {
      case "get":
        return entries.get(key);
      case "set":
        return void entries.set(key, value);
      case "has":
        return entries.has(key);
      case "delete":
        return entries.delete(key);
      case "pop":
        return this.#pop(key, value);
      case "setDefault":
        if (!entries.has(key)) entries.set(key, value);
        return entries.get(key);
      case "update":
        return this.#update(key, value as Fn, args[2]);
      case "assign":
        for (const [each, item] of args[0] as [Key, unknown][]) entries.set(each, item);
        return undefined;
      case "size":
        return entries.size;
      case "clear":
        return entries.clear();
      case "keys":
        return [...entries.keys()];
      case "values":
        return [...entries.values()];
      case "entries":
        return [...entries];
      default:
        throw unknownMethod("dict", method);
    }
  }

  #pop(key: Key, otherwise: unknown): unknown {
    if (!this.#entries.has(key)) return otherwise;
    const value = this.#entries.get(key);
    this.#entries.delete(key);
    return value;
  }

  #update(key: Key, fn: Fn, initial: unknown): unknown {
    const value = changed(fn, this.#entries.has(key) ? this.#entries.get(key) : initial);
    this.#entries.set(key, value);
    return value;
  }
}
