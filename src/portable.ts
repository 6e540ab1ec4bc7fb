/**
 * The protocol by which an object of ours (an executor, later a lock or a shared array) crosses to another
 * isolate as itself instead of as a copy, whether it is captured by a closure or passed as an argument.
 *
 * @module
 */
import { packageHome } from "./package-home.js";

/** An object with this method appears in another isolate as what the named reviver makes of `data`. */
export const portable: unique symbol = Symbol.for("ungil.portable");

/** What travels in place of a {@link Portable}. */
export interface PortableReference {
  /** Name under which the other side registered its reviver. */
  readonly reviver: string;
  /** Anything that structured clone takes. */
  readonly data: unknown;
  /** The entry of this package that registers the reviver, for sides that have not loaded it yet. */
  readonly entry?: Entry;
}

/** Entries of this package whose objects travel; `scripts/build.mjs` puts their revivers into the text of workers. */
export type Entry = "multiprocessing" | "threading";

/** An object or function that knows how it travels. */
export interface Portable {
  [portable](): PortableReference;
}

const revivers = new Map<string, (data: unknown) => unknown>();

/** Registers how a kind of portable object is made again on this side. A second registration replaces the first. */
export function registerReviver(name: string, revive: (data: unknown) => unknown): void {
  revivers.set(name, revive);
}

/**
 * Loads what makes an object of this kind, where that is not there yet; undefined where nothing is to be waited for.
 * A worker reads few of our modules before it has to.
 */
export function loadReviver({ reviver, entry }: PortableReference): Promise<void> | undefined {
  if (entry === undefined || revivers.has(reviver)) return undefined;
  // nothing lies beside a bundle; whether its own text has the reviver is seen when it is asked for
  if (packageHome === undefined) return undefined;
  return import(new URL(`node/${entry}.js`, packageHome).href).then(() => {});
}

/** Makes a portable object again. Throws where no reviver of that name was registered on this side. */
export function revivePortable({ reviver, data, entry }: PortableReference): unknown {
  const revive = revivers.get(reviver);
  if (!revive) {
    const remedy = entry === undefined ? "" : `: import "ungil/${entry}" in the program that is bundled`;
    throw new TypeError(`this side does not know how to make a ${reviver}${remedy}`);
  }
  return revive(data);
}

/** Whether a value follows the protocol. */
export function isPortable(value: unknown): value is Portable {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    typeof (value as Partial<Portable>)[portable] === "function"
  );
}
