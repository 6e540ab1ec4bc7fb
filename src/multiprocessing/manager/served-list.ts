import { isDeepStrictEqual } from "node:util";
import { InvalidArgumentError } from "../../errors.js";
import { unknownMethod } from "../locks/unknown-method.js";
import type { Served } from "../sharing/index.js";
import { changed } from "./changes.js";

/** A list that the isolates of many processes use. */
export class ServedList implements Served {
  #items: unknown[];

  constructor(items: readonly unknown[]) {
    this.#items = [...items];
  }

  call(method: string, args: readonly unknown[]): unknown {
    const items = this.#items;
    const [first, second] = args as [never, never];
    switch (method) {
      case "get":
        return items.at(first);
      case "set":
        items[this.#at(first)] = second;
        return undefined;
      case "update":
        return this.#update(this.#at(first), second);
      case "length":
        return items.length;
      case "push":
        return this.#push(args);
      case "pop":
        return items.pop();
      case "shift":
        return items.shift();
      case "unshift":
        return items.unshift(...args);
      case "splice":
        return items.splice(...(args as [number, number, ...unknown[]]));
      case "slice":
        return items.slice(first, second);
      case "indexOf":
        return items.findIndex((each) => isDeepStrictEqual(each, first));
      case "remove":
        return this.#remove(first);
      case "sort":
        this.#items = items.toSorted(first);
        return undefined;
      case "reverse":
        this.#items = items.toReversed();
        return undefined;
      case "clear":
        items.length = 0;
        return undefined;
      default:
        throw unknownMethod("list", method);
    }
  }

  #push(added: readonly unknown[]): number {
    for (const each of added) this.#items.push(each);
    return this.#items.length;
  }

  #update(at: number, fn: (old: unknown) => unknown): unknown {
    const value = changed(fn, this.#items[at]);
    this.#items[at] = value;
    return value;
  }

  #remove(item: unknown): boolean {
    const at = this.#items.findIndex((each) => isDeepStrictEqual(each, item));
    if (at >= 0) this.#items.splice(at, 1);
    return at >= 0;
  }

  #at(index: number): number {
    const { length } = this.#items;
    const at = index < 0 ? index + length : index;
    if (at >= 0 && at < length) return at;
    throw new InvalidArgumentError("index", index, `that of one of the list's ${length} items`);
  }
}
