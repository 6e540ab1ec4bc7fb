import { resolveReference } from "../functions/index.js";
import type { DecodeHooks } from "../wire/index.js";

type AnyFunction = (...args: never[]) => unknown;

/** What arrives from a worker: data and errors. */
export const inbound: DecodeHooks = {
  resolveClass: (reference) => resolveReference(reference as never) as Promise<AnyFunction | undefined>,
};
