import { warn } from "../futures/unobserved.js";
import { type DecodeHooks, decode } from "../wire/decode.js";

/** Hands on a value that came in a message, once it is decoded; one that can't be read becomes a process warning. */
export function useDecoded(
  value: unknown,
  marked: boolean,
  hooks: DecodeHooks,
  use: (value: unknown) => void,
): void {
  if (!marked) return use(value);
  let decoded: unknown;
  try {
    decoded = decode(value, hooks);
  } catch (error) {
    return unreadable(error);
  }
  if (decoded instanceof Promise) decoded.then(use, unreadable);
  else use(decoded);
}

function unreadable(error: unknown): void {
  warn("a message to this worker could not be read", error);
}
