import { InvalidArgumentError } from "../../errors.js";

/** The error for a call that an object does not understand: it comes from another version of the package. */
export function unknownMethod(kind: string, method: string): InvalidArgumentError {
  return new InvalidArgumentError("method", method, `one that a ${kind} of this version of ungil has`);
}
