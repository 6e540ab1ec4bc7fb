import { randomBytes } from "node:crypto";
import {
  ConnectionClosedError,
  InvalidArgumentError,
  InvalidStateError,
  ShutdownError,
  WorkerExitError,
} from "../../errors.js";
import { type PortableReference, portable, registerReviver, revivePortable } from "../../portable.js";
import { checkFunction } from "../../validate.js";
import type { Barrier, BarrierOptions } from "../locks/barrier.js";
import type { Condition } from "../locks/condition.js";
import type { Event } from "../locks/event.js";
import type { Lock, RLock } from "../locks/lock.js";
import type { BoundedSemaphore, Semaphore, SemaphoreOptions } from "../locks/semaphore.js";
import type { Pool } from "../pool.js";
import type { PoolOptions } from "../pool-options.js";
import { Process } from "../process.js";
import type { JoinableQueue, Queue, SimpleQueue } from "../queues/queue.js";
import type { Array as SharedArray } from "../values/array.js";
import type { NumbersOptions } from "../values/numbers-handle.js";
import type { NumberOf, TypeCode } from "../values/type-codes.js";
import type { Value } from "../values/value.js";
import { type DictProxy, type Entries, entriesOf } from "./dict-proxy.js";
import type { Key } from "./keys.js";
import type { ListProxy } from "./list-proxy.js";
import { type ManagerSetup, serveManager } from "./manager-main.js";
import {
  checkConnectOptions,
  checkManagerOptions,
  type ManagerConnectOptions,
  type ManagerOptions,
} from "./manager-options.js";
import type { ManagerRoot } from "./manager-root.js";
import type { NamespaceProxy } from "./namespace-proxy.js";
import type { MadeBy, Maker, MakerArguments } from "./object-proxy.js";
import { visitRendezvous } from "./rendezvous.js";
import type { SetProxy } from "./set-proxy.js";
import { expectReport } from "./start-report.js";

/** Makers by the names under which they were registered. */
export type Registry = Readonly<Record<string, Maker>>;

/** What can be used of a `Pool` in a manager's process. */
export type PoolProxy = Pick<Pool, "apply" | "map" | "starmap" | "join"> & {
  close(): Promise<void>;
  terminate(): Promise<void>;
};

/** A type of keys. Without a bound of its own what is inferred is `string`, and not the very strings that were given. */
export type AsKey<K> = K extends Key ? K : never;

const reviver = "ungil.Manager";

interface Connection {
  readonly root: PortableReference;
  readonly address: string;
  readonly authkey: string;
}

/** ms for a manager to end by itself, and by SIGTERM. */
const patience = 1_000;

let made = 0;

/**
 * A process that owns objects for others: Python's `multiprocessing.Manager`. What it makes can be given to any process
 * or thread, as an argument, by a closure that captures it, or as a value of another such object, and outlives the one
 * that asked for it. So can the manager itself.
 *
 * The process ends with the program that started it, however that ends, and does not keep it. `shutdown()` ends it
 * before. What is used afterwards is rejected with a `ConnectionClosedError`.
 *
 * Its objects are owned by one process: every call is a message to it and back. What this process itself makes
 * (`new Queue()`, `new Lock()`) needs no manager to be shared; a manager is for what is to stay when others end, for
 * dictionaries, lists and objects of classes, and for programs that were started apart (`Manager.connect`).
 *
 * @typeParam R - what was registered.
 * @example
 * await using manager = await new Manager().start();
 * const counts = await manager.dict<string, number>();
 * await pool.map(async (word: string) => counts.update(word, (n) => (n ?? 0) + 1), words);
 * console.log(await counts.copy());
 */
// biome-ignore lint/complexity/noBannedTypes: nothing is registered at first
export class Manager<R extends Registry = {}> implements AsyncDisposable {
  readonly #options: ManagerOptions;
  readonly #authkey: string;
  #address: string | undefined;
  #registered: (readonly [name: string, maker: Maker])[] = [];
  readonly #names = new WeakMap<Maker, string>();
  /** What was sent and is not known to have arrived. */
  readonly #sending = new Map<string, Promise<void>>();
  #process: Process | undefined;
  #root: ManagerRoot | undefined;
  #starting = false;
  #ending: Promise<void> | undefined;

