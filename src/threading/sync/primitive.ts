/**
 * What all primitives have in common: memory that threads share, and that they cross to other threads as themselves.
 *
 * @module
 */
import { types } from "node:util";
import { InvalidArgumentError, MemoryError } from "../../errors.js";
import { nextId } from "../../functions/index.js";
import {
  type Entry,
  noteMemoryOwner,
  type PortableReference,
  portable,
  registerReviver,
} from "../../portable.js";
import type { Environment } from "./environment.js";
import { environmentOf, homeTable, onDeath } from "./this-thread.js";
import type { ThreadTableReference } from "./thread-table.js";

/** What travels of a primitive. */
export interface PrimitiveData {
  readonly kind: string;
  readonly id: number;
  readonly memory: SharedArrayBuffer;
  readonly threads: ThreadTableReference;
  /** What else its class wants to know; anything that can be cloned, or is portable itself. */
  readonly details: unknown;
}

/** How an object of each kind is made again, and by which entry of this package. */
const kinds = new Map<string, { readonly make: (data: PrimitiveData) => object; readonly entry: Entry }>();
const entryOf = (kind: string): Entry => kinds.get(kind)?.entry ?? "threading";
// each by itself: those of another entry may not be loaded
const reviverOf = (kind: string): string => `ungil.threading.${kind}`;

/** The primitives of this thread: one that comes twice is the same object. */
const known = new Map<number, WeakRef<object>>();
const collected = new FinalizationRegistry<number>((id) => {
  if (known.get(id)?.deref() === undefined) known.delete(id);
});

/** What the constructor that is called next is to take over. */
let arriving: PrimitiveData | undefined;

/** What a primitive is made of. */
export interface Parts extends PrimitiveData {
  readonly environment: Environment;
  /** Whether nobody has used the memory before. */
  readonly isNew: boolean;
  /** Takes back what threads had that are known to be dead. */
  tidy?: () => void;
  /** Throws a `SerializationError` if it has to stay in its thread. */
  checkTravel?: () => void;
}

let readParts: (primitive: Primitive) => Parts;

/**
 * What stands for a primitive in a message of one's own, between threads made with `node:worker_threads`: send
 * `primitive.handle`, and give what arrives to `attach`.
 */
export interface Handle<T extends object = object> {
  /** Names the kind of primitive. */
  readonly kind: string;
  /** Nothing is there; it tells the type checker what `attach` answers. */
  readonly primitive?: T;
}

/** Base of primitives over shared memory: it crosses to other threads as itself. */
export abstract class Primitive {
  readonly #parts: Parts;

  static {
    readParts = (primitive) => primitive.#parts;
    // how it travels is nobody's business but the wire's
    Object.defineProperty(this.prototype, portable, {
      value(this: Primitive) {
        return referenceTo(dataOf(this));
      },
    });
  }

  /**
   * @param kind - name of its class.
   * @param words - how many words of memory it takes.
   * @param details - what another thread has to know to make it again; a function makes it, where it is new.
   */
  constructor(kind: string, words: number, details: unknown) {
    const arrived = arriving;
    arriving = undefined;
    const data =
      arrived ??
      newData(kind, 4 * words, typeof details === "function" ? (details as () => unknown)() : details);
    this.#parts = { ...data, environment: environmentOf(data.threads), isNew: arrived === undefined };
    enroll(this, data);
  }

  /** What stands for it in a message of one's own; see `attach`. The tasks of executors need none. */
  get handle(): Handle<this> {
    return dataOf(this);
  }
}

/** What a primitive is made of. */
export const partsOf = (primitive: Primitive): Parts => readParts(primitive);

/**
 * What travels of a primitive: its memory is shared, not copied.
 * @throws SerializationError for one that has to stay.
 */
export function dataOf(primitive: Primitive): PrimitiveData {
  const { kind, id, memory, threads, details, checkTravel } = readParts(primitive);
  checkTravel?.();
  return { kind, id, memory, threads, details };
}

/**
 * What a new primitive is to have: memory of its own, and a number.
 * @throws MemoryError where there is not as much memory.
 */
export function newData(kind: string, bytes: number, details: unknown): PrimitiveData {
  return { kind, id: nextId(), memory: memoryOf(kind, bytes), threads: homeTable(), details };
}

function memoryOf(kind: string, bytes: number): SharedArrayBuffer {
  try {
    return new SharedArrayBuffer(bytes);
  } catch (cause) {
    throw new MemoryError(`there are no ${bytes} bytes of memory for a ${kind}: make it smaller`, { cause });
  }
}

/** Makes an object the one that its number stands for in this thread. */
export function enroll(object: object, { id, kind, memory }: PrimitiveData): void {
  known.set(id, new WeakRef(object));
  collected.register(object, id);
  noteMemoryOwner(
    memory,
    `a ${kind} of ungil/${entryOf(kind)} can't be sent to another process: memory is shared by threads only. ` +
      "Use what ungil/multiprocessing has for processes, or a ThreadPoolExecutor",
  );
}

/** How an object travels that has these data. */
export const referenceTo = (data: PrimitiveData): PortableReference => ({
  reviver: reviverOf(data.kind),
  entry: entryOf(data.kind),
  data,
});

/** Says how primitives of a kind are made again, by their constructor. */
export function registerPrimitive(kind: string, make: () => Primitive, entry: Entry = "threading"): void {
  const over = (data: PrimitiveData): Primitive => {
    arriving = data;
    try {
      return make();
    } finally {
      arriving = undefined;
    }
  };
  registerKind(kind, over, entry);
}

/** Says how objects of a kind are made again. */
export function registerKind(
  kind: string,
  make: (data: PrimitiveData) => object,
  entry: Entry = "threading",
): void {
  kinds.set(kind, { make, entry });
  registerReviver(reviverOf(kind), (data) => revive(data as PrimitiveData));
}

/** What data stand for: the object that is here already, or a new one over the same memory. */
export function revive(data: PrimitiveData): object {
  const here = known.get(data.id)?.deref();
  if (here) return here;
  const described = kinds.get(data.kind);
  if (!described) throw new TypeError(`this side does not know how to make a ${data.kind}`);
  return described.make(data);
}

/**
 * The primitive that a handle stands for, in a thread made with `node:worker_threads` that was sent it.
 * @throws InvalidArgumentError for anything else.
 * @example
 * // one side
 * worker.postMessage(lock.handle);
 * // the other side
 * parentPort.once("message", (handle: Handle<Lock>) => attach(handle).acquireSync());
 */
export function attach<T extends object>(handle: Handle<T>): T {
  const data = handle as unknown as PrimitiveData | null | undefined;
  if (
    typeof data !== "object" ||
    data === null ||
    !kinds.has(data.kind) ||
    typeof data.id !== "number" ||
    !types.isSharedArrayBuffer(data.memory) ||
    typeof data.threads?.id !== "number" ||
    !types.isSharedArrayBuffer(data.threads.memory)
  )
    throw new InvalidArgumentError("handle", handle, "the handle of a primitive of ungil/threading");
  return revive(data) as T;
}

onDeath(() => {
  for (const reference of known.values()) {
    const primitive = reference.deref();
    if (primitive instanceof Primitive) partsOf(primitive).tidy?.();
  }
});
