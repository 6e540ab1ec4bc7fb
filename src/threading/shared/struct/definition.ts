import { InvalidArgumentError, InvalidStateError, MemoryError } from "../../../errors.js";
import { portable } from "../../../portable.js";
import { checkInteger, checkOptionNames } from "../../../validate.js";
import { enroll, newData } from "../../sync/primitive.js";
import { lockData, type SharedLockOptions } from "../shared-lock.js";
import { type CompiledClasses, compile, type StructViews } from "./compiled.js";
import { type Field, type FieldType, layoutFor } from "./fields.js";
import type { SharedStructClass } from "./shared-struct.js";
import { type StructDetails, StructStore } from "./store.js";
import { assign, checkValues } from "./values.js";

export const structKind = "SharedStruct";
export const classReviver = "ungil.threading.struct";

/** Of a memory with strings: a section numbers its words with 32 bits. */
const mostTextBytes = 2 ** 33 - 8;

/** A class of structs, in this thread. */
export interface Definition extends CompiledClasses {
  readonly fields: readonly Field[];
  /** What users have: the same class as `View`, which is for those who have a store. */
  readonly Struct: SharedStructClass;
}

/** By their fields. */
const definitions = new Map<string, Definition>();

/** The class that has these fields. */
export function definitionOf(fields: readonly Field[]): Definition {
  const key = JSON.stringify(fields.map(({ name, kind, type, length }) => [name, kind, type, length]));
  let known = definitions.get(key);
  if (!known) definitions.set(key, (known = definitionFor(fields)));
  return known;
}

/** An array over a store. */
export function arrayOver(store: StructStore, { Views }: Definition): StructViews {
  const array = new Views(store);
  store.owner = array;
  enroll(array, store.data);
  return array;
}

/** The struct that a store has. */
export function structOver(store: StructStore, { View }: Definition): object {
  const struct = new View(store, 0);
  store.owner = struct;
  enroll(struct, store.data);
  return struct;
}

function definitionFor(fields: readonly Field[]): Definition {
  const { View, Views } = compile(fields);

  // a function: a class could not have the prototype of another
  function Struct(values?: unknown, options?: SharedLockOptions): object {
    if (new.target === undefined) throw new TypeError("a SharedStruct is made with new");
    if (new.target !== (Struct as unknown))
      throw new InvalidStateError(
        "a class of SharedStructs can't be extended: in another thread it would lack what was added. Write functions " +
          "that take a struct",
      );
    const checked = checkValues("values", values, fields);
    const struct = structOver(newStore(definition, 1, false, options), definition);
    assign(struct, checked);
    return struct;
  }
  const definition: Definition = { fields, View, Views, Struct: Struct as unknown as SharedStructClass };
  Struct.prototype = View.prototype;
  Object.defineProperty(View.prototype, "constructor", { value: Struct });
  const types = Object.fromEntries(fields.map((field) => [field.name, typeOf(field)]));
  Object.defineProperties(Struct, {
    name: { value: structKind },
    fields: { value: Object.freeze(types), enumerable: true },
    array: {
      value: (content: unknown, options?: SharedLockOptions) => newArray(definition, content, options),
    },
    [portable]: { value: () => ({ reviver: classReviver, entry: "threading", data: fields }) },
  });
  // all who define it have the same class
  Object.freeze(Struct);
  Object.freeze(View.prototype);
  Object.defineProperty(Views, "name", { value: "SharedStructArray" });
  return definition;
}

function typeOf({ kind, type, length }: Field): FieldType {
  if (kind === "numbers") return Object.freeze([type, length] as const);
  if (kind === "string") return `string:${length}`;
  return kind === "boolean" ? "boolean" : type;
}

function newArray(definition: Definition, content: unknown, options?: SharedLockOptions): StructViews {
  const checked = typeof content === "number" ? undefined : checkAll(content, definition.fields);
  const count = checked ? checked.length : checkInteger("content", content, 0);
  const array = arrayOver(newStore(definition, count, true, options), definition);
  for (const [i, values] of checked?.entries() ?? []) assign(array.get(i), values);
  return array;
}

/** @throws InvalidArgumentError */
function checkAll(content: unknown, fields: readonly Field[]): ReturnType<typeof checkValues>[] {
  if (typeof content !== "object" || content === null || !(Symbol.iterator in content))
    throw new InvalidArgumentError("content", content, "a number of structs, or the values of each");
  return [...(content as Iterable<unknown>)].map((values, i) => checkValues(`content[${i}]`, values, fields));
}

/** @throws InvalidArgumentError for bad options, or where there is not as much memory. */
function newStore(
  { fields }: Definition,
  count: number,
  isArray: boolean,
  options: SharedLockOptions = {},
): StructStore {
  checkOptionNames("options", options, ["lock"]);
  const { bytes, hasText } = layoutFor(fields, count);
  const tooMany = (): InvalidArgumentError =>
    new InvalidArgumentError("content", count, "a number of structs for which there is memory");
  if (hasText && bytes > mostTextBytes) throw tooMany();
  const details: StructDetails = { fields, count, isArray, lock: lockData(options) };
  try {
    return new StructStore(newData(structKind, bytes, details));
  } catch (error) {
    if (!(error instanceof MemoryError)) throw error;
    throw tooMany();
  }
}
