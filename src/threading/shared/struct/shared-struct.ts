import { registerReviver } from "../../../portable.js";
import type { Lock } from "../../sync/lock.js";
import type { Handle } from "../../sync/primitive.js";
import { type PrimitiveData, registerKind, revive } from "../../sync/primitive.js";
import type { RLock } from "../../sync/rlock.js";
import type { ElementOf, ElementType, ViewOf } from "../element-types.js";
import type { SharedLockOptions } from "../shared-lock.js";
import { arrive, type ElementDetails, elementKind } from "./behaviour.js";
import type { StructViews } from "./compiled.js";
import { arrayOver, classReviver, definitionOf, structKind, structOver } from "./definition.js";
import {
  checkFields,
  type Field,
  type FieldInput,
  type FieldType,
  type FieldValue,
  type StructFields,
} from "./fields.js";
import { type StructDetails, StructStore } from "./store.js";
import type { StructAtomics } from "./struct-atomics.js";

type NumbersNames<F extends StructFields> = {
  [N in keyof F]: F[N] extends readonly unknown[] ? N : never;
}[keyof F];

type PlainValue<T extends FieldType> = T extends readonly [infer E extends ElementType, number]
  ? ElementOf<E>[]
  : FieldValue<T>;

type ColumnOf<T extends FieldType> = T extends ElementType
  ? ViewOf<T>
  : T extends readonly [infer E extends ElementType, number]
    ? ViewOf<E>
    : Uint8Array;

/** What fields are when a struct is made; those that are left out are 0, false or empty. */
export type StructValues<F extends StructFields> = {
  readonly [N in keyof F]?: FieldInput<F[N]> | undefined;
};

/** What a {@link SharedStruct} has beside its fields. */
export interface SharedStructExtras<F extends StructFields = StructFields> {
  /** Atomic operations on the fields that hold an integer. */
  readonly atomic: StructAtomics<F>;
  /**
   * The lock for changes of more than one step; structs of an array have that of the array. Reading and writing fields
   * does not take it.
   * @throws InvalidStateError for a struct that was made with `lock: false`.
   */
  readonly lock: Lock | RLock;
  /** What stands for it in a message of one's own; see `attach`. The tasks of executors need none. */
  readonly handle: Handle;
  /** A copy of all fields as a plain object; several numbers as an array. */
  toJSON(): { [N in keyof F]: PlainValue<F[N]> };
}

/**
 * A record of typed fields in memory that threads share, made by a class that `SharedStruct.define` answers. It crosses
 * to other threads as the same memory, and is of the same class there.
 *
 * _Torn reads._ A string is never seen half written, nor are booleans and integers of up to 32 bits. The language lets
 * a `float64` or a 64-bit integer be seen with half of its bits changed; on machines of 64 bits they are written at
 * once, as their places are aligned. Several fields, or several numbers of one, are never changed together: use the lock.
 *
 * _Memory ordering._ Plain reads and writes of fields are not ordered between threads: use `atomic` or the lock. Those
 * of strings are sequentially consistent.
 */
export type SharedStruct<F extends StructFields = StructFields> = {
  [N in Exclude<keyof F, NumbersNames<F>>]: FieldValue<F[N]>;
} & { readonly [N in NumbersNames<F>]: FieldValue<F[N]> } & SharedStructExtras<F>;

/** Structs of one class that lie together in memory, field by field. */
export interface SharedStructArray<F extends StructFields = StructFields> extends Iterable<SharedStruct<F>> {
  /** How many structs there are. */
  readonly length: number;
  /**
   * The struct at a place: a new view of it at each call, which is cheap.
   * @throws InvalidArgumentError for a place that there is not.
   */
  get(index: number): SharedStruct<F>;
  /**
   * All values of a field as a typed array over the same memory, for loops over many structs, and for `Atomics`.
   * Booleans are 0 or 1 in a `Uint8Array`; of a field of several numbers, those of a struct lie together. Strings have
   * none.
   */
  readonly columns: {
    readonly [N in keyof F as F[N] extends `string:${number}` ? never : N]: ColumnOf<F[N]>;
  };
  /**
   * The lock for changes of more than one step, which its structs have as well.
   * @throws InvalidStateError for an array that was made with `lock: false`.
   */
  readonly lock: Lock | RLock;
  /** What stands for it in a message of one's own; see `attach`. The tasks of executors need none. */
  readonly handle: Handle;
}

/** A class of structs, as `SharedStruct.define` makes it. It can be sent to other threads, and can't be extended. */
export interface SharedStructClass<F extends StructFields = StructFields> {
  /**
   * @param values - what fields are at the start.
   * @throws InvalidArgumentError
   */
  new (values?: StructValues<F>, options?: SharedLockOptions): SharedStruct<F>;
  /**
   * Makes structs that lie together in memory.
   * @param content - how many, or the values of each.
   * @throws InvalidArgumentError
   */
  array(content: number | Iterable<StructValues<F>>, options?: SharedLockOptions): SharedStructArray<F>;
  /** The fields, as they were given to `define`. */
  readonly fields: F;
  readonly prototype: SharedStruct<F>;
}

/** What makes classes of structs. */
export interface SharedStructs {
  /**
   * Makes a class of structs. The same fields in the same order are the same class, in every thread: so a module that is
   * loaded in several threads may define it.
   * @param fields - the types of fields, by their names.
   * @throws InvalidArgumentError
   * @example
   * const Particle = SharedStruct.define({ x: "float64", y: "float64", hits: "uint32", name: "string:32" });
   * const particle = new Particle({ x: 1, name: "first" });
   * await pool.submit(() => {
   *   particle.x += 1;
   *   particle.atomic.add("hits", 1);
   * });
   */
  define<const F extends StructFields>(fields: F): SharedStructClass<F>;
}

/** Makes classes of records that threads share. */
export const SharedStruct: SharedStructs = Object.freeze({
  define<const F extends StructFields>(fields: F): SharedStructClass<F> {
    return definitionOf(checkFields(fields)).Struct as unknown as SharedStructClass<F>;
  },
});

registerKind(structKind, (data) => {
  const { fields, isArray } = data.details as StructDetails;
  const [store, definition] = [new StructStore(data), definitionOf(fields)];
  return isArray ? arrayOver(store, definition) : structOver(store, definition);
});
registerKind(elementKind, (data: PrimitiveData) => {
  const { array, index } = data.details as ElementDetails;
  const element = (revive(array) as StructViews).get(index);
  arrive(element, data);
  return element;
});
registerReviver(classReviver, (fields) => definitionOf(fields as readonly Field[]).Struct);
