import { InvalidArgumentError } from "../../errors.js";
import { isPrimitive } from "../../wire/index.js";

/** What can be found again in another process: an object arrives as a copy, which is no key of the original. */
export type Key = string | number | bigint | boolean | null | undefined;

/** @throws InvalidArgumentError for an object, a function or a symbol. */
export function checkKey<K>(argument: string, key: K): K {
  if (isPrimitive(key)) return key;
  throw new InvalidArgumentError(
    argument,
    key,
    "a string, a number or another primitive: an object arrives as a copy, which equals no other",
  );
}
