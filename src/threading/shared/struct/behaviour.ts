/**
 * What structs and arrays of structs do beside reading and writing numbers, whatever their fields.
 *
 * @module
 */
import type { inspect } from "node:util";
import { InvalidArgumentError } from "../../../errors.js";
import { nextId } from "../../../functions/index.js";
import type { Lock } from "../../sync/lock.js";
import { enroll, type PrimitiveData } from "../../sync/primitive.js";
import type { RLock } from "../../sync/rlock.js";
import { Content } from "../content.js";
import { viewClassOf } from "../element-types.js";
import { lockOf } from "../shared-lock.js";
import type { StructStore } from "./store.js";
import { IntegerFields, type StructAtomics } from "./struct-atomics.js";
import { TextCells } from "./text-cells.js";

/** What stands for a struct of an array elsewhere: the array, and its place. */
export interface ElementDetails {
  readonly array: PrimitiveData;
  readonly index: number;
}

export const elementKind = "SharedStruct element";

const text = new Content();

/** What structs of arrays travel as that have travelled. */
const travelled = new WeakMap<object, PrimitiveData>();

/** What travels of a struct. */
export function dataOf(struct: object, { data, details }: StructStore, index: number): PrimitiveData {
  if (!details.isArray) return data;
  const known = travelled.get(struct);
  if (known) return known;
  const own: ElementDetails = { array: data, index };
  const made = { ...data, kind: elementKind, id: nextId(), details: own };
  arrive(struct, made);
  return made;
}

/** Says what a struct of an array has come here as. */
export function arrive(struct: object, data: PrimitiveData): void {
  travelled.set(struct, data);
  enroll(struct, data);
}

export function lockOfStore({ owner, details }: StructStore): Lock | RLock {
  return lockOf(owner, details.lock, "SharedStruct");
}

export function atomicOf(store: StructStore, index: number): StructAtomics {
  return new IntegerFields(store.integers, index);
}

/** The string of a field; by the number of the field, as in what follows. */
export function readText({ texts, layout }: StructStore, index: number, which: number): string {
  const { offset, length } = layout.columns[which]!;
  texts!.read(offset / 4 + index * TextCells.wordsFor(length), length, text);
  return text.value as string;
}

export function writeText({ texts, layout }: StructStore, index: number, which: number, value: string): void {
  const { name, offset, length } = layout.columns[which]!;
  text.setText(name, value, length, "a string");
  texts!.write(offset / 4 + index * TextCells.wordsFor(length), length, text);
}

/** The numbers of a field that has several. */
export function numbersOf({ columns, layout }: StructStore, index: number, which: number): Float64Array {
  const { type, length } = layout.columns[which]!;
  const { buffer, byteOffset, BYTES_PER_ELEMENT } = columns[which]!;
  const view = viewClassOf(type) as Float64ArrayConstructor;
  return new view(buffer, byteOffset + index * length * BYTES_PER_ELEMENT, length);
}

/** All columns that are views, by the names of their fields. */
export function columnsOf({ columns, layout }: StructStore): Readonly<Record<string, Float64Array>> {
  const named = layout.columns.flatMap(({ name, kind }, i): [string, Float64Array][] =>
    kind === "string" ? [] : [[name, columns[i]!]],
  );
  return Object.freeze(Object.fromEntries(named));
}

/** A copy of all fields. */
export function plainOf(struct: object, { layout }: StructStore): Record<string, unknown> {
  const values = struct as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    layout.columns.map(({ name, kind }) => [
      name,
      kind === "numbers" ? [...(values[name] as Float64Array)] : values[name],
    ]),
  );
}

/** How a console shows a struct. */
export function show(plain: object, options: object, inspectValue: typeof inspect): string {
  return `SharedStruct ${inspectValue(plain, options)}`;
}

/** What refuses a value for a field. */
export function refuseValue({ layout }: StructStore, which: number, value: unknown): InvalidArgumentError {
  const { name, kind, type } = layout.columns[which]!;
  const wanted = {
    number: `a ${type.startsWith("big") ? "bigint" : "number"}`,
    boolean: "true or false",
    string: "a string",
    numbers: `left as it is: change its elements, or use ${name}.set([…])`,
  };
  return new InvalidArgumentError(name, value, wanted[kind]);
}

/** What refuses a place in an array. */
export function refuseIndex(length: number, index: unknown): InvalidArgumentError {
  const wanted = length === 0 ? "left out: there is no struct" : `a whole number from 0 to ${length - 1}`;
  return new InvalidArgumentError("index", index, wanted);
}
