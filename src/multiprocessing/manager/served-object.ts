import { InvalidArgumentError } from "../../errors.js";
import { unknownMethod } from "../locks/unknown-method.js";
import { Handle, type Served } from "../sharing/index.js";

/** What others may use of an object, by name. */
export interface Shape {
  /** For messages. */
  readonly className: string;
  readonly methods: readonly string[];
  readonly fields: readonly string[];
}

type Methods = Record<string, (...args: unknown[]) => unknown>;

/** An object of a user's class (or any other) that the isolates of many processes use. */
export class ServedObject implements Served {
  readonly #target: Methods;
  readonly #shape: Shape;
  readonly #proxyOf: (object: object) => object | undefined;
  readonly #unheld: (() => void) | undefined;

  /**
   * @param proxyOf - the proxy of an object that is shared already: it stands for it in answers.
   * @param unheld - told when nobody can use it any more.
   */
  constructor(
    target: object,
    shape: Shape,
    proxyOf: (object: object) => object | undefined,
    unheld?: () => void,
  ) {
    this.#target = target as Methods;
    this.#shape = shape;
    this.#proxyOf = proxyOf;
    this.#unheld = unheld;
  }

  call(method: string, args: readonly unknown[]): unknown {
    const [name, ...rest] = args as [string, ...unknown[]];
    const target = this.#target;
    const { methods, fields, className } = this.#shape;
    if (method === "run" && methods.includes(name)) return this.#answer(target[name]!(...rest));
    if (method === "read" && fields.includes(name)) return this.#answer(target[name]);
    throw unknownMethod(className, name);
  }

  unheld(): void {
    this.#unheld?.();
  }

  #answer(value: unknown): unknown {
    if (value instanceof Promise) return value.then((each: unknown) => this.#answer(each));
    if (typeof value !== "object" || value === null || value instanceof Handle) return value;
    return this.#proxyOf(value) ?? value;
  }
}

/** Names that mean something to the language, or to whoever holds the proxy. */
const ofLanguage = new Set(["constructor", "then", ...Object.getOwnPropertyNames(Object.prototype)]);

/** What others may use of an object: what is public in it. */
export function shapeOf(target: object): Shape {
  const methods = new Set<string>();
  const fields = new Set<string>();
  for (
    let from: object | null = target;
    from && from !== Object.prototype;
    from = Object.getPrototypeOf(from)
  ) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(from))) {
      if (name.startsWith("_") || ofLanguage.has(name) || methods.has(name) || fields.has(name)) continue;
      if (typeof property.value === "function") methods.add(name);
      else if (property.get || "value" in property) fields.add(name);
    }
  }
  const className = (target as { constructor?: { name?: string } }).constructor?.name;
  return { className: className || "object", methods: [...methods], fields: [...fields] };
}

/** @throws InvalidArgumentError for what a proxy would stand for in vain. */
export function checkShareable(value: object, shape: Shape): void {
  if (shape.methods.length > 0 || shape.fields.length > 0) return;
  throw new InvalidArgumentError(
    "what was made",
    value,
    "an object with methods: others can't use anything else of it",
  );
}