  /** @throws InvalidArgumentError for a bad option. */
  constructor(options: ManagerOptions = {}) {
    checkManagerOptions(options);
    this.#options = options;
    this.#address = options.address;
    this.#authkey = options.authkey ?? randomBytes(32).toString("hex");
  }

  /**
   * A manager that another program has started: its `address` and `authkey` have to be told in some way. The two
   * programs run on one machine, with the same version of this package.
   * @typeParam R - what that program has registered: `{ Counter: typeof Counter }`.
   * @throws InvalidArgumentError for a bad option; AuthenticationError for another authkey; ConnectionClosedError where
   *   there is no manager.
   * @example
   * const manager = await Manager.connect<{ jobs: () => Queue<string> }>({ address: "/run/jobs.sock", authkey });
   * const jobs = await manager.create("jobs");
   */
  // biome-ignore lint/complexity/noBannedTypes: as of the class
  static async connect<R extends Registry = {}>(options: ManagerConnectOptions): Promise<Manager<R>> {
    checkConnectOptions(options);
    const { address, authkey } = options;
    return Manager.#connected(await visitRendezvous(address, authkey), address, authkey);
  }

  // biome-ignore lint/complexity/noBannedTypes: as of the class
  static #connected<R extends Registry = {}>(
    root: ManagerRoot,
    address: string,
    authkey: string,
  ): Manager<R> {
    const manager = new Manager<R>({ address, authkey });
    manager.#root = root;
    return manager;
  }

  /** Where other programs find it. @throws InvalidStateError before `start`, unless it was given. */
  get address(): string {
    if (this.#address !== undefined) return this.#address;
    throw new InvalidStateError("the manager has no address yet: call start() first");
  }

  /** What other programs prove to know. */
  get authkey(): string {
    return this.#authkey;
  }

  /** The system's number of its process; null before `start`, and for one that was started elsewhere. */
  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  /**
   * Says how objects are made that `create` asks for: by a class, or by a function whose result is shared. It is sent to
   * the manager as functions are sent to executors, once: what it captures stays there from call to call. So a function
   * that answers with what it captures gives all who ask the same object.
   * @returns this manager, whose type knows the name.
   * @throws InvalidArgumentError; SerializationError for what can't be sent, from this call or, before `start`, from
   *   that one.
   * @example
   * class Counter {
   *   #n = 0;
   *   increment = () => ++this.#n;
   * }
   * const manager = await new Manager().register("Counter", Counter).start();
   * const counter = await manager.create("Counter");
   * console.log(await counter.increment()); // 1
   */
  register<N extends string, M extends Maker>(name: N, maker: M): Manager<R & Readonly<Record<N, M>>> {
    if (typeof name !== "string" || name === "") throw new InvalidArgumentError("name", name, "a string");
    checkFunction("maker", maker);
    if (this.#root) this.#send(this.#root, name, maker);
    else if (this.#ending) this.#there();
    else this.#registered.push([name, maker]);
    return this;
  }

  /**
   * Starts its process, and waits until that is there.
   * @throws InvalidStateError when it was started before, and in a daemonic process, which may have no children;
   *   InvalidArgumentError for an address at which somebody listens or another file is; WorkerExitError where the process can't be started
   *   or ends at once; ShutdownError when `shutdown` is called meanwhile; SerializationError for what was registered and
   *   can't be sent.
   */
  async start(): Promise<this> {
    if (this.#starting || this.#root || this.#ending) {
      throw new InvalidStateError("the manager has been started: each is started once, make another one");
    }
    this.#starting = true;
    const { name = `Manager-${++made}`, address, authkey: _authkey, ...settings } = this.#options;
    const { report, started } = expectReport();
    const setup: ManagerSetup = { report, address, authkey: this.#authkey };
    const target = (serve: typeof serveManager, given: ManagerSetup): Promise<void> => serve(given);
    const child = new Process({ target, args: [serveManager, setup], ...settings, name, daemon: true });
    child.start();
    this.#process = child as unknown as Process;
    const stop = new AbortController();
    try {
      // waiting for its end keeps this program until it is there
      const ended = child.join({ signal: stop.signal }).then(() => {
        throw new WorkerExitError(`the process of ${name} has ended before it was there`, {
          reason: child.signal === null ? "exit" : "signal",
          exitCode: child.exitCode ?? undefined,
          signal: child.signal ?? undefined,
        });
      });
      const { root, address: opened } = await Promise.race([started, ended]);
      if (this.#ending) throw shutDownMeanwhile(name);
      for (const [each, maker] of this.#registered) this.#send(root, each, maker);
      this.#root = root;
      this.#address = opened;
      this.#registered = [];
    } catch (error) {
      child.kill();
      throw this.#ending && error instanceof WorkerExitError ? shutDownMeanwhile(name) : error;
    } finally {
      stop.abort();
      report.close();
    }
    return this;
  }

  /**
   * Ends the manager's process, with all that it owns. May be called again, and before `start`.
   * @throws InvalidStateError for a manager that was started elsewhere.
   */
  shutdown(): Promise<void> {
    if (this.#root && !this.#process)
      throw new InvalidStateError("only the program that has started a manager can end it");
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    const root = this.#root;
    const child = this.#process;
    this.#root = undefined;
    if (!child) return;
    // one that is busy does not answer: what is waited for is its end
    root?.ask("shutdown", []).catch(unlessGone);
    if (await child.join({ timeout: patience })) return;
    child.terminate();
    if (await child.join({ timeout: patience })) return;
    child.kill();
    await child.join();
  }

  /** `shutdown()`; does nothing to a manager that was started elsewhere. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#root || this.#process) await this.shutdown();
  }

  /**
   * Makes an object in the manager's process.
   * @param name - under which a class or a function was registered; or the class or function itself, which is registered
   *   by this call when it is given for the first time.
   * @param args - what it is given.
   * @returns a proxy of the object, whose methods answer with promises; of a function that answers with a handle (a
   *   queue, a lock) or a primitive, that.
   * @throws InvalidArgumentError for a name that is not registered, or an object that has nothing to use; what the class
   *   or function throws; SerializationError for what can't be sent, from the call; ConnectionClosedError.
   */
  create<N extends keyof R & string>(name: N, ...args: MakerArguments<R[N]>): Promise<MadeBy<R[N]>>;
  create<M extends Maker>(maker: M, ...args: MakerArguments<M>): Promise<MadeBy<M>>;
  create(given: string | Maker, ...args: unknown[]): Promise<unknown> {
    const root = this.#there();
    const name = typeof given === "string" ? given : this.#nameOf(given, root);
    const created = root.ask("create", [name, ...args]);
    const sending = this.#sending.get(name);
    if (!sending) return created;
    // why it is not registered says more than that it is not
    return Promise.all([sending, created]).then(([, answer]) => answer);
  }

  #nameOf(maker: Maker, root: ManagerRoot): string {
    const known = this.#names.get(maker);
    if (known !== undefined) return known;
    checkFunction("maker", maker);
    const name = `${maker.name} ${randomBytes(8).toString("hex")}`;
    this.#send(root, name, maker);
    this.#names.set(maker, name);
    return name;
  }

  /** Sends what was registered. What goes wrong over there is told to whoever asks for it. */
  #send(root: ManagerRoot, name: string, maker: Maker): void {
    const sent = root.ask<void>("register", [name, maker]);
    this.#sending.set(name, sent);
    sent.then(
      () => this.#sending.get(name) === sent && this.#sending.delete(name),
      () => {},
    );
  }

  /** A new dictionary. @throws ConnectionClosedError; as the dictionary's methods. */
  dict<K, V>(entries: Iterable<readonly [K, V]>): Promise<DictProxy<AsKey<K>, V>>;
  dict<V>(entries: Readonly<Record<string, V>>): Promise<DictProxy<string, V>>;
  dict<K extends Key = string, V = unknown>(entries?: Entries<K, V>): Promise<DictProxy<K, V>>;
  dict(entries?: object): Promise<unknown> {
    return this.#make("dict", [entries && entriesOf(entries)]);
  }

  /** A new list. */
  list<T = unknown>(items?: Iterable<T>): Promise<ListProxy<T>> {
    return this.#make("list", [items && [...items]]);
  }

  /** A new set. */
  set<T = string>(members?: Iterable<T>): Promise<SetProxy<AsKey<T>>> {
    return this.#make("set", [members && [...members]]);
  }

  /** New named values. */
  Namespace<T extends object>(values?: T): Promise<NamespaceProxy<T>> {
    return this.#make("Namespace", [values]);
  }

  /** A new `Queue`. @param maxsize - the most items in it; 0 or less for no limit. Default 0. */
  Queue<T = unknown>(maxsize?: number): Promise<Queue<T>> {
    return this.#make("Queue", [maxsize]);
  }

  /** A new `JoinableQueue`. */
  JoinableQueue<T = unknown>(maxsize?: number): Promise<JoinableQueue<T>> {
    return this.#make("JoinableQueue", [maxsize]);
  }

  /** A new `SimpleQueue`. */
  SimpleQueue<T = unknown>(): Promise<SimpleQueue<T>> {
    return this.#make("SimpleQueue", []);
  }

  /** A new `Lock`. */
  Lock(): Promise<Lock> {
    return this.#make("Lock", []);
  }

  /** A new `RLock`. */
  RLock(): Promise<RLock> {
    return this.#make("RLock", []);
  }

  /** A new `Semaphore`. */
  Semaphore(value?: number, options?: SemaphoreOptions): Promise<Semaphore> {
    return this.#make("Semaphore", [value, options]);
  }

  /** A new `BoundedSemaphore`. */
  BoundedSemaphore(value?: number, options?: SemaphoreOptions): Promise<BoundedSemaphore> {
    return this.#make("BoundedSemaphore", [value, options]);
  }

  /** A new `Condition`. @param lock - one that this manager made. */
  Condition(lock?: Lock | RLock): Promise<Condition> {
    return this.#make("Condition", [lock]);
  }

  /** A new `Event`. */
  Event(): Promise<Event> {
    return this.#make("Event", []);
  }

  /** A new `Barrier`; its action runs in the manager's process. */
  Barrier(parties: number, options?: BarrierOptions): Promise<Barrier> {
    return this.#make("Barrier", [parties, options]);
  }

  /** A new `Value`. */
  Value<C extends TypeCode>(type: C, initial?: NumberOf<C>, options?: NumbersOptions): Promise<Value<C>> {
    return this.#make("Value", [type, initial, options]);
  }

  /** A new `Array`. */
  Array<C extends TypeCode>(
    type: C,
    sizeOrItems: number | Iterable<NumberOf<C>>,
    options?: NumbersOptions,
  ): Promise<SharedArray<C>> {
    const given = typeof sizeOrItems === "number" ? sizeOrItems : [...sizeOrItems];
    return this.#make("Array", [type, given, options]);
  }

  /**
   * A new `Pool`, whose processes are children of the manager's. It ends with the last proxy of it, too.
   */
  Pool(options?: PoolOptions): Promise<PoolProxy> {
    return this.#make("Pool", [options]);
  }

  #make<T>(kind: string, args: readonly unknown[]): Promise<T> {
    return this.#there().ask<T>("make", [kind, ...args]);
  }

  #there(): ManagerRoot {
    if (this.#root) return this.#root;
    if (this.#ending) throw new ShutdownError("the manager makes nothing any more: shutdown() was called");
    throw new InvalidStateError("the manager has not been started: `await manager.start()` first");
  }

  static {
    registerReviver(reviver, (data) => {
      const { root, address, authkey } = data as Connection;
      return Manager.#connected(revivePortable(root) as ManagerRoot, address, authkey);
    });
    // a manager that is sent arrives as one that was started elsewhere; how, is nobody's business but the wire's
    Object.defineProperty(this.prototype, portable, {
      value(this: Manager): PortableReference {
        const data: Connection = {
          root: this.#there()[portable](),
          address: this.address,
          authkey: this.#authkey,
        };
        return { reviver, entry: "multiprocessing", data };
      },
    });
  }
}

const shutDownMeanwhile = (name: string): ShutdownError =>
  new ShutdownError(`shutdown() was called while ${name} started`);

/** What is asked of a manager that has ended meanwhile is told where its answer is awaited. */
function unlessGone(error: unknown): void {
  if (!(error instanceof ConnectionClosedError)) throw error;
}
