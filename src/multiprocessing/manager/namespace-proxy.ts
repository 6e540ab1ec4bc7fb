import { checkFunction } from "../../validate.js";
import { arrived } from "../locks/arrived.js";
import { Handle, handleKind, own } from "../sharing/index.js";
import { entriesOf } from "./dict-proxy.js";
import { checkKey } from "./keys.js";
import { ServedDict } from "./served-dict.js";

/**
 * Named values in the process of a `Manager`, for all processes and threads that were given it: Python's `Namespace`.
 * What is said of `DictProxy` is true of it; each name has a type of its own.
 *
 * @typeParam T - the names, and what they hold.
 * @example
 * const state = await manager.Namespace({ phase: "loading", done: 0 });
 * await state.set("phase", "running");
 * await state.update("done", (done) => done + 1);
 */
export class NamespaceProxy<T extends object> extends Handle {
  /** Made by `manager.Namespace()`. */
  protected constructor(values: T) {
    super(arrived(values) ?? own("Namespace", new ServedDict(entriesOf(values))));
  }

  /** What a name holds; undefined where it is not there. */
  get<K extends keyof T & string>(name: K): Promise<T[K]> {
    return this.call("get", [checkKey("name", name)]);
  }

  /** Sets what a name holds. @throws SerializationError for what can't be sent, from the call. */
  set<K extends keyof T & string>(name: K, value: T[K]): Promise<void> {
    return this.call("set", [checkKey("name", name), value]);
  }

  /** Whether there is a name. */
  has(name: keyof T & string): Promise<boolean> {
    return this.call("has", [checkKey("name", name)]);
  }

  /** Takes a name out. @returns whether it was there. */
  delete(name: keyof T & string): Promise<boolean> {
    return this.call("delete", [checkKey("name", name)]);
  }

  /** Makes a new value of the old one, in one step: see `update` of `DictProxy`. @returns the new value. */
  update<K extends keyof T & string>(name: K, fn: (old: T[K]) => T[K]): Promise<T[K]> {
    return this.call("update", [checkKey("name", name), checkFunction("fn", fn), undefined]);
  }

  /** Sets some in one step. */
  assign(values: Readonly<Partial<T>>): Promise<void> {
    return this.call("assign", [entriesOf(values)]);
  }

  /** A copy, of one moment. */
  async copy(): Promise<T> {
    return Object.fromEntries(await this.call<[string, unknown][]>("entries", [])) as T;
  }
}

handleKind(
  "Namespace",
  (endpoint) => Reflect.construct(NamespaceProxy, [endpoint]) as NamespaceProxy<object>,
);

/** Makes one that this isolate owns. */
export const makeNamespace = (values: unknown = {}): NamespaceProxy<object> =>
  Reflect.construct(NamespaceProxy, [values]) as NamespaceProxy<object>;
