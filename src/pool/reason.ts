import { type EncodeHooks, encode } from "../wire/index.js";

/**
 * Posts a message that holds why something is to stop. A reason that can't travel goes as text: it must not
 * keep anything from being stopped.
 * @param post - throws for what can't be cloned.
 */
export function postReason(
  reason: unknown,
  hooks: EncodeHooks,
  post: (reason: unknown, marked: boolean) => void,
): void {
  try {
    const { value, marked } = encode(reason, "reason", hooks);
    post(value, marked);
  } catch {
    post(asText(reason), false);
  }
}

function asText(value: unknown): string {
  try {
    return String(value);
  } catch {
    return "(a reason that can't be read)";
  }
}
