import { InvalidArgumentError } from "../errors.js";
import { checkInteger } from "../validate.js";
import { koffi } from "./koffi.js";
import { memberType } from "./koffi-types.js";
import type { MemberOf } from "./signature-types.js";
import { type StructType, typeGiven } from "./struct.js";
import { inC, isChar } from "./types.js";

/**
 * Reads what an address points to, for instance in a callback. Nobody can check that there is something of that type:
 * with an address that C did not give, or that is not valid any more, the process crashes.
 * @param pointer - an address that C gave; of a string as `const char *` the address of the pointer, see
 *   {@link decodeString}.
 * @param type - of what is there: `"double"`, `"const char *"`, or what `struct` returned.
 * @param length - how many there are, one behind the other; then a list is the result.
 * @throws InvalidArgumentError for what is no address, for null, and for an unknown type.
 */
export function decode<const T extends string | StructType<object>>(pointer: bigint, type: T): MemberOf<T>;
export function decode<const T extends string | StructType<object>>(
  pointer: bigint,
  type: T,
  length: number,
): MemberOf<T>[];
export function decode(pointer: bigint, type: string | StructType<object>, length?: number): unknown {
  checkAddress(pointer);
  const given = typeGiven("type", type);
  if (given.kind === "void" || given.kind === "opaque")
    throw new InvalidArgumentError("type", type, `a type with a size; nothing is known of ${inC(given)}`);
  if (length === undefined) return koffi().decode(pointer, memberType(given));
  // to koffi characters in a row are text, where zeros end it
  const element = isChar(given) ? "int8_t" : memberType(given);
  const list = koffi().decode(pointer, koffi().array(element, checkInteger("length", length, 1)));
  return Array.from(list as ArrayLike<unknown>);
}

/**
 * Reads the text at an address, in UTF-8. What is said of addresses at {@link decode} holds here too.
 * @param pointer - of its first character.
 * @param bytes - how many; without it the text ends at a zero.
 * @throws InvalidArgumentError for what is no address, and for null.
 */
export function decodeString(pointer: bigint, bytes?: number): string {
  checkAddress(pointer);
  if (bytes === undefined) return koffi().decode.string(pointer);
  return koffi().decode.string(pointer, checkInteger("bytes", bytes, 0));
}

function checkAddress(pointer: unknown): void {
  if (typeof pointer !== "bigint" || pointer <= 0n || pointer >= 2n ** 64n)
    throw new InvalidArgumentError("pointer", pointer, "an address that C gave (a bigint), and not NULL");
}
