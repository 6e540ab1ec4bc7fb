/**
 * The protocol by which an object of ours (an executor, later a lock or a shared array) crosses to another
 * isolate as itself instead of as a copy, whether it is captured by a closure or passed as an argument.
 *
 * @module
 */

/** An object with this method appears in another isolate as what the named reviver makes of `data`. */
export const portable: unique symbol = Symbol.for("ungil.portable");

/** What travels in place of a {@link Portable}. */
export interface PortableReference {
  /** Name under which the other side registered its reviver. */
  readonly reviver: string;
  /** Anything that structured clone takes. */
  readonly data: unknown;
}

/** An object or function that knows how it travels. */
export interface Portable {
  [portable](): PortableReference;
}

const revivers = new Map<string, (data: unknown) => unknown>();

/** Registers how a kind of portable object is made again on this side. A second registration replaces the first. */
export function registerReviver(name: string, revive: (data: unknown) => unknown): void {
  revivers.set(name, revive);
}

/** Makes a portable object again. Throws where no reviver of that name was registered on this side. */
export function revivePortable(reference: PortableReference): unknown {
  const revive = revivers.get(reference.reviver);
  if (!revive) throw new TypeError(`this side does not know how to make a ${reference.reviver}`);
  return revive(reference.data);
}

/** Whether a value follows the protocol. */
export function isPortable(value: unknown): value is Portable {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    typeof (value as Partial<Portable>)[portable] === "function"
  );
}
