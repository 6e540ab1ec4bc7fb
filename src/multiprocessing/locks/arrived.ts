import { InvalidArgumentError } from "../../errors.js";
import { Endpoint } from "../sharing/index.js";

/** What has arrived, where that is what a constructor was given in place of its first argument. */
export function arrived(given: unknown): Endpoint | undefined {
  return given instanceof Endpoint ? given : undefined;
}

/** The same of what takes no arguments. @throws InvalidArgumentError for one. */
export function onlyArrived(kind: string, given: unknown): Endpoint | undefined {
  const endpoint = arrived(given);
  if (endpoint === undefined && given !== undefined)
    throw new InvalidArgumentError("options", given, `left out: a new ${kind} takes none`);
  return endpoint;
}
