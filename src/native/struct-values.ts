/**
 * Structs on their way to C: a copy with every member checked.
 *
 * @module
 */
import { isTypedArray } from "../futures/typed-arrays.js";
import type { CallState } from "./call-state.js";
import { structType } from "./koffi-types.js";
import { scalarCheck } from "./numbers.js";
import { bytesWanted, type Convert, checkText, emptyList, isAddress, memoryOf } from "./pointers.js";
import { refuser } from "./refuse.js";
import {
  type ArrayType,
  type CType,
  inC,
  isChar,
  type Parameter,
  type PointerType,
  type StructShape,
} from "./types.js";

/** A struct by value. */
export function structConverter(shape: StructShape, what: string): Convert {
  return (value, state) => checkedStruct(shape, value, state, what);
}

/** A pointer to one or many: objects, which are written back where C may write; memory; an address. */
export function structPointerConverter(
  { type, direction }: Parameter & { type: PointerType },
  what: string,
): Convert {
  const shape = type.to as StructShape;
  const refuse = refuser(what);
  const one = (value: object, state: CallState, place: string): object => {
    if (direction !== "in" && Object.isFrozen(value))
      return refuser(place)(value, "an object that can be changed: C may write there");
    // what is only written may be anything before
    const copy = direction === "out" ? {} : checkedStruct(shape, value, state, place);
    if (direction !== "in") state.afterwards(() => Object.assign(value, copy));
    return copy;
  };
  return (value, state) => {
    if (isAddress(value)) return value;
    const { size } = structType(shape);
    const view = memoryOf(value, bytesWanted(shape, size, direction !== "in"), state, what, refuse);
    if (view) return view;
    if (Array.isArray(value) && value.length === 0) return emptyList(value, direction, state, what);
    if (Array.isArray(value)) return manyStructs(value, direction, state, what, one);
    if (typeof value !== "object" || value === null)
      return refuse(value, `an object with the members of ${shape.name}, bytes, an address or null`);
    return one(value, state, what);
  };
}

function manyStructs(
  list: readonly unknown[],
  direction: Parameter["direction"],
  state: CallState,
  what: string,
  one: (value: object, state: CallState, place: string) => object,
): object {
  const copies = list.map((each, at) => {
    const place = `${what}[${at}]`;
    if (typeof each !== "object" || each === null)
      return refuser(place)(each, "an object with the struct's members");
    return one(each, state, place);
  });
  // koffi puts new objects into the list
  if (direction !== "in") {
    const given = [...copies];
    state.afterwardsFirst(() => {
      for (const [at, copy] of copies.entries()) Object.assign(given[at]!, copy);
    });
  }
  return copies;
}

function checkedStruct(shape: StructShape, value: unknown, state: CallState, what: string): object {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return refuser(what)(value, `an object with the members of ${shape.name}: ${membersInWords(shape)}`);
  const given = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    shape.members.map(({ name, type }) => [name, checkedMember(type, given[name], state, `${what}.${name}`)]),
  );
}

function checkedMember(type: CType, value: unknown, state: CallState, what: string): unknown {
  const refuse = refuser(what);
  const check = scalarCheck(type);
  if (check) return check(value, refuse);
  if (type.kind === "struct") return checkedStruct(type, value, state, what);
  if (type.kind === "array") return checkedArray(type, value, state, what);
  const { to, isConst } = type as PointerType;
  if (isAddress(value)) return value;
  if (isChar(to) && isConst && typeof value === "string") return checkText(value, refuse);
  const text = `${isChar(to) && isConst ? "a string, " : ""}an address, memory or null (${inC(type)})`;
  const view = memoryOf(
    value,
    { text, takes: () => true, untyped: true, written: !isConst },
    state,
    what,
    refuse,
  );
  return view ?? refuse(value, text);
}

function checkedArray(type: ArrayType, value: unknown, state: CallState, what: string): unknown {
  const refuse = refuser(what);
  if (isChar(type.of) && typeof value === "string") {
    if (Buffer.byteLength(value) < type.length) return checkText(value, refuse);
    return refuse(value, `at most ${type.length - 1} bytes of text and a zero (${inC(type)})`);
  }
  const isList = Array.isArray(value) || isTypedArray(value);
  if (!isList || value.length !== type.length)
    return refuse(value, `a list of ${type.length} (${inC(type)})`);
  return Array.from(value as ArrayLike<unknown>, (each, at) =>
    checkedMember(type.of, each, state, `${what}[${at}]`),
  );
}

const membersInWords = ({ members }: StructShape): string =>
  members.map(({ name, type }) => `${inC(type)} ${name}`).join(", ");
