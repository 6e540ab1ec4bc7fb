import { InvalidArgumentError, MemoryError } from "../../errors.js";
import { portable } from "../../portable.js";
import { checkInteger, checkOptionNames } from "../../validate.js";
import type { Lock } from "../sync/lock.js";
import {
  enroll,
  type Handle,
  newData,
  type PrimitiveData,
  referenceTo,
  registerKind,
} from "../sync/primitive.js";
import type { RLock } from "../sync/rlock.js";
import { type ElementOf, type ElementType, type ViewOf, viewClassOf } from "./element-types.js";
import { lockData, lockOf, type SharedLockOptions } from "./shared-lock.js";

/** What a {@link SharedArray} has beside what typed arrays have. */
export interface SharedArrayExtras {
  /**
   * The lock for changes of more than one step. Reading and writing elements does not take it.
   * @throws InvalidStateError for an array that was made with `lock: false`.
   */
  readonly lock: Lock | RLock;
  /** What stands for it in a message of one's own; see `attach`. The tasks of executors need none. */
  readonly handle: Handle;
}

/**
 * A typed array in memory that threads share: Python's `multiprocessing.Array`, for threads. It _is_ a typed array, with
 * the speed of one, and crosses to other threads as the same memory. What its methods make of it (`map`, `slice`) is
 * memory of its own; `subarray` is a plain view of the same.
 *
 * _Memory ordering._ Plain reads and writes are not ordered between threads: use the lock, or `Atomics` on integers.
 */
export type SharedArray<T extends ElementType = ElementType> = ViewOf<T> & SharedArrayExtras;

/** What makes {@link SharedArray}s. */
export interface SharedArrayConstructor {
  /**
   * @param type - how elements are held.
   * @param content - how many elements, all 0, or what they are.
   * @throws InvalidArgumentError
   * @example
   * const histogram = new SharedArray("uint32", 256);
   * await pool.map((image) => {
   *   for (const byte of image) Atomics.add(histogram, byte, 1);
   * }, images);
   */
  new <T extends ElementType>(
    type: T,
    content: number | Iterable<ElementOf<T>>,
    options?: SharedLockOptions,
  ): SharedArray<T>;
}

interface Details {
  readonly type: ElementType;
  readonly length: number;
  readonly lock: PrimitiveData | undefined;
}

const kind = "SharedArray";

type AnyViewClass = new (memory: SharedArrayBuffer, offset: number, length: number) => Float64Array;

/** A subclass of typed arrays for each type. */
const subclasses = new Map<ElementType, (data: PrimitiveData) => object>();

function make(data: PrimitiveData): object {
  const { type } = data.details as Details;
  let maker = subclasses.get(type);
  if (!maker) subclasses.set(type, (maker = makerFor(type)));
  const array = maker(data);
  enroll(array, data);
  return array;
}

function makerFor(type: ElementType): (data: PrimitiveData) => object {
  const view = viewClassOf(type);
  class Shared extends (view as unknown as AnyViewClass) {
    readonly #data: PrimitiveData;

    constructor(data: PrimitiveData) {
      super(data.memory, 0, (data.details as Details).length);
      this.#data = data;
    }

    // what methods make is memory of its own
    static get [Symbol.species](): unknown {
      return view;
    }

    get lock(): Lock | RLock {
      return lockOf(this, (this.#data.details as Details).lock, kind);
    }

    get handle(): Handle {
      return this.#data;
    }

    [portable](): ReturnType<typeof referenceTo> {
      return referenceTo(this.#data);
    }
  }
  Object.defineProperty(Shared, "name", { value: kind });
  return (data) => new Shared(data);
}

function create(type: ElementType, content: unknown, options: SharedLockOptions = {}): object {
  const view = viewClassOf(type);
  checkOptionNames("options", options, ["lock"]);
  const values = typeof content === "number" ? undefined : valuesOf(content, type);
  const length = values ? values.length : checkInteger("content", content, 0);
  const details: Details = { type, length, lock: lockData(options) };
  const array = make(memoryOf(length * view.BYTES_PER_ELEMENT, length, details));
  if (values) (array as Float64Array).set(values as number[]);
  return array;
}

/** @throws InvalidArgumentError where there is not as much memory. */
function memoryOf(bytes: number, length: number, details: Details): PrimitiveData {
  try {
    return newData(kind, bytes, details);
  } catch (error) {
    if (!(error instanceof MemoryError)) throw error;
    throw new InvalidArgumentError("content", length, "a number of elements for which there is memory");
  }
}

/** @throws InvalidArgumentError */
function valuesOf(content: unknown, type: ElementType): (number | bigint)[] {
  if (typeof content !== "object" || content === null || !(Symbol.iterator in content))
    throw new InvalidArgumentError("content", content, "a number of elements, or the elements");
  const values = [...(content as Iterable<number | bigint>)];
  const wanted = type.startsWith("big") ? "bigint" : "number";
  // oxlint-disable-next-line valid-typeof
  for (const [i, value] of values.entries())
    if (typeof value !== wanted) throw new InvalidArgumentError(`content[${i}]`, value, `a ${wanted}`);
  return values;
}

class SharedArrays {
  constructor(type: ElementType, content: unknown, options?: SharedLockOptions) {
    // oxlint-disable-next-line no-constructor-return
    return create(type, content, options);
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    return (
      ArrayBuffer.isView(value) && (value as { constructor?: { name?: string } }).constructor?.name === kind
    );
  }
}
Object.defineProperty(SharedArrays, "name", { value: kind });

/** Makes typed arrays that threads share. */
export const SharedArray: SharedArrayConstructor = SharedArrays as unknown as SharedArrayConstructor;

registerKind(kind, make);
