/**
 * Thread-local storage: Python's `threading.local`. What travels is the key, never the value.
 *
 * @module
 */
import { captureFunction } from "../../functions/capture.js";
import { nextId } from "../../functions/ids.js";
import type { CodeRecord, FunctionGraph } from "../../functions/payload.js";
import { FunctionReviver } from "../../functions/revive.js";
import { type PortableReference, portable, registerReviver } from "../../portable.js";
import { checkFunction } from "../../validate.js";

const reviver = "ungil.threading.local";

/** A place with a value of each thread's own. */
export interface ThreadLocal<T> {
  /** The value that this thread has. The first time that it is read and was not set, it is made. */
  value: T;
  /** Forgets this thread's value: the next time that it is read, it is made anew. */
  reset(): void;
}

/** What travels of one. */
interface LocalData {
  readonly id: number;
  readonly initial: { readonly graph: FunctionGraph; readonly codes: readonly CodeRecord[] } | undefined;
}

/** Those that were made here: while somebody has them. */
const madeHere = new Map<number, WeakRef<Local<unknown>>>();
const collected = new FinalizationRegistry<number>((id) => madeHere.delete(id));

/** Those that arrived. They stay: a later task that is given the same one finds its value. */
const arrived = new Map<number, Promise<void> | Local<unknown>>();

class Local<T> implements ThreadLocal<T> {
  readonly #data: LocalData;
  readonly #initial: (() => T) | undefined;
  #value: { readonly of: T } | undefined;

  constructor(data: LocalData, initial: (() => T) | undefined) {
    this.#data = data;
    this.#initial = initial;
  }

  get value(): T {
    this.#value ??= { of: this.#initial?.() as T };
    return this.#value.of;
  }

  set value(value: T) {
    this.#value = { of: value };
  }

  reset(): void {
    this.#value = undefined;
  }

  [portable](): PortableReference {
    return { reviver, entry: "threading", data: this.#data };
  }
}

/**
 * Storage in which each thread has a value of its own: Python's `threading.local`. Captured by a function that is sent
 * or passed to it, it arrives in another thread as the same storage; there a value of that thread's own is made when
 * it is first read. In a worker of a pool, later tasks find what earlier ones have left. A thread's values last as long
 * as the thread; here, as long as the storage.
 * @param initial - makes the first value in each thread. It is sent as it is at this call. Without it, that is `undefined`.
 * @throws InvalidArgumentError for what is no function; CaptureError for a function that can't be sent.
 * @example
 * const connection = local(() => new Database("app.db"));
 * await pool.map((id) => connection.value.get(id), ids); // one connection for each thread
 */
export function local<T>(initial: () => T): ThreadLocal<T>;
export function local<T = unknown>(): ThreadLocal<T | undefined>;
export function local<T>(initial?: () => T): ThreadLocal<T> {
  let sent: LocalData["initial"];
  if (initial !== undefined) {
    checkFunction("initial", initial);
    const { graph, codes } = captureFunction(initial);
    sent = { graph, codes };
  }
  const id = nextId();
  const made = new Local({ id, initial: sent }, initial);
  madeHere.set(id, new WeakRef(made));
  collected.register(made, id);
  return made;
}

/** Makes the function again that makes values, before a place arrives that is not known here. */
function prepare(data: LocalData): Promise<void> | undefined {
  const { id, initial } = data;
  if (madeHere.get(id)?.deref()) return undefined;
  const here = arrived.get(id);
  if (here) return here instanceof Local ? undefined : here;
  if (!initial) {
    arrived.set(id, new Local(data, undefined));
    return undefined;
  }
  const functions = new FunctionReviver();
  functions.addCodes(initial.codes);
  const preparing = functions.revive(initial.graph).then(
    (fn) => void arrived.set(id, new Local(data, fn)),
    (error: unknown) => {
      arrived.delete(id);
      throw error;
    },
  );
  arrived.set(id, preparing);
  return preparing;
}

/** Makes known here how one arrives. */
export function receiveLocals(): void {
  registerReviver(
    reviver,
    (data) => {
      const { id } = data as LocalData;
      const here = madeHere.get(id)?.deref() ?? arrived.get(id);
      if (here instanceof Local) return here;
      throw new TypeError("a thread-local storage arrived before the function that makes its values");
    },
    (data) => prepare(data as LocalData),
  );
}
