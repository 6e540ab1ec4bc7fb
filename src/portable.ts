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
export type Entry = "lab" | "multiprocessing" | "native" | "numeric" | "threading";

/** An object or function that knows how it travels. */
export interface Portable {
  [portable](): PortableReference;
}

/** What of an entry makes its objects, where that is far less than all of it: a file of `scripts/build.mjs`. */
const receivers: Partial<Record<Entry, string>> = { lab: "gil" };

type Prepare = (data: unknown) => Promise<void> | undefined;

const revivers = new Map<string, (data: unknown) => unknown>();
const preparations = new Map<string, Prepare>();
const discards = new Map<string, (data: unknown) => void>();

/**
 * Registers how a kind of portable object is made again on this side. A second registration replaces the first.
 * @param prepare - fetches what `revive` needs, where it can't answer at once: it is waited for before `revive` is called.
 */
export function registerReviver(name: string, revive: (data: unknown) => unknown, prepare?: Prepare): void {
  revivers.set(name, revive);
  if (prepare) preparations.set(name, prepare);
  else preparations.delete(name);
}

/** Registers what is done with a portable object that has come here and is not made: nobody wants it any more. */
export function registerDiscard(name: string, discard: (data: unknown) => void): void {
  discards.set(name, discard);
}

/** A portable object has come, and is not made. */
export function discardPortable(reference: PortableReference): void {
  const discard = (): void => discards.get(reference.reviver)?.(reference.data);
  const loading = loadReviver(reference);
  // one whose module can't be loaded could not have been made either
  if (loading) loading.then(discard, () => {});
  else discard();
}

/**
 * Loads what makes this object, where that is not there yet; undefined where nothing is to be waited for. A worker
 * reads few of our modules before it has to.
 */
export function loadReviver({ reviver, entry, data }: PortableReference): Promise<void> | undefined {
  const prepared = (): Promise<void> | undefined => preparations.get(reviver)?.(data);
  if (entry === undefined || revivers.has(reviver)) return prepared();
  // nothing lies beside a bundle; whether its own text has the reviver is seen when it is asked for
  if (packageHome === undefined) return undefined;
  return import(new URL(`node/${receivers[entry] ?? entry}.js`, packageHome).href).then(prepared);
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

const memoryOwners = new WeakMap<object, string>();

/**
 * Says why a memory can't leave its process, in words of what it is the memory of.
 * @param memory - a SharedArrayBuffer, or a memory of WebAssembly.
 */
export function noteMemoryOwner(memory: object, refusal: string): void {
  memoryOwners.set(memory, refusal);
}

/** Why a memory of ours can't leave its process. */
export function memoryRefusal(memory: object): string | undefined {
  return memoryOwners.get(memory);
}
