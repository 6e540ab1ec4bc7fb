/**
 * Stores of `AsyncLocalStorage` that tasks take with them to other isolates. A name connects the storage of one
 * isolate with that of another.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { InvalidArgumentError } from "../errors.js";
import { portable, registerReviver } from "../portable.js";

/** Values of stores, by the names under which they are propagated. */
export type Stores = ReadonlyMap<string, unknown>;

interface Registration {
  readonly storage: AsyncLocalStorage<unknown>;
  /** Whether a closure that uses it came before the module that says what it is. */
  readonly provisional: boolean;
}

const key = Symbol.for("ungil.propagated");
const shared = globalThis as { [key]?: Map<string, Registration> };
if (!shared[key]) Object.defineProperty(globalThis, key, { value: new Map<string, Registration>() });

/** Under a registered symbol, so that all copies of the package in an isolate know the same stores. */
const registered = shared[key] as Map<string, Registration>;

const reviver = "ungil.propagated";

/**
 * Makes tasks take a store with them: a task on another thread runs with the value that `storage` had where the
 * task was submitted, or where `map` was called. Call it at the top level of a module that the functions you
 * submit import, and use what it returns: the thread runs the same line, and the name connects the two sides.
 * A closure that captures the storage has it in the thread too.
 *
 * The value is copied when the task is sent, like an argument; one that can't be sent fails that task with a
 * `SerializationError`. `undefined` is not carried. What a task submits takes along the values it has there. A
 * thread that never imports the module ignores the value, and passes it on. Tasks on this very thread
 * (`AsyncExecutor`, `InlineExecutor`) see every store without this.
 *
 * *Cost*: none for tasks while no store is registered; with one, each task that carries a value is sent in a
 * message of its own.
 *
 * @param name - connects the storages of all threads; unique in the program.
 * @param storage - becomes known under the name, for the life of the isolate.
 * @returns the storage to use: the given one, unless a closure that was sent here has brought the name before.
 * @throws InvalidArgumentError for a name that is not a string or is empty, for something that is not an
 *   `AsyncLocalStorage`, and for a name under which another storage is registered, or the reverse.
 * @example
 * // request.ts
 * export const request = propagate("request", new AsyncLocalStorage<{ id: string }>());
 * // render.ts
 * export function render(page: string) {
 *   return `${request.getStore()?.id}: ${page}`;
 * }
 * // server.ts
 * await request.run({ id: "r1" }, () => pool.submit(render, "home")); // "r1: home"
 */
export function propagate<T>(name: string, storage: AsyncLocalStorage<T>): AsyncLocalStorage<T> {
  if (typeof name !== "string" || name === "") {
    throw new InvalidArgumentError("name", name, "a string that is not empty");
  }
  if (!isStorage(storage)) throw new InvalidArgumentError("storage", storage, "an AsyncLocalStorage");
  const known = registered.get(name);
  if (known?.storage === storage) return storage;
  if (known?.provisional) {
    registered.set(name, { storage: known.storage, provisional: false });
    return known.storage as AsyncLocalStorage<T>;
  }
  if (known) {
    throw new InvalidArgumentError("name", name, "one that no other storage is propagated under");
  }
  for (const [other, each] of registered) {
    if (each.storage === storage)
      throw new InvalidArgumentError(
        "storage",
        storage,
        `propagated under one name; it is "${other}" already`,
      );
  }
  register(name, storage, false);
  return storage;
}

function isStorage(value: unknown): value is AsyncLocalStorage<unknown> {
  const { run, getStore } = (value ?? {}) as Partial<AsyncLocalStorage<unknown>>;
  return typeof run === "function" && typeof getStore === "function";
}

function register(name: string, storage: AsyncLocalStorage<unknown>, provisional: boolean): void {
  registered.set(name, { storage, provisional });
  // a closure that captures it finds the one of the isolate it is sent to
  Reflect.defineProperty(storage, portable, { value: () => ({ reviver, data: name }) });
}

registerReviver(reviver, (data) => {
  const name = data as string;
  if (!registered.has(name)) register(name, new AsyncLocalStorage<unknown>(), true);
  return registered.get(name)?.storage;
});

/** Whether any store is propagated in this isolate: the one look that tasks cost when none is. */
export function propagates(): boolean {
  return registered.size > 0;
}

/**
 * What a task that is submitted here takes with it.
 * @param passed - what came with the task that submits: names of which this isolate knows nothing go on.
 */
export function storesHere(passed: Stores | undefined): Stores | undefined {
  let stores: Map<string, unknown> | undefined;
  if (passed) {
    for (const [name, value] of passed) if (!registered.has(name)) (stores ??= new Map()).set(name, value);
  }
  for (const [name, { storage }] of registered) {
    const value = storage.getStore();
    if (value !== undefined) (stores ??= new Map()).set(name, value);
  }
  return stores;
}

/** Runs a function with these values in the stores that this isolate knows. */
export function runWithStores<R>(stores: Stores | undefined, fn: () => R): R {
  let run = fn;
  for (const [name, value] of stores ?? []) {
    const storage = registered.get(name)?.storage;
    const inner = run;
    if (storage) run = () => storage.run(value, inner);
  }
  return run();
}
