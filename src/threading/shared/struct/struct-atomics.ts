import { InvalidArgumentError } from "../../../errors.js";
import type { ElementOf } from "../element-types.js";
import type { StructFields } from "./fields.js";

/** Types whose numbers can be changed atomically. */
type IntegerType = "int8" | "uint8" | "int16" | "uint16" | "int32" | "uint32" | "bigint64" | "biguint64";

/** Names of the fields that hold one integer. */
export type IntegerNames<F extends StructFields> = {
  [N in keyof F]: F[N] extends IntegerType ? N : never;
}[keyof F] &
  string;

/** What a field that holds one integer is in JavaScript. */
export type IntegerOf<T> = T extends IntegerType ? ElementOf<T> : never;

/** The columns of integers, by names of their fields. */
export type IntegerColumns = ReadonlyMap<string, Int32Array>;

/**
 * Atomic operations on the integers of a struct, as `Atomics` has them. All are sequentially consistent. They throw an
 * `InvalidArgumentError` for a name that is not one of an integer field, and for what is no number of its type.
 */
export interface StructAtomics<F extends StructFields = StructFields> {
  /** The number. */
  load<N extends IntegerNames<F>>(name: N): IntegerOf<F[N]>;
  /** Sets the number. */
  store<N extends IntegerNames<F>>(name: N, value: IntegerOf<F[N]>): void;
  /** Sets the number; answers what it was before. */
  exchange<N extends IntegerNames<F>>(name: N, value: IntegerOf<F[N]>): IntegerOf<F[N]>;
  /** Replaces the number if it is the expected one; answers what it was before. */
  compareExchange<N extends IntegerNames<F>>(
    name: N,
    expected: IntegerOf<F[N]>,
    replacement: IntegerOf<F[N]>,
  ): IntegerOf<F[N]>;
  /** Adds to the number, which wraps around; answers what it was before. */
  add<N extends IntegerNames<F>>(name: N, amount: IntegerOf<F[N]>): IntegerOf<F[N]>;
  /** Subtracts from the number; answers what it was before. */
  sub<N extends IntegerNames<F>>(name: N, amount: IntegerOf<F[N]>): IntegerOf<F[N]>;
  /** Keeps the bits that are set in both; answers what the number was before. */
  and<N extends IntegerNames<F>>(name: N, bits: IntegerOf<F[N]>): IntegerOf<F[N]>;
  /** Sets bits; answers what the number was before. */
  or<N extends IntegerNames<F>>(name: N, bits: IntegerOf<F[N]>): IntegerOf<F[N]>;
  /** Turns bits over; answers what the number was before. */
  xor<N extends IntegerNames<F>>(name: N, bits: IntegerOf<F[N]>): IntegerOf<F[N]>;
}

/** The columns of integers of a struct. */
export class IntegerFields<F extends StructFields = StructFields> implements StructAtomics<F> {
  readonly #columns: IntegerColumns;
  readonly #index: number;

  constructor(columns: IntegerColumns, index: number) {
    this.#columns = columns;
    this.#index = index;
  }

  load<N extends IntegerNames<F>>(name: N): IntegerOf<F[N]> {
    return Atomics.load(this.#columnOf(name), this.#index) as IntegerOf<F[N]>;
  }

  store<N extends IntegerNames<F>>(name: N, value: IntegerOf<F[N]>): void {
    Atomics.store(this.#columnOf(name), this.#index, this.#check(name, "value", value));
  }

  exchange<N extends IntegerNames<F>>(name: N, value: IntegerOf<F[N]>): IntegerOf<F[N]> {
    const checked = this.#check(name, "value", value);
    return Atomics.exchange(this.#columnOf(name), this.#index, checked) as IntegerOf<F[N]>;
  }

  compareExchange<N extends IntegerNames<F>>(
    name: N,
    expected: IntegerOf<F[N]>,
    replacement: IntegerOf<F[N]>,
  ): IntegerOf<F[N]> {
    const checked = this.#check(name, "expected", expected);
    const next = this.#check(name, "replacement", replacement);
    return Atomics.compareExchange(this.#columnOf(name), this.#index, checked, next) as IntegerOf<F[N]>;
  }

  add<N extends IntegerNames<F>>(name: N, amount: IntegerOf<F[N]>): IntegerOf<F[N]> {
    const checked = this.#check(name, "amount", amount);
    return Atomics.add(this.#columnOf(name), this.#index, checked) as IntegerOf<F[N]>;
  }

  sub<N extends IntegerNames<F>>(name: N, amount: IntegerOf<F[N]>): IntegerOf<F[N]> {
    const checked = this.#check(name, "amount", amount);
    return Atomics.sub(this.#columnOf(name), this.#index, checked) as IntegerOf<F[N]>;
  }

  and<N extends IntegerNames<F>>(name: N, bits: IntegerOf<F[N]>): IntegerOf<F[N]> {
    const checked = this.#check(name, "bits", bits);
    return Atomics.and(this.#columnOf(name), this.#index, checked) as IntegerOf<F[N]>;
  }

  or<N extends IntegerNames<F>>(name: N, bits: IntegerOf<F[N]>): IntegerOf<F[N]> {
    const checked = this.#check(name, "bits", bits);
    return Atomics.or(this.#columnOf(name), this.#index, checked) as IntegerOf<F[N]>;
  }

  xor<N extends IntegerNames<F>>(name: N, bits: IntegerOf<F[N]>): IntegerOf<F[N]> {
    const checked = this.#check(name, "bits", bits);
    return Atomics.xor(this.#columnOf(name), this.#index, checked) as IntegerOf<F[N]>;
  }

  #columnOf(name: string): Int32Array {
    const column = this.#columns.get(name);
    if (!column) {
      const names = [...this.#columns.keys()].join(", ");
      throw new InvalidArgumentError(
        "name",
        name,
        `the name of a field of integers (${names || "there is none"})`,
      );
    }
    return column;
  }

  #check(name: string, argument: string, value: unknown): number {
    const wanted = isBig(this.#columnOf(name)) ? "bigint" : "number";
    // oxlint-disable-next-line valid-typeof
    if (typeof value !== wanted) throw new InvalidArgumentError(argument, value, `a ${wanted}`);
    return value as number;
  }
}

const isBig = (column: ArrayBufferView): boolean =>
  column instanceof BigInt64Array || column instanceof BigUint64Array;
