/**
 * Which fields a struct has, and where in memory they are: each field is a column of its own, with a place for every
 * struct of an array.
 *
 * @module
 */
import { InvalidArgumentError } from "../../../errors.js";
import { checkInteger } from "../../../validate.js";
import { wordsFor } from "../../sync/layout.js";
import { wordsOf } from "../content.js";
import { type ElementOf, type ElementType, type ViewOf, viewClassOf } from "../element-types.js";

/**
 * What a field of a `SharedStruct` holds: a number of a type; `"boolean"`; `"string:32"`, a string of at most so many
 * bytes as UTF-8; or `["float64", 3]`, so many numbers.
 */
export type FieldType = ElementType | "boolean" | `string:${number}` | readonly [ElementType, number];

/** The fields of a `SharedStruct`, by name. */
export type StructFields = Readonly<Record<string, FieldType>>;

/** What a field is in JavaScript. */
export type FieldValue<T extends FieldType> = T extends ElementType
  ? ElementOf<T>
  : T extends "boolean"
    ? boolean
    : T extends readonly [infer E extends ElementType, number]
      ? ViewOf<E>
      : string;

/** What a field can be set to when its struct is made. */
export type FieldInput<T extends FieldType> = T extends readonly [infer E extends ElementType, number]
  ? Iterable<ElementOf<E>>
  : FieldValue<T>;

/** A field that is known to be right. */
export interface Field {
  readonly name: string;
  readonly kind: "number" | "boolean" | "string" | "numbers";
  /** Of numbers. */
  readonly type: ElementType;
  /** How many numbers; of a string, how many bytes at most. */
  readonly length: number;
}

/** Names that all structs have already. */
const reserved = ["lock", "handle", "atomic", "toJSON", "constructor", "__proto__"];
const mostText = 2 ** 20;
const wanted =
  'the name of a type of numbers such as "float64", "boolean", "string:" and a number of bytes, or [type, length]';

/** @throws InvalidArgumentError */
export function checkFields(fields: unknown): Field[] {
  if (typeof fields !== "object" || fields === null || Array.isArray(fields))
    throw new InvalidArgumentError("fields", fields, "an object of types by names of fields");
  const symbol = Object.getOwnPropertySymbols(fields)[0];
  if (symbol !== undefined) throw new InvalidArgumentError("fields", symbol, "named by strings");
  const entries = Object.entries(fields);
  if (entries.length === 0)
    throw new InvalidArgumentError("fields", fields, "an object of at least one field");
  return entries.map(([name, type]) => {
    if (name === "" || reserved.includes(name))
      throw new InvalidArgumentError("fields", name, `of other names: structs have ${reserved.join(", ")}`);
    return fieldFor(name, type);
  });
}

function fieldFor(name: string, type: unknown): Field {
  const argument = `fields.${name}`;
  if (Array.isArray(type)) {
    if (type.length !== 2) throw new InvalidArgumentError(argument, type, "[type, length]");
    viewClassOf(type[0] as ElementType, [], `${argument}[0]`);
    const length = checkInteger(`${argument}[1]`, type[1], 1);
    return { name, kind: "numbers", type: type[0] as ElementType, length };
  }
  if (type === "boolean") return { name, kind: "boolean", type: "uint8", length: 1 };
  if (typeof type !== "string") throw new InvalidArgumentError(argument, type, wanted);
  const bytes = /^string:(\d{1,9})$/.exec(type)?.[1];
  if (bytes === undefined && type.startsWith("string"))
    throw new InvalidArgumentError(argument, type, 'written with its most bytes, as "string:32"');
  if (bytes === undefined) {
    viewClassOf(type as ElementType, [], argument, wanted);
    return { name, kind: "number", type: type as ElementType, length: 1 };
  }
  if (Number(bytes) < 1 || Number(bytes) > mostText)
    throw new InvalidArgumentError(argument, type, `"string:1" to "string:${mostText}"`);
  return { name, kind: "string", type: "uint8", length: Number(bytes) };
}

/** Where a field's column begins, in bytes. */
export interface Column extends Field {
  readonly offset: number;
}

/** Where all is, for so many structs. */
export interface StructLayout {
  readonly columns: readonly Column[];
  /** Whether there are strings, for which the memory begins with a section. */
  readonly hasText: boolean;
  readonly bytes: number;
}

export function layoutFor(fields: readonly Field[], count: number): StructLayout {
  const hasText = fields.some(({ kind }) => kind === "string");
  let bytes = hasText ? 4 * wordsFor(0) : 0;
  const columns = fields.map((field) => {
    const offset = bytes;
    bytes += Math.ceil((count * bytesOf(field)) / 8) * 8;
    return { ...field, offset };
  });
  return { columns, hasText, bytes };
}

/** Of one struct. */
function bytesOf({ kind, type, length }: Field): number {
  // a word of state, and room for two strings
  if (kind === "string") return 4 * (1 + 2 * wordsOf(length));
  return length * viewClassOf(type).BYTES_PER_ELEMENT;
}
