import { InvalidArgumentError } from "../../errors.js";
import { checkFunction, checkOptionNames } from "../../validate.js";
import type { Lock } from "../sync/lock.js";
import { Primitive, type PrimitiveData, partsOf, registerPrimitive } from "../sync/primitive.js";
import type { RLock } from "../sync/rlock.js";
import { type ElementOf, type ElementType, viewClassOf } from "./element-types.js";
import { lockData, lockOf, type SharedLockOptions } from "./shared-lock.js";

/** Types of numbers that a {@link SharedValue} can hold. */
export type ValueType = Exclude<ElementType, "uint8Clamped">;

interface Details {
  readonly type: ValueType;
  readonly lock: PrimitiveData | undefined;
}

/** A number in memory whose operations are atomic. */
interface Cell {
  load(): number | bigint;
  store(value: number | bigint): void;
  compareExchange(expected: number | bigint, replacement: number | bigint): number | bigint;
  /** A number as it is when it was stored. */
  rounded(value: number | bigint): number | bigint;
  /** Where the engine can add by itself. */
  readonly add?: (amount: number | bigint) => number | bigint;
}

/**
 * A number that threads share: Python's `multiprocessing.Value`, for threads. Each operation is atomic; `value += 1`
 * is two of them, so use `add`, `update`, or the lock.
 *
 * _Memory ordering._ All operations are sequentially consistent.
 *
 * @example
 * const hits = new SharedValue("int32");
 * await pool.map((page) => hits.add(page.hits), pages);
 * console.log(hits.value);
 */
export class SharedValue<T extends ValueType = ValueType> extends Primitive {
  /** The type of the number. */
  readonly type: T;
  readonly #cell: Cell;
  readonly #lock: PrimitiveData | undefined;

  /**
   * @param type - how the number is held.
   * @param value - what it is at the start: 0 by default.
   * @throws InvalidArgumentError
   */
  constructor(type: T, value?: ElementOf<T>, options: SharedLockOptions = {}) {
    checkOptionNames("options", options, ["lock"]);
    viewClassOf(type, ["uint8Clamped"]);
    super("SharedValue", 2, () => ({ type, lock: lockData(options) }) satisfies Details);
    const { memory, details, isNew } = partsOf(this);
    const known = details as Details;
    this.type = known.type as T;
    this.#lock = known.lock;
    this.#cell = cellFor(known.type, memory);
    if (isNew && value !== undefined) this.value = value;
  }

  /** The number. */
  get value(): ElementOf<T> {
    return this.#cell.load() as ElementOf<T>;
  }

  /** @throws InvalidArgumentError for what is no number of the type. */
  set value(value: ElementOf<T>) {
    this.#cell.store(this.#check("value", value));
  }

  /**
   * Adds to the number.
   * @returns what it was before.
   * @throws InvalidArgumentError
   */
  add(amount: ElementOf<T>): ElementOf<T> {
    this.#check("amount", amount);
    const { add } = this.#cell;
    if (add) return add(amount) as ElementOf<T>;
    return this.#change((value) => ((value as number) + (amount as number)) as ElementOf<T>)[0];
  }

  /**
   * Replaces the number if it is an expected one.
   * @returns what it was before.
   * @throws InvalidArgumentError
   */
  compareExchange(expected: ElementOf<T>, replacement: ElementOf<T>): ElementOf<T> {
    this.#check("expected", expected);
    return this.#cell.compareExchange(expected, this.#check("replacement", replacement)) as ElementOf<T>;
  }

  /**
   * Replaces the number by what a function makes of it. If others change it meanwhile, the function is called again.
   * @returns what the number is now.
   * @throws what the function throws; InvalidArgumentError
   */
  update(fn: (value: ElementOf<T>) => ElementOf<T>): ElementOf<T> {
    checkFunction("fn", fn);
    return this.#change(fn)[1];
  }

  /**
   * The lock for changes of more than one step. The operations of the value itself don't take it.
   * @throws InvalidStateError for a value that was made with `lock: false`.
   */
  get lock(): Lock | RLock {
    return lockOf(this, this.#lock, "SharedValue");
  }

  #change(fn: (value: ElementOf<T>) => ElementOf<T>): [before: ElementOf<T>, now: ElementOf<T>] {
    for (let seen = this.value; ; ) {
      // as it is held: integers wrap around
      const next = this.#cell.rounded(this.#check("what fn answers", fn(seen))) as ElementOf<T>;
      const found = this.#cell.compareExchange(seen, next) as ElementOf<T>;
      if (Object.is(found, seen)) return [seen, next];
      seen = found;
    }
  }

  #check(argument: string, value: unknown): number | bigint {
    const wanted = this.type.startsWith("big") ? "bigint" : "number";
    // oxlint-disable-next-line valid-typeof
    if (typeof value !== wanted) throw new InvalidArgumentError(argument, value, `a ${wanted}`);
    return value as number | bigint;
  }
}

function cellFor(type: ValueType, memory: SharedArrayBuffer): Cell {
  if (type === "float32" || type === "float64") return floatCell(type, memory);
  // all classes that are left have the same operations
  const views = viewClassOf(type) as Int32ArrayConstructor;
  const view = new views(memory);
  const own = new views(1);
  return {
    rounded: (value) => {
      own[0] = value as number;
      return own[0];
    },
    load: () => Atomics.load(view, 0),
    store: (value) => void Atomics.store(view, 0, value as number),
    compareExchange: (expected, replacement) =>
      Atomics.compareExchange(view, 0, expected as number, replacement as number),
    add: (amount) => Atomics.add(view, 0, amount as number),
  };
}

/** Atomics has no floats: their bits go as whole numbers. */
function floatCell(type: "float32" | "float64", memory: SharedArrayBuffer): Cell {
  const wide = type === "float64";
  const bits = (wide ? new BigInt64Array(memory) : new Int32Array(memory)) as Int32Array;
  const own = new ArrayBuffer(8);
  const ownBits = (wide ? new BigInt64Array(own) : new Int32Array(own)) as Int32Array;
  const ownValue = wide ? new Float64Array(own) : new Float32Array(own);
  const bitsOf = (value: number | bigint): number => {
    ownValue[0] = value as number;
    return ownBits[0]!;
  };
  const valueOf = (of: number): number => {
    ownBits[0] = of;
    return ownValue[0]!;
  };
  return {
    rounded: (value) => valueOf(bitsOf(value)),
    load: () => valueOf(Atomics.load(bits, 0)),
    store: (value) => void Atomics.store(bits, 0, bitsOf(value)),
    compareExchange: (expected, replacement) => {
      const old = bitsOf(expected);
      return valueOf(Atomics.compareExchange(bits, 0, old, bitsOf(replacement)));
    },
  };
}

registerPrimitive("SharedValue", () => new SharedValue("int32"));
