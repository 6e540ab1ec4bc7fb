import { type Endpoint, Handle, handleKind, own } from "../sharing/index.js";
import { checkShareable, ServedObject, type Shape, shapeOf } from "./served-object.js";

type AnyFunction = (...args: never[]) => unknown;

/** Names of an object that its proxy has. */
type PublicNames<T> = Exclude<
  keyof T & string,
  `_${string}` | "constructor" | "then" | "toString" | "toLocaleString" | "valueOf"
>;

/**
 * An object in the process of a `Manager` as others see it: its methods answer with promises, and so do its fields,
 * which can be read only. What begins with `_` is its own.
 *
 * @typeParam T - the object's class.
 */
export type ObjectProxy<T> = {
  readonly [K in PublicNames<T>]: T[K] extends (...args: infer A) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : Promise<Awaited<T[K]>>;
};

class ObjectHandle extends Handle {
  readonly #className: string;

  constructor(endpoint: Endpoint) {
    super(endpoint);
    const { className, methods, fields } = endpoint.details as Shape;
    this.#className = className;
    // own properties, so that a slip of the pen is seen as one: a Proxy would have any name
    for (const name of methods) {
      Object.defineProperty(this, name, {
        value: (...args: unknown[]) => super.call("run", [name, ...args]),
      });
    }
    for (const name of fields) Object.defineProperty(this, name, { get: () => super.call("read", [name]) });
  }

  override toString(): string {
    return super.toString().replace("<object", `<${this.#className}`);
  }
}

/** Proxies of objects that are shared, so that an object has one. */
const proxies = new WeakMap<object, Handle>();

/**
 * Makes an object that this isolate owns usable by others.
 * @param unheld - told when nobody can use it any more.
 * @throws InvalidArgumentError for one that has nothing to use.
 */
export function share<T extends object>(target: T, unheld?: () => void): ObjectProxy<T> {
  const known = proxies.get(target);
  if (known) return known as ObjectProxy<T>;
  const shape = shapeOf(target);
  checkShareable(target, shape);
  const served = new ServedObject(target, shape, (object) => proxies.get(object), unheld);
  const proxy = new ObjectHandle(own("object", served, shape));
  proxies.set(target, proxy);
  return proxy as unknown as ObjectProxy<T>;
}

/** A class, or a function, of which a manager makes objects. */
export type Maker = (abstract new (...args: never[]) => unknown) | AnyFunction;

/** Arguments of a {@link Maker}. */
export type MakerArguments<M extends Maker> = M extends abstract new (
  ...args: infer A
) => unknown
  ? A
  : M extends (...args: infer A) => unknown
    ? A
    : never;

/** What users have of what a function makes. */
type ProxyOf<T> = T extends Handle ? T : T extends object ? ObjectProxy<T> : T;

/** What users have of what a {@link Maker} makes: a proxy; a handle or a primitive as it is. */
export type MadeBy<M extends Maker> = M extends abstract new (
  ...args: never[]
) => infer T
  ? ProxyOf<T>
  : M extends (...args: never[]) => infer R
    ? ProxyOf<Awaited<R>>
    : never;

/** Makes an object of a class or by a function, and shares it. */
export async function make(maker: Maker, args: readonly unknown[]): Promise<unknown> {
  const made: unknown = isClass(maker)
    ? Reflect.construct(maker as never, args)
    : await Reflect.apply(maker as AnyFunction, undefined, args as never[]);
  if (typeof made !== "object" || made === null || made instanceof Handle) return made;
  return share(made);
}

/** Whether it has to be called with `new`. */
function isClass(maker: Maker): boolean {
  const text = Function.prototype.toString.call(maker);
  if (text.startsWith("class")) return true;
  const { prototype } = maker as { readonly prototype?: object };
  if (typeof prototype !== "object" || prototype === null) return false;
  // builtin ones, and those of old code
  return text.endsWith("{ [native code] }") || Object.getOwnPropertyNames(prototype).length > 1;
}

handleKind("object", (endpoint) => new ObjectHandle(endpoint));
