import { unknownMethod } from "../locks/unknown-method.js";
import type { Served } from "../sharing/index.js";
import type { Key } from "./keys.js";

/** A set that the isolates of many processes use. */
export class ServedSet implements Served {
  readonly #members: Set<Key>;

  constructor(members: Iterable<Key>) {
    this.#members = new Set(members);
  }

  call(method: string, args: readonly unknown[]): unknown {
    const members = this.#members;
    const [member] = args as [Key];
    switch (method) {
      case "add":
        return this.#add(args as Key[]);
      case "has":
        return members.has(member);
      case "delete":
        return members.delete(member);
      case "pop":
        return this.#pop();
      case "size":
        return members.size;
      case "clear":
        return members.clear();
      case "values":
        return [...members];
      default:
        throw unknownMethod("set", method);
    }
  }

  #add(added: readonly Key[]): number {
    const before = this.#members.size;
    for (const each of added) this.#members.add(each);
    return this.#members.size - before;
  }

  #pop(): Key {
    const [first] = this.#members;
    this.#members.delete(first);
    return first;
  }
}
