import { type EncodeHooks, encode, refusal, type Transferable } from "../wire/index.js";

/**
 * Posts a value, or the error that says why it can't be sent.
 * @param what - how messages call it.
 * @param post - throws for what can't be cloned; `refused`: it is the error.
 */
export function postEncoded(
  value: unknown,
  what: string,
  hooks: EncodeHooks,
  post: (value: unknown, marked: boolean, transfer: readonly Transferable[], refused: boolean) => void,
): void {
  let prepared = value;
  try {
    const encoded = encode(value, what, hooks, [], "moved");
    prepared = encoded.value;
    post(encoded.value, encoded.marked, encoded.transfer, false);
  } catch (error) {
    const encoded = encode(refusal(prepared, what, error), "error", hooks);
    post(encoded.value, encoded.marked, [], true);
  }
}
