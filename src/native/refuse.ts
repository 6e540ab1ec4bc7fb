import { InvalidArgumentError } from "../errors.js";

/** Throws for a value that C can't be given. */
export type Refuse = (value: unknown, expected: string) => never;

/** @param what - the value's place, as its user would name it: `"x (argument 2 of pow)"`. */
export function refuser(what: string): Refuse {
  return (value, expected) => {
    throw new InvalidArgumentError(what, value, expected);
  };
}
